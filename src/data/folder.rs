//! A folder per class, or a folder of pictures without labels, to samples.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Error, Sample};

const EXTENSIONS: &[&str] =
    &["jpg", "jpeg", "jpe", "jfif", "png", "webp", "bmp", "gif", "tif", "tiff", "pnm", "ppm", "pgm", "pbm"];

/// What a walk over a folder found.
pub struct Found {
    /// Sorted by path.
    pub samples: Vec<Sample>,
    /// Files that are no pictures by their name, or have a name that a manifest cannot hold; sorted.
    pub ignored: Vec<PathBuf>,
}

/// Every folder directly below `root` is a class; pictures may lie at any depth below it.
pub fn classes(root: &Path) -> Result<Found, Error> {
    let (pictures, mut ignored) = walk(root)?;
    let mut samples = Vec::new();
    for path in pictures {
        match path.split_once('/') {
            Some((class, _)) => samples.push(Sample::original(path.clone(), class)),
            None => ignored.push(PathBuf::from(path)),
        }
    }
    if samples.is_empty() {
        let why = if ignored.is_empty() {
            "no pictures: expected a folder per class (CLASS/picture.jpg) or a CSV or Parquet manifest"
        } else {
            "no class folders: expected pictures in CLASS/picture.jpg, or a CSV manifest with `path,label`"
        };
        return Err(Error::Empty { path: root.to_path_buf(), why: why.into() });
    }
    Ok(Found { samples, ignored })
}

/// Every picture at any depth, without labels.
pub fn pictures(root: &Path) -> Result<Found, Error> {
    let (pictures, ignored) = walk(root)?;
    if pictures.is_empty() {
        return Err(Error::Empty { path: root.to_path_buf(), why: "no pictures in this folder".into() });
    }
    Ok(Found { samples: pictures.into_iter().map(|path| Sample::original(path, "")).collect(), ignored })
}

/// The paths of all pictures below a folder, by their names, with `/`; sorted.
pub fn picture_files(root: &Path) -> Result<Vec<String>, Error> {
    Ok(walk(root)?.0)
}

/// Pictures (relative, with `/`) and other files, both sorted. Hidden files are passed over; links are followed, each
/// folder once.
fn walk(root: &Path) -> Result<(Vec<String>, Vec<PathBuf>), Error> {
    let (mut pictures, mut ignored) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    let mut open = vec![(root.to_path_buf(), PathBuf::new())];
    while let Some((folder, relative)) = open.pop() {
        if !seen.insert(folder.canonicalize().map_err(Error::io(&folder))?) {
            continue;
        }
        for entry in fs::read_dir(&folder).map_err(Error::io(&folder))? {
            let entry = entry.map_err(Error::io(&folder))?;
            let (path, inner) = (entry.path(), relative.join(entry.file_name()));
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            // A link to nowhere has no metadata: it is listed as ignored.
            if fs::metadata(&path).is_ok_and(|m| m.is_dir()) {
                open.push((path, inner));
                continue;
            }
            let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
            let parts = inner.iter().map(|part| part.to_str()).collect::<Option<Vec<_>>>();
            match parts {
                Some(parts) if EXTENSIONS.contains(&extension.as_str()) && path.is_file() => {
                    pictures.push(parts.join("/"));
                }
                _ => ignored.push(inner),
            }
        }
    }
    pictures.sort();
    ignored.sort();
    Ok((pictures, ignored))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(root: &Path, name: &str) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"x").unwrap();
    }

    #[test]
    fn folders_are_classes_and_other_files_are_listed() {
        let root = tempfile::tempdir().unwrap();
        for name in ["b/2.JPG", "a/deep/1.png", "a/notes.txt", "loose.jpg", ".hidden/3.jpg"] {
            touch(root.path(), name);
        }
        let found = classes(root.path()).unwrap();
        let rows: Vec<_> = found.samples.iter().map(|s| (s.path.as_str(), s.label.as_str())).collect();
        assert_eq!(rows, [("a/deep/1.png", "a"), ("b/2.JPG", "b")]);
        assert_eq!(found.ignored, [PathBuf::from("a/notes.txt"), PathBuf::from("loose.jpg")]);
        assert_eq!(pictures(root.path()).unwrap().samples.len(), 3);
    }

    #[cfg(unix)]
    #[test]
    fn a_loop_of_links_ends() {
        let root = tempfile::tempdir().unwrap();
        touch(root.path(), "a/1.jpg");
        std::os::unix::fs::symlink(root.path(), root.path().join("a/again")).unwrap();
        std::os::unix::fs::symlink("nowhere", root.path().join("a/broken.jpg")).unwrap();
        let found = classes(root.path()).unwrap();
        assert_eq!(found.samples.len(), 1);
        assert_eq!(found.ignored, [PathBuf::from("a/broken.jpg")]);
    }

    #[test]
    fn a_folder_without_classes_says_what_was_expected() {
        let root = tempfile::tempdir().unwrap();
        touch(root.path(), "1.jpg");
        let error = classes(root.path()).err().unwrap().to_string();
        assert!(error.contains("CLASS/picture.jpg"), "{error}");
    }
}
