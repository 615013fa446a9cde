//! The manifest of a result, and what must not lie beside it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::Path;

use serde_json::json;

use super::augment::Error;
use super::journal::Done;
use super::layout::{copy_place, is_copy_name};
use super::state::essence;
use super::{Event, Listener};
use crate::data::{Manifest, Origin, Sample, picture_files};
use crate::image::JPEG_BACKEND;
use crate::pipeline::PipelineFile;
use crate::plan::{ClassPlan, Plan, SourceId};

/// What a result was made with, in the manifest's metadata.
pub const FACTS: &str = "evenfold.augment";

/// The manifest of the result: each original, then its copies, in the order of the input.
pub fn result(
    manifest: &Manifest,
    pipeline: &PipelineFile,
    plan: &Plan,
    ids: &[Option<SourceId>],
    places: &[String],
    done: BTreeMap<usize, Done>,
    out: &Path,
) -> Manifest {
    let moved: HashMap<&str, &String> = manifest.samples.iter().map(|s| s.path.as_str()).zip(places).collect();
    let mut rows = Vec::with_capacity(done.values().map(|done| 1 + done.copies.len()).sum());
    for (row, done) in done {
        let sample = &manifest.samples[row];
        let own = Sample {
            path: places[row].clone(),
            source: moved.get(sample.source.as_str()).map_or_else(|| sample.source.clone(), |s| (*s).clone()),
            width: Some(done.width),
            height: Some(done.height),
            bytes: Some(done.bytes),
            content_hash: Some(done.content_hash),
            ..sample.clone()
        };
        rows.push((own.clone(), row));
        let id = ids[row].expect("what is done has an id");
        rows.extend(done.copies.into_iter().map(|made| {
            let copy = Sample {
                path: copy_place(&own.path, id, made.copy, pipeline.encode.format.extension()),
                origin: Origin::Copy,
                source: own.path.clone(),
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
            };
            (copy, row)
        }));
    }
    let mut result = manifest.with_rows(rows);
    result.folder = out.to_path_buf();
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
    result.facts.insert(FACTS.into(), facts.to_string());
    result
}

/// Copies of sources that are no longer in the data would be taken for images of the result.
pub fn remove_left_overs(out: &Path, result: &Manifest, listener: &dyn Listener) -> Result<(), Error> {
    let wanted: HashSet<&str> = result.samples.iter().map(|s| s.path.as_str()).collect();
    let mut foreign = 0;
    for place in picture_files(out)?.iter().filter(|place| !wanted.contains(place.as_str())) {
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
