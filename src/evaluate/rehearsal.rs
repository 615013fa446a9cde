//! What a run would do, without doing it.

use std::time::Instant;

use serde::Serialize;

use super::folds::{Error, Job, World};
use crate::run::{Listener, Skipped};
use crate::train::pace;

/// The data of one fold.
#[derive(Clone, Debug, Serialize)]
pub struct Planned {
    /// Its number, from 0.
    pub fold: usize,
    /// Originals trained on, by class.
    pub originals: Vec<usize>,
    /// Copies trained on, by class.
    pub copies: Vec<usize>,
    /// Originals validated on, by class.
    pub validation: Vec<usize>,
    /// What an epoch is expected to take, validation included.
    pub seconds_an_epoch: f64,
}

/// What a run would train on, and what it would cost.
#[derive(Clone, Debug, Serialize)]
pub struct Rehearsal {
    /// The classes, in the order of all counts.
    pub classes: Vec<String>,
    /// In their order.
    pub folds: Vec<Planned>,
    /// Originals set aside, by class.
    pub holdout: Vec<usize>,
    /// Images that will be judged, by class where labels are known, and in all.
    pub eval: Option<(Vec<usize>, usize)>,
    /// Images that could not be used.
    pub skipped: Vec<Skipped>,
    /// Seconds of training for one image, measured.
    pub seconds_an_image: f64,
    /// Seconds of all epochs of all folds and seeds, naive folds and ablations too; predictions at their end are not in it.
    pub seconds: f64,
    /// Most memory that this process has had, all pictures read and batches trained on; none where the system does not say.
    pub memory_bytes: Option<u64>,
}

/// Reads all pictures, and trains and predicts a few batches of the first fold.
pub fn rehearse(job: &Job, listener: &dyn Listener) -> Result<Rehearsal, Error> {
    /// Originals predicted to take the time.
    const FEW: usize = 64;
    job.config.check()?;
    let world = World::open(job, listener)?;
    let count = |rows: &[usize], keep: &dyn Fn(bool) -> bool| {
        let mut counts = vec![0; world.classes.len()];
        for sample in rows.iter().map(|&row| &world.samples()[row]).filter(|sample| keep(sample.is_original())) {
            counts[world.class(&sample.label)] += 1;
        }
        counts
    };
    let all = |_: bool| true;
    let parts: Vec<_> = (0..world.folds).map(|fold| world.honest(fold)).collect();
    for part in &parts {
        part.refuse_empty()?;
    }
    let (net, training) = pace(job.config, &world.classes, &world.examples(&parts[0].train), &world.loader)?;
    let few = &parts[0].validation[..parts[0].validation.len().min(FEW)];
    world.predicted(&net, few, job.manifest, false)?;
    let begun = Instant::now();
    world.predicted(&net, few, job.manifest, false)?;
    let predicting = begun.elapsed().as_secs_f64() / few.len() as f64;
    let folds: Vec<Planned> = parts
        .iter()
        .enumerate()
        .map(|(fold, part)| Planned {
            fold,
            originals: count(&part.train, &|original| original),
            copies: count(&part.train, &|original| !original),
            validation: count(&part.validation, &all),
            seconds_an_epoch: part.train.len() as f64 * training + part.validation.len() as f64 * predicting,
        })
        .collect();
    let an_epoch: f64 = folds.iter().map(|fold| fold.seconds_an_epoch).sum();
    let trainings = folds.len() + job.naive_folds(folds.len());
    let eval = job.eval.map(|eval| {
        let mut counts = vec![0; world.classes.len()];
        let labels = world.eval.iter().map(|&row| &eval.manifest.samples[row].label);
        labels.filter(|label| !label.is_empty()).for_each(|label| counts[world.class(label)] += 1);
        (counts, world.eval.len())
    });
    Ok(Rehearsal {
        holdout: count(&world.holdout, &all),
        seconds: an_epoch / folds.len() as f64
            * ((trainings * job.config.seeds + job.config.ablation.len()) * job.config.epochs) as f64,
        seconds_an_image: training,
        memory_bytes: peak_memory(),
        skipped: world.skipped.clone(),
        classes: world.classes.clone(),
        folds,
        eval,
    })
}

/// Linux says it in kilobytes.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
}
