//! What all folds say together: scores, votes, the comparison with eval, and the tables that are written.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Instant;

use super::folds::{Error, Kept, World};
use super::outcome::{EvalComparison, Joined, Mistake};
use super::{
    Estimate, FoldOutcome, Judged, METRICS, Outcome, Predicted, Scored, Side, accuracy, choose, compare, confusion,
    estimate, estimates, hard, histogram, macro_f1, measure, reliability, soft,
};
use crate::data::{self, Column, HOLDOUT, Manifest, Sample, write_atomically, write_columns};
use crate::random::Key;
use crate::run::{Event, Listener, Skipped};

impl<'a> World<'a> {
    fn scored(&self, truth: &[usize], probabilities: &[Vec<f32>], groups: &[usize]) -> Scored {
        let judged = Judged::new(truth, probabilities);
        let metrics = estimates(&judged, groups, &self.bootstrap());
        let of = |name: &str| METRICS.iter().position(|metric| metric.name == name).map(|at| metrics[at]);
        let of = |name: &str| of(name).expect("a metric of the list");
        Scored {
            macro_f1: of("macro_f1"),
            accuracy: of("accuracy"),
            log_loss: of("log_loss").value,
            reliability: reliability(&judged),
            confusion: confusion(truth, &chosen(probabilities), self.classes.len()),
            metrics: metrics.to_vec(),
        }
    }

    fn bootstrap(&self) -> Key {
        Key::root(self.job.config.seed).child("bootstrap")
    }

    fn estimates(&self, truth: &[usize], predicted: &[usize], groups: &[usize]) -> [Estimate; 2] {
        let key = self.bootstrap();
        [macro_f1, accuracy].map(|score| estimate(truth, predicted, groups, self.classes.len(), score, &key))
    }

    /// Everything.
    pub(super) fn outcome(
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
                Some(self.scored(truth, &vote, groups))
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
            (self.scored(&truth, &pooled.tta, &alone), naive.len() as u32)
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
            out_of_fold: self.scored(&truth, &oof.tta, &groups),
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
            let path = self.job.out.join("submission.csv");
            let wrong = |why: String| data::Error::Format { path: path.clone(), kind: "CSV", why };
            csv.write_record(["path", "label"])
                .and_then(|()| lines.try_for_each(|line| csv.write_record(line)))
                .map_err(|e| wrong(e.to_string()))?;
            let bytes = csv.into_inner().map_err(|e| wrong(e.to_string()))?;
            write_atomically(&path, &bytes)?;
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
        Ok(write_columns(&self.job.out.join(name), columns, BTreeMap::new())?)
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

/// The most probable class of each row.
pub(super) fn chosen(probabilities: &[Vec<f32>]) -> Vec<usize> {
    probabilities.iter().map(|row| choose(row)).collect()
}
