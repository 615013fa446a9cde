//! One fold: from drawn weights to the best of its epochs.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tch::Tensor;

use super::batch::Loader;
use super::learner::Learner;
use super::weights::Weights;
use super::{CHECKPOINT, Config, Error, Keep, Net, NetOptions, cycle_folder, save, start_from, state};
use crate::random::Key;
use crate::run::{Event, Halt, Listener, Silence};

/// A picture to learn from.
#[derive(Clone, Debug)]
pub struct Example {
    /// Where it lies.
    pub path: PathBuf,
    /// What its random numbers follow from: its path in the manifest.
    pub id: String,
    /// The number of its class.
    pub class: usize,
    /// The numbers of all its classes with their shares, which sum to 1; empty where there is one.
    pub soft: Vec<(usize, f32)>,
}

impl Example {
    /// Its classes with their shares.
    pub fn shares(&self) -> impl Iterator<Item = (usize, f32)> {
        let only = self.soft.is_empty().then_some((self.class, 1.0));
        only.into_iter().chain(self.soft.iter().copied())
    }
}

/// What the validation says of a net.
#[derive(Clone, Copy, Debug)]
pub struct Validation {
    /// Mean cross-entropy, in nats.
    pub loss: f64,
    /// Mean F1 over classes, 0 to 1.
    pub macro_f1: f64,
    /// Share that is right, 0 to 1.
    pub accuracy: f64,
}

/// One pass over the training pictures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// From 1.
    pub epoch: usize,
    /// Mean loss on the training batches, augmented and smoothed as they were.
    pub train_loss: f64,
    /// Mean cross-entropy on the validation originals, in nats.
    pub validation_loss: f64,
    /// On the validation originals, 0 to 1.
    pub validation_macro_f1: f64,
    /// On the validation originals, 0 to 1.
    pub validation_accuracy: f64,
    /// At the last step of the epoch.
    pub learning_rate: f64,
    /// Wall-clock time, validation included.
    pub seconds: f64,
    /// Training pictures a second, without the validation.
    pub images_per_second: f64,
    /// Share of the training time that the network waited for pictures, 0 to 1.
    pub waiting: f64,
}

impl Epoch {
    /// Its numbers under the names of `results.csv` and of `TensorBoard`.
    pub fn values(&self) -> [(&'static str, f64); 8] {
        [
            ("train/loss", self.train_loss),
            ("val/loss", self.validation_loss),
            ("metrics/macro_f1", self.validation_macro_f1),
            ("metrics/accuracy", self.validation_accuracy),
            ("lr", self.learning_rate),
            ("time/seconds", self.seconds),
            ("time/images_per_second", self.images_per_second),
            ("time/waiting", self.waiting),
        ]
    }
}

/// What is to be trained.
pub struct Task<'a> {
    /// Every number.
    pub config: &'a Config,
    /// Names, in the order of the net's outputs.
    pub classes: &'a [String],
    /// The training set.
    pub examples: &'a [Example],
    /// The training's name in events; its random numbers follow from it.
    pub what: &'a str,
    /// Where checkpoints go; without it nothing is written, and nothing can be gone on with.
    pub folder: Option<&'a Path>,
    /// Stands for all that the result depends on: a training is gone on with only under the same key.
    pub key: &'a str,
    /// Ends the training before its time.
    pub halt: &'a Halt,
    /// The time that it may take: no epoch begins that would probably end after it. One epoch is always trained.
    pub time: Option<Duration>,
}

/// A trained net.
pub struct Fitted {
    /// With the weights of the kept epoch.
    pub net: Net,
    /// The epoch (from 1) whose weights those are; of a mean, the last one.
    pub best_epoch: usize,
    /// One entry an epoch.
    pub epochs: Vec<Epoch>,
    /// Optimiser steps up to the end.
    pub steps: usize,
    /// Pictures that could not be loaded while training, with the reason.
    pub failed: Vec<(PathBuf, String)>,
    /// Whether it was not stopped by its time: then there is nothing to go on with.
    pub complete: bool,
}

