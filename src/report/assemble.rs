//! A run's outcome to a report.

use std::path::{Path, PathBuf};

use super::robustness::robustness;
use super::verdict::{forecast_sentence, shift_sentence, space, verdict};
use super::{
    ClassCount, ClassScore, ClassShare, Confidence, Confusion, DataSummary, Ensemble, Epoch, Estimator, Expected, Fold,
    Gallery, Histogram, LeakFinding, MetricScore, Picture, Reliability, Report, ScoreForecast, Shift, ShiftTest,
    SplitScore, Statistic, number,
};
use crate::data::{read_file, utc};
use crate::evaluate::forecast::ESTIMATORS;
use crate::evaluate::{
    self, Difference, EvalComparison, Forecasted, GivenLeaks, METRICS, Mistake, Named, Outcome, STATISTICS, Scored,
    significant,
};
use crate::image::decode;
use crate::leak::{Findings, Kind as Leak, Pair};
use crate::train;

/// What a report says beside the outcome.
pub struct Setting {
    /// What was trained on.
    pub title: String,
    /// The command line.
    pub command: String,
    /// Every number.
    pub config: Vec<(String, String)>,
    /// Machine and libraries.
    pub environment: Vec<(String, String)>,
}

/// Makes the report from the outcome alone.
pub fn assemble(outcome: &Outcome, setting: Setting) -> Report {
    let labels = &outcome.classes;
    Report {
        version: 1,
        title: setting.title,
        made_by: concat!("evenfold ", env!("CARGO_PKG_VERSION")).into(),
        command: setting.command,
        made_at: now(),
        verdict: verdict(outcome),
        scores: scores(outcome),
        per_class: class_scores(&outcome.out_of_fold, labels),
        confusion: confusion(&outcome.out_of_fold, labels),
        eval_confusion: outcome.eval.as_ref().map(|eval| confusion(eval, labels)),
        folds: outcome.folds.iter().map(fold).collect(),
        ensembles: outcome
            .joined
            .iter()
            .map(|joined| Ensemble {
                name: joined.name.clone(),
                split: joined.split.into(),
                macro_f1: joined.macro_f1,
                accuracy: joined.accuracy,
            })
            .collect(),
        views: [views(outcome), nets(outcome)].join(" ").trim_end().to_owned(),
        data: DataSummary {
            classes: labels
                .iter()
                .zip(&outcome.counts)
                .map(|(label, &[originals, copies, holdout])| ClassCount {
                    label: label.clone(),
                    originals,
                    copies,
                    holdout,
                })
                .collect(),
            groups: outcome.grouped.then_some(outcome.groups),
            skipped: outcome.skipped.iter().map(|s| (s.path.clone(), s.why.clone())).collect(),
        },
        shift: outcome.comparison.as_ref().map(|comparison| shift(outcome, comparison)),
        forecast: outcome.forecast.as_ref().map(|(_, forecast)| score_forecast(forecast)),
        robustness: outcome.robustness.as_ref().map(|found| robustness(found, &outcome.ablation)),
        leaks: leaks(outcome.given.as_ref()),
        galleries: galleries(outcome),
        config: setting.config,
        environment: setting.environment,
    }
}

/// What leaks in folds that were given. The run's own folds were refused if they leaked.
fn leaks(given: Option<&GivenLeaks>) -> Vec<LeakFinding> {
    let looked_for = [Leak::StrayedCopy, Leak::SharedGroup, Leak::ExactDuplicate];
    let Some(given) = given else {
        let clean = |kind: Leak| LeakFinding {
            kind: kind.name().into(),
            pairs: 0,
            touched: 0,
            sentence: "None across folds, checked before training.".into(),
        };
        return looked_for.map(clean).into();
    };
    let found = |found: &Findings| LeakFinding {
        kind: found.kind.name().into(),
        pairs: found.pairs,
        touched: found.touched,
        sentence: format!(
            "In the folds that were given; worth {} points at most. {}.",
            number::fixed(found.inflation_at_most * 100.0, 1),
            found.kind.taxonomy()
        ),
    };
    given.findings.iter().map(found).collect()
}

