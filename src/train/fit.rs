//! One fold: from drawn weights to the best of its epochs.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tch::{Reduction, Tensor};

use super::batch::{Batch, Item, Loader, batches};
use super::optimiser::{AdamW, clip};
use super::{Config, Error, Keep, Net, NetOptions, learning_rate, start_from};
use crate::random::Key;
use crate::run::{Event, Listener};

/// A picture to learn from.
#[derive(Clone, Debug)]
pub struct Example {
    /// Where it lies.
    pub path: PathBuf,
    /// What its random numbers follow from: its path in the manifest.
    pub id: String,
    /// The number of its class.
    pub class: usize,
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

/// A trained net.
pub struct Fitted {
    /// With the weights of the kept epoch.
    pub net: Net,
    /// The epoch (from 1) whose weights those are.
    pub best_epoch: usize,
    /// One entry an epoch.
    pub epochs: Vec<Epoch>,
    /// Optimiser steps up to the end.
    pub steps: usize,
    /// Pictures that could not be loaded while training, with the reason.
    pub failed: Vec<(PathBuf, String)>,
}

/// Trains a net on `examples`, asking `validate` for its worth after every epoch. `what` names it in events.
///
/// On a processor the result is a function of configuration, examples, thread count and libtorch's build; dropout and
/// drop path draw from libtorch's global generator, which is seeded here, so two fits must not run at one time.
pub fn fit<E: From<Error>>(
    config: &Config,
    classes: usize,
    examples: &[Example],
    loader: &Loader,
    mut validate: impl FnMut(&Net) -> Result<Validation, E>,
    listener: &dyn Listener,
    what: &str,
) -> Result<Fitted, E> {
    if examples.len() < 2 {
        let why = format!("{} usable training images; at least 2 are needed", examples.len());
        return Err(Error::TooFew { what: what.into(), why }.into());
    }
    tch::set_num_threads(config.threads() as i32);
    tch::manual_seed(Key::root(config.seed).child("libtorch").child(what).bits() as i64);
    let mut net = Net::new(NetOptions::of(config, classes)?, config.seed, config.device())?;
    if let Some(path) = &config.weights {
        start_from(path, &mut net)?;
    }
    let mut learner = Learner::new(config, &net, examples)?;
    let mut best = Best { epoch: 0, macro_f1: f64::NEG_INFINITY, weights: net.weights.snapshot()? };
    let mut epochs = Vec::new();
    let mut failed = Vec::new();
    let total = config.epochs * examples.len();
    listener.hear(Event::Started { what, total: total as u64 });
    for epoch in 1..=config.epochs {
        let begun = Instant::now();
        let (train_loss, waited) = learner.epoch(&net, epoch, loader, listener, &mut failed)?;
        let trained = begun.elapsed();
        let Validation { loss, macro_f1, accuracy } = validate(&net)?;
        epochs.push(Epoch {
            epoch,
            train_loss,
            validation_loss: loss,
            validation_macro_f1: macro_f1,
            validation_accuracy: accuracy,
            learning_rate: learner.lr,
            seconds: begun.elapsed().as_secs_f64(),
            images_per_second: examples.len() as f64 / trained.as_secs_f64(),
            waiting: waited.as_secs_f64() / trained.as_secs_f64(),
        });
        let note = format!("loss {train_loss:.3}, validation {loss:.3}, macro-F1 {macro_f1:.3}");
        listener.hear(Event::Now { note: &note });
        if macro_f1 >= best.macro_f1 || config.keep == Keep::Last {
            best = Best { epoch, macro_f1, weights: net.weights.snapshot()? };
        }
        if config.patience.is_some_and(|patience| epoch - best_so_far(&epochs) >= patience) {
            break;
        }
    }
    net.weights.restore(&best.weights)?;
    let note = format!("macro-F1 {:.3} in epoch {} of {}", best.macro_f1, best.epoch, epochs.len());
    listener.hear(Event::Finished { note: &note });
    failed.sort();
    failed.dedup();
    Ok(Fitted { net, best_epoch: best.epoch, epochs, steps: learner.step, failed })
}

struct Best {
    epoch: usize,
    macro_f1: f64,
    weights: [Tensor; 2],
}

/// The epoch with the highest macro-F1, the later one of equals.
fn best_so_far(epochs: &[Epoch]) -> usize {
    let best = epochs.iter().max_by(|a, b| a.validation_macro_f1.total_cmp(&b.validation_macro_f1));
    best.map_or(0, |epoch| epoch.epoch)
}

/// What moves from step to step.
struct Learner<'a> {
    config: &'a Config,
    examples: &'a [Example],
    optimiser: AdamW,
    steps: usize,
    warmup: usize,
    step: usize,
    lr: f64,
}

