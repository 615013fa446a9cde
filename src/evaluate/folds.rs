//! The main run: a net a fold, and what all of them say together.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::kept::{Course, Kept};
use super::nets::{Nets, together};
use super::parts::{Member, Parts, checkpoint, members};
use super::summary::chosen;
use super::{
    Outcome, Policy, Predicted, accuracy, confusion, log_loss, macro_f1, numbered, pictures, policy, predict, soft,
};
use crate::data::{self, HOLDOUT, Manifest, Sample};
use crate::leak::{Findings, Kind, Pair, check, parts};
use crate::random::Key;
use crate::run::{Event, Halt, Listener, Skipped};
use crate::train::{
    self, CHECKPOINT, Config, EvalPrior, Example, Fitted, Further, Join, Loader, Pictures, Task, Validation, fit, load,
    overcorrection, save,
};

/// Why a run could not be carried to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Training or predicting failed.
    #[error(transparent)]
    Train(#[from] train::Error),
    /// A file could not be read or written.
    #[error(transparent)]
    Data(#[from] data::Error),
    /// The manifest has no folds.
    #[error("row {row} has no fold: run `evenfold split` first")]
    NotSplit {
        /// From 1.
        row: usize,
    },
    /// A fold has nothing to validate or to train on.
    #[error("fold {fold} has {validation} originals to validate on and {train} images to train on: split again")]
    EmptyFold {
        /// Its number.
        fold: i32,
        /// Originals.
        validation: usize,
        /// Images.
        train: usize,
    },
    /// What belongs together lies in two folds: the score would be too good.
    #[error(
        "the folds leak ({}): {} ({}) and {} ({}), {}; {pairs} such pairs. `evenfold audit` lists them, `evenfold split` \
         makes folds that cannot leak, --judge measures what they promise too much", kind.name(), pair.a, pair.part_a.0, pair.b, pair.part_b.0, pair.evidence
    )]
    Leak {
        /// Of which kind.
        kind: Kind,
        /// One of them.
        pair: Box<Pair>,
        /// How many.
        pairs: usize,
    },
    /// Whoever watches has seen enough.
    #[error("stopped")]
    Stopped,
    /// The classes of two files differ.
    #[error("{}: the class `{class}` does not occur in training; it has {}", path.display(), known.join(", "))]
    UnknownClass {
        /// The labels of the eval set.
        path: PathBuf,
        /// The class.
        class: String,
        /// The classes of training.
        known: Vec<String>,
    },
}

/// The images that will be judged.
pub struct Eval {
    /// Where they lie; labels may be empty.
    pub manifest: Manifest,
    /// Its folder or file, for messages.
    pub from: PathBuf,
}

/// Folds that were given and leak: they are judged beside the manifest's own.
pub struct Given {
    /// The fold of each row of the manifest; none for rows that were left out.
    pub folds: Vec<Option<i32>>,
    /// How many of them are for validation, the first ones.
    pub validated: usize,
    /// How they leak.
    pub leaks: Vec<Findings>,
}

/// All that a run needs.
pub struct Job<'a> {
    /// Every number.
    pub config: &'a Config,
    /// Samples with folds.
    pub manifest: &'a Manifest,
    /// The images that will be judged.
    pub eval: Option<&'a Eval>,
    /// Folds to judge beside those of the manifest.
    pub given: Option<&'a Given>,
    /// The run folder.
    pub out: &'a Path,
    /// Ends the run before its time.
    pub halt: &'a Halt,
    /// The time that training may take, shared evenly among the nets that are left; each trains at least one epoch.
    pub time: Option<Duration>,
    /// Asked after every epoch and every honest fold whether to go on; where not, the run ends with [`Error::Stopped`].
    pub watch: Option<&'a dyn Fn(&SoFar) -> bool>,
}

impl Job<'_> {
    /// How many folds that are not to be believed are trained beside the honest ones: those that were given, one at least,
    /// or else of a random split.
    pub(super) fn naive_folds(&self, folds: usize) -> usize {
        let asked = self.config.naive_folds as usize;
        self.given.map_or(asked.min(folds), |given| asked.max(1).min(given.validated))
    }
}

