//! Where files lie in the folder that `augment` writes.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Component, Path};

use crate::data::Sample;
use crate::pipeline::{Encode, Originals};
use crate::plan::SourceId;

/// The place of each row's own picture: `LABEL/` and the path that it had, so that groups which are written in paths
/// can still be read there. Two rows that would share a place are told apart by their ids.
pub fn places(samples: &[Sample], ids: &[Option<SourceId>]) -> Vec<String> {
    let wanted: Vec<String> = samples.iter().map(place).collect();
    // Some file systems do not tell upper from lower case.
    let folded = |place: &str| place_hash(&place.to_lowercase());
    let mut taken: HashMap<[u8; 8], u32> = HashMap::new();
    for place in &wanted {
        *taken.entry(folded(place)).or_insert(0) += 1;
    }
    let told_apart = wanted.into_iter().zip(ids).map(|(place, id)| match id {
        Some(id) if taken[&folded(&place)] > 1 => {
            let (stem, extension) = split_extension(&place);
            format!("{stem}-{id}{extension}")
        }
        _ => place,
    });
    told_apart.collect()
}

/// What stands for a place where a million are held.
pub fn place_hash(place: &str) -> [u8; 8] {
    *blake3::hash(place.as_bytes()).as_bytes().first_chunk().expect("32 bytes")
}

/// The place of a copy: beside that of its source.
pub fn copy_place(source: &str, id: SourceId, copy: u32, encode: Encode) -> String {
    format!("{}-{id}-{copy}.{}", split_extension(source).0, encode.format(source).extension())
}

/// Whether a file has the name of a copy: the mark by which left-overs of an earlier run are told from a user's files.
pub fn is_copy_name(name: &str) -> bool {
    let mut parts = split_extension(name).0.rsplitn(3, '-');
    let number = parts.next().is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let id = parts.next().is_some_and(|id| id.len() == 10 && id.bytes().all(|b| b.is_ascii_hexdigit()));
    number && id && parts.next().is_some()
}

/// Brings an original to its place, if it is to have one.
pub fn bring(from: &Path, to: &Path, how: Originals) -> io::Result<()> {
    match how {
        Originals::Link => link_or_copy(from, to),
        Originals::Copy if is_there(from, to)? => Ok(()),
        Originals::Copy => copy(&from.canonicalize()?, to),
        Originals::Leave => Ok(()),
    }
}

/// Makes `to` the same file as `from`: a hard link where the file system allows it, else a copy.
pub fn link_or_copy(from: &Path, to: &Path) -> io::Result<()> {
    if is_there(from, to)? {
        return Ok(());
    }
    // A link to a link would break when the first moves.
    let real = from.canonicalize()?;
    if fs::hard_link(&real, to).is_err() { copy(&real, to) } else { Ok(()) }
}

/// Whether the file is in its place; what else was there is removed, and its folder made.
fn is_there(from: &Path, to: &Path) -> io::Result<bool> {
    if let (Ok(old), Ok(new)) = (fs::metadata(to), fs::metadata(from)) {
        if old.len() == new.len() && old.modified().ok() == new.modified().ok() {
            return Ok(true);
        }
        fs::remove_file(to)?;
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    Ok(false)
}

/// With the time of change, by which it is known again.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let beside = to.with_file_name(format!(".{}.tmp", to.file_name().unwrap_or_default().display()));
    fs::copy(from, &beside)?;
    let modified = fs::metadata(from)?.modified()?;
    // A file that must not be written to can be given to others all the same.
    let writable = fs::File::options().write(true).open(&beside).or_else(|_| fs::File::open(&beside));
    writable?.set_modified(modified)?;
    fs::rename(&beside, to)
}

fn place(sample: &Sample) -> String {
    // What is hidden would be passed over by whoever reads the result.
    let seen = |name: &str| if name.is_empty() || name.starts_with('.') { format!("_{name}") } else { name.to_owned() };
    let class: String = sample.label.chars().map(|c| if "/\\:*?\"<>|".contains(c) { '_' } else { c }).collect();
    let class = seen(&class);
    let parts = Path::new(&sample.path).components().filter_map(|part| match part {
        Component::Normal(name) => name.to_str().map(seen),
        _ => None,
    });
    let path = parts.collect::<Vec<_>>().join("/");
    if path.starts_with(&format!("{class}/")) { path } else { format!("{class}/{path}") }
}

fn split_extension(path: &str) -> (&str, &str) {
    match path.rfind('.') {
        Some(dot) if !path[dot..].contains('/') && !path[..dot].ends_with('/') => path.split_at(dot),
        _ => (path, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn originals_keep_their_path_below_their_class() {
        let samples = [
            Sample::original("a/1.jpg", "a"),
            Sample::original("persons/7/2.jpg", "b"),
            Sample::original("../other/3.jpg", "b/c"),
            Sample::original("/home/me/.cache/4.jpg", "a"),
        ];
        let places = places(&samples, &[None; 4]);
        assert_eq!(places, ["a/1.jpg", "b/persons/7/2.jpg", "b_c/other/3.jpg", "a/home/me/_.cache/4.jpg"]);
    }

    #[test]
    fn names_of_copies_are_known_again() {
        for (name, known) in [
            ("cat-0123456789-12.jpg", true),
            ("a-b-0123abcdef-1.png", true),
            ("cat-12.jpg", false),
            ("cat-0123456789-.jpg", false),
            ("0123456789-1.jpg", false),
        ] {
            assert_eq!(is_copy_name(name), known, "{name}");
        }
    }
}
