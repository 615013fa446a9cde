//! Groups that nobody named, but that paths and columns speak of: persons, patients, tracks, bursts, sessions.

use std::collections::{BTreeSet, HashMap};

use regex::Regex;
use serde::Serialize;

use crate::data::Sample;

/// Paths that are looked at: the first of so many in their order, whole groups together.
const LOOKED_AT: usize = 50_000;

/// Column names that speak of something that was photographed, or that photographed, more than once.
const WORDS: &[&str] = &[
    "animal",
    "author",
    "burst",
    "camera",
    "case",
    "clip",
    "device",
    "event",
    "family",
    "group",
    "household",
    "identity",
    "individual",
    "lesion",
    "location",
    "object",
    "owner",
    "participant",
    "patient",
    "person",
    "plant",
    "plot",
    "scene",
    "sequence",
    "seq",
    "series",
    "session",
    "site",
    "slide",
    "speaker",
    "specimen",
    "study",
    "subject",
    "track",
    "user",
    "video",
    "visit",
    "volunteer",
    "writer",
];

/// Where a likely group is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// A column of the manifest.
    Column(String),
    /// A pattern on the path, as `--groups` takes it, and what it means in words.
    Path(String, String),
}

/// Something that could be a group, and its size among the images that were looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Likely {
    /// Where it is written.
    pub place: Place,
    /// Different values.
    pub groups: usize,
    /// Images of the smallest and of the largest group.
    pub sizes: (usize, usize),
    /// The value of the first image.
    pub example: String,
    /// Numbers are taken for themselves in each folder, since each folder is one class.
    pub per_folder: bool,
}

/// Likely groups, the most likely first: named columns, then pieces of paths, of which those are best that make the
/// fewest groups, as long as there are three for each fold. `columns` are the user's own.
pub fn likely_groups(samples: &[Sample], columns: &[(String, Vec<Option<String>>)], folds: usize) -> Vec<Likely> {
    let originals: Vec<usize> = (0..samples.len()).filter(|&row| samples[row].is_original()).collect();
    let labels: Vec<&str> = originals.iter().map(|&row| samples[row].label.as_str()).collect();
    let mut found = Vec::new();
    for (name, values) in columns.iter().filter(|(name, _)| words_of(name).iter().any(|word| WORDS.contains(&&**word)))
    {
        let values = originals.iter().map(|&row| values[row].as_deref()).collect::<Vec<_>>();
        let seen = Seen::new(&values, &labels);
        if seen.are_groups(folds) {
            found.push(seen.likely(Place::Column(name.clone()), false));
        }
    }
    let mut of_paths = in_paths(samples, originals, folds);
    of_paths.sort_by_key(|likely| if likely.groups >= 3 * folds { likely.groups } else { usize::MAX - likely.groups });
    found.extend(of_paths);
    found
}

fn in_paths(samples: &[Sample], mut originals: Vec<usize>, folds: usize) -> Vec<Likely> {
    if originals.len() > LOOKED_AT {
        originals.select_nth_unstable_by(LOOKED_AT, |&a, &b| samples[a].path.cmp(&samples[b].path));
        originals.truncate(LOOKED_AT);
    }
    originals.sort_by(|&a, &b| samples[a].path.cmp(&samples[b].path));
    let paths: Vec<&str> = originals.iter().map(|&row| samples[row].path.as_str()).collect();
    let labels: Vec<&str> = originals.iter().map(|&row| samples[row].label.as_str()).collect();
    let mut found: Vec<Likely> = Vec::new();
    for piece in pieces(&paths) {
        let values = piece.values(&paths, false);
        let mut seen = Seen::new(&values, &labels);
        let Some(kind) = seen.kind() else { continue };
        let folder_is_class =
            || Seen::new(&paths.iter().map(|p| Some(folder_of(p))).collect::<Vec<_>>(), &labels).decides_label();
        let per_folder = kind == Kind::Numbers && folder_is_class();
        let qualified;
        if per_folder {
            qualified = piece.values(&paths, true);
            seen = Seen::new(&qualified, &labels);
        }
        // A name without a number may be a kind of thing as well as a person; a person is seen in several classes.
        let fits = match kind {
            Kind::Names => seen.shared_by_labels() >= 0.3,
            Kind::Numbers => !seen.are_shards(),
            Kind::Ids => true,
        };
        if fits && seen.groups() >= folds.max(5) && seen.are_groups(folds) {
            let likely = seen.likely(Place::Path(piece.pattern(per_folder), piece.words()), per_folder);
            // A folder and the names in it often say the same.
            if !found.iter().any(|other| (other.groups, other.sizes) == (likely.groups, likely.sizes)) {
                found.push(likely);
            }
        }
    }
    found
}

