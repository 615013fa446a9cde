//! One epoch after the other: batches in, weights moved.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use tch::Tensor;

use super::batch::{Batch, Item, Loader, batches};
use super::ema::Ema;
use super::fit::Task;
use super::loss::Loss;
use super::mix::mixed;
use super::optimiser::{Optimiser, clip};
use super::sampler::order;
use super::scaler::Scaler;
use super::schedule::{Place, learning_rate};
use super::{Config, Error, Net, Precision};
use crate::random::Key;
use crate::run::{Event, Listener};

/// What moves from step to step.
pub(super) struct Learner<'a> {
    task: &'a Task<'a>,
    classes: Vec<usize>,
    counts: Vec<usize>,
    /// Examples of each class that an epoch shows.
    quotas: Vec<usize>,
    pub optimiser: Optimiser,
    pub ema: Option<Ema>,
    pub scaler: Option<Scaler>,
    /// Optimiser steps at the end of each epoch; the first entry is 0.
    ends: Vec<usize>,
    /// Optimiser steps begun.
    pub step: usize,
    /// Of the last step.
    pub lr: f64,
}

/// What an epoch of training says.
pub(super) struct Trained {
    /// Mean over its pictures.
    pub loss: f64,
    /// How long the network waited for pictures.
    pub waited: Duration,
    pub pictures: usize,
}

/// What is fixed within an epoch.
struct Session<'a> {
    number: usize,
    key: Key,
    loss: Loss,
    /// The examples that it shows.
    order: Vec<usize>,
    listener: &'a dyn Listener,
    /// Only the classifier learns.
    frozen: bool,
}

/// Gradients since the last step.
#[derive(Default)]
struct Gathered {
    sum: Option<Tensor>,
    batches: usize,
}

impl<'a> Learner<'a> {
    pub fn new(task: &'a Task<'a>, net: &Net) -> Result<Self, Error> {
        let config = task.config;
        let classes: Vec<usize> = task.examples.iter().map(|example| example.class).collect();
        let mut counts = vec![0; task.classes.len()];
        classes.iter().for_each(|&class| counts[class] += 1);
        let mut learner = Self {
            task,
            classes,
            quotas: config.sampler.quotas(task.classes, &counts)?,
            counts,
            optimiser: Optimiser::new(config, &net.weights.flat, net.weights.segments(config.layer_decay, false))?,
            ema: config.ema.map(|decay| Ema::new(decay, &net.weights)).transpose()?,
            scaler: (config.precision == Precision::Fp16).then(Scaler::new),
            ends: vec![0],
            step: 0,
            lr: 0.0,
        };
        for epoch in 1..=config.epochs {
            let steps = batches(learner.shown(epoch), config.batch_size).div_ceil(config.accumulate);
            learner.ends.push(learner.ends[epoch - 1] + steps);
        }
        Ok(learner)
    }

    /// Examples of each class that an epoch, from 1, shows.
    fn quotas(&self, epoch: usize) -> &[usize] {
        if epoch <= self.task.config.defer_epochs { &self.counts } else { &self.quotas }
    }

    /// Pictures that an epoch shows.
    pub fn shown(&self, epoch: usize) -> usize {
        self.quotas(epoch).iter().sum()
    }

    /// The examples that an epoch, from 1, shows in their order, and their pictures.
    fn items(&self, number: usize) -> (Vec<usize>, Vec<Item<'a>>) {
        let Task { config, examples, .. } = *self.task;
        let key = epoch_key(config, number);
        let order = order(&self.classes, &self.counts, self.quotas(number), &key);
        let mut times = vec![0; examples.len()];
        let item = |&i: &usize| {
            times[i] += 1;
            Item { path: &examples[i].path, key: key.child("steps").child(&examples[i].id).nth(times[i]) }
        };
        let items = order.iter().map(item).collect();
        (order, items)
    }

    /// Measures the statistics of batch normalisation anew: their mean over the batches of the last epoch.
    pub fn measure_statistics(&self, net: &Net, loader: &Loader) -> Result<(), Error> {
        let config = self.task.config;
        let (_, items) = self.items(config.epochs);
        let mut seen = 0;
        loader.training(&items, &config.steps, config.side(config.epochs), |batch: Batch| {
            if batch.items.len() > 1 {
                seen += 1;
                net.measure(&batch.tensor(net.device())?, 1.0 / f64::from(seen))?;
            }
            Ok::<_, Error>(())
        })?;
        Ok(())
    }

