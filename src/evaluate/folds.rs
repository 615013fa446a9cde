//! The main run: a net a fold, and what all of them say together.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::outcome::{EvalComparison, Joined, Mistake};
use super::{
    Estimate, FoldOutcome, Outcome, Predicted, Scored, Side, accuracy, choose, compare, confusion, estimate, hard,
    histogram, log_loss, macro_f1, measure, predict, soft,
};
use crate::data::{self, Column, HOLDOUT, Manifest, Sample, write_atomically, write_columns};
use crate::leak::{Kind, Pair, check, parts};
use crate::random::Key;
use crate::run::{Event, Listener, Skipped};
use crate::split::{Deck, deal};
use crate::train::{self, Config, Epoch, Example, Fitted, Loader, Pictures, Validation, fit, save};

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
         makes folds that cannot leak", kind.name(), pair.a, pair.part_a.0, pair.b, pair.part_b.0, pair.evidence
    )]
    Leak {
        /// Of which kind.
        kind: Kind,
        /// One of them.
        pair: Box<Pair>,
        /// How many.
        pairs: usize,
    },
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

/// All that a run needs.
pub struct Job<'a> {
    /// Every number.
    pub config: &'a Config,
    /// Samples with folds.
    pub manifest: &'a Manifest,
    /// The images that will be judged.
    pub eval: Option<&'a Eval>,
    /// The run folder.
    pub out: &'a Path,
}

/// Trains a net a fold and scores them. Folds that an earlier run with the same configuration and data has finished are
/// read back instead of trained again.
pub fn run(job: &Job, listener: &dyn Listener) -> Result<Outcome, Error> {
    let begun = Instant::now();
    job.config.check()?;
    let world = World::open(job, listener)?;
    let mut nets = Vec::new();
    for fold in 0..world.folds {
        nets.push(world.fold(&world.honest(fold), listener)?);
    }
    let mut naive = Vec::new();
    if job.config.naive_folds > 0 {
        let of_row = world.naive_folds();
        for fold in 0..(job.config.naive_folds as usize).min(world.folds) {
            naive.push(world.fold(&world.naive(fold, &of_row), listener)?);
        }
    }
    let outcome = world.outcome(&nets, &naive, begun, listener)?;
    Ok(outcome)
}

/// A training and a validation set.
struct Parts {
    name: String,
    fold: usize,
    train: Vec<usize>,
    validation: Vec<usize>,
    /// Whether holdout and eval are predicted too.
    judge: bool,
}

/// What a fold leaves behind.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// What it depends on.
    key: String,
    epochs: Vec<Epoch>,
    best_epoch: usize,
    validation: Predicted,
    holdout: Option<Predicted>,
    eval: Option<Predicted>,
    failed: Vec<(PathBuf, String)>,
    #[serde(skip)]
    found: bool,
    #[serde(skip)]
    validation_rows: Vec<usize>,
    #[serde(skip)]
    train_rows: Vec<usize>,
}

/// The data of a run, looked at once.
struct World<'a> {
    job: &'a Job<'a>,
    loader: Loader,
    classes: Vec<String>,
    folds: usize,
    /// Rows of the manifest that can be read.
    rows: Vec<usize>,
    holdout: Vec<usize>,
    /// Rows of the eval manifest that can be read.
    eval: Vec<usize>,
    /// The number of each row's group.
    group_of: Vec<usize>,
    groups: usize,
    skipped: Vec<Skipped>,
    fingerprint: blake3::Hash,
}