/// A part of a path that could name a group.
enum Piece {
    /// The folder at this depth.
    Folder(usize),
    /// The file name's first parts, as many, between separators.
    Start(char, usize),
}

/// Folders, and starts of file names, that at least nine in ten paths have.
fn pieces(paths: &[&str]) -> Vec<Piece> {
    let common = |has: &dyn Fn(&str) -> bool| paths.iter().filter(|path| has(path)).count() * 10 >= paths.len() * 9;
    let mut pieces: Vec<Piece> = Vec::new();
    pieces.extend((0..8).take_while(|&depth| common(&|path| path.matches('/').count() > depth)).map(Piece::Folder));
    for separator in ['_', '-', ' ', '.'] {
        let parts = |path: &str| stem_of(path).matches(separator).count();
        pieces.extend((1..4).take_while(|&n| common(&|path| parts(path) >= n)).map(|n| Piece::Start(separator, n)));
    }
    pieces
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn stem_of(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

impl Piece {
    /// The pattern whose capture is this piece, with the folders before it or without.
    fn pattern(&self, with_folders: bool) -> String {
        match (self, with_folders) {
            (Self::Folder(depth), with_folders) => {
                let above = "[^/]+/".repeat(*depth);
                if with_folders { format!("^({above}[^/]+)/") } else { format!("^{above}([^/]+)/") }
            }
            (Self::Start(separator, parts), _) => {
                let separator = regex::escape(&separator.to_string());
                let name = vec![format!("[^/{separator}]+"); *parts].join(&separator);
                let folders = if with_folders { "^((?:[^/]+/)*" } else { "(?:^|/)(" };
                // The last dot of a name comes before its extension.
                let rest = if separator == r"\." { r"[^/]*\.[^/]*$" } else { "[^/]*$" };
                format!("{folders}{name}){separator}{rest}")
            }
        }
    }

    fn values<'a>(&self, paths: &[&'a str], with_folders: bool) -> Vec<Option<&'a str>> {
        let pattern = Regex::new(&self.pattern(with_folders)).expect("a pattern made here");
        paths.iter().map(|path| Some(pattern.captures(path)?.get(1)?.as_str())).collect()
    }

    fn words(&self) -> String {
        match self {
            Self::Folder(0) => "top folders".into(),
            Self::Folder(depth) => format!("folders at depth {}", depth + 1),
            Self::Start(separator, 1) => format!("file names up to the first `{separator}`"),
            Self::Start(separator, n) => format!("file names up to `{separator}` number {n}"),
        }
    }
}

/// What the values of a piece look like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Letters and digits: `S010`, `t00001_male`.
    Ids,
    /// Digits alone, as many everywhere, at least three.
    Numbers,
    /// Letters alone.
    Names,
}

/// Values and what can be counted of them.
struct Seen<'a> {
    /// Images of each value, and in which classes.
    values: HashMap<&'a str, (usize, BTreeSet<&'a str>)>,
    with_value: usize,
    images: usize,
    labels: usize,
    example: &'a str,
}

impl<'a> Seen<'a> {
    fn new(values: &[Option<&'a str>], labels: &[&'a str]) -> Self {
        let mut seen: HashMap<&str, (usize, BTreeSet<&str>)> = HashMap::new();
        for (value, label) in values.iter().zip(labels).filter_map(|(value, label)| Some(((*value)?, *label))) {
            let (count, labels) = seen.entry(value).or_default();
            *count += 1;
            labels.insert(label);
        }
        Self {
            values: seen,
            with_value: values.iter().flatten().count(),
            images: values.len(),
            labels: labels.iter().collect::<BTreeSet<_>>().len(),
            example: values.iter().flatten().next().copied().unwrap_or_default(),
        }
    }

    fn groups(&self) -> usize {
        self.values.len()
    }