fn scores(outcome: &Outcome) -> Vec<SplitScore> {
    let score = |split: &str, meaning: String, honest: bool, scored: &Scored| SplitScore {
        split: split.into(),
        meaning,
        honest,
        macro_f1: scored.macro_f1,
        accuracy: scored.accuracy,
        log_loss: scored.log_loss,
        metrics: metrics(scored),
        reliability: scored
            .reliability
            .iter()
            .map(|bin| Reliability { n: bin.n, confidence: bin.confidence, accuracy: bin.accuracy })
            .collect(),
    };
    let mut scores = Vec::new();
    if let Some((naive, folds)) = &outcome.naive {
        let nets = if *folds == 1 { "one net".to_owned() } else { format!("{folds} nets") };
        let (split, promise) = match &outcome.given {
            Some(_) => ("The folds given", "What the folds that were given promise"),
            None => {
                ("Naive random split", "What a plain random split over all images, copies too, would have promised")
            }
        };
        let meaning = format!(
            "{promise} ({nets}); its interval takes copies for independent, as such a split does. Not to be believed."
        );
        scores.push(score(split, meaning, false, naive));
    }
    let nets = match outcome.weighing.nets() {
        1 => "the one net".to_owned(),
        n => format!("the {n} nets"),
    };
    let meaning = format!("Each original is predicted by {nets} that never saw its group or its copies.");
    scores.push(score("Honest folds (out-of-fold)", meaning, true, &outcome.out_of_fold));
    let vote = if outcome.weighing.wins() { "weighted" } else { "soft" };
    if let Some(holdout) = &outcome.holdout {
        let meaning = format!("Set aside before anything else; predicted by the {vote} vote of all nets.");
        scores.push(score("Holdout", meaning, false, holdout));
    }
    if let Some(eval) = &outcome.eval {
        let meaning = format!("The images that are judged; predicted by the {vote} vote of all nets.");
        scores.push(score("Eval", meaning, false, eval));
    }
    scores
}

fn metrics(scored: &Scored) -> Vec<MetricScore> {
    let named = METRICS.iter().zip(&scored.metrics);
    named
        .map(|(metric, estimate)| MetricScore {
            name: metric.name.into(),
            meaning: metric.meaning.into(),
            higher_is_better: metric.higher_is_better,
            estimate: *estimate,
        })
        .collect()
}

fn class_scores(scored: &Scored, labels: &[String]) -> Vec<ClassScore> {
    let classes = scored.per_class().into_iter().zip(labels);
    classes
        .map(|(c, label)| ClassScore {
            label: label.clone(),
            precision: c.precision,
            recall: c.recall,
            f1: c.f1,
            support: c.support,
        })
        .collect()
}

fn confusion(scored: &Scored, labels: &[String]) -> Confusion {
    Confusion { labels: labels.to_vec(), counts: scored.confusion.clone() }
}

fn fold(fold: &evaluate::FoldOutcome) -> Fold {
    let epoch = |e: &train::Epoch| Epoch {
        epoch: e.epoch,
        train_loss: e.train_loss,
        validation_loss: e.validation_loss,
        validation_macro_f1: e.validation_macro_f1,
        validation_accuracy: e.validation_accuracy,
        learning_rate: e.learning_rate,
        seconds: e.seconds,
        images_per_second: e.images_per_second,
    };
    Fold {
        fold: fold.fold,
        train: fold.train,
        copies: fold.copies,
        validation: fold.validation,
        best_epoch: fold.best_epoch,
        macro_f1: fold.macro_f1,
        accuracy: fold.accuracy,
        epochs: fold.epochs.iter().map(epoch).collect(),
    }
}

/// What the views give and cost, and which classes they help and harm most.
fn views(outcome: &Outcome) -> String {
    let policy = &outcome.policy;
    let [plain, all, joined] = [policy.plain_loss, policy.all_loss, policy.loss].map(number::score);
    if policy.views.is_empty() {
        return format!(
            "All views together make the out-of-fold log loss worse ({plain} to {all}), so that they were dropped: every \
             prediction is of the picture as it is."
        );
    }
    let n = policy.views.len();
    let change = |class: usize| outcome.class_gain[class][1] - outcome.class_gain[class][0];
    let mut order: Vec<usize> = (0..outcome.class_gain.len()).collect();
    order.sort_by(|&a, &b| change(a).total_cmp(&change(b)));
    let named = |class: &usize| format!("{} {}", outcome.classes[*class], number::signed(change(*class)));
    let ends: Vec<String> = order.first().into_iter().chain(order.last()).map(named).collect();
    format!(
        "{} of a picture cost {n} times the time of one and change the out-of-fold log loss from {plain} to {joined}. F1 of \
         the classes that change most: {}.",
        number::counted(n, "view"),
        ends.join(", ")
    )
}