impl<'a> World<'a> {
    fn open(job: &'a Job<'a>, listener: &dyn Listener) -> Result<Self, Error> {
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
        let eval = job.eval.map_or_else(Vec::new, |eval| readable(&eval.manifest, "reading eval"));
        let holdout = rows.iter().copied().filter(|&r| samples[r].fold == Some(HOLDOUT) && samples[r].is_original());
        let classes = job.manifest.classes();
        if let Some(eval) = job.eval {
            let known: HashSet<&String> = classes.iter().collect();
            let unknown = eval.manifest.samples.iter().find(|s| !s.label.is_empty() && !known.contains(&s.label));
            if let Some(sample) = unknown {
                let (path, class) = (eval.from.clone(), sample.label.clone());
                return Err(Error::UnknownClass { path, class, known: classes });
            }
        }
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        let group_of = samples
            .iter()
            .map(|sample| {
                let next = names.len();
                *names.entry(sample.group.as_deref().unwrap_or(&sample.source)).or_insert(next)
            })
            .collect();
        Ok(Self {
            folds: samples.iter().filter_map(|s| s.fold).max().map_or(0, |fold| fold as usize + 1),
            groups: names.len(),
            holdout: holdout.collect(),
            fingerprint: fingerprint(job),
            loader,
            classes,
            rows,
            eval,
            group_of,
            skipped,
            job,
        })
    }

    fn samples(&self) -> &[Sample] {
        &self.job.manifest.samples
    }

    fn class(&self, label: &str) -> usize {
        self.classes.binary_search_by(|class| class.as_str().cmp(label)).unwrap_or(0)
    }

    /// Laws 1 and 2.
    fn honest(&self, fold: usize) -> Parts {
        let of = |keep: &dyn Fn(&Sample) -> bool| -> Vec<usize> {
            self.rows.iter().copied().filter(|&row| keep(&self.samples()[row])).collect()
        };
        Parts {
            name: format!("fold {} of {}", fold + 1, self.folds),
            fold,
            train: of(&|sample| sample.trains(fold as i32)),
            validation: of(&|sample| sample.validates(fold as i32)),
            judge: true,
        }
    }

    /// The entrant's mistake: every image, copies too, dealt out at random by class.
    fn naive_folds(&self) -> HashMap<usize, usize> {
        let rows: Vec<usize> = self.rows.iter().copied().filter(|&r| self.samples()[r].fold != Some(HOLDOUT)).collect();
        let counts = rows.iter().map(|&row| vec![(self.class(&self.samples()[row].label), 1)]).collect();
        let deck = Deck { counts, classes: self.classes.len() };
        let shares = vec![1.0 / self.folds as f64; self.folds];
        let parts = deal(&deck, &shares, &Key::root(self.job.config.seed).child("naive"));
        rows.into_iter().zip(parts).collect()
    }

    fn naive(&self, fold: usize, of_row: &HashMap<usize, usize>) -> Parts {
        let (validation, train) =
            self.rows.iter().filter(|row| of_row.contains_key(row)).partition(|row| of_row[row] == fold);
        Parts { name: format!("naive split, fold {}", fold + 1), fold, train, validation, judge: false }
    }

    /// Trains and predicts, or reads back what an earlier run left.
    fn fold(&self, parts: &Parts, listener: &dyn Listener) -> Result<Kept, Error> {
        if parts.train.is_empty() || parts.validation.is_empty() {
            let (validation, train) = (parts.validation.len(), parts.train.len());
            return Err(Error::EmptyFold { fold: parts.fold as i32, validation, train });
        }
        let folder = self.job.out.join(format!("{}fold-{}", if parts.judge { "" } else { "naive-" }, parts.fold));
        let mut key = blake3::Hasher::new();
        key.update(self.fingerprint.as_bytes()).update(parts.name.as_bytes());
        for row in parts.train.iter().chain(&parts.validation) {
            key.update(&row.to_le_bytes());
        }
        let key = key.finalize().to_hex().to_string();
        let result = folder.join("result.json");
        let kept: Option<Kept> = std::fs::read(&result).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let (validation_rows, train_rows) = (parts.validation.clone(), parts.train.clone());
        if let Some(kept) = kept.filter(|kept| kept.key == key) {
            return Ok(Kept { found: true, validation_rows, train_rows, ..kept });
        }
        let truth = self.truth(&parts.validation);
        let examples: Vec<Example> = parts
            .train
            .iter()
            .map(|&row| Example {
                path: self.job.manifest.locate(&self.samples()[row]),
                id: self.samples()[row].path.clone(),
                class: self.class(&self.samples()[row].label),
            })
            .collect();
        let validate = |net: &train::Net| -> Result<Validation, Error> {
            let predicted = self.predicted(net, &parts.validation, self.job.manifest, false)?;
            let counts = confusion(&truth, &chosen(&predicted.plain), self.classes.len());
            let loss = log_loss(&truth, &predicted.plain);
            Ok(Validation { loss, macro_f1: macro_f1(&counts), accuracy: accuracy(&counts) })
        };
        let fitted: Fitted =
            fit(self.job.config, self.classes.len(), &examples, &self.loader, validate, listener, &parts.name)?;
        let judged = |rows: &[usize], manifest: &Manifest| -> Result<Option<Predicted>, Error> {
            if rows.is_empty() || !parts.judge {
                return Ok(None);
            }
            self.predicted(&fitted.net, rows, manifest, true).map(Some)
        };
        let kept = Kept {
            key,
            validation: self.predicted(&fitted.net, &parts.validation, self.job.manifest, true)?,
            holdout: judged(&self.holdout, self.job.manifest)?,
            eval: self.job.eval.map_or(Ok(None), |eval| judged(&self.eval, &eval.manifest))?,
            epochs: fitted.epochs,
            best_epoch: fitted.best_epoch,
            failed: fitted.failed,
            found: false,
            validation_rows,
            train_rows,
        };
        save(&folder.join("checkpoint.safetensors"), &fitted.net, self.job.config, &self.classes, fitted.steps as i64)?;
        write_atomically(&result, &serde_json::to_vec(&kept).expect("a result is plain numbers"))?;
        Ok(kept)
    }

