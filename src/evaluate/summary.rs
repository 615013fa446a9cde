//! What all folds say together: scores, votes, the comparison with eval, and the tables that are written.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Instant;

use super::embedded::Eyes;
use super::folds::{Error, Given, World};
use super::forecast::{scores, vote_gain};
use super::kept::Kept;
use super::nets::Nets;
use super::outcome::{EvalComparison, Forecasted, Gain, GivenLeaks, Mistake, Named};
use super::seen::Seen;
use super::self_test::Calibrated;
use super::ways::Known;
use super::{
    Estimate, FoldOutcome, Judged, Kind, METRICS, Outcome, Policy, Predicted, Scored, ShiftTest, Space, accuracy,
    choose, compare, confusion, estimate, estimates, examine, examine_statistics, histogram, likely_mislabelled,
    macro_f1, measure, numbered, per_class, reliability, soft,
};
use crate::data::{self, Column, HOLDOUT, Sample, write_atomically, write_columns};
use crate::random::Key;
use crate::run::{Event, Listener, Skipped};

/// Shift tests of what nets make of pictures, and the eval images that stand out, with how much.
type SeenByNets = (Vec<ShiftTest>, Vec<(usize, f64)>);

impl World<'_> {
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

    pub(super) fn estimates(&self, truth: &[usize], predicted: &[usize], groups: &[usize]) -> [Estimate; 2] {
        let key = self.bootstrap();
        [macro_f1, accuracy].map(|score| estimate(truth, predicted, groups, self.classes.len(), score, &key))
    }

    /// Everything.
    pub(super) fn outcome(
        &self,
        all: &Nets,
        naive: &[Kept],
        policy: Policy,
        begun: Instant,
        listener: &dyn Listener,
    ) -> Result<Outcome, Error> {
        // Below, a fold's net is all of its nets together.
        let nets = all.folds.as_slice();
        let oof = Pooled::of(nets);
        let truth = self.truth(&oof.rows);
        let groups: Vec<usize> = oof.rows.iter().map(|&row| self.group_of[row]).collect();
        let predicted = chosen(&oof.tta);
        let views = policy.views.len();
        let of_class = |rows: &[Vec<f32>]| per_class(&confusion(&truth, &chosen(rows), self.classes.len()));
        let class_gain = of_class(&oof.plain).iter().zip(of_class(&oof.tta)).map(|(a, b)| [a.f1, b.f1]).collect();
        let known = Known { split: "Out-of-fold", truth: &truth, groups: &groups };
        let mut joined = self.ways_out_of_fold(all, views, &known);
        let calibrated = Calibrated::new(self, nets);
        let source = calibrated.source();
        let holdout_groups: Vec<usize> = self.holdout.iter().map(|&row| self.group_of[row]).collect();
        let of_holdout: Vec<&Predicted> = nets.iter().filter_map(|kept| kept.holdout.as_ref()).collect();
        let vote = soft(&of_holdout.iter().map(|member| member.tta.as_slice()).collect::<Vec<_>>());
        let holdout_truth = self.truth(&self.holdout);
        let holdout = (!of_holdout.is_empty()).then(|| {
            let known = Known { split: "Holdout", truth: &holdout_truth, groups: &holdout_groups };
            joined.extend(self.votes(all, |kept| kept.holdout.as_ref(), views, &known));
            self.scored(&holdout_truth, &vote, &holdout_groups)
        });
        let (eval_truth, eval_groups) = self.eval_truth();
        let seen = Seen::new(self, nets, &calibrated, &source, &eval_groups);
        let eval =
            seen.as_ref().filter(|_| !eval_truth.is_empty()).map(|Seen { vote, adjusted, .. }| {
                let known = Known { split: "Eval", truth: &eval_truth, groups: &eval_groups };
                joined.extend(self.votes(all, |kept| kept.eval.as_ref(), views, &known));
                joined.extend(adjusted.iter().map(|(mix, rows)| {
                    self.joined(&format!("{}, adjusted to {mix}", all.vote()), &known, &chosen(rows))
                }));
                self.scored(&eval_truth, vote, &eval_groups)
            });

        let sides = Sides { truth: &truth, groups: &groups, eval_groups: &eval_groups };
        let eyes = Eyes::new(self, &nets[0])?;
        let comparison = seen.as_ref().and_then(|seen| self.comparison(nets, &oof, &sides, seen, &eyes, listener));
        let tried = self.tried(all, &calibrated, &source, listener)?;
        let forecast = seen
            .as_ref()
            .and_then(|seen| self.forecasted(seen, &source, tried.as_ref(), self.gain(nets, &oof, &truth, seen)));
        let naive = (!naive.is_empty()).then(|| {
            let pooled = Pooled::of(naive);
            let alone: Vec<usize> = (0..pooled.rows.len()).collect();
            let truth = self.truth(&pooled.rows);
            (self.scored(&truth, &pooled.tta, &alone), naive.len() as u32)
        });
        let votes = seen.as_ref().map_or(&[][..], |seen| &seen.vote);
        self.write(&oof, &predicted, &vote, votes, forecast.as_ref().map(|(_, forecast)| forecast))?;
        let mistake = |i: usize| {
            let sample = &self.samples()[oof.rows[i]];
            let (truth, predicted) = (truth[i], predicted[i]);
            let confidence = oof.tta[i][predicted];
            Mistake { file: self.job.manifest.locate(sample), path: sample.path.clone(), truth, predicted, confidence }
        };
        let mut mistakes: Vec<Mistake> =
            (0..oof.rows.len()).filter(|&i| predicted[i] != truth[i]).map(mistake).collect();
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
            grouped: numbered(&groups).1 * 10 < groups.len() * 9,
            groups: self.groups,
            seconds: begun.elapsed().as_secs_f64(),
            holdout,
            eval,
            naive,
            given: self.job.given.map(|given| self.given_leaks(given)),
            joined,
            policy,
            weighing: all.weighing.clone(),
            class_gain,
            counts,
            skipped,
            comparison,
            forecast,
            ablation: self.ablation(all, listener)?,
            robustness: tried.map(|tried| tried.robustness()),
            embedded: eyes.shown(self, &nets[0]),
            mislabelled: likely_mislabelled(&truth, &oof.tta).into_iter().map(mistake).collect(),
            mistakes,
        })
    }

    fn given_leaks(&self, given: &Given) -> GivenLeaks {
        let touched: HashSet<&str> =
            given.leaks.iter().flat_map(|found| &found.members).map(|member| member.path.as_str()).collect();
        let file = |path: &str| self.job.manifest.folder.join(path);
        let pairs = given.leaks.iter().flat_map(|found| &found.examples);
        GivenLeaks {
            touched: touched.len() as f64 / self.samples().len() as f64,
            pairs: pairs.map(|pair| (pair.clone(), [file(&pair.a), file(&pair.b)])).collect(),
            findings: given.leaks.clone(),
        }
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
        let (groups, _) = numbered(samples.iter().map(|sample| sample.group_or_source()));
        let known = samples.iter().all(|sample| !sample.label.is_empty());
        let truth = if known { samples.iter().map(|sample| self.class(&sample.label)).collect() } else { Vec::new() };
        (truth, groups)
    }

    fn comparison(
        &self,
        nets: &[Kept],
        oof: &Pooled,
        Sides { truth, groups, eval_groups }: &Sides,
        seen: &Seen,
        eyes: &Eyes,
        listener: &dyn Listener,
    ) -> Option<EvalComparison> {
        let eval = self.job.eval.filter(|_| !self.eval.is_empty())?;
        let members: Vec<&Predicted> = nets.iter().filter_map(|kept| kept.eval.as_ref()).collect();
        let total = (oof.rows.len() + self.eval.len()) as u64;
        listener.hear(Event::Started { what: "comparing with eval", total });
        let a = measure(self.job.manifest, &oof.rows, groups, listener);
        let b = measure(&eval.manifest, &self.eval, eval_groups, listener);
        let key = Key::root(self.job.config.seed).child("shift");
        let differences = compare(&a.side(), &b.side(), &key);
        let mut tests = Vec::new();
        if !(a.rows.is_empty() || b.rows.is_empty()) {
            tests.extend(examine_statistics(&a.side(), &b.side(), &key).tests);
        }
        let (of_nets, telling) = self.seen_by_nets(nets, eyes, groups, eval_groups, &key);
        tests.extend(of_nets);
        listener
            .hear(Event::Finished { note: &format!("{} validation and {} eval pictures", a.rows.len(), b.rows.len()) });

        let confidence =
            |rows: &[Vec<f32>]| -> Vec<f64> { rows.iter().map(|row| f64::from(row[choose(row)])).collect() };
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let ours = confidence(&oof.tta);
        let theirs: Vec<f64> = members.iter().flat_map(|member| confidence(&member.tta)).collect();
        let vote = &seen.vote;
        let shares = |classes: &[usize]| -> Vec<f64> {
            let count = |class| classes.iter().filter(|&&c| c == class).count() as f64;
            (0..self.classes.len()).map(|class| count(class) / classes.len().max(1) as f64).collect()
        };
        let most_shifted = telling.into_iter().take(12).map(|(at, chance)| {
            let sample = &eval.manifest.samples[self.eval[at]];
            Named { file: eval.manifest.locate(sample), path: sample.path.clone(), class: choose(&vote[at]), chance }
        });
        let count = |groups: &[usize]| numbered(groups).1;
        let (eval_truth, _) = self.eval_truth();
        Some(EvalComparison {
            groups: [count(groups), count(eval_groups)],
            most_shifted: most_shifted.collect(),
            tests,
            validation_n: a.rows.len(),
            eval_n: b.rows.len(),
            differences,
            validation_confidence: mean(&ours),
            eval_confidence: mean(&theirs),
            confidence: histogram(&ours, &theirs, 20, Some((0.0, 1.0))),
            validation_true: shares(truth),
            validation_predicted: shares(&chosen(&oof.tta)),
            eval_predicted: shares(&chosen(vote)),
            eval_true: (!eval_truth.is_empty()).then(|| shares(&eval_truth)),
        })
    }

    /// Tests of what nets make of the pictures. Embeddings are the first net's: another's lie elsewhere.
    /// Probabilities are those of single nets, each validation group by the net that did not see it, and each eval group by
    /// one that is dealt to it, so that both sides are one mixture of nets.
    fn seen_by_nets(
        &self,
        nets: &[Kept],
        eyes: &Eyes,
        groups: &[usize],
        eval_groups: &[usize],
        key: &Key,
    ) -> SeenByNets {
        let members: Vec<&Predicted> = nets.iter().filter_map(|kept| kept.eval.as_ref()).collect();
        let own: Vec<usize> = nets[0].validation_rows.iter().map(|&row| self.group_of[row]).collect();
        let space = Space { a: &eyes.validation, b: &eyes.eval, groups_a: &own, groups_b: eval_groups };
        let embedded = examine(Kind::Embeddings, &space, &key.child("embeddings"));

        let a: Vec<Vec<f32>> = nets.iter().flat_map(|kept| kept.validation.plain.clone()).collect();
        let b: Vec<Vec<f32>> = eval_groups
            .iter()
            .enumerate()
            .map(|(at, &group)| {
                members[key.child("net").nth(group as u64).rng().index(members.len())].plain[at].clone()
            })
            .collect();
        let space = Space { a: &a, b: &b, groups_a: groups, groups_b: eval_groups };
        let mut tests = embedded.tests;
        tests.extend(examine(Kind::Probabilities, &space, &key.child("probabilities")).tests);
        (tests, embedded.telling)
    }

    /// What views (measured out-of-fold) and the vote of all nets (measured on the holdout, or without one estimated from
    /// their predictions of eval) add to a single net's accuracy and macro-F1.
    fn gain(&self, nets: &[Kept], oof: &Pooled, truth: &[usize], seen: &Seen) -> [Gain; 2] {
        let apart = |better: (f64, f64), worse: (f64, f64)| [better.0 - worse.0, better.1 - worse.1];
        let views = apart(scores(truth, &oof.tta), scores(truth, &oof.plain));
        let members: Vec<&[Vec<f32>]> =
            nets.iter().filter_map(|kept| Some(kept.holdout.as_ref()?.tta.as_slice())).collect();
        if members.is_empty() {
            let vote = vote_gain(&seen.singles);
            // It may be nothing, or twice as much.
            return [0, 1].map(|score| Gain { by: views[score] + vote[score], unsure: vote[score].abs() });
        }
        let truth = self.truth(&self.holdout);
        let vote = scores(&truth, &soft(&members));
        let more: Vec<[f64; 2]> = members.iter().map(|member| apart(vote, scores(&truth, member))).collect();
        let mean = |score: usize| more.iter().map(|more| more[score]).sum::<f64>() / more.len() as f64;
        [0, 1].map(|score| Gain { by: views[score] + mean(score), unsure: 0.0 })
    }

    /// Predictions as Parquet, and the eval classes as a submission.
    fn write(
        &self,
        oof: &Pooled,
        predicted: &[usize],
        holdout: &[Vec<f32>],
        vote: &[Vec<f32>],
        forecast: Option<&Forecasted>,
    ) -> Result<(), Error> {
        let rows: Vec<&Sample> = oof.rows.iter().map(|&row| &self.samples()[row]).collect();
        let folds = Column::Whole(rows.iter().map(|s| s.fold.unwrap_or(HOLDOUT)).collect());
        self.table("oof.parquet", &rows, predicted, &oof.tta, vec![("fold".into(), folds)])?;
        if !self.holdout.is_empty() {
            let rows: Vec<&Sample> = self.holdout.iter().map(|&row| &self.samples()[row]).collect();
            self.table("holdout.parquet", &rows, &chosen(holdout), holdout, vec![])?;
        }
        if let Some(eval) = self.job.eval {
            let rows: Vec<&Sample> = self.eval.iter().map(|&row| &eval.manifest.samples[row]).collect();
            let predicted = chosen(vote);
            let chances: HashMap<&str, f64> = forecast
                .iter()
                .flat_map(|f| &f.likely_wrong)
                .map(|image| (image.path.as_str(), image.chance))
                .collect();
            let chances = forecast.map(|_| {
                let chance =
                    |sample: &&Sample| chances.get(sample.path.as_str()).map_or(f32::NAN, |&chance| chance as f32);
                ("chance_wrong".to_owned(), Column::Number(rows.iter().map(chance).collect()))
            });
            self.table("eval.parquet", &rows, &predicted, vote, chances.into_iter().collect())?;
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

/// What is known of the images on both sides of a comparison.
struct Sides<'a> {
    truth: &'a [usize],
    groups: &'a [usize],
    eval_groups: &'a [usize],
}

/// The validation predictions of all folds, one after the other.
pub(super) struct Pooled {
    rows: Vec<usize>,
    pub plain: Vec<Vec<f32>>,
    pub tta: Vec<Vec<f32>>,
}

impl Pooled {
    /// A net a fold.
    pub fn of<'a>(nets: impl IntoIterator<Item = &'a Kept>) -> Self {
        let nets: Vec<&Kept> = nets.into_iter().collect();
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