/// How a fold's nets are weighed where there are several, and why.
fn nets(outcome: &Outcome) -> String {
    let weighing = &outcome.weighing;
    if weighing.nets() < 2 {
        return String::new();
    }
    let weights: Vec<String> = weighing.selected.iter().map(|weight| number::fixed(*weight, 2)).collect();
    let taken = if weighing.wins() { "the weights are taken" } else { "all nets are weighed alike" };
    format!(
        "Selection on out-of-fold predictions (Caruana et al. 2004) weighs a fold's {} nets {}; with weights selected on the other \
         folds alone the log loss is {}, with equal weights {}, so that {taken}.",
        weighing.nets(),
        weights.join(", "),
        number::score(weighing.selected_loss),
        number::score(weighing.equal_loss),
    )
}

fn score_forecast(forecast: &Forecasted) -> ScoreForecast {
    let expected = forecast.expected.iter().flat_map(|[accuracy, f1]| [("macro-F1", f1), ("accuracy", accuracy)]);
    let mut estimators: Vec<Estimator> = ESTIMATORS
        .iter()
        .enumerate()
        .map(|(i, (name, meaning))| Estimator {
            name: (*name).into(),
            meaning: (*meaning).into(),
            accuracy: forecast.guess.accuracy[i],
            macro_f1: Some(forecast.guess.macro_f1[i]),
            share: forecast.shares.map_or(0.0, |shares| shares[i]),
        })
        .collect();
    estimators.extend(forecast.agreement.map(|accuracy| Estimator {
        name: "agreement of nets".into(),
        meaning: "share of eval images that two nets call alike (GDE, Jiang et al. 2022); beside the forecast only, as the \
                  self-test cannot judge it"
            .into(),
        accuracy,
        macro_f1: None,
        share: 0.0,
    }));
    let n = forecast.likely_wrong.len() as f64;
    ScoreForecast {
        sentence: forecast_sentence(forecast),
        expected: expected
            .map(|(score, f)| Expected {
                score: score.into(),
                value: f.value,
                low: f.low,
                high: f.high,
                mean_error: f.mean_error,
            })
            .collect(),
        estimators,
        wrong: forecast.expected.map(|[accuracy, _]| ((1.0 - accuracy.value) * n).round() as usize),
    }
}

fn shift(outcome: &Outcome, comparison: &EvalComparison) -> Shift {
    let labels = &outcome.classes;
    let classes = outcome.forecast.as_ref().map(|(mix, _)| mix);
    let both =
        |h: &evaluate::Histogram| Histogram { edges: h.edges.clone(), validation: h.a.clone(), eval: h.b.clone() };
    let statistic = |d: &Difference| Statistic {
        name: STATISTICS[d.statistic].name.into(),
        meaning: STATISTICS[d.statistic].meaning.into(),
        validation_mean: d.mean_a,
        eval_mean: d.mean_b,
        effect: d.effect,
        p_value: Some(d.p_value),
        stability: d.stability,
        histogram: both(&d.histogram),
    };
    let share = |(class, label): (usize, &String)| ClassShare {
        label: label.clone(),
        validation_true: comparison.validation_true[class],
        validation_predicted: comparison.validation_predicted[class],
        eval_predicted: comparison.eval_predicted[class],
        eval_true: comparison.eval_true.as_ref().map(|shares| shares[class]),
        eval_likely: classes.map(|mix| [mix.likely[class], mix.ranges[class][0], mix.ranges[class][1]]),
        eval_black_box: classes.map(|mix| mix.black_box[class]),
    };
    let tests = comparison.tests.iter().zip(significant(&comparison.tests)).map(|(test, found)| ShiftTest {
        space: space(test.space).into(),
        name: test.name.clone(),
        value: test.value,
        chance: test.chance,
        p_value: test.p_value,
        found,
        interval: test.interval,
    });
    Shift {
        sentence: shift_sentence(outcome, comparison),
        tests: tests.collect(),
        validation_n: comparison.validation_n,
        eval_n: comparison.eval_n,
        statistics: comparison.differences.iter().map(statistic).collect(),
        confidence: Confidence {
            validation_mean: comparison.validation_confidence,
            eval_mean: comparison.eval_confidence,
            histogram: both(&comparison.confidence),
        },
        class_mix: labels.iter().enumerate().map(share).collect(),
    }
}