/// What has come out so far.
pub(super) struct Course {
    pub epochs: Vec<Epoch>,
    pub best: Best,
    pub failed: Vec<(PathBuf, String)>,
}

/// The weights to keep.
pub(super) struct Best {
    pub epoch: usize,
    pub macro_f1: f64,
    pub weights: [Tensor; 2],
}

/// Trains a net, asking `validate` for its worth after every epoch; where it fails, the training ends. One that was cut
/// off goes on after its last whole epoch and ends with the numbers of one that was not.
///
/// On a processor the result is a function of configuration, examples, thread count and libtorch's build; on CUDA some
/// sums are taken in an order that differs from run to run. Dropout and drop path draw from libtorch's global generator,
/// which is seeded here, so two fits must not run at one time.
pub fn fit<E: From<Error>>(
    task: &Task,
    loader: &Loader,
    mut validate: impl FnMut(&Net) -> Result<Validation, E>,
    listener: &dyn Listener,
) -> Result<Fitted, E> {
    let Task { config, examples, what, .. } = *task;
    if examples.len() < 2 {
        let why = format!("{} usable training images; at least 2 are needed", examples.len());
        return Err(Error::TooFew { what: what.into(), why }.into());
    }
    let begun = Instant::now();
    tch::set_num_threads(config.threads() as i32);
    tch::manual_seed(Key::root(config.seed).child("libtorch").child(what).bits() as i64);
    let mut net = Net::new(NetOptions::of(config, task.classes.len())?, config.seed, config.device())?;
    if let Some(path) = &config.weights {
        start_from(path, &mut net)?;
    }
    let mut learner = Learner::new(task, &net)?;
    let best = Best { epoch: 0, macro_f1: f64::NEG_INFINITY, weights: net.weights.snapshot()? };
    let mut course = Course { epochs: Vec::new(), best, failed: Vec::new() };
    if let Some(folder) = task.folder {
        state::load(folder, task.key, &net, &mut learner, &mut course)?;
    }
    let measured = |epoch: &Epoch| {
        let (folder, step, values) = (task.folder, epoch.epoch as u64, &epoch.values());
        listener.hear(Event::Measured { what, folder, step, values });
    };
    course.epochs.iter().for_each(measured);
    let total: usize = (1..=config.epochs).map(|epoch| learner.shown(epoch)).sum();
    listener.hear(Event::Started { what, total: total as u64 });
    let before: usize = (1..=course.epochs.len()).map(|epoch| learner.shown(epoch)).sum();
    listener.hear(Event::Advanced { by: before as u64 });
    let mut complete = course.epochs.len() >= config.epochs || course.out_of_patience(config);
    while !complete {
        let epoch = course.epochs.len() + 1;
        let epoch = train_epoch(task, &mut net, &mut learner, &mut course, epoch, loader, &mut validate, listener)?;
        measured(&epoch);
        let (loss, rate) = (epoch.train_loss, epoch.images_per_second);
        let (validation, macro_f1) = (epoch.validation_loss, epoch.validation_macro_f1);
        let note = format!("loss {loss:.3}, validation {validation:.3}, macro-F1 {macro_f1:.3}, {rate:.0} images/s");
        listener.hear(Event::Now { note: &note });
        if let Some(folder) = task.folder {
            state::save(folder, task.key, &net, &learner, &course)?;
        }
        complete = epoch.epoch >= config.epochs || course.out_of_patience(config);
        if task.time.is_some_and(|time| begun.elapsed().as_secs_f64() + epoch.seconds > time.as_secs_f64()) {
            break;
        }
    }
    if let Some(folder) = task.folder {
        if course.best.epoch < course.epochs.len() {
            save(&folder.join("last.safetensors"), &net, config, task.classes, learner.step as i64)?;
        }
        if complete {
            state::remove(folder);
        }
    }
    net.weights.restore(&course.best.weights)?;
    // Where time was up before: the net as it is stands for those of the cycles that did not end.
    for cycle in course.epochs.len() / config.cycle_epochs() + 1..config.cycles {
        keep_cycle(task, &net, cycle, learner.step)?;
    }
    let averages = matches!(config.keep, Keep::Average(_)) && course.epochs.len() == config.epochs;
    if averages {
        learner.measure_statistics(&net, loader)?;
    }
    let waiting = course.epochs.iter().map(|epoch| epoch.waiting).sum::<f64>() / course.epochs.len().max(1) as f64;
    let (macro_f1, best_epoch, epochs) = (course.best.macro_f1, course.best.epoch, course.epochs.len());
    let then = if averages { "; kept is the mean of the last epochs" } else { "" };
    let note = format!(
        "macro-F1 {macro_f1:.3} in epoch {best_epoch} of {epochs}{then}; the network waited for pictures {:.0}% of the time",
        100.0 * waiting
    );
    listener.hear(Event::Finished { note: &note });
    let Course { epochs, mut failed, .. } = course;
    failed.sort();
    failed.dedup();
    Ok(Fitted { net, best_epoch, epochs, steps: learner.step, failed, complete })
}

