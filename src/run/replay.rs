//! `replay`: one copy again, from its source and its recipe alone.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::result::FACTS;
use crate::data::{Manifest, Sample, read_file};
use crate::image::{Frame, JPEG_BACKEND, Scratch, decode, encode, file_hash};
use crate::pipeline::{Encode, Recipe};

/// Why a copy could not be made again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The manifest has no such row.
    #[error("{}: no row {row}; it has rows 0 to {}", path.display(), rows - 1)]
    NoRow {
        /// The manifest.
        path: PathBuf,
        /// What was asked for.
        row: usize,
        /// How many there are.
        rows: usize,
    },
    /// An original has no recipe.
    #[error("{}: row {row} ({picture}) is no copy, and has no recipe: take a row whose `origin` is \"copy\"", path.display())]
    NoCopy {
        /// The manifest.
        path: PathBuf,
        /// The row.
        row: usize,
        /// Its path.
        picture: String,
    },
    /// The manifest does not say how copies were written, or a recipe is not one.
    #[error("{}: {why}", path.display())]
    Unknown {
        /// The manifest.
        path: PathBuf,
        /// What is missing or wrong.
        why: String,
    },
    /// The source cannot be read.
    #[error("{}: {why}; the source is needed to make its copy again", path.display())]
    Source {
        /// The picture.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

/// A copy made again.
#[derive(Clone, Debug, Serialize)]
pub struct Replayed {
    /// Where the manifest says that the copy lies.
    pub path: String,
    /// The original that it was made from.
    pub source: String,
    /// How often it had been drawn again.
    pub attempt: u32,
    /// Hash of the bytes that `augment` wrote; `None` if the manifest does not say.
    pub recorded: Option<String>,
    /// Hash of the bytes that were made now.
    pub replayed: String,
    /// The JPEG encoder that `augment` used; another one gives slightly different bytes.
    pub jpeg_backend: String,
    /// The one of this build.
    pub own_jpeg_backend: &'static str,
    /// The file.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

impl Replayed {
    /// Whether these are the very bytes.
    pub fn same(&self) -> bool {
        self.recorded.as_ref() == Some(&self.replayed)
    }
}

/// Makes the copy in a row (counted from 0) of a manifest again. `file` names the manifest in errors.
pub fn replay(manifest: &Manifest, file: &Path, row: usize) -> Result<Replayed, Error> {
    let path = || file.to_path_buf();
    let rows = manifest.samples.len();
    let sample = manifest.samples.get(row).ok_or_else(|| Error::NoRow { path: path(), row, rows })?;
    let recipe = sample.recipe.as_deref();
    let recipe = recipe.ok_or_else(|| Error::NoCopy { path: path(), row, picture: sample.path.clone() })?;
    let unknown = |why: String| Error::Unknown { path: path(), why };
    let recipe: Recipe =
        serde_json::from_str(recipe).map_err(|e| unknown(format!("row {row}: not a recipe of this evenfold: {e}")))?;
    let facts = manifest.facts.get(FACTS).ok_or_else(|| {
        unknown(
            "its metadata do not say how copies were written: take a manifest that `augment` or `split` wrote".into(),
        )
    })?;
    let facts: Facts = serde_json::from_str(facts).map_err(|e| unknown(format!("its metadata: {e}")))?;
    let (wanted, given) = (recipe.shares().1.len(), sample.partners.len());
    if wanted != given {
        return Err(unknown(format!(
            "row {row}: its recipe mixes {wanted} other originals, and `partners` names {given}"
        )));
    }
    let bytes = make(manifest, sample, &recipe, facts.pipeline.encode)?;
    Ok(Replayed {
        path: sample.path.clone(),
        source: sample.source.clone(),
        attempt: sample.attempt,
        recorded: sample.file_hash.clone(),
        replayed: file_hash(&bytes),
        jpeg_backend: facts.jpeg_backend,
        own_jpeg_backend: JPEG_BACKEND,
        bytes,
    })
}

/// What a manifest's metadata say of how its copies were written.
#[derive(Deserialize)]
struct Facts {
    jpeg_backend: String,
    pipeline: Written,
}

#[derive(Deserialize)]
struct Written {
    encode: Encode,
}

fn make(manifest: &Manifest, copy: &Sample, recipe: &Recipe, how: Encode) -> Result<Vec<u8>, Error> {
    let wrong = |path: &str, why: String| Error::Source { path: manifest.folder.join(path), why };
    let read = |path: &str| read_file(&manifest.folder.join(path)).map_err(|e| wrong(path, e.to_string()));
    let picture =
        |path: &str, bytes: &[u8]| -> Result<Frame, Error> { decode(bytes).map_err(|e| wrong(path, e.to_string())) };
    let source = read(&copy.source)?;
    let mut frame = picture(&copy.source, &source)?;
    let mut scratch = Scratch::default();
    for partner in &copy.partners {
        scratch.partners.push_back(Arc::new(picture(partner, &read(partner)?)?));
    }
    recipe
        .try_apply(&mut frame, &mut scratch)
        .map_err(|why| wrong(&copy.source, format!("the recipe was not drawn for this picture: {why}")))?;
    let mut bytes = Vec::new();
    encode(&frame, &how.of(&copy.source, &source), &mut bytes).map_err(|why| wrong(&copy.source, why))?;
    Ok(bytes)
}