    fn predicted(&self, net: &train::Net, rows: &[usize], from: &Manifest, tta: bool) -> Result<Predicted, Error> {
        let pictures: Vec<_> =
            rows.iter().map(|&row| (from.locate(&from.samples[row]), from.samples[row].path.as_str())).collect();
        let views = if tta { self.job.config.tta.as_slice() } else { &[] };
        Ok(predict(net, &self.loader, &pictures, views, &Key::root(self.job.config.seed).child("tta"))?)
    }

    fn truth(&self, rows: &[usize]) -> Vec<usize> {
        rows.iter().map(|&row| self.class(&self.samples()[row].label)).collect()
    }

    fn scored(&self, truth: &[usize], predicted: &[usize], probabilities: &[Vec<f32>], groups: &[usize]) -> Scored {
        let [macro_f1, accuracy] = self.estimates(truth, predicted, groups);
        let confusion = confusion(truth, predicted, self.classes.len());
        Scored { macro_f1, accuracy, log_loss: log_loss(truth, probabilities), confusion }
    }

    fn estimates(&self, truth: &[usize], predicted: &[usize], groups: &[usize]) -> [Estimate; 2] {
        let key = Key::root(self.job.config.seed).child("bootstrap");
        [macro_f1, accuracy].map(|score| estimate(truth, predicted, groups, self.classes.len(), score, &key))
    }