    /// Trains for one epoch, from 1. Everything drawn follows from the seed and the number of the epoch, so that an epoch
    /// is the same whether those before it ran in this process or in another.
    pub fn epoch(
        &mut self,
        net: &Net,
        number: usize,
        loader: &Loader,
        listener: &dyn Listener,
        failed: &mut Vec<(PathBuf, String)>,
    ) -> Result<Trained, Error> {
        let Task { config, what, .. } = *self.task;
        tch::manual_seed(Key::root(config.seed).child("libtorch").child(what).nth(number as u64).bits() as i64);
        let key = epoch_key(config, number);
        let (order, items) = self.items(number);
        let session = Session {
            number,
            key: key.child("mix"),
            loss: Loss::new(config, &self.counts, number > config.defer_epochs, net.device())?,
            order,
            listener,
            frozen: number <= config.freeze_epochs,
        };
        self.optimiser.segments = net.weights.segments(config.layer_decay, session.frozen);
        let (mut sum, mut seen, mut batch_number) = (0.0, 0, 0);
        let (all, begun, mut said) = (batches(items.len(), config.batch_size), Instant::now(), Instant::now());
        let mut gathered = Gathered::default();
        let waited = loader.training(&items, &config.steps, config.side(number), |batch: Batch| {
            failed.extend(batch.failed.iter().map(|(item, why)| (items[*item].path.to_path_buf(), why.clone())));
            session.listener.hear(Event::Advanced { by: (batch.items.len() + batch.failed.len()) as u64 });
            if self.task.halt.asked() {
                return Err(Error::Interrupted { what: what.into(), epoch: number, kept: None });
            }
            batch_number += 1;
            // Batch statistics need two pictures; only files that vanish while training can leave fewer.
            if batch.items.len() > 1 {
                let loss = self.gather(net, &session, &batch, batch_number, &mut gathered)?;
                sum += loss * batch.items.len() as f64;
                seen += batch.items.len();
            }
            if batch_number % config.accumulate == 0 || batch_number == all {
                self.move_weights(net, &session, &mut gathered)?;
            }
            if said.elapsed() > Duration::from_secs(1) {
                said = Instant::now();
                let (loss, rate) = (sum / seen.max(1) as f64, seen as f64 / begun.elapsed().as_secs_f64());
                let note = format!("epoch {number}, loss {loss:.3}, {rate:.0} images/s");
                session.listener.hear(Event::Now { note: &note });
            }
            Ok(())
        })?;
        Ok(Trained { loss: sum / seen.max(1) as f64, waited, pictures: seen })
    }

    /// Adds the gradient of a batch; the answer is its loss.
    fn gather(
        &self,
        net: &Net,
        session: &Session,
        batch: &Batch,
        number: usize,
        gathered: &mut Gathered,
    ) -> Result<f64, Error> {
        let config = self.task.config;
        let examples = batch.items.iter().map(|&item| &self.task.examples[session.order[item]]);
        let targets = session.loss.targets(examples, net.device())?;
        let key = session.key.nth(number as u64);
        let [pictures, targets] = mixed(config, batch.tensor(net.device())?, targets, &key)?;
        let logits = if session.frozen { net.train_classifier(&pictures)? } else { net.train(&pictures)? };
        let loss = session.loss.of(&logits, &targets)?;
        let value = loss.f_double_value(&[])?;
        if !value.is_finite() {
            return Err(Error::NotANumber { loss: value, epoch: session.number, step: number, lr: self.lr });
        }
        let scaled = self.scaler.as_ref().map(|scaler| loss.f_mul_scalar(scaler.scale)).transpose()?;
        let gradient = net.gradient(scaled.as_ref().unwrap_or(&loss), session.frozen)?;
        gathered.batches += 1;
        gathered.sum = Some(match gathered.sum.take() {
            None => gradient,
            Some(mut sum) => sum.f_add_(&gradient)?,
        });
        Ok(value)
    }

    /// Where in its cycle the next step is; only the first one begins with a warm-up.
    fn place(&self, epoch: usize) -> Place {
        let config = self.task.config;
        let first = config.cycle(epoch) * config.cycle_epochs();
        let (begin, before) = (self.ends[first], self.ends[epoch - 1]);
        let an_epoch = self.ends[epoch] - before;
        let warmup = (config.warmup_epochs * self.ends[1] as f64).round() as usize;
        Place {
            step: self.step - begin,
            steps: self.ends[first + config.cycle_epochs()] - begin,
            warmup: if first == 0 { warmup } else { 0 },
            epochs: (epoch - 1 - first) as f64 + (self.step - before) as f64 / an_epoch as f64,
        }
    }

    /// One step along the mean of the gathered gradients.
    fn move_weights(&mut self, net: &Net, session: &Session, gathered: &mut Gathered) -> Result<(), Error> {
        let config = self.task.config;
        self.lr = learning_rate(config, self.place(session.number));
        self.step += 1;
        let Gathered { sum: Some(mut gradient), batches } = std::mem::take(gathered) else { return Ok(()) };
        let scale = self.scaler.as_ref().map_or(1.0, |scaler| scaler.scale) * batches as f64;
        if scale != 1.0 {
            let _ = gradient.f_mul_scalar_(1.0 / scale)?;
        }
        if let Some(scaler) = &mut self.scaler {
            let finite = gradient.f_norm()?.f_double_value(&[])?.is_finite();
            scaler.hear(finite);
            if !finite {
                return Ok(());
            }
        }
        if let Some(longest) = config.clip_grad_norm {
            clip(&mut gradient, longest)?;
        }
        self.optimiser.step(&net.weights.flat, &gradient, self.lr)?;
        if let Some(ema) = &mut self.ema {
            ema.update(&net.weights, self.step)?;
        }
        Ok(())
    }
}

/// What an epoch, from 1, draws from.
fn epoch_key(config: &Config, number: usize) -> Key {
    Key::root(config.seed).child("train").nth(number as u64)
}
