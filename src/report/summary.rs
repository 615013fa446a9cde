//! `summary.json`: the run's scores in one small file, for scripts and tables.

use serde_json::{Value, json};

use crate::evaluate::{METRICS, Outcome, Scored, Spread};

/// The verdict, every score with its interval, and what the folds say together: mean, standard deviation and 95% interval
/// (see [`Spread`]); of several nets a fold how they are weighed.
pub fn summary(outcome: &Outcome, verdict: &str) -> Value {
    let folds = &outcome.folds;
    let (macro_f1, accuracy) = (Spread::of(folds, |fold| fold.macro_f1), Spread::of(folds, |fold| fold.accuracy));
    let of_fold = |fold: &crate::evaluate::FoldOutcome| {
        json!({
            "fold": fold.fold, "best_epoch": fold.best_epoch, "train": fold.train, "copies": fold.copies,
            "validation": fold.validation, "macro_f1": fold.macro_f1, "accuracy": fold.accuracy,
        })
    };
    json!({
        "verdict": verdict,
        "classes": outcome.classes,
        "over_folds": {"macro_f1": macro_f1, "accuracy": accuracy},
        "folds": folds.iter().map(of_fold).collect::<Vec<_>>(),
        "weighing": (outcome.weighing.nets() > 1).then_some(&outcome.weighing),
        "out_of_fold": scores(&outcome.out_of_fold),
        "holdout": outcome.holdout.as_ref().map(scores),
        "eval": outcome.eval.as_ref().map(scores),
    })
}

/// Every metric by name.
fn scores(scored: &Scored) -> Value {
    METRICS.iter().zip(&scored.metrics).map(|(metric, estimate)| (metric.name.to_owned(), json!(estimate))).collect()
}
