//! One fold: from drawn weights to the best of its epochs.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tch::{Reduction, Tensor};

use super::batch::{Batch, Item, Loader, batches};
use super::optimiser::{AdamW, clip};
use super::{Config, Error, Keep, Net, NetOptions, learning_rate, start_from};
use crate::random::Key;
use crate::run::{Event, Listener, Silence};

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

/// Seconds that training takes for one of these examples, measured on a few batches of a net of its own.
pub fn pace(config: &Config, classes: usize, examples: &[Example], loader: &Loader) -> Result<(Net, f64), Error> {
    const BATCHES: usize = 3;
    tch::set_num_threads(config.threads() as i32);
    let net = Net::new(NetOptions::of(config, classes)?, config.seed, config.device())?;
    let few = &examples[..examples.len().min(BATCHES * config.batch_size)];
    let mut learner = Learner::new(config, &net, few)?;
    // The first steps make room for buffers and are slower.
    learner.epoch(&net, 1, loader, &Silence, &mut Vec::new())?;
    let begun = Instant::now();
    learner.epoch(&net, 2, loader, &Silence, &mut Vec::new())?;
    Ok((net, begun.elapsed().as_secs_f64() / few.len() as f64))
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
        let waited = loader.training(&items, &self.config.steps, self.config.image_size as usize, |batch: Batch| {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::Pictures;
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
            Example { path: folder.join(&id), id, class }
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
        let loader = Loader::new(config, Arc::new(Pictures::new(config)))?;
        let mut scores = macro_f1.iter().copied();
        let validate = |_: &Net| Ok(Validation { loss: 0.0, macro_f1: scores.next().unwrap_or(0.0), accuracy: 0.0 });
        // One at a time: dropout draws from one generator for the whole process.
        let _alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        fit(config, 2, examples, &loader, validate, &Silence, "test")
    }

    fn numbers(fitted: &Fitted) -> Vec<f32> {
        Vec::try_from(&fitted.net.weights.flat).unwrap()
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