/// Seconds that training takes for one of these examples, measured on a few batches of a net of its own.
pub fn pace(config: &Config, classes: &[String], examples: &[Example], loader: &Loader) -> Result<(Net, f64), Error> {
    const BATCHES: usize = 3;
    tch::set_num_threads(config.threads() as i32);
    let net = Net::new(NetOptions::of(config, classes.len())?, config.seed, config.device())?;
    let few = &examples[..examples.len().min(BATCHES * config.batch_size)];
    let (halt, what) = (Halt::default(), "pace");
    let task = Task { config, classes, examples: few, what, folder: None, key: "", halt: &halt, time: None };
    let mut learner = Learner::new(&task, &net)?;
    // The first steps make room for buffers and are slower.
    learner.epoch(&net, 1, loader, &Silence, &mut Vec::new())?;
    let begun = Instant::now();
    learner.epoch(&net, 2, loader, &Silence, &mut Vec::new())?;
    Ok((net, begun.elapsed().as_secs_f64() / few.len() as f64))
}

/// One epoch and its validation.
#[expect(clippy::too_many_arguments, reason = "a part of `fit` that has its own subject and all of its state")]
fn train_epoch<E: From<Error>>(
    task: &Task,
    net: &mut Net,
    learner: &mut Learner,
    course: &mut Course,
    number: usize,
    loader: &Loader,
    validate: &mut impl FnMut(&Net) -> Result<Validation, E>,
    listener: &dyn Listener,
) -> Result<Epoch, E> {
    let begun = Instant::now();
    let trained = learner.epoch(net, number, loader, listener, &mut course.failed);
    let trained = trained.map_err(|error| usable(error, task, net, learner.step))?;
    let took = begun.elapsed().as_secs_f64();
    // With a moving average, that is what is validated and kept; training goes on from the weights themselves.
    let own = learner.ema.is_some().then(|| net.weights.snapshot()).transpose()?;
    if let Some(ema) = &learner.ema {
        net.weights.restore(&ema.weights)?;
    }
    let Validation { loss, macro_f1, accuracy } = validate(net)?;
    let epoch = Epoch {
        epoch: number,
        train_loss: trained.loss,
        validation_loss: loss,
        validation_macro_f1: macro_f1,
        validation_accuracy: accuracy,
        learning_rate: learner.lr,
        seconds: begun.elapsed().as_secs_f64(),
        images_per_second: trained.pictures as f64 / took,
        waiting: trained.waited.as_secs_f64() / took,
    };
    course.epochs.push(epoch);
    course.take(task.config, &net.weights, number, macro_f1)?;
    if number.is_multiple_of(task.config.cycle_epochs()) {
        keep_cycle(task, net, number / task.config.cycle_epochs(), learner.step)?;
    }
    if let Some(own) = own {
        net.weights.restore(&own)?;
    }
    Ok(epoch)
}

/// Keeps the net that a cycle, from 1, ends with; the last one's is what the training ends with.
fn keep_cycle(task: &Task, net: &Net, cycle: usize, steps: usize) -> Result<(), Error> {
    let Some(folder) = task.folder.filter(|_| cycle < task.config.cycles) else { return Ok(()) };
    let path = cycle_folder(folder, cycle).join(CHECKPOINT);
    save(&path, net, task.config, task.classes, steps as i64)
}

