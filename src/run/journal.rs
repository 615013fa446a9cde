//! What is done, noted original by original: so that a killed run does nothing twice, the work of shards can be joined, and
//! nothing of it need be held until the manifest of the result is written.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::Shard;
use crate::data;
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
    /// Whom its mixes were drawn from; nothing where nothing is mixed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drawn_from: Option<String>,
    /// In the order of their numbers, without gaps.
    pub copies: Vec<MadeCopy>,
}

/// A copy that is in its place.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MadeCopy {
    pub copy: u32,
    /// As JSON.
    pub recipe: String,
    /// The other originals in it, in the order in which the recipe takes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partners: Vec<SourceId>,
    pub attempt: u32,
    pub distance: f32,
    pub width: u32,
    pub height: u32,
    pub bytes: u64,
    pub file_hash: String,
}

/// What became of an original; the text says why it could not be used.
pub type Outcome = Result<Done, String>;

/// Where a line begins.
#[derive(Clone, Copy, Debug)]
pub struct At {
    journal: u32,
    offset: u64,
}

/// A line of a journal.
pub struct Line {
    pub id: SourceId,
    /// Of the original.
    pub place: String,
    pub outcome: Outcome,
    offset: u64,
}

/// Where a run notes what it has done: a line of JSON an original, appended when all its files are in their places.
pub struct Journal {
    /// Its own, then those of others that were there when it was opened.
    paths: Vec<PathBuf>,
    /// Its own, and how long it is.
    file: Mutex<(File, u64)>,
}

const EXTENSION: &str = "jsonl";

impl Journal {
    /// The journal of a shard, to go on with.
    pub fn open(folder: &Path, shard: Shard) -> Result<Self, data::Error> {
        let name = format!("{}.{EXTENSION}", shard.to_string().replace('/', "-of-"));
        let path = folder.join(name);
        let file = Self::open_own(&path).map_err(data::Error::io(&path))?;
        let others = journals(folder)?.into_iter().map(|(other, _)| other).filter(|other| *other != path);
        Ok(Self { paths: std::iter::once(path.clone()).chain(others).collect(), file: Mutex::new(file) })
    }

    fn open_own(path: &Path) -> io::Result<(File, u64)> {
        let mut file = File::options().read(true).append(true).create(true).open(path)?;
        let mut length = file.seek(SeekFrom::End(0))?;
        // A killed run may have left half a line.
        if length > 0 {
            file.seek(SeekFrom::End(-1))?;
            let mut last = [0];
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                file.write_all(b"\n")?;
                length += 1;
            }
        }
        Ok((file, length))
    }

    /// Where its own lies.
    pub fn path(&self) -> &Path {
        &self.paths[0]
    }

    /// Notes what became of the original whose place this is.
    pub fn note(&self, id: SourceId, place: &str, outcome: &Outcome) -> io::Result<At> {
        let mut line = serde_json::to_vec(&(id, place, outcome)).map_err(io::Error::from)?;
        line.push(b'\n');
        let (file, length) = &mut *self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&line)?;
        let at = At { journal: 0, offset: *length };
        *length += line.len() as u64;
        Ok(at)
    }

    /// What a line says of an original that is in its place.
    pub fn read(&self, at: At) -> Result<Done, data::Error> {
        let path = &self.paths[at.journal as usize];
        let line = || {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::Start(at.offset))?;
            let mut line = Vec::new();
            BufReader::new(file).read_until(b'\n', &mut line)?;
            let (_, _, outcome): (SourceId, String, Outcome) = serde_json::from_slice(&line)?;
            outcome.map_err(io::Error::other)
        };
        line().map_err(data::Error::io(path))
    }

    /// Of each row of a manifest the line that tells of most copies, or why it could not be used. A row is known by its id
    /// and its place, its copies by whom their mixes were drawn from.
    pub fn noted(
        &self,
        rows: &HashMap<SourceId, usize>,
        places: &[String],
        drawn_from: Option<&str>,
    ) -> Result<BTreeMap<usize, Result<At, String>>, data::Error> {
        let mut noted: BTreeMap<usize, (usize, Result<At, String>)> = BTreeMap::new();
        for (journal, path) in self.paths.iter().enumerate() {
            for Line { id, place, outcome, offset } in lines(path)? {
                let Some(row) = rows.get(&id).copied().filter(|&row| places[row] == place) else { continue };
                if outcome.as_ref().is_ok_and(|done| done.drawn_from.as_deref() != drawn_from) {
                    continue;
                }
                let worth = outcome.as_ref().map_or(0, |done| 1 + done.copies.len());
                if noted.get(&row).is_none_or(|(old, _)| worth >= *old) {
                    let at = At { journal: journal as u32, offset };
                    noted.insert(row, (worth, outcome.map(|_| at)));
                }
            }
        }
        Ok(noted.into_iter().map(|(row, (_, line))| (row, line)).collect())
    }
}

/// The journals in a folder, and the shards that they are of.
pub fn journals(folder: &Path) -> Result<Vec<(PathBuf, Shard)>, data::Error> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(data::Error::io(folder))? {
        let path = entry.map_err(data::Error::io(folder))?.path();
        if path.extension().is_some_and(|extension| extension == EXTENSION) {
            let shard = path.file_stem().and_then(|stem| stem.to_str()?.replace("-of-", "/").parse().ok());
            found.extend(shard.map(|shard| (path, shard)));
        }
    }
    found.sort();
    Ok(found)
}

/// What a journal says, line by line; a line that was not written to its end is passed over.
pub fn lines(journal: &Path) -> Result<impl Iterator<Item = Line>, data::Error> {
    let lines = BufReader::new(File::open(journal).map_err(data::Error::io(journal))?).split(b'\n');
    let mut next = 0;
    let parsed = lines.map_while(Result::ok).filter_map(move |line| {
        let offset = next;
        next += line.len() as u64 + 1;
        let (id, place, outcome) = serde_json::from_slice(&line).ok()?;
        Some(Line { id, place, outcome, offset })
    });
    Ok(parsed)
}