/// The out-of-fold predictions of a run that is under way: of all folds that are done, and of the one at work.
pub struct SoFar<'a> {
    /// The fold at work, from 0.
    pub fold: usize,
    /// Its epoch, from 1, those of a further seed after those of the one before; none when the fold is done.
    pub epoch: Option<usize>,
    /// True classes.
    pub truth: &'a [usize],
    /// A row a sample, of the pictures as they are: of folds that are done the soft vote of all nets, of the one at work
    /// the net at work.
    pub probabilities: &'a [Vec<f32>],
}

/// Sees predictions of a fold's originals; its error ends the training.
pub(super) type Watch<'w> = dyn FnMut(&[Vec<f32>]) -> Result<(), Error> + 'w;

/// An epoch, the true classes that it was validated on, and their predictions.
type Now<'a> = (usize, &'a [usize], &'a [Vec<f32>]);

/// Trains the nets of all folds and scores them. Those that an earlier run with the same configuration and data
/// has finished are read back instead of trained again.
pub fn run(job: &Job, listener: &dyn Listener) -> Result<Outcome, Error> {
    let begun = Instant::now();
    job.config.check()?;
    let world = World::open(job, listener)?;
    let naive_folds = job.naive_folds(world.folds);
    let mut left = ((world.folds + naive_folds) * job.config.seeds) as u32;
    let mut share = || {
        left -= 1;
        Some(job.time?.saturating_sub(begun.elapsed()) / (left + 1))
    };
    let mut nets = Vec::new();
    for fold in 0..world.folds {
        nets.push(world.nets(&world.honest(fold), &nets, &mut share, listener)?);
        world.go_on(&nets, fold, None)?;
    }
    let mut naive = Vec::new();
    if naive_folds > 0 {
        let of_row = world.naive_folds();
        for fold in 0..naive_folds {
            naive.push(world.nets(&world.naive(fold, &of_row), &[], &mut share, listener)?);
        }
    }
    let policy = world.policy(&nets);
    for kept in nets.iter_mut().chain(&mut naive).flatten() {
        let parts = [Some(&mut kept.validation), kept.holdout.as_mut(), kept.eval.as_mut()];
        parts.into_iter().flatten().for_each(|predicted| predicted.choose_views(&policy, job.config.tta_join));
    }
    let nets = Nets::new(&world, nets);
    let weights = nets.weighing.weights();
    let naive: Vec<Kept> = naive.iter().map(|nets| together(nets, &weights, &weights)).collect();
    world.outcome(&nets, &naive, policy, begun, listener)
}

/// The data of a run, looked at once.
pub(super) struct World<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) loader: Loader,
    pub(super) classes: Vec<String>,
    pub(super) folds: usize,
    /// Rows of the manifest that can be read.
    pub(super) rows: Vec<usize>,
    pub(super) holdout: Vec<usize>,
    /// Rows of the eval manifest that can be read.
    pub(super) eval: Vec<usize>,
    /// The number of each row's group.
    pub(super) group_of: Vec<usize>,
    pub(super) groups: usize,
    pub(super) skipped: Vec<Skipped>,
    /// What each of a fold's trainings has, and what stands for all that it depends on but its rows.
    pub(super) seeds: Vec<(Config, blake3::Hash)>,
}