/// An end that the user asked for leaves the weights of that moment.
fn usable(error: Error, task: &Task, net: &Net, steps: usize) -> Error {
    match (error, task.folder) {
        (Error::Interrupted { what, epoch, .. }, Some(folder)) => {
            let path = folder.join("last.safetensors");
            match save(&path, net, task.config, task.classes, steps as i64) {
                Ok(()) => Error::Interrupted { what, epoch, kept: Some(path) },
                Err(error) => error,
            }
        }
        (error, _) => error,
    }
}

impl Course {
    /// Takes in the weights after an epoch, as configured.
    fn take(&mut self, config: &Config, weights: &Weights, epoch: usize, macro_f1: f64) -> Result<(), Error> {
        // How many epochs the mean is of.
        let averaged = match config.keep {
            Keep::Best if macro_f1 < self.best.macro_f1 => return Ok(()),
            Keep::Average(n) => (epoch + n).saturating_sub(config.epochs),
            Keep::Best | Keep::Last => 0,
        };
        let now = weights.snapshot()?;
        if averaged > 1 {
            for (mean, now) in self.best.weights.iter_mut().zip(&now) {
                let _ = mean.f_lerp_(now, 1.0 / averaged as f64)?;
            }
        } else {
            self.best.weights = now;
        }
        (self.best.epoch, self.best.macro_f1) = (epoch, macro_f1);
        Ok(())
    }

    /// Whether there was no better epoch for too long.
    fn out_of_patience(&self, config: &Config) -> bool {
        config.patience.is_some_and(|patience| self.epochs.len() - best_so_far(&self.epochs) >= patience)
    }
}

