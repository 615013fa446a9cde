//! What a plan will cost, measured on a few of its originals.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::copies::{Siblings, Worker};
use super::mixer::Mixer;
use crate::data::{Manifest, read_file};
use crate::image::{decode, encode};
use crate::pipeline::PipelineFile;
use crate::plan::{Error, Job, Plan, SourceId};

/// Originals of each class that are tried.
const TRIED: usize = 2;

/// What the copies of one class are expected to take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Cost {
    /// Size of the files.
    pub bytes: u64,
    /// Processor time: what one thread takes, without the disk.
    pub seconds: f64,
}

/// By class: two originals of each are read, and one copy of each is made and encoded, but not written.
pub fn estimate(
    manifest: &Manifest,
    ids: &[Option<SourceId>],
    pipeline: &PipelineFile,
    plan: &Plan,
) -> Result<BTreeMap<String, Cost>, Error> {
    let mixer = Mixer::of(manifest, pipeline, ids)?;
    let mut of_class: BTreeMap<&str, Vec<&Job>> = BTreeMap::new();
    for job in &plan.jobs {
        of_class.entry(&manifest.samples[job.row].label).or_default().push(job);
    }
    let mut worker = Worker::default();
    let cost = |(label, jobs): (&str, Vec<&Job>)| {
        let with_copies = jobs.iter().filter(|job| !job.copies.is_empty());
        let tried: Vec<_> = with_copies.filter_map(|job| try_one(&mixer, job, &mut worker)).take(TRIED).collect();
        let new: usize = jobs.iter().map(|job| job.copies.len()).sum();
        let mean = |of: &dyn Fn(&Trial) -> f64| {
            tried.iter().map(of).fold(0.0, |sum, one| sum + one) / tried.len().max(1) as f64
        };
        let bytes = mean(&|t| t.bytes as f64) * new as f64;
        let seconds =
            mean(&|t| t.decode.as_secs_f64()) * jobs.len() as f64 + mean(&|t| t.copy.as_secs_f64()) * new as f64;
        (label.to_owned(), Cost { bytes: bytes.round() as u64, seconds })
    };
    Ok(of_class.into_iter().map(cost).collect())
}

struct Trial {
    bytes: usize,
    decode: Duration,
    copy: Duration,
}

fn try_one(mixer: &Mixer, job: &Job, worker: &mut Worker) -> Option<Trial> {
    let Mixer { manifest, pipeline, .. } = mixer;
    let sample = &manifest.samples[job.row];
    let begin = Instant::now();
    let bytes = read_file(&manifest.locate(sample)).ok()?;
    let source = decode(&bytes).ok()?;
    let decoded = Instant::now();
    Siblings::of(&source, job.row, job.id, mixer).make(job.copies.start, worker);
    worker.bytes.clear();
    encode(&worker.frame, &pipeline.encode.of(&sample.path, &bytes), &mut worker.bytes).ok()?;
    Some(Trial { bytes: worker.bytes.len(), decode: decoded - begin, copy: decoded.elapsed() })
}