impl<'a> World<'a> {
    pub(super) fn open(job: &'a Job<'a>, listener: &dyn Listener) -> Result<Self, Error> {
        let samples = &job.manifest.samples;
        if let Some(row) = samples.iter().position(|sample| sample.fold.is_none()) {
            return Err(Error::NotSplit { row: row + 1 });
        }
        refuse_leaks(job.manifest)?;
        let loader = Loader::new(job.config, Arc::new(Pictures::new(job.config)))?;
        let mut skipped = Vec::new();
        let mut readable = |manifest: &Manifest, what: &str| {
            let paths: Vec<PathBuf> = manifest.samples.iter().map(|sample| manifest.locate(sample)).collect();
            listener.hear(Event::Started { what, total: paths.len() as u64 });
            let read = loader.readable(&paths, || listener.hear(Event::Advanced { by: 1 }));
            let mut rows = Vec::new();
            for (row, read) in read.into_iter().enumerate() {
                match read {
                    Ok(()) => rows.push(row),
                    Err(why) => skipped.push(Skipped { path: manifest.samples[row].path.clone(), why }),
                }
            }
            listener.hear(Event::Finished { note: &format!("{} pictures", rows.len()) });
            rows
        };
        let rows = readable(job.manifest, "reading pictures");
        let eval_rows = job.eval.map_or_else(Vec::new, |eval| readable(&eval.manifest, "reading eval"));
        let holdout = rows.iter().copied().filter(|&r| samples[r].fold == Some(HOLDOUT) && samples[r].is_original());
        let classes = job.manifest.classes();
        if let Some(eval) = job.eval {
            let known: HashSet<&String> = classes.iter().collect();
            let unknown = eval.manifest.samples.iter().find(|s| !s.label.is_empty() && !known.contains(&s.label));
            if let Some(sample) = unknown {
                let (path, class) = (eval.from.clone(), sample.label.clone());
                return Err(Error::UnknownClass { path, class, known: classes });
            }
            warn_of_gaps(&eval.manifest, eval_rows.len(), listener);
        }
        if let EvalPrior::Stated(shares) = &job.config.eval_prior
            && let Some(class) = shares.keys().find(|class| !classes.contains(class))
        {
            let known = classes.join(", ");
            let text = format!("`eval_prior`: the class `{class}` does not occur in training; it has {known}");
            return Err(train::Error::Config(text).into());
        }
        let (group_of, groups) = numbered(samples.iter().map(Sample::group_or_source));
        Ok(Self {
            folds: job.manifest.folds(),
            groups,
            holdout: holdout.collect(),
            seeds: (0..job.config.seeds).map(|seed| seeded(job, seed)).collect(),
            loader,
            classes,
            rows,
            eval: eval_rows,
            group_of,
            skipped,
            job,
        })
    }

    pub(super) fn samples(&self) -> &[Sample] {
        &self.job.manifest.samples
    }

    pub(super) fn class(&self, label: &str) -> usize {
        self.classes.binary_search_by(|class| class.as_str().cmp(label)).unwrap_or(0)
    }

    /// Asks whoever watches; `now` is the epoch at work with its predictions of these rows.
    fn go_on(&self, nets: &[Vec<Kept>], fold: usize, now: Option<Now>) -> Result<(), Error> {
        let Some(watch) = self.job.watch else { return Ok(()) };
        let vote = |nets: &Vec<Kept>| soft(&nets.iter().map(|net| &net.validation.plain[..]).collect::<Vec<_>>());
        let mut truth: Vec<usize> = nets.iter().flat_map(|nets| self.truth(&nets[0].validation_rows)).collect();
        let mut probabilities: Vec<Vec<f32>> = nets.iter().flat_map(vote).collect();
        if let Some((_, classes, rows)) = now {
            truth.extend(classes);
            probabilities.extend_from_slice(rows);
        }
        let epoch = now.map(|(epoch, ..)| epoch);
        let go_on = watch(&SoFar { fold, epoch, truth: &truth, probabilities: &probabilities });
        if go_on { Ok(()) } else { Err(Error::Stopped) }
    }

    /// The nets of a fold. `nets` are those of the folds before, `time` says how long the next one may take.
    fn nets(
        &self,
        parts: &Parts,
        nets: &[Vec<Kept>],
        time: &mut dyn FnMut() -> Option<Duration>,
        listener: &dyn Listener,
    ) -> Result<Vec<Kept>, Error> {
        let mut all = Vec::new();
        for member in members(self.job.config) {
            let parts = parts.of(member);
            all.push(match member.cycle {
                0 => self.train(&parts, nets, time(), listener)?,
                cycle => self.snapshot(&parts, &all[all.len() - cycle])?,
            });
        }
        Ok(all)
    }