    fn outcome(
        &self,
        nets: &[Kept],
        naive: &[Kept],
        begun: Instant,
        listener: &dyn Listener,
    ) -> Result<Outcome, Error> {
        let oof = Pooled::of(nets);
        let truth = self.truth(&oof.rows);
        let groups: Vec<usize> = oof.rows.iter().map(|&row| self.group_of[row]).collect();
        let predicted = chosen(&oof.tta);
        let mut joined = Vec::new();
        let mut join = |name: &str, split: &'static str, truth: &[usize], predicted: &[usize], groups: &[usize]| {
            let [macro_f1, accuracy] = self.estimates(truth, predicted, groups);
            joined.push(Joined { name: name.into(), split, macro_f1, accuracy });
        };
        let views = self.job.config.tta.len();
        join("One net", "Out-of-fold", &truth, &chosen(&oof.plain), &groups);
        join(&format!("One net, {views} views (TTA)"), "Out-of-fold", &truth, &predicted, &groups);
        let mut judge =
            |split: &'static str, of: &dyn Fn(&Kept) -> Option<&Predicted>, truth: &[usize], groups: &[usize]| {
                let members: Vec<&Predicted> = nets.iter().filter_map(of).collect();
                if members.is_empty() || truth.is_empty() {
                    return None;
                }
                let plain: Vec<&[Vec<f32>]> = members.iter().map(|m| m.plain.as_slice()).collect();
                let tta: Vec<&[Vec<f32>]> = members.iter().map(|m| m.tta.as_slice()).collect();
                let (all, vote) = (members.len(), soft(&tta));
                join("The first fold's net", split, truth, &chosen(plain[0]), groups);
                join(&format!("Soft vote of {all} nets"), split, truth, &chosen(&soft(&plain)), groups);
                join(&format!("Hard vote of {all} nets, {views} views each"), split, truth, &hard(&tta), groups);
                join(&format!("Soft vote of {all} nets, {views} views each"), split, truth, &chosen(&vote), groups);
                Some(self.scored(truth, &chosen(&vote), &vote, groups))
            };
        let holdout_groups: Vec<usize> = self.holdout.iter().map(|&row| self.group_of[row]).collect();
        let holdout = judge("Holdout", &|kept| kept.holdout.as_ref(), &self.truth(&self.holdout), &holdout_groups);
        let (eval_truth, eval_groups) = self.eval_truth();
        let eval = judge("Eval", &|kept| kept.eval.as_ref(), &eval_truth, &eval_groups);

        let comparison = self.comparison(nets, &oof, &truth, &groups, &eval_groups, listener);
        let naive = (!naive.is_empty()).then(|| {
            let pooled = Pooled::of(naive);
            let alone: Vec<usize> = (0..pooled.rows.len()).collect();
            let truth = self.truth(&pooled.rows);
            (self.scored(&truth, &chosen(&pooled.tta), &pooled.tta, &alone), naive.len() as u32)
        });
        self.write(&oof, &predicted, nets)?;
        let mut mistakes: Vec<Mistake> = (0..oof.rows.len())
            .filter(|&i| predicted[i] != truth[i])
            .map(|i| {
                let sample = &self.samples()[oof.rows[i]];
                let confidence = oof.tta[i][predicted[i]];
                let file = self.job.manifest.locate(sample);
                Mistake { file, path: sample.path.clone(), truth: truth[i], predicted: predicted[i], confidence }
            })
            .collect();
        mistakes.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        let mut counts = vec![[0; 3]; self.classes.len()];
        for &row in &self.rows {
            let sample = &self.samples()[row];
            let column = match (sample.is_original(), sample.fold == Some(HOLDOUT)) {
                (false, _) => 1,
                (true, true) => 2,
                (true, false) => 0,
            };
            counts[self.class(&sample.label)][column] += 1;
        }
        let mut skipped = self.skipped.clone();
        skipped.extend(
            nets.iter()
                .flat_map(|kept| &kept.failed)
                .map(|(path, why)| Skipped { path: path.display().to_string(), why: why.clone() }),
        );
        Ok(Outcome {
            out_of_fold: self.scored(&truth, &predicted, &oof.tta, &groups),
            folds: nets.iter().enumerate().map(|(fold, kept)| self.fold_outcome(fold, kept)).collect(),
            classes: self.classes.clone(),
            // A few duplicates are no sign that somebody said who is who.
            grouped: groups.iter().collect::<HashSet<_>>().len() * 10 < groups.len() * 9,
            groups: self.groups,
            seconds: begun.elapsed().as_secs_f64(),
            holdout,
            eval,
            naive,
            joined,
            counts,
            skipped,
            comparison,
            mistakes,
        })
    }

    fn fold_outcome(&self, fold: usize, kept: &Kept) -> FoldOutcome {
        let truth = self.truth(&kept.validation_rows);
        let groups: Vec<usize> = kept.validation_rows.iter().map(|&row| self.group_of[row]).collect();
        let [macro_f1, accuracy] = self.estimates(&truth, &chosen(&kept.validation.tta), &groups);
        FoldOutcome {
            fold: fold as i32,
            train: kept.train_rows.len(),
            copies: kept.train_rows.iter().filter(|&&row| !self.samples()[row].is_original()).count(),
            validation: kept.validation_rows.len(),
            best_epoch: kept.best_epoch,
            epochs: kept.epochs.clone(),
            macro_f1,
            accuracy,
            found: kept.found,
        }
    }

    /// Classes and groups of the eval images; no classes unless all are known.
    fn eval_truth(&self) -> (Vec<usize>, Vec<usize>) {
        let Some(eval) = self.job.eval else { return Default::default() };
        let samples: Vec<&Sample> = self.eval.iter().map(|&row| &eval.manifest.samples[row]).collect();
        let mut names: HashMap<&str, usize> = HashMap::new();
        let mut group = |sample: &'a Sample| {
            let next = names.len();
            *names.entry(sample.group.as_deref().unwrap_or(&sample.source)).or_insert(next)
        };
        let groups = samples.iter().map(|sample| group(sample)).collect();
        let known = samples.iter().all(|sample| !sample.label.is_empty());
        let truth = if known { samples.iter().map(|sample| self.class(&sample.label)).collect() } else { Vec::new() };
        (truth, groups)
    }

    fn comparison(
        &self,
        nets: &[Kept],
        oof: &Pooled,
        truth: &[usize],
        groups: &[usize],
        eval_groups: &[usize],
        listener: &dyn Listener,
    ) -> Option<EvalComparison> {
        let eval = self.job.eval?;
        let members: Vec<&Predicted> = nets.iter().filter_map(|kept| kept.eval.as_ref()).collect();
        let total = (oof.rows.len() + self.eval.len()) as u64;
        listener.hear(Event::Started { what: "comparing with eval", total });
        let measured = |manifest: &Manifest, rows: &[usize], groups: &[usize]| -> (Vec<[f64; 8]>, Vec<usize>) {
            let values = measure(manifest, rows, listener).into_iter().zip(groups);
            values.filter_map(|(values, &group)| values.ok().map(|v| (v, group))).unzip()
        };
        let (a, ga) = measured(self.job.manifest, &oof.rows, groups);
        let (b, gb) = measured(&eval.manifest, &self.eval, eval_groups);
        let key = Key::root(self.job.config.seed).child("shift");
        let differences = compare(&Side { values: &a, groups: &ga }, &Side { values: &b, groups: &gb }, &key);
        listener.hear(Event::Finished { note: &format!("{} validation and {} eval pictures", a.len(), b.len()) });

        let confidence =
            |rows: &[Vec<f32>]| -> Vec<f64> { rows.iter().map(|row| f64::from(row[choose(row)])).collect() };
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let ours = confidence(&oof.tta);
        let theirs: Vec<f64> = members.iter().flat_map(|member| confidence(&member.tta)).collect();
        let vote = soft(&members.iter().map(|member| member.tta.as_slice()).collect::<Vec<_>>());
        let shares = |classes: &[usize]| -> Vec<f64> {
            let count = |class| classes.iter().filter(|&&c| c == class).count() as f64;
            (0..self.classes.len()).map(|class| count(class) / classes.len().max(1) as f64).collect()
        };
        let mut least_sure: Vec<_> = self
            .eval
            .iter()
            .zip(&vote)
            .map(|(&row, p)| {
                let sample = &eval.manifest.samples[row];
                (eval.manifest.locate(sample), sample.path.clone(), choose(p), p[choose(p)])
            })
            .collect();
        least_sure.sort_by(|a, b| a.3.total_cmp(&b.3));
        least_sure.truncate(12);
        let (eval_truth, _) = self.eval_truth();
        Some(EvalComparison {
            validation_n: a.len(),
            eval_n: b.len(),
            differences,
            validation_confidence: mean(&ours),
            eval_confidence: mean(&theirs),
            confidence: histogram(&ours, &theirs, 20, Some((0.0, 1.0))),
            validation_true: shares(truth),
            validation_predicted: shares(&chosen(&oof.tta)),
            eval_predicted: shares(&chosen(&vote)),
            eval_true: (!eval_truth.is_empty()).then(|| shares(&eval_truth)),
            least_sure,
        })
    }

    /// Predictions as Parquet, and the eval classes as a submission.
    fn write(&self, oof: &Pooled, predicted: &[usize], nets: &[Kept]) -> Result<(), Error> {
        let rows: Vec<&Sample> = oof.rows.iter().map(|&row| &self.samples()[row]).collect();
        let folds = Column::Whole(rows.iter().map(|s| s.fold.unwrap_or(HOLDOUT)).collect());
        self.table("oof.parquet", &rows, predicted, &oof.tta, vec![("fold".into(), folds)])?;
        let vote = |of: &dyn Fn(&Kept) -> Option<&Predicted>| {
            let members: Vec<&[Vec<f32>]> = nets.iter().filter_map(of).map(|m| m.tta.as_slice()).collect();
            soft(&members)
        };
        if !self.holdout.is_empty() {
            let rows: Vec<&Sample> = self.holdout.iter().map(|&row| &self.samples()[row]).collect();
            let vote = vote(&|kept| kept.holdout.as_ref());
            self.table("holdout.parquet", &rows, &chosen(&vote), &vote, vec![])?;
        }
        if let Some(eval) = self.job.eval {
            let rows: Vec<&Sample> = self.eval.iter().map(|&row| &eval.manifest.samples[row]).collect();
            let vote = vote(&|kept| kept.eval.as_ref());
            let predicted = chosen(&vote);
            self.table("eval.parquet", &rows, &predicted, &vote, vec![])?;
            let mut csv = csv::Writer::from_writer(Vec::new());
            let mut lines = rows.iter().zip(&predicted).map(|(sample, &class)| [&sample.path, &self.classes[class]]);
            let written =
                csv.write_record(["path", "label"]).and_then(|()| lines.try_for_each(|l| csv.write_record(l)));
            let bytes = written.ok().and_then(|()| csv.into_inner().ok()).unwrap_or_default();
            write_atomically(&self.job.out.join("submission.csv"), &bytes)?;
        }
        Ok(())
    }

    fn table(
        &self,
        name: &str,
        rows: &[&Sample],
        predicted: &[usize],
        probabilities: &[Vec<f32>],
        more: Vec<(String, Column)>,
    ) -> Result<(), Error> {
        let label = |sample: &&Sample| (!sample.label.is_empty()).then(|| sample.label.clone());
        let confidence = predicted.iter().zip(probabilities).map(|(&class, p)| p[class]);
        let mut columns = vec![
            ("path".to_owned(), Column::Text(rows.iter().map(|s| s.path.clone()).collect())),
            ("label".to_owned(), Column::MaybeText(rows.iter().map(label).collect())),
            ("predicted".to_owned(), Column::Text(predicted.iter().map(|&c| self.classes[c].clone()).collect())),
            ("confidence".to_owned(), Column::Number(confidence.collect())),
        ];
        columns.extend(more);
        for (class, name) in self.classes.iter().enumerate() {
            columns.push((format!("p_{name}"), Column::Number(probabilities.iter().map(|p| p[class]).collect())));
        }
        Ok(write_columns(&self.job.out.join(name), columns)?)
    }
}