    /// Whether values are shared like those of groups: by several images each, but by no half of all, at least as many as
    /// folds, and with a choice of them in most classes: else it is another word for the class, or for a kind of classes.
    fn are_groups(&self, folds: usize) -> bool {
        let sharing: usize = self.values.values().map(|(count, _)| count).filter(|&&count| count > 1).sum();
        let largest = self.values.values().map(|(count, _)| *count).max().unwrap_or(0);
        let cells: usize = self.values.values().map(|(_, labels)| labels.len()).sum();
        self.groups() >= folds
            && self.with_value * 10 >= self.images * 9
            && sharing * 2 >= self.images
            && largest * 2 <= self.images
            && cells >= 2 * self.labels
    }

    /// The kind of nearly all values.
    fn kind(&self) -> Option<Kind> {
        let most = |is: &dyn Fn(&str) -> bool| self.values.keys().filter(|v| is(v)).count() * 10 >= self.groups() * 9;
        let letters = |v: &str| v.chars().any(char::is_alphabetic);
        let digits = |v: &str| v.bytes().any(|b| b.is_ascii_digit());
        let length = self.example.len();
        match () {
            () if self.values.is_empty() || most(&is_measure) => None,
            () if most(&|v| letters(v) && digits(v)) => Some(Kind::Ids),
            () if length >= 3 && most(&|v| !letters(v) && digits(v) && v.len() == length) => Some(Kind::Numbers),
            () if most(&|v| letters(v) && !digits(v)) => Some(Kind::Names),
            () => None,
        }
    }

    /// The share of values that several classes have.
    fn shared_by_labels(&self) -> f64 {
        self.values.values().filter(|(_, labels)| labels.len() > 1).count() as f64 / self.groups().max(1) as f64
    }

    fn decides_label(&self) -> bool {
        self.groups() > 1 && self.values.values().all(|(_, labels)| labels.len() == 1)
    }

    /// Folders that a large set was cut into: all but one of equal size, and large.
    fn are_shards(&self) -> bool {
        let largest = self.values.values().map(|(count, _)| *count).max().unwrap_or(0);
        largest >= 100 && self.values.values().filter(|(count, _)| *count != largest).count() <= 1
    }

    fn likely(&self, place: Place, per_folder: bool) -> Likely {
        let counts = || self.values.values().map(|(count, _)| *count);
        let sizes = (counts().min().unwrap_or(0), counts().max().unwrap_or(0));
        Likely { place, groups: self.groups(), sizes, example: self.example.into(), per_folder }
    }
}

/// Resolutions and sizes: `224x224`, `512px`.
fn is_measure(value: &str) -> bool {
    let rest = value.trim_start_matches(|c: char| c.is_ascii_digit());
    let unit = rest.trim_start_matches(['x', 'X']).trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < value.len()
        && (unit.is_empty() && rest.starts_with(['x', 'X']) || ["px", "p", "mm", "cm"].contains(&rest))
}