/// Pictures of one set that lie on two sides, one after the other.
fn leaked(given: &GivenLeaks, picture: &dyn Fn(&Path, &str, String) -> Option<Picture>) -> Gallery {
    let both = |(pair, [a, b]): &(Pair, [PathBuf; 2])| {
        let first = picture(a, &pair.a, format!("{}: {}", pair.part_a.0, pair.a));
        let second = picture(b, &pair.b, format!("{}: {}; {}", pair.part_b.0, pair.b, pair.evidence));
        [first, second]
    };
    Gallery {
        title: "Relatives on two sides of the folds given".into(),
        meaning: "In pairs: the one was learnt from, and the other then judged.".into(),
        pictures: given.pairs.iter().take(9).flat_map(both).flatten().collect(),
    }
}

fn galleries(outcome: &Outcome) -> Vec<Gallery> {
    let label = |class: usize| outcome.classes[class].as_str();
    let picture = |file: &Path, path: &str, caption: String| -> Option<Picture> {
        let frame = decode(&read_file(file).ok()?).ok()?;
        Picture::new(&frame, caption.clone(), format!("{path}: {caption}")).ok()
    };
    let mistaken = |mistakes: &[Mistake]| -> Vec<Picture> {
        let shown = mistakes.iter().take(18).filter_map(|m| {
            let (predicted, truth) = (label(m.predicted), label(m.truth));
            picture(
                &m.file,
                &m.path,
                format!("{truth}, taken for {predicted} ({})", number::percent(f64::from(m.confidence))),
            )
        });
        shown.collect()
    };
    let named = |images: &[Named], caption: &dyn Fn(&Named) -> String| -> Vec<Picture> {
        images.iter().take(12).filter_map(|image| picture(&image.file, &image.path, caption(image))).collect()
    };
    let mut galleries = vec![
        Gallery {
            title: "Most confident mistakes".into(),
            meaning: "Out-of-fold originals that were sure and wrong: hard cases, or wrong labels.".into(),
            pictures: mistaken(&outcome.mistakes),
        },
        Gallery {
            title: "Labels that are likely wrong".into(),
            meaning:
                "The net that never saw the picture is surer of another class than it usually is of that class's own \
                      pictures (confident learning)."
                    .into(),
            pictures: mistaken(&outcome.mislabelled),
        },
    ];
    if let Some(comparison) = &outcome.comparison {
        galleries.push(Gallery {
            title: "Eval images that look least like validation".into(),
            meaning:
                "By a classifier between the embeddings of both sides, with its chance that the picture is from eval."
                    .into(),
            pictures: named(&comparison.most_shifted, &|image| format!("eval by {}", number::percent(image.chance))),
        });
    }
    if let Some((_, forecast)) = &outcome.forecast {
        galleries.push(Gallery {
            title: "Eval images that are likely to be wrong".into(),
            meaning:
                "With the class that the soft vote gives them, and the chance that it is wrong. eval.parquet has it of \
                      every image."
                    .into(),
            pictures: named(&forecast.likely_wrong, &|image| {
                format!("{}? wrong by {}", label(image.class), number::percent(image.chance))
            }),
        });
    }
    galleries.extend(outcome.given.as_ref().map(|given| leaked(given, &picture)));
    galleries.retain(|gallery| !gallery.pictures.is_empty());
    galleries
}

/// `2026-11-24 03:15`, in UTC.
fn now() -> String {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs() as i64);
    let [year, month, day, hour, minute, _] = utc(seconds);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}")
}
