//! The manifest of a result, and what must not lie beside it.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::Path;

use serde_json::json;

use super::augment::Error;
use super::journal::{Done, MadeCopy};
use super::layout::{copy_place, is_copy_name, place_hash};
use super::mixer::Mixer;
use super::state::essence;
use super::{Event, Listener};
use crate::data::{Manifest, Origin, Sample, picture_files};
use crate::image::JPEG_BACKEND;
use crate::pipeline::{Originals, PipelineFile, Recipe};
use crate::plan::{ClassPlan, Plan, SourceId};

/// What a result was made with, in the manifest's metadata.
pub const FACTS: &str = "evenfold.augment";

/// The rows of a result's manifest.
pub struct Rows<'a> {
    mixer: &'a Mixer<'a>,
    places: &'a [String],
    /// The paths of originals in the result's manifest.
    paths: Cow<'a, [String]>,
    ids: &'a [Option<SourceId>],
    /// The rows of all paths, where the input has copies.
    moved: HashMap<&'a str, usize>,
}

impl<'a> Rows<'a> {
    pub fn new(mixer: &'a Mixer<'a>, places: &'a [String], ids: &'a [Option<SourceId>], out: &Path) -> Self {
        let samples = &mixer.manifest.samples;
        let paths = match mixer.pipeline.originals {
            Originals::Link | Originals::Copy => Cow::Borrowed(places),
            Originals::Leave => {
                let from_out = mixer.manifest.clone().seen_from(out).samples.into_iter();
                Cow::Owned(from_out.map(|sample| sample.path).collect())
            }
        };
        let mut moved = HashMap::new();
        if !samples.iter().all(Sample::is_original) {
            moved.extend(samples.iter().enumerate().map(|(row, sample)| (sample.path.as_str(), row)));
        }
        Self { mixer, places, paths, ids, moved }
    }

    /// An original and its copies, each with the row of the input that it takes the user's own columns from.
    pub fn of(&self, row: usize, done: Done) -> Result<Vec<(Sample, usize)>, Error> {
        let sample = &self.mixer.manifest.samples[row];
        let moved = |path: &String| self.moved.get(path.as_str()).map_or(path, |&row| &self.paths[row]).clone();
        let own = Sample {
            path: self.paths[row].clone(),
            source: if sample.is_original() { self.paths[row].clone() } else { moved(&sample.source) },
            partners: sample.partners.iter().map(moved).collect(),
            width: Some(done.width),
            height: Some(done.height),
            bytes: Some(done.bytes),
            content_hash: Some(done.content_hash),
            ..sample.clone()
        };
        let id = self.ids[row].expect("what is done has an id");
        let copies = done.copies.into_iter().map(|made| Ok((self.copy(&own, row, id, made)?, row)));
        std::iter::once(Ok((own.clone(), row))).chain(copies).collect()
    }

    fn copy(&self, own: &Sample, row: usize, id: SourceId, made: MadeCopy) -> Result<Sample, Error> {
        let partners: Vec<usize> = made.partners.iter().filter_map(|&id| self.mixer.row_of(id)).collect();
        Ok(Sample {
            path: copy_place(&self.places[row], id, made.copy, self.mixer.pipeline.encode),
            origin: Origin::Copy,
            source: own.path.clone(),
            soft_label: self.soft_label(&made.recipe, row, &partners).map_err(|e| Error::Output {
                path: own.path.clone().into(),
                why: format!("the journal has no recipe of this evenfold for a copy of it ({e}): remove the result and begin again"),
            })?,
            partners: partners.into_iter().map(|partner| self.paths[partner].clone()).collect(),
            copy: made.copy,
            recipe: Some(made.recipe),
            attempt: made.attempt,
            distance: Some(made.distance),
            width: Some(made.width),
            height: Some(made.height),
            bytes: Some(made.bytes),
            content_hash: None,
            perceptual_hash: None,
            file_hash: Some(made.file_hash),
            label: own.label.clone(),
            group: own.group.clone(),
            fold: own.fold,
        })
    }

    /// The classes of a mix with their shares; nothing where there is one class.
    fn soft_label(&self, recipe: &str, row: usize, partners: &[usize]) -> serde_json::Result<BTreeMap<String, f64>> {
        if partners.is_empty() {
            return Ok(BTreeMap::new());
        }
        let recipe: Recipe = serde_json::from_str(recipe)?;
        let (own, others) = recipe.shares();
        let label = |row: usize| self.mixer.manifest.samples[row].label.clone();
        let mut shares = BTreeMap::from([(label(row), own)]);
        for (&partner, share) in partners.iter().zip(others) {
            *shares.entry(label(partner)).or_insert(0.0) += share;
        }
        shares.retain(|_, share| *share > 0.0);
        Ok(if shares.len() > 1 { shares } else { BTreeMap::new() })
    }
}

/// What the metadata of a result's manifest say, beside those of the input.
pub fn facts(manifest: &Manifest, pipeline: &PipelineFile, plan: &Plan) -> BTreeMap<String, String> {
    let counts = |of: fn(&ClassPlan) -> usize| -> BTreeMap<&str, usize> {
        plan.classes.iter().map(|c| (c.label.as_str(), of(c))).collect()
    };
    // Shares of the classes: what logit adjustment (Menon et al. 2021) and thresholds need.
    let priors = |of: fn(&ClassPlan) -> usize| -> BTreeMap<&str, f64> {
        let all = plan.classes.iter().map(of).sum::<usize>().max(1);
        plan.classes.iter().map(|c| (c.label.as_str(), of(c) as f64 / all as f64)).collect()
    };
    let facts = json!({
        "evenfold": env!("CARGO_PKG_VERSION"),
        "jpeg_backend": JPEG_BACKEND,
        "seed": pipeline.seed,
        "pipeline": essence(pipeline),
        "before": counts(|c| c.have),
        "after": counts(ClassPlan::after),
        "priors_before": priors(|c| c.have),
        "priors_after": priors(ClassPlan::after),
    });
    let mut all = manifest.facts.clone();
    all.insert(FACTS.into(), facts.to_string());
    all
}

/// The places of a result's files. For a million, their hashes are small enough.
#[derive(Default)]
pub struct Places {
    hashes: HashSet<[u8; 8]>,
    pub count: usize,
}

impl Places {
    pub fn add(&mut self, samples: &[Sample]) {
        self.hashes.extend(samples.iter().map(|sample| place_hash(&sample.path)));
        self.count += samples.len();
    }
}

/// Copies of sources that are no longer in the data would be taken for images of the result.
pub fn remove_left_overs(out: &Path, wanted: &Places, listener: &dyn Listener) -> Result<(), Error> {
    let mut foreign = 0;
    for place in picture_files(out)?.iter().filter(|place| !wanted.hashes.contains(&place_hash(place))) {
        if is_copy_name(place) {
            let path = out.join(place);
            fs::remove_file(&path).map_err(|source| Error::Write { path, source })?;
        } else {
            foreign += 1;
        }
    }
    if foreign > 0 {
        let text =
            format!("{foreign} pictures in {} are not in its samples.parquet; they were left alone", out.display());
        listener.hear(Event::Warning { text: &text });
    }
    Ok(())
}