/// The words of a column's name, in small letters: `personId`, `person_id` and `Person ID` are person, id.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_small = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && after_small) {
            words.push(String::new());
        }
        if c.is_alphanumeric() {
            words.last_mut().expect("never empty").extend(c.to_lowercase());
        }
        after_small = c.is_lowercase();
    }
    let singular = |word: &String| match word.strip_suffix('s') {
        Some(stem) if WORDS.contains(&stem) => stem.to_owned(),
        _ => word.clone(),
    };
    words.iter().map(singular).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(rows: impl IntoIterator<Item = (String, String)>) -> Vec<String> {
        let samples: Vec<_> = rows.into_iter().map(|(path, label)| Sample::original(path, label)).collect();
        let names = likely_groups(&samples, &[], 5).into_iter().map(|likely| match likely.place {
            Place::Path(pattern, _) => format!("{} {pattern}", likely.groups),
            Place::Column(column) => column,
        });
        names.collect()
    }

    /// 20 groups of 6 images in 3 classes: the path of (group, class, image) and the class.
    fn layout(path: impl Fn(usize, &str, usize) -> String) -> Vec<(String, String)> {
        let images = (0..20).flat_map(|group| (0..6).map(move |image| (group, image)));
        let row = |(group, image): (usize, usize)| {
            let class = ["cat", "dog", "owl"][(group + image / 3) % 3];
            (path(group, class, image), class.to_owned())
        };
        images.map(row).collect()
    }

    #[test]
    fn ten_layouts_of_persons_tracks_and_sessions_are_seen() {
        let first = |rows| seen(rows).into_iter().next().unwrap_or_default();
        let letters = |g: usize| format!("{}{}", (b'a' + (g % 20) as u8) as char, "nna");
        for (name, rows, groups) in [
            ("a person's folder", layout(|g, _, i| format!("t{g:05}_male_59/mask{i}.jpg")), 20),
            ("a person's folder in each class", layout(|g, c, i| format!("{c}/p{g}/{i}.jpg")), 20),
            ("a person's folder with folders of classes", layout(|g, c, i| format!("p{g:02}/{c}/{i}.jpg")), 20),
            ("persons by name", layout(|g, c, i| format!("{c}/{}/{i}.jpg", letters(g))), 20),
            ("subject, session, frame", layout(|g, _, i| format!("S{g:03}_{:03}_{i:08}.png", i / 3)), 20),
            ("tracks numbered in each class", layout(|g, c, i| format!("train/{c}/{g:05}_{i:05}.ppm")), 40),
            ("patients by number, flat", layout(|g, _, i| format!("{g:08}_{i:03}.png")), 20),
            ("objects with a dash", layout(|g, c, i| format!("{c}/lamp-{g:02}_{i}.jpg")), 20),
            ("dates of a camera", layout(|g, _, i| format!("IMG_202105{g:02}_12{i:04}.jpg")), 20),
            ("clips and frames", layout(|g, c, i| format!("{c}/clip{g} frame {i}.jpg")), 20),
        ] {
            assert!(first(rows.clone()).starts_with(&format!("{groups} ")), "{name}: {:?}", seen(rows));
        }
    }

    #[test]
    fn what_is_no_group_is_not_seen() {
        let none: &[String] = &[];
        for (name, rows) in [
            ("numbered files", layout(|g, c, i| format!("{c}/{c}{}.jpg", g * 6 + i))),
            ("numbered files with a separator", layout(|g, c, i| format!("{c}/{c}_{:04}.jpg", g * 6 + i))),
            ("class numbers", layout(|g, c, i| format!("n{0:08}/n{0:08}_{1}.jpg", c.as_bytes()[0], g * 6 + i))),
            ("resolutions", layout(|g, c, i| format!("{c}/{}x224_{}.jpg", 200 + g, g * 6 + i))),
            ("ids of their own", layout(|g, c, i| format!("{c}/{:08x}-{:04x}.jpg", (g * 6 + i) * 7_919, g * 6 + i))),
            ("train and test", layout(|g, c, i| format!("{}/{c}/{}.jpg", ["train", "test"][g % 2], g * 6 + i))),
            (
                "kinds of classes",
                layout(|g, c, i| format!("{}/{c}/{}.jpg", ["beast", "bird"][usize::from(c == "owl")], g * 6 + i)),
            ),
            ("flat", layout(|g, _, i| format!("{}.jpg", g * 6 + i))),
            ("a camera's counter", layout(|g, c, i| format!("{c}/DSC_{:04}.jpg", g * 6 + i))),
        ] {
            assert_eq!(seen(rows), none, "{name}");
        }
    }

    #[test]
    fn columns_are_known_by_their_names_and_by_how_values_are_shared() {
        let samples: Vec<_> = (0..60).map(|i| Sample::original(format!("{i}.jpg"), ["x", "y"][i % 2])).collect();
        let column = |name: &str, value: &dyn Fn(usize) -> usize| {
            (name.to_owned(), (0..60).map(|i| Some(value(i).to_string())).collect::<Vec<_>>())
        };
        let columns = [
            column("age", &|i| i / 4),
            column("patientId", &|i| i / 4),
            column("image_id", &|i| i / 4),
            column("session", &|i| i),
            column("Track IDs", &|i| i / 2),
            column("subject", &|i| i % 2),
        ];
        let found = likely_groups(&samples, &columns, 5);
        let places: Vec<_> = found.iter().map(|likely| likely.place.clone()).collect();
        assert_eq!(places, ["patientId", "Track IDs"].map(|name| Place::Column(name.into())));
        assert_eq!((found[0].groups, found[0].sizes, found[0].example.as_str()), (15, (4, 4), "0"));
    }
}
