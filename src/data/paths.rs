//! Paths in manifests, and files that appear whole or not at all.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::BuildHasher;
use std::io::Write;
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use super::Error;

/// `path` as seen from `folder`, with `/` between the parts; absolute where the two share nothing. Both are made
/// absolute first, so either may be relative to the working directory. `None` where the path is not UTF-8.
pub fn relative_to(path: &Path, folder: &Path) -> Option<String> {
    let (path, folder) = (absolute(path), absolute(folder));
    let (path, folder): (Vec<_>, Vec<_>) = (path.components().collect(), folder.components().collect());
    let shared = path.iter().zip(&folder).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        return PathBuf::from_iter(path).to_str().map(str::to_owned);
    }
    let up = std::iter::repeat_n("..", folder.len() - shared);
    let down = path[shared..].iter().map(|part| part.as_os_str().to_str()).collect::<Option<Vec<_>>>()?;
    Some(up.chain(down).collect::<Vec<_>>().join("/"))
}

fn absolute(path: &Path) -> PathBuf {
    // What exists is resolved, so that `/tmp/x` and `/private/tmp/x` compare equal; the rest is appended as it is.
    let mut missing = Vec::new();
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut existing = full.as_path();
    loop {
        if let Ok(real) = existing.canonicalize() {
            break missing.iter().rev().fold(real, |at, part| at.join(part));
        }
        match (existing.parent(), existing.components().next_back()) {
            (Some(parent), Some(Component::Normal(name))) => {
                missing.push(name.to_os_string());
                existing = parent;
            }
            _ => break full,
        }
    }
}

/// The largest picture file that is read: 1 GB.
const MAX_FILE_BYTES: u64 = 1 << 30;

/// Reads a picture's file. A manifest may name anything: a pipe or a device would never end.
pub fn read_file(path: &Path) -> std::io::Result<Vec<u8>> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(std::io::Error::other("not a file"));
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(std::io::Error::other(format!("{} MB are more than the 1024 that are read", metadata.len() >> 20)));
    }
    fs::read(path)
}

/// Writes a file beside its final place, then renames it: readers see the old file, or the new one whole, whatever
/// happens to the process or to the machine's power.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write(path, bytes, fs::File::sync_all)
}

/// As [`write_atomically`], but left to the system to bring to the disk: safe when the process is killed, and much
/// quicker for thousands of small files.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    write(path, bytes, |_| Ok(()))
}

/// Removes what a killed run was writing into a folder; no other run may be at work there.
pub fn remove_unfinished(folder: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(Error::io(folder))?.flatten() {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if name.starts_with(b".") && name.ends_with(b".tmp") {
            fs::remove_file(entry.path()).map_err(Error::io(&entry.path()))?;
        }
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8], settle: impl Fn(&fs::File) -> std::io::Result<()>) -> Result<(), Error> {
    let mut unfinished = Unfinished::create(path)?;
    let file = &mut unfinished.file;
    file.write_all(bytes).and_then(|()| settle(file)).map_err(Error::io(path))?;
    unfinished.put_in_place()
}

/// A file that is written beside its place.
pub(super) struct Unfinished {
    /// To write to.
    pub file: fs::File,
    beside: PathBuf,
    path: PathBuf,
}

impl Unfinished {
    pub fn create(path: &Path) -> Result<Self, Error> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(Error::io(folder))?;
        }
        // Hidden, so that a walk over the folder passes over what a killed run left.
        let mut name = std::ffi::OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{:08x}.tmp", run_mark()));
        let beside = path.with_file_name(name);
        let file = fs::File::create(&beside).map_err(Error::io(path))?;
        Ok(Self { file, beside, path: path.to_path_buf() })
    }

    /// What was written appears in its place, instead of what was there.
    pub fn put_in_place(self) -> Result<(), Error> {
        fs::rename(&self.beside, &self.path).map_err(Error::io(&self.path))
    }
}

impl Drop for Unfinished {
    /// What is in its place is no longer beside it.
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.beside);
    }
}

/// A number of this run. The process id would not do: in containers that write to one folder, all are process 1.
fn run_mark() -> u32 {
    static MARK: LazyLock<u32> = LazyLock::new(|| RandomState::new().hash_one(std::process::id()) as u32);
    *MARK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_go_up_and_down() {
        let folder = tempfile::tempdir().unwrap();
        let at = |p: &str| folder.path().join(p);
        assert_eq!(relative_to(&at("a/b/c.jpg"), &at("a")).unwrap(), "b/c.jpg");
        assert_eq!(relative_to(&at("a/b/c.jpg"), &at("x/y")).unwrap(), "../../a/b/c.jpg");
    }

    #[test]
    fn a_written_file_is_whole_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/file.txt");
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
