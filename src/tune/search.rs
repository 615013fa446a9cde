//! The search itself: trials are runs over folds.

use std::cell::RefCell;
use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use super::{Asked, Direction, Error, Point, Search, Space, State, Study, Worker};
use crate::data::Manifest;
use crate::evaluate::{self, Job, Judged, METRICS, Metric, Outcome, SoFar};
use crate::run::{Event, Halt, Listener};
use crate::train::{self, Config};

/// What is to be made good.
#[derive(Clone, Copy, Debug)]
pub enum Goal {
    /// A metric of the report on the out-of-fold originals.
    Metric(&'static Metric),
    /// Training images a second, the mean over epochs.
    ImagesPerSecond,
}

impl Goal {
    const SPEED: &'static str = "images_per_second";

    /// By its name; else the names that there are.
    pub fn named(name: &str) -> Result<Self, Vec<&'static str>> {
        match METRICS.iter().find(|metric| metric.name == name) {
            Some(metric) => Ok(Self::Metric(metric)),
            None if name == Self::SPEED => Ok(Self::ImagesPerSecond),
            None => Err(METRICS.iter().map(|metric| metric.name).chain([Self::SPEED]).collect()),
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Metric(metric) => metric.name,
            Self::ImagesPerSecond => Self::SPEED,
        }
    }

    /// Which way is good.
    pub fn direction(self) -> Direction {
        match self {
            Self::Metric(metric) if !metric.higher_is_better => Direction::Minimise,
            _ => Direction::Maximise,
        }
    }

    fn of(self, outcome: &Outcome) -> f64 {
        match self {
            Self::Metric(metric) => {
                let place = METRICS.iter().position(|m| m.name == metric.name).expect("a metric of the list");
                outcome.out_of_fold.metrics[place].value
            }
            Self::ImagesPerSecond => {
                let epochs: Vec<f64> =
                    outcome.folds.iter().flat_map(|fold| fold.epochs.iter().map(|e| e.images_per_second)).collect();
                epochs.iter().sum::<f64>() / epochs.len().max(1) as f64
            }
        }
    }
}

/// When a trial reports, and may be stopped. The value is the first goal's on all out-of-fold predictions so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PruneAt {
    /// After each fold: a trial of five folds has five steps.
    Fold,
    /// After each epoch of each fold.
    Epoch,
}

/// All that a search needs.
pub struct Task<'a> {
    /// The study.
    pub search: &'a Search<'a>,
    /// Its objectives, in their order.
    pub goals: &'a [Goal],
    /// Samples with folds.
    pub manifest: &'a Manifest,
    /// The journal; trials' folders are made beside it.
    pub journal: &'a Path,
    /// Trials of the whole study, those of other processes and of earlier runs too.
    pub trials: usize,
    /// When this process stops; a trial under way is then put back in line.
    pub until: Option<Instant>,
    /// When trials report.
    pub prune_at: PruneAt,
}

/// The configuration at a point of the space, as training takes it.
pub fn configuration(space: &Space, point: &Point) -> Result<Config, String> {
    let config: Config = serde_json::from_value(space.fill(point)).map_err(|e| e.to_string())?;
    config.check().map_err(|e| e.to_string())?;
    Ok(config)
}

/// Most epochs that any trial trains a fold, all seeds together; an error where the space holds what training refuses.
pub fn check(space: &Space) -> Result<usize, Error> {
    let mut most = 0;
    for point in space.corners() {
        let config = configuration(space, &point).map_err(|why| Error::Point { at: said(space, &point), why })?;
        most = most.max(config.epochs * config.seeds);
    }
    Ok(most)
}

/// Values by name, in words.
fn said(space: &Space, point: &Point) -> String {
    let known = space.all().into_iter().filter_map(|(name, distribution)| {
        let value = distribution.external(*point.get(&name)?);
        Some(format!("{name} = {value}"))
    });
    let known: Vec<_> = known.collect();
    if known.is_empty() { "the values as they are".into() } else { known.join(", ") }
}

/// Carries out trials until there are enough, or time is up. `each` hears the study after every trial and at the end.
pub fn run(
    task: &Task,
    listener: &dyn Listener,
    mut each: impl FnMut(&Study) -> Result<(), Error>,
) -> Result<(), Error> {
    let epochs = check(task.search.space)?;
    let mut worker = Worker::join(task.journal, task.search)?;
    while task.until.is_none_or(|until| Instant::now() < until) {
        let Some(asked) = worker.ask(task.trials)? else { break };
        trial(task, epochs, &mut worker, &asked, listener)?;
        each(worker.study()?)?;
    }
    each(worker.study()?)
}

