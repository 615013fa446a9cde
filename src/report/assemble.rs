//! A run's outcome to a report.

use std::path::Path;

use super::{
    ClassCount, ClassScore, ClassShare, Confidence, Confusion, DataSummary, Ensemble, Epoch, Fold, Gallery, Histogram,
    LeakFinding, MetricScore, Picture, Reliability, Report, Shift, SplitScore, Statistic, Trust, Verdict,
};
use crate::data::{read_file, utc};
use crate::evaluate::{self, Difference, EvalComparison, METRICS, Outcome, STATISTICS, Scored};
use crate::image::decode;
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

/// Makes the report. The verdict is drawn here, from the outcome alone.
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
        shift: outcome.comparison.as_ref().map(|comparison| shift(comparison, labels)),
        // The run refuses folds that leak, so that a report has nothing but clean checks.
        leaks: ["Copies away from their source", "Shared groups", "Exact duplicates"]
            .map(|kind| LeakFinding {
                kind: kind.into(),
                pairs: 0,
                touched: 0,
                sentence: "None across folds, checked before training.".into(),
            })
            .into(),
        galleries: galleries(outcome),
        config: setting.config,
        environment: setting.environment,
    }
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
        let meaning = format!(
            "What a plain random split over all images, copies too, would have promised ({nets}); its interval \
             takes copies for independent, as such a split does. Not to be believed."
        );
        scores.push(score("Naive random split", meaning, false, naive));
    }
    let meaning = "Each original is predicted by the one net that never saw its group or its copies.".to_owned();
    scores.push(score("Honest folds (out-of-fold)", meaning, true, &outcome.out_of_fold));
    if let Some(holdout) = &outcome.holdout {
        let meaning = "Set aside before anything else; predicted by the soft vote of all nets.".to_owned();
        scores.push(score("Holdout", meaning, false, holdout));
    }
    if let Some(eval) = &outcome.eval {
        let meaning = "The images that are judged; predicted by the soft vote of all nets.".to_owned();
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

/// A drop of mean confidence from validation to eval that is worth a warning.
const CONFIDENCE_DROP: f64 = 0.05;

fn verdict(outcome: &Outcome) -> Verdict {
    let say = |e: &evaluate::Estimate| format!("{:.2} ({:.2} to {:.2})", e.value, e.low, e.high);
    let honest = &outcome.out_of_fold.macro_f1;
    let mut reasons = Vec::new();
    let mut trust = Trust::Holds;
    reasons.push("No leak: no copy, no group and no exact duplicate is on two sides of a fold.".to_owned());
    if !outcome.grouped {
        trust = Trust::Look;
        reasons.push(
            "No groups are known: if several images show one person or object, this score is too good. Say so with \
             evenfold split --groups."
                .into(),
        );
    }
    if let Some((naive, _)) = &outcome.naive {
        let promise = naive.macro_f1.value - honest.value;
        reasons.push(format!(
            "A plain random split over all images would have promised {}: {:+.2} against honest folds.",
            say(&naive.macro_f1),
            promise
        ));
    }
    let folds: Vec<f64> = outcome.folds.iter().map(|fold| fold.macro_f1.value).collect();
    let least = folds.iter().copied().fold(f64::INFINITY, f64::min);
    let most = folds.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    reasons.push(format!("Single folds range from {least:.2} to {most:.2}."));

    let mut ending = "No eval set was given, so nothing is said about other images.".to_owned();
    if let Some(comparison) = &outcome.comparison {
        let seen = shifts(&comparison.differences);
        let drop = comparison.validation_confidence - comparison.eval_confidence;
        if !seen.is_empty() || drop > CONFIDENCE_DROP {
            trust = Trust::DoNotTrust;
        }
        reasons.push(sentence(comparison));
        ending = match (&seen[..], drop > CONFIDENCE_DROP) {
            ([], false) => "The eval images look like the validation images: expect about the same there.".into(),
            ([], true) => "The nets are less sure of the eval images: expect less there.".into(),
            (seen, _) => format!("The eval images differ ({}): expect less there.", seen.join(", ")),
        };
    }
    if let Some(eval) = &outcome.eval {
        let really = &eval.macro_f1;
        ending = format!("{ending} It really is {} on eval.", say(really));
        // Known labels outweigh every sign.
        let holds = really.high >= honest.low;
        if !holds {
            trust = Trust::DoNotTrust;
        } else if trust == Trust::DoNotTrust {
            trust = Trust::Look;
        }
    }
    let promised = outcome.naive.as_ref().map(|(naive, _)| {
        format!("A random split said macro-F1 {:.2}; honest folds say {}.", naive.macro_f1.value, say(honest))
    });
    let beginning = promised.unwrap_or_else(|| format!("Honest folds say macro-F1 {}.", say(honest)));
    Verdict { trust, sentence: format!("{beginning} {ending}"), reasons }
}

/// The plain differences, in words.
fn shifts(differences: &[Difference]) -> Vec<String> {
    let seen = differences.iter().filter(|difference| difference.is_shift());
    seen.map(|d| {
        let statistic = &STATISTICS[d.statistic];
        if d.effect > 0.0 { statistic.more } else { statistic.less }.to_owned()
    })
    .collect()
}

fn sentence(comparison: &EvalComparison) -> String {
    let seen = shifts(&comparison.differences);
    let shift = if seen.is_empty() {
        "No shift of image statistics was found between validation and eval".to_owned()
    } else {
        format!("Eval images are {} than validation images", seen.join(", "))
    };
    let Confidences { before, after } = Confidences::of(comparison);
    format!("{shift}; mean confidence is {after:.2} on eval and {before:.2} on validation.")
}

struct Confidences {
    before: f64,
    after: f64,
}

impl Confidences {
    fn of(comparison: &EvalComparison) -> Self {
        Self { before: comparison.validation_confidence, after: comparison.eval_confidence }
    }
}

fn shift(comparison: &EvalComparison, labels: &[String]) -> Shift {
    let both =
        |h: &evaluate::Histogram| Histogram { edges: h.edges.clone(), validation: h.a.clone(), eval: h.b.clone() };
    let statistic = |d: &Difference| Statistic {
        name: STATISTICS[d.statistic].name.into(),
        meaning: STATISTICS[d.statistic].meaning.into(),
        validation_mean: d.mean_a,
        eval_mean: d.mean_b,
        effect: d.effect,
        p_value: Some(d.p_value),
        histogram: both(&d.histogram),
    };
    let share = |(class, label): (usize, &String)| ClassShare {
        label: label.clone(),
        validation_true: comparison.validation_true[class],
        validation_predicted: comparison.validation_predicted[class],
        eval_predicted: comparison.eval_predicted[class],
        eval_true: comparison.eval_true.as_ref().map(|shares| shares[class]),
    };
    Shift {
        sentence: sentence(comparison),
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

fn galleries(outcome: &Outcome) -> Vec<Gallery> {
    let label = |class: usize| outcome.classes[class].as_str();
    let picture = |file: &Path, path: &str, caption: String| -> Option<Picture> {
        let frame = decode(&read_file(file).ok()?).ok()?;
        Picture::new(&frame, caption.clone(), format!("{path}: {caption}")).ok()
    };
    let mistakes = outcome.mistakes.iter().take(18).filter_map(|m| {
        let (predicted, truth) = (label(m.predicted), label(m.truth));
        picture(&m.file, &m.path, format!("{truth}, taken for {predicted} ({:.0}%)", m.confidence * 100.0))
    });
    let mut galleries = vec![Gallery {
        title: "Most confident mistakes".into(),
        meaning: "Out-of-fold originals that were sure and wrong: hard cases, or wrong labels.".into(),
        pictures: mistakes.collect(),
    }];
    if let Some(comparison) = &outcome.comparison {
        let least = comparison.least_sure.iter().filter_map(|(file, path, class, confidence)| {
            picture(file, path, format!("{}? ({:.0}%)", label(*class), confidence * 100.0))
        });
        galleries.push(Gallery {
            title: "Eval images that the nets are least sure of".into(),
            meaning: "With the class that the soft vote gives them.".into(),
            pictures: least.collect(),
        });
    }
    galleries.retain(|gallery| !gallery.pictures.is_empty());
    galleries
}

/// `2026-11-24 03:15`, in UTC.
fn now() -> String {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs() as i64);
    let [year, month, day, hour, minute, _] = utc(seconds);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}")
}