impl<'a> Learner<'a> {
    fn new(config: &'a Config, net: &Net, examples: &'a [Example]) -> Result<Self, Error> {
        let an_epoch = batches(examples.len(), config.batch_size);
        Ok(Self {
            config,
            examples,
            optimiser: AdamW::new(&net.weights.flat, config.weight_decay, net.weights.decayed)?,
            steps: config.epochs * an_epoch,
            warmup: (config.warmup_epochs * an_epoch as f64).round() as usize,
            step: 0,
            lr: 0.0,
        })
    }

    /// Mean loss, and the time that the network waited for pictures.
    fn epoch(
        &mut self,
        net: &Net,
        epoch: usize,
        loader: &Loader,
        listener: &dyn Listener,
        failed: &mut Vec<(PathBuf, String)>,
    ) -> Result<(f64, Duration), Error> {
        let key = Key::root(self.config.seed).child("train").nth(epoch as u64);
        let mut order: Vec<usize> = (0..self.examples.len()).collect();
        key.child("order").rng().shuffle(&mut order);
        let shuffled = || order.iter().map(|&i| &self.examples[i]);
        let items: Vec<_> = shuffled().map(|e| Item { path: &e.path, key: key.child("steps").child(&e.id) }).collect();
        let classes: Vec<i64> = shuffled().map(|e| e.class as i64).collect();
        let (mut sum, mut seen, mut step) = (0.0, 0, 0);
        let waited = loader.each(&items, &self.config.steps, |batch: Batch| {
            failed.extend(batch.failed.iter().map(|(item, why)| (items[*item].path.to_path_buf(), why.clone())));
            listener.hear(Event::Advanced { by: (batch.items.len() + batch.failed.len()) as u64 });
            step += 1;
            let targets: Vec<i64> = batch.items.iter().map(|&item| classes[item]).collect();
            // Batch statistics need two pictures; only files that vanish while training can leave fewer.
            if targets.len() < 2 {
                return Ok(());
            }
            let loss = self.learn(net, &batch.tensor(net.device())?, &targets)?;
            if !loss.is_finite() {
                return Err(Error::NotANumber { loss, epoch, step, lr: self.lr });
            }
            sum += loss * targets.len() as f64;
            seen += targets.len();
            Ok(())
        })?;
        Ok((sum / f64::from(seen.max(1) as u32), waited))
    }

    /// One step; the answer is its loss.
    fn learn(&mut self, net: &Net, pictures: &Tensor, targets: &[i64]) -> Result<f64, Error> {
        let Config { lr, min_lr, label_smoothing, clip_grad_norm, .. } = *self.config;
        self.lr = learning_rate(self.step, self.steps, self.warmup, lr, min_lr);
        self.step += 1;
        let targets = Tensor::f_from_slice(targets)?.f_to_device(net.device())?;
        let loss = net.train(pictures)?.f_cross_entropy_loss(
            &targets,
            None::<Tensor>,
            Reduction::Mean,
            -100,
            label_smoothing,
        )?;
        let gradients = Tensor::f_run_backward(&[&loss], &net.weights.parameters, false, false)?;
        let mut gradient = net.weights.flatten(&gradients)?;
        if let Some(longest) = clip_grad_norm {
            clip(&mut gradient, longest)?;
        }
        self.optimiser.step(&net.weights.flat, &gradient, self.lr)?;
        Ok(loss.f_double_value(&[])?)
    }
}