    /// Trains and predicts, or reads back what an earlier run left.
    fn train(
        &self,
        parts: &Parts,
        nets: &[Vec<Kept>],
        time: Option<Duration>,
        listener: &dyn Listener,
    ) -> Result<Kept, Error> {
        parts.refuse_empty()?;
        let folder = self.folder(parts);
        let (config, fingerprint) = &self.seeds[parts.member.seed];
        let mut key = blake3::Hasher::new();
        key.update(fingerprint.as_bytes()).update(parts.name.as_bytes());
        for row in parts.train.iter().chain(&parts.validation) {
            key.update(&row.to_le_bytes());
        }
        let key = key.finalize().to_hex().to_string();
        let of_seed = members(config).filter(|member| member.seed == parts.member.seed);
        if of_seed.map(|member| self.folder(&parts.of(member))).all(|folder| folder.join(CHECKPOINT).is_file())
            && let Some(kept) = self.found(parts, &key)?
        {
            return Ok(kept);
        }
        self.warn_of_overcorrection(parts, listener);
        let truth = self.truth(&parts.validation);
        let mut epoch = parts.member.seed * config.epochs;
        let mut watch = |predicted: &[Vec<f32>]| {
            epoch += 1;
            if parts.judge { self.go_on(nets, parts.fold, Some((epoch, &truth, predicted))) } else { Ok(()) }
        };
        let fitted = self.fit(parts, config, &folder, &key, time, &mut watch, listener)?;
        if !fitted.complete {
            let (name, epochs, all) = (&parts.name, fitted.epochs.len(), config.epochs);
            let text = format!("{name}: its time was up after {epochs} of {all} epochs; the same command trains on");
            listener.hear(Event::Warning { text: &text });
        }
        save(&folder.join(CHECKPOINT), &fitted.net, config, &self.classes, fitted.steps as i64)?;
        let Fitted { net, epochs, best_epoch, failed, complete, .. } = fitted;
        self.kept(parts, &net, Course { key, epochs, best_epoch, failed, complete })
    }

    /// Trains a net, or goes on with one that was cut off. `watch` sees the predictions of the fold's originals after every
    /// epoch; where it fails, the training ends.
    #[expect(clippy::too_many_arguments, reason = "what differs between a fold's own nets and those of an ablation")]
    pub(super) fn fit(
        &self,
        parts: &Parts,
        config: &Config,
        folder: &Path,
        key: &str,
        time: Option<Duration>,
        watch: &mut Watch,
        listener: &dyn Listener,
    ) -> Result<Fitted, Error> {
        let (truth, examples) = (self.truth(&parts.validation), self.examples(&parts.train));
        let validate = |net: &train::Net| -> Result<Validation, Error> {
            let predicted = self.predicted(net, &parts.validation, self.job.manifest, false)?.plain;
            watch(&predicted)?;
            let counts = confusion(&truth, &chosen(&predicted), self.classes.len());
            let loss = log_loss(&truth, &predicted);
            Ok(Validation { loss, macro_f1: macro_f1(&counts), accuracy: accuracy(&counts) })
        };
        let (classes, what, halt, folder) = (&self.classes[..], &parts.name[..], self.job.halt, Some(folder));
        let task = Task { config, classes, examples: &examples, what, folder, key, halt, time };
        fit(&task, &self.loader, validate, listener)
    }

    /// Which views are joined, chosen on the out-of-fold predictions of single nets.
    fn policy(&self, nets: &[Vec<Kept>]) -> Policy {
        let pooled = |rows: &dyn Fn(&Kept) -> Vec<Vec<f32>>| nets.iter().flatten().flat_map(rows).collect::<Vec<_>>();
        let truth: Vec<usize> = nets.iter().flatten().flat_map(|kept| self.truth(&kept.validation_rows)).collect();
        let plain = pooled(&|kept| kept.validation.plain.clone());
        let views: Vec<_> =
            (0..self.job.config.tta.len()).map(|view| pooled(&|kept| kept.validation.views[view].clone())).collect();
        policy(&truth, &plain, &views, self.job.config.tta_join, self.job.config.tta_search)
    }

    /// A net of a fold, as it was kept.
    pub(super) fn net(&self, fold: usize, member: Member) -> Result<train::Net, Error> {
        Ok(load(&checkpoint(self.job.out, fold, member), self.job.config.device())?.net)
    }

    pub(super) fn examples(&self, rows: &[usize]) -> Vec<Example> {
        let of_row = |&row: &usize| {
            let sample = &self.samples()[row];
            let path = self.job.manifest.locate(sample);
            let soft = sample.soft_label.iter().map(|(label, share)| (self.class(label), *share as f32)).collect();
            Example { path, id: sample.path.clone(), class: self.class(&sample.label), soft }
        };
        rows.iter().map(of_row).collect()
    }