/// The epoch with the highest macro-F1, the later one of equals.
fn best_so_far(epochs: &[Epoch]) -> usize {
    let best = epochs.iter().max_by(|a, b| a.validation_macro_f1.total_cmp(&b.validation_macro_f1));
    best.map_or(0, |epoch| epoch.epoch)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{ClassWeights, Pictures, Rule, Sampler};
    use super::*;
    use crate::image::{Encoding, Format, Frame, Shape, encode};

    /// libtorch's generator is one for all threads.
    static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());

    /// Noisy pictures, the upper half bright in class 0 and dark in class 1: no mean of the whole tells them apart.
    fn examples(folder: &std::path::Path, n: usize) -> Vec<Example> {
        let png = Encoding { format: Format::Png, ..Encoding::default() };
        let one = |i: usize| {
            let (id, class) = (format!("{i}.png"), i % 2);
            let mut rng = Key::root(9).nth(i as u64).rng();
            let mut frame = Frame::filled(Shape { width: 32, height: 32 }, [0; 3]);
            for (at, byte) in frame.pixels_mut().iter_mut().enumerate() {
                let bright = (at < 16 * 32 * 3) == (class == 0);
                *byte = rng.whole(0, 99) as u8 + if bright { 120 } else { 30 };
            }
            let mut bytes = Vec::new();
            encode(&frame, &png, &mut bytes).unwrap();
            std::fs::write(folder.join(&id), bytes).unwrap();
            Example { path: folder.join(&id), id, class, soft: Vec::new() }
        };
        (0..n).map(one).collect()
    }

    fn config() -> Config {
        Config {
            model: "test_efficientnet".into(),
            image_size: 32,
            epochs: 4,
            batch_size: 8,
            lr: 3e-3,
            warmup_epochs: 0.0,
            threads: 1,
            ..Config::default()
        }
    }

    fn fitted(config: &Config, examples: &[Example], macro_f1: &[f64]) -> Result<Fitted, Error> {
        kept(config, examples, macro_f1, None, &Halt::default(), usize::MAX)
    }

    /// In a folder, until the halt or for so many epochs.
    fn kept(
        config: &Config,
        examples: &[Example],
        macro_f1: &[f64],
        folder: Option<&Path>,
        halt: &Halt,
        epochs: usize,
    ) -> Result<Fitted, Error> {
        let loader = Loader::new(config, Arc::new(Pictures::new(config)))?;
        let mut scores = macro_f1.iter().copied();
        let mut epoch = 0;
        let validate = |_: &Net| {
            epoch += 1;
            // Asked for here, it is found at the first batch of the next epoch.
            if epoch == epochs {
                halt.ask();
            }
            Ok(Validation { loss: 0.0, macro_f1: scores.next().unwrap_or(0.0), accuracy: 0.0 })
        };
        // One at a time: dropout draws from one generator for the whole process.
        let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let classes = ["dark".to_owned(), "bright".to_owned()];
        let task = Task { config, classes: &classes, examples, what: "test", folder, key: "test", halt, time: None };
        fit(&task, &loader, validate, &Silence)
    }

    fn numbers(fitted: &Fitted) -> Vec<f32> {
        Vec::try_from(&fitted.net.weights.flat).unwrap()
    }

    fn statistics(fitted: &Fitted) -> Vec<f32> {
        Vec::try_from(&fitted.net.weights.flat_statistics).unwrap()
    }

    #[test]
    fn it_learns() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { label_smoothing: 0.0, epochs: 6, ..config() };
        let fitted = fitted(&config, &examples(folder.path(), 48), &[]).unwrap();
        let losses: Vec<_> = fitted.epochs.iter().map(|epoch| epoch.train_loss).collect();
        assert!(losses[5] < 0.3, "{losses:?}");
    }

    #[test]
    fn a_seed_gives_the_same_weights_whatever_the_cache() {
        let folder = tempfile::tempdir().unwrap();
        let examples = examples(folder.path(), 20);
        let first = fitted(&config(), &examples, &[]).unwrap();
        let again = fitted(&Config { cache_mb: 0, ..config() }, &examples, &[]).unwrap();
        let other = fitted(&Config { seed: 1, ..config() }, &examples, &[]).unwrap();
        assert_eq!(numbers(&first), numbers(&again));
        assert_ne!(numbers(&first), numbers(&other));
    }

    /// Everything that has a state of its own at once: the average, the momentum, the sampler, what is deferred.
    fn busy() -> Config {
        Config {
            ema: Some(0.9),
            keep: Keep::Best,
            sampler: Sampler::ClassBalanced,
            class_weights: ClassWeights::Inverse,
            defer_epochs: 1,
            mixup: 0.2,
            cutmix: 1.0,
            accumulate: 2,
            batch_size: 4,
            start_image_size: Some(24),
            ..config()
        }
    }

    #[test]
    fn one_that_was_stopped_goes_on_and_ends_with_the_numbers_of_one_that_was_not() {
        let folder = tempfile::tempdir().unwrap();
        let examples = examples(folder.path(), 21);
        for (rule, keep) in [(Rule::AdamW, Keep::Best), (Rule::Sgd, Keep::Best), (Rule::RmsPropTf, Keep::Average(3))] {
            let config = Config { optimizer: rule, keep, ..busy() };
            let at = folder.path().join(format!("{rule:?}"));
            let scores = [0.1, 0.5, 0.4, 0.5];
            let whole = fitted(&config, &examples, &scores).unwrap();
            let stopped = kept(&config, &examples, &scores, Some(&at), &Halt::default(), 2).err().unwrap();
            let Error::Interrupted { epoch: 3, kept: Some(path), .. } = stopped else { panic!("{stopped}") };
            assert_eq!(super::super::load(&path, tch::Device::Cpu).unwrap().classes, ["dark", "bright"]);
            // The two epochs that are left.
            let on = kept(&config, &examples, &scores[2..], Some(&at), &Halt::default(), usize::MAX).unwrap();
            assert_eq!((numbers(&on), statistics(&on)), (numbers(&whole), statistics(&whole)), "{rule:?}");
            assert_eq!((on.best_epoch, on.epochs.len(), on.steps), (whole.best_epoch, 4, whole.steps));
            let losses = |fitted: &Fitted| fitted.epochs.iter().map(|epoch| epoch.train_loss).collect::<Vec<_>>();
            assert_eq!(losses(&on), losses(&whole));
        }
    }

    #[test]
    fn the_mean_of_the_last_epochs_has_statistics_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let (config, examples) = (Config { keep: Keep::Average(2), ..config() }, examples(folder.path(), 20));
        let loader = Loader::new(&config, Arc::new(Pictures::new(&config))).unwrap();
        let mut after = Vec::new();
        let validate = |net: &Net| {
            after.push(Vec::<f32>::try_from(&net.weights.flat)?);
            Ok::<_, Error>(Validation { loss: 0.0, macro_f1: 0.0, accuracy: 0.0 })
        };
        let (classes, halt) = (["dark".to_owned(), "bright".to_owned()], Halt::default());
        let (what, key) = ("test", "test");
        let (classes, examples) = (&classes[..], &examples[..]);
        let task = Task { config: &config, classes, examples, what, folder: None, key, halt: &halt, time: None };
        let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let fitted = fit(&task, &loader, validate, &Silence).unwrap();
        let mean = after[2].iter().zip(&after[3]).map(|(a, b)| f32::midpoint(*a, *b));
        assert!(mean.zip(numbers(&fitted)).all(|(expected, kept)| (expected - kept).abs() < 1e-6));

        // Whatever they were before, they are those of the kept weights.
        let measured = statistics(&fitted);
        let _ = tch::no_grad(|| fitted.net.weights.flat_statistics.shallow_clone().fill_(7.0));
        Learner::new(&task, &fitted.net).unwrap().measure_statistics(&fitted.net, &loader).unwrap();
        assert_eq!(statistics(&fitted), measured);
        let again = fitted.net.weights.snapshot().unwrap()[1].copy();
        let _ = tch::no_grad(|| fitted.net.weights.flat.shallow_clone().f_mul_scalar_(0.5).unwrap());
        Learner::new(&task, &fitted.net).unwrap().measure_statistics(&fitted.net, &loader).unwrap();
        assert!(!fitted.net.weights.flat_statistics.equal(&again));
    }

    #[test]
    fn each_cycle_begins_anew_at_the_peak_and_leaves_its_net() {
        let folder = tempfile::tempdir().unwrap();
        let examples = examples(folder.path(), 24);
        let config = Config { cycles: 2, warmup_epochs: 1.0, ema: Some(0.9), ..config() };
        let run = |config: &Config, at: &str, epochs: usize| {
            let at = folder.path().join(at);
            kept(config, &examples, &[], Some(&at), &Halt::default(), epochs)
        };
        let whole = run(&config, "whole", usize::MAX).unwrap();
        let rates: Vec<f64> = whole.epochs.iter().map(|epoch| epoch.learning_rate).collect();
        // Three steps an epoch: those of the first are warm-up, and of six steps the third is two fifths of the way down.
        let along = |part: f64| 1e-6 + (3e-3 - 1e-6) * (1.0 + (std::f64::consts::PI * part).cos()) / 2.0;
        for (rate, expected) in rates.iter().zip([3e-3 * 3.0 / 4.0, 1e-6, along(0.4), 1e-6]) {
            assert!((rate - expected).abs() < 1e-12, "{rates:?}");
        }
        let first = cycle_folder(&folder.path().join("whole"), 1).join(CHECKPOINT);
        let first = super::super::load(&first, tch::Device::Cpu).unwrap().net;
        let half = run(&Config { epochs: 2, cycles: 1, ..config.clone() }, "half", usize::MAX).unwrap();
        assert!(first.weights.flat.equal(&half.net.weights.flat));
        assert!(!first.weights.flat.equal(&whole.net.weights.flat));
        // Cut off in the second cycle, and gone on with.
        assert!(run(&config, "cut", 3).is_err());
        assert_eq!(numbers(&run(&config, "cut", usize::MAX).unwrap()), numbers(&whole));
    }

    #[test]
    fn time_that_is_up_ends_it_after_an_epoch_and_it_can_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let (config, examples) = (config(), examples(folder.path(), 8));
        let loader = Loader::new(&config, Arc::new(Pictures::new(&config))).unwrap();
        let validate = |_: &Net| Ok::<_, Error>(Validation { loss: 0.0, macro_f1: 0.0, accuracy: 0.0 });
        let classes = ["dark".to_owned(), "bright".to_owned()];
        let halt = Halt::default();
        let run = |time| {
            let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let (config, classes, examples) = (&config, &classes, &examples);
            let folder = Some(folder.path());
            let task = Task { config, classes, examples, what: "test", folder, key: "test", halt: &halt, time };
            fit(&task, &loader, validate, &Silence).unwrap()
        };
        let short = run(Some(Duration::ZERO));
        assert_eq!((short.epochs.len(), short.complete), (1, false));
        let whole = run(None);
        assert_eq!((whole.epochs.len(), whole.complete), (4, true));
        assert_eq!(short.epochs[0], whole.epochs[0]);
    }

    #[test]
    fn a_frozen_body_learns_only_after_its_epochs() {
        let folder = tempfile::tempdir().unwrap();
        let examples = examples(folder.path(), 16);
        let stem = |fitted: &Fitted| fitted.net.weights.parameters[0].copy();
        let start = Net::new(NetOptions::of(&config(), 2).unwrap(), config().seed, tch::Device::Cpu).unwrap();
        let frozen = fitted(&Config { freeze_epochs: 4, ..config() }, &examples, &[]).unwrap();
        assert!(stem(&frozen).equal(&start.weights.parameters[0]));
        assert_ne!(numbers(&frozen), Vec::<f32>::try_from(&start.weights.flat).unwrap());
        let thawed = fitted(&Config { freeze_epochs: 3, ..config() }, &examples, &[]).unwrap();
        assert!(!stem(&thawed).equal(&start.weights.parameters[0]));
    }

    #[test]
    fn gathered_batches_are_one_step() {
        let folder = tempfile::tempdir().unwrap();
        let examples = examples(folder.path(), 20);
        let fitted = fitted(&Config { accumulate: 3, batch_size: 4, ..config() }, &examples, &[]).unwrap();
        // Five batches an epoch: three, then two.
        assert_eq!(fitted.steps, 4 * 2);
    }

    #[test]
    fn the_best_epoch_is_kept_the_later_of_equals_and_patience_ends_it() {
        let folder = tempfile::tempdir().unwrap();
        let examples = examples(folder.path(), 8);
        // (configuration, macro-F1 of the epochs, epoch kept, epochs run)
        let table = [
            (Config { keep: Keep::Best, ..config() }, [0.1, 0.7, 0.7, 0.2], 3, 4),
            (Config { keep: Keep::Last, ..config() }, [0.1, 0.7, 0.7, 0.2], 4, 4),
            (Config { keep: Keep::Best, patience: Some(1), ..config() }, [0.5, 0.1, 0.9, 0.9], 1, 2),
        ];
        for (config, scores, kept, run) in table {
            let fitted = fitted(&config, &examples, &scores).unwrap();
            assert_eq!((fitted.best_epoch, fitted.epochs.len()), (kept, run), "{scores:?}");
        }
    }

    #[test]
    fn a_loss_that_explodes_is_an_error_that_says_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { lr: 1e30, min_lr: 1e30, ..config() };
        let error = fitted(&config, &examples(folder.path(), 16), &[]).err().unwrap();
        assert!(matches!(error, Error::NotANumber { epoch: 1 | 2, .. }), "{error}");
    }

    #[test]
    fn one_picture_is_too_few_and_a_broken_one_is_listed() {
        let folder = tempfile::tempdir().unwrap();
        let examples = examples(folder.path(), 10);
        assert!(matches!(fitted(&config(), &examples[..1], &[]), Err(Error::TooFew { .. })));
        std::fs::write(&examples[3].path, b"no picture").unwrap();
        let fitted = fitted(&config(), &examples, &[]).unwrap();
        assert_eq!(fitted.failed.iter().map(|(path, _)| path).collect::<Vec<_>>(), [&examples[3].path]);
    }
}
