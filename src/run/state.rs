//! What a result depends on. The folder remembers it, so that a run is continued and never mixed with another.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::augment::{Error, Skipped, Summary};
use super::diversity::Diversity;
use super::journal::{Line, journals, lines};
use super::layout::{copy_place, link_or_copy};
use crate::data::{self, Manifest, paths_in, write_atomically};
use crate::image::JPEG_BACKEND;
use crate::pipeline::{Encode, PipelineFile};
use crate::plan::{ClassPlan, SourceId};

/// The folder in the result that holds all of this; what begins with a dot is passed over by whoever reads the result.
const FOLDER: &str = ".evenfold-augment";

/// The file in it that makes a folder ours.
const MARKER: &str = "run.json";

/// The folder of a result and what it is made from.
pub struct State {
    out: PathBuf,
    pipeline: String,
    inputs: String,
}

#[derive(Serialize, Deserialize)]
struct Marker {
    pipeline: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    finished: Option<Finished>,
}

#[derive(Serialize, Deserialize)]
struct Finished {
    inputs: String,
    images: usize,
    copies: usize,
    diversity: Vec<Diversity>,
    classes: Vec<ClassPlan>,
    skipped: Vec<Skipped>,
    animated: Vec<String>,
}

/// The ids of all rows, for the next run with the same inputs.
#[derive(Serialize, Deserialize)]
struct Ids {
    inputs: String,
    ids: Vec<SourceId>,
}

impl State {
    /// Makes the folder ours, or refuses. Several shards may do so at once.
    pub fn claim(manifest: &Manifest, pipeline: &PipelineFile, out: &Path) -> Result<Self, Error> {
        let versions = [env!("CARGO_PKG_VERSION"), JPEG_BACKEND, &essence(pipeline).to_string()].join("\n");
        let pipeline = blake3::hash(versions.as_bytes()).to_hex().to_string();
        let state = Self { out: out.into(), pipeline, inputs: fingerprint(manifest) };
        fs::create_dir_all(out.join(FOLDER)).map_err(|source| Error::Write { path: out.into(), source })?;
        // Whoever writes pictures has written the marker before: so it is looked for after them.
        let entries = fs::read_dir(out).map_err(|source| Error::Write { path: out.into(), source })?;
        let has_more = entries.flatten().any(|entry| entry.file_name() != FOLDER);
        match marker(out) {
            Some(marker) if marker.pipeline == state.pipeline => Ok(state),
            Some(_) => state.refuse(
                "holds the result of another pipeline, seed or version of evenfold: choose another --out, or remove it",
            ),
            None if out.join(FOLDER).join(MARKER).exists() => state.refuse(
                "holds the result of another version of evenfold, or one that is damaged: choose another --out, or remove it",
            ),
            None if has_more => {
                // Leaves the folder as it was.
                let _ = fs::remove_dir(out.join(FOLDER));
                state.refuse("is not empty and was not made by `evenfold augment`: choose another --out")
            }
            None => state.write(&Marker { pipeline: state.pipeline.clone(), finished: None }).map(|()| state),
        }
    }

    fn refuse(&self, why: &str) -> Result<Self, Error> {
        Err(Error::Output { path: self.out.clone(), why: why.into() })
    }

    /// Where journals lie.
    pub fn folder(&self) -> PathBuf {
        self.out.join(FOLDER)
    }

    /// The ids of all rows, where an earlier run or another shard has left them.
    pub fn ids(&self) -> Option<Vec<SourceId>> {
        let known: Ids = serde_json::from_slice(&fs::read(self.folder().join("ids.json")).ok()?).ok()?;
        (known.inputs == self.inputs).then_some(known.ids)
    }

    /// Leaves the ids of all rows to the next run.
    pub fn keep_ids(&self, ids: Vec<SourceId>) -> Result<(), Error> {
        let known = serde_json::to_vec(&Ids { inputs: self.inputs.clone(), ids }).expect("ids are plain text");
        Ok(write_atomically(&self.folder().join("ids.json"), &known)?)
    }

    /// Brings in what shards made in a folder of their own.
    pub fn gather(&self, from: &Path, encode: Encode) -> Result<(), Error> {
        let foreign = |why: &str| Error::Output { path: from.into(), why: why.into() };
        let marker = marker(from).ok_or_else(|| foreign("holds no shard that `evenfold augment --shard` made"))?;
        if marker.pipeline != self.pipeline {
            return Err(foreign("holds a shard of another pipeline, seed or version of evenfold"));
        }
        let shards = from.join(FOLDER);
        for (journal, _) in journals(&shards)? {
            for Line { id, place, outcome, .. } in lines(&journal)? {
                let copies = outcome.iter().flat_map(|done| &done.copies);
                let copies = copies.map(|made| copy_place(&place, id, made.copy, encode));
                for place in copies.chain(outcome.is_ok().then(|| place.clone())) {
                    // What is no longer there is found missing, and said, with the rest of its shard.
                    let (from, to) = (from.join(&place), self.out.join(&place));
                    if from.is_file() {
                        link_or_copy(&from, &to).map_err(|source| Error::Write { path: to, source })?;
                    }
                }
            }
            let bytes = fs::read(&journal).map_err(data::Error::io(&journal))?;
            write_atomically(&self.folder().join(journal.file_name().unwrap_or_default()), &bytes)?;
        }
        Ok(())
    }

    /// What an earlier run wrote down, if it ended with these inputs and all its files are still there.
    pub fn finished(&self, target: &Path) -> Option<Summary> {
        let finished = marker(&self.out)?.finished.filter(|finished| finished.inputs == self.inputs)?;
        let complete = paths_in(target).ok()?.iter().all(|path| self.out.join(path).is_file());
        complete.then(|| Summary {
            classes: finished.classes,
            images: finished.images,
            made: 0,
            found: finished.copies,
            skipped: finished.skipped,
            animated: finished.animated,
            diversity: finished.diversity,
            manifest: target.to_path_buf(),
        })
    }

    /// Writes down that the run has come to its end.
    pub fn finish(&self, summary: &Summary) -> Result<(), Error> {
        let finished = Finished {
            inputs: self.inputs.clone(),
            images: summary.images,
            copies: summary.made + summary.found,
            diversity: summary.diversity.clone(),
            classes: summary.classes.clone(),
            skipped: summary.skipped.clone(),
            animated: summary.animated.clone(),
        };
        self.write(&Marker { pipeline: self.pipeline.clone(), finished: Some(finished) })
    }

    fn write(&self, marker: &Marker) -> Result<(), Error> {
        let text = serde_json::to_vec_pretty(marker).expect("a marker is plain text");
        Ok(write_atomically(&self.folder().join(MARKER), &text)?)
    }
}

fn marker(out: &Path) -> Option<Marker> {
    serde_json::from_slice(&fs::read(out.join(FOLDER).join(MARKER)).ok()?).ok()
}

/// The pipeline without what does not change a pixel.
pub fn essence(pipeline: &PipelineFile) -> serde_json::Value {
    json!(PipelineFile { data: None, out: None, ..pipeline.clone() })
}

/// A hash of the rows, and of the size and time of change of their files.
pub fn fingerprint(manifest: &Manifest) -> String {
    let mut inputs = blake3::Hasher::new();
    for sample in &manifest.samples {
        let seen = fs::metadata(manifest.locate(sample)).ok().map(|m| (m.len(), m.modified().ok()));
        inputs.update(format!("{sample:?} {seen:?}\n").as_bytes());
    }
    inputs.finalize().to_hex().to_string()
}