fn trial(task: &Task, epochs: usize, worker: &mut Worker, asked: &Asked, listener: &dyn Listener) -> Result<(), Error> {
    let begun = Instant::now();
    let named = Named { listener, trial: asked.number, of: task.trials };
    let folds = task.manifest.folds();
    let a_fold = if task.prune_at == PruneAt::Epoch { epochs } else { 1 };
    let mut config = match configuration(task.search.space, &asked.point) {
        Ok(config) => config,
        Err(why) => return worker.tell(asked, State::Fail, None, &[("why", json!(why))]),
    };
    // A trial is worth what it scores out-of-fold; the rest is for its users.
    (config.naive_folds, config.self_test, config.eval) = (0, 0, None);
    config.ablation.clear();

    let shared = RefCell::new((worker, Ok(None)));
    let watch = |so_far: &SoFar| {
        let (worker, stopped) = &mut *shared.borrow_mut();
        if task.until.is_some_and(|until| Instant::now() >= until) {
            *stopped = Ok(Some(Why::Time));
            return false;
        }
        let step = match (task.prune_at, so_far.epoch) {
            (PruneAt::Fold, None) => so_far.fold + 1,
            (PruneAt::Epoch, Some(epoch)) => so_far.fold * a_fold + epoch,
            _ => return true,
        };
        let Some(Goal::Metric(metric)) = task.goals.first() else { return true };
        let value = metric.of(&Judged::new(so_far.truth, so_far.probabilities));
        *stopped = worker.report(asked, step, value).map(|stop| stop.then_some(Why::Pruned));
        matches!(stopped, Ok(None))
    };
    let halt = Halt::default();
    let job = Job {
        config: &config,
        manifest: task.manifest,
        eval: None,
        given: None,
        out: &asked.folder,
        halt: &halt,
        time: None,
        watch: Some(&watch),
    };
    let outcome = evaluate::run(&job, &named);
    let (worker, stopped) = shared.into_inner();
    let stopped = stopped?;

    let notes = |more: Option<(&'static str, Value)>| {
        let mut notes = vec![("seconds", json!(begun.elapsed().as_secs_f64())), ("steps", json!(folds * a_fold))];
        notes.extend(more);
        notes
    };
    let ended = match outcome {
        Ok(outcome) => {
            let values: Vec<f64> = task.goals.iter().map(|goal| goal.of(&outcome)).collect();
            match values.iter().position(|value| !value.is_finite()) {
                None => worker.tell(asked, State::Complete, Some(values), &notes(None)),
                Some(at) => {
                    let why = format!("{} is not defined on these data", task.goals[at].name());
                    worker.tell(asked, State::Fail, None, &notes(Some(("why", json!(why)))))
                }
            }
        }
        Err(evaluate::Error::Stopped) if stopped == Some(Why::Time) => return worker.give_back(asked),
        Err(evaluate::Error::Stopped) => worker.tell(asked, State::Pruned, None, &notes(None)),
        // Values that training cannot bear: another trial's may do.
        Err(evaluate::Error::Train(why @ (train::Error::NotANumber { .. } | train::Error::Torch(_)))) => {
            worker.tell(asked, State::Fail, None, &notes(Some(("why", json!(why.to_string())))))
        }
        Err(error) => {
            worker.tell(asked, State::Fail, None, &notes(Some(("why", json!(error.to_string())))))?;
            return Err(error.into());
        }
    };
    forget_weights(&asked.folder, folds, &config);
    ended
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    Pruned,
    Time,
}

/// The weights of hundreds of trials would fill a disk, and the best values give the best weights again.
fn forget_weights(run: &Path, folds: usize, config: &Config) {
    for fold in 0..folds {
        for member in evaluate::members(config) {
            // What is not there takes no room.
            let _ = std::fs::remove_file(evaluate::checkpoint(run, fold, member));
        }
    }
}

/// Says of every part which trial it belongs to.
struct Named<'a> {
    listener: &'a dyn Listener,
    trial: usize,
    of: usize,
}

impl Listener for Named<'_> {
    fn hear(&self, event: Event<'_>) {
        match event {
            Event::Started { what, total } => {
                let what = format!("trial {}/{}, {what}", self.trial + 1, self.of);
                self.listener.hear(Event::Started { what: &what, total });
            }
            other => self.listener.hear(other),
        }
    }
}
