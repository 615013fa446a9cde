//! What is done, noted original by original: so that a killed run does nothing twice, and the work of shards can be joined.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::Shard;
use crate::plan::SourceId;

/// An original that is in its place, with its copies.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Done {
    pub width: u32,
    pub height: u32,
    pub bytes: u64,
    pub content_hash: String,
    /// Only its first frame was taken.
    pub animated: bool,
    /// In the order of their numbers, without gaps.
    pub copies: Vec<MadeCopy>,
}

/// A copy that is in its place.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MadeCopy {
    pub copy: u32,
    /// As JSON.
    pub recipe: String,
    pub attempt: u32,
    pub distance: f32,
    pub width: u32,
    pub height: u32,
    pub bytes: u64,
    pub file_hash: String,
    /// Made by this run.
    #[serde(skip)]
    pub new: bool,
}

impl Done {
    /// Those of these copies that are made, from the first on. Copies depend on their earlier siblings, so others that
    /// began elsewhere are not the same.
    pub fn made(&self, wanted: &Range<u32>) -> &[MadeCopy] {
        let begins_alike = self.copies.first().is_some_and(|first| first.copy == wanted.start);
        if begins_alike { &self.copies[..self.copies.len().min(wanted.len())] } else { &[] }
    }
}

/// What became of an original; the text says why it could not be used.
pub type Outcome = Result<Done, String>;

/// Where a run notes what it has done: a line of JSON an original, appended when all its files are in their places.
pub struct Journal {
    path: PathBuf,
    file: Mutex<File>,
}

const EXTENSION: &str = "jsonl";

impl Journal {
    /// The journal of a shard, to go on with.
    pub fn open(folder: &Path, shard: Shard) -> io::Result<Self> {
        let name = format!("{}.{EXTENSION}", shard.to_string().replace('/', "-of-"));
        let path = folder.join(name);
        let mut file = File::options().read(true).append(true).create(true).open(&path)?;
        // A killed run may have left half a line.
        if file.seek(SeekFrom::End(0))? > 0 {
            file.seek(SeekFrom::End(-1))?;
            let mut last = [0];
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                file.write_all(b"\n")?;
            }
        }
        Ok(Self { path, file: Mutex::new(file) })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Notes what became of the original whose place this is.
    pub fn note(&self, id: SourceId, place: &str, outcome: &Outcome) -> io::Result<()> {
        let mut line = serde_json::to_vec(&(id, place, outcome)).map_err(io::Error::from)?;
        line.push(b'\n');
        self.file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line)
    }
}

/// The journals in a folder, and the shards that they are of.
pub fn journals(folder: &Path) -> io::Result<Vec<(PathBuf, Shard)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == EXTENSION) {
            let shard = path.file_stem().and_then(|stem| stem.to_str()?.replace("-of-", "/").parse().ok());
            found.extend(shard.map(|shard| (path, shard)));
        }
    }
    found.sort();
    Ok(found)
}

/// What a journal says, line by line; a line that was not written to its end is passed over.
pub fn lines(journal: &Path) -> io::Result<impl Iterator<Item = (SourceId, String, Outcome)>> {
    let lines = BufReader::new(File::open(journal)?).split(b'\n');
    Ok(lines.map_while(Result::ok).filter_map(|line| serde_json::from_slice(&line).ok()))
}

/// What the journals in a folder say of the rows of a manifest: of several lines the one that tells of most copies. A row is
/// known by its id and its place.
pub fn noted(
    folder: &Path,
    rows: &HashMap<SourceId, usize>,
    places: &[String],
) -> io::Result<BTreeMap<usize, Outcome>> {
    let mut noted = BTreeMap::new();
    let worth = |outcome: &Outcome| outcome.as_ref().map_or(0, |done| 1 + done.copies.len());
    for (journal, _) in journals(folder)? {
        for (id, place, outcome) in lines(&journal)? {
            let row = rows.get(&id).copied().filter(|&row| places[row] == place);
            if let Some(row) = row.filter(|row| noted.get(row).is_none_or(|old| worth(&outcome) >= worth(old))) {
                noted.insert(row, outcome);
            }
        }
    }
    Ok(noted)
}