/// The validation predictions of all folds, one after the other.
struct Pooled {
    rows: Vec<usize>,
    plain: Vec<Vec<f32>>,
    tta: Vec<Vec<f32>>,
}

impl Pooled {
    fn of(nets: &[Kept]) -> Self {
        Self {
            rows: nets.iter().flat_map(|kept| kept.validation_rows.clone()).collect(),
            plain: nets.iter().flat_map(|kept| kept.validation.plain.clone()).collect(),
            tta: nets.iter().flat_map(|kept| kept.validation.tta.clone()).collect(),
        }
    }
}

fn chosen(probabilities: &[Vec<f32>]) -> Vec<usize> {
    probabilities.iter().map(|row| choose(row)).collect()
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

/// Everything that a trained fold depends on, but its rows.
fn fingerprint(job: &Job) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
    // What only changes speed, or which naive folds are added, leaves the nets as they are.
    let essence = Config { naive_folds: 0, cache_mb: 0, ..job.config.clone() };
    hasher.update(&serde_json::to_vec(&essence).expect("a configuration is plain values"));
    let mut add = |manifest: &Manifest| {
        for sample in &manifest.samples {
            let size = std::fs::metadata(manifest.locate(sample)).map_or(0, |m| m.len());
            hasher.update(format!("{sample:?} {size}\n").as_bytes());
        }
    };
    add(job.manifest);
    if let Some(eval) = job.eval {
        add(&eval.manifest);
    }
    hasher.finalize()
}