    /// The same for every fold: said with the first.
    fn warn_of_overcorrection(&self, parts: &Parts, listener: &dyn Listener) {
        if parts.fold > 0 || parts.member.seed > 0 || !parts.judge {
            return;
        }
        let counts = |copies: bool| {
            let mut counts = vec![0; self.classes.len()];
            let rows = parts.train.iter().map(|&row| &self.samples()[row]).filter(|s| copies || s.is_original());
            rows.for_each(|sample| counts[self.class(&sample.label)] += 1);
            counts
        };
        if let Some(text) = overcorrection(self.job.config, &counts(false), &counts(true)) {
            listener.hear(Event::Warning { text: &text });
        }
    }

    pub(super) fn predicted(
        &self,
        net: &train::Net,
        rows: &[usize],
        from: &Manifest,
        tta: bool,
    ) -> Result<Predicted, Error> {
        let pictures = pictures(rows, from);
        let views = if tta { self.job.config.tta.as_slice() } else { &[] };
        Ok(predict(net, &self.loader, &pictures, views, &Key::root(self.job.config.seed).child("tta"))?)
    }

    pub(super) fn truth(&self, rows: &[usize]) -> Vec<usize> {
        rows.iter().map(|&row| self.class(&self.samples()[row].label)).collect()
    }
}

/// What is missing in the eval set is missing in what is made of it.
fn warn_of_gaps(eval: &Manifest, readable: usize, listener: &dyn Listener) {
    let all = eval.samples.len();
    if readable < all {
        let text = format!("{} of {all} eval images cannot be read: submission.csv lacks them", all - readable);
        listener.hear(Event::Warning { text: &text });
    }
    let unknown = eval.samples.iter().filter(|sample| sample.label.is_empty()).count();
    if unknown > 0 && unknown < all {
        let text = format!("{unknown} of {all} eval images have no label: eval is not scored unless all have one");
        listener.hear(Event::Warning { text: &text });
    }
}

/// A score across a leak is worth nothing: checked again here, for folds may come from anywhere.
fn refuse_leaks(manifest: &Manifest) -> Result<(), Error> {
    let found = check(&manifest.samples, &parts(manifest));
    let worst = found.iter().max_by_key(|findings| findings.pairs);
    match worst.and_then(|findings| Some((findings, findings.examples.first()?))) {
        None => Ok(()),
        Some((findings, pair)) => {
            Err(Error::Leak { kind: findings.kind, pair: Box::new(pair.clone()), pairs: findings.pairs })
        }
    }
}

/// What a fold's net of this place is trained with, and everything that it depends on but its rows.
fn seeded(job: &Job, seed: usize) -> (Config, blake3::Hash) {
    let config = Config { seed: job.config.seed.wrapping_add(seed as u64), ..job.config.clone() };
    let mut hasher = blake3::Hasher::new();
    hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
    // What only changes speed, which nets and naive folds are added, what is tested afterwards or judged leaves a net as it is.
    let essence = Config {
        eval: None,
        naive_folds: 0,
        cache_mb: 0,
        seeds: 0,
        self_test: 0,
        ablation: Further::new(),
        tta_search: false,
        tta_join: Join::Mean,
        eval_prior: EvalPrior::AsTrained,
        ..config.clone()
    };
    hasher.update(&serde_json::to_vec(&essence).expect("a configuration is plain values"));
    if let Some(weights) = &job.config.weights {
        // A file that cannot be read is an error when training begins.
        hasher.update(&std::fs::read(weights).unwrap_or_default());
    }
    add_samples(&mut hasher, job.manifest);
    (config, hasher.finalize())
}

/// All that predictions of these images depend on.
pub(super) fn add_samples(hasher: &mut blake3::Hasher, manifest: &Manifest) {
    for sample in &manifest.samples {
        let file = std::fs::metadata(manifest.locate(sample)).ok();
        // Where the pixels' hash is not known, the time of the last change stands for them.
        let changed = file.as_ref().filter(|_| sample.content_hash.is_none()).and_then(|m| m.modified().ok());
        hasher.update(format!("{sample:?} {:?} {changed:?}\n", file.map(|m| m.len())).as_bytes());
    }
}
