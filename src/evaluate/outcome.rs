//! All that a run over folds found out, as plain values.

use serde::Serialize;

use super::{Bin, ClassMetrics, Difference, Estimate, Histogram, per_class};
use crate::run::Skipped;
use crate::train::Epoch;

/// Scores of one split of the data.
#[derive(Clone, Debug, Serialize)]
pub struct Scored {
    /// Mean F1 over classes.
    pub macro_f1: Estimate,
    /// Share that is right.
    pub accuracy: Estimate,
    /// Mean negative log likelihood, in nats.
    pub log_loss: f64,
    /// All of [`METRICS`](super::METRICS), in their order.
    pub metrics: Vec<Estimate>,
    /// How often predictions of each confidence are right.
    pub reliability: Vec<Bin>,
    /// `counts[true][predicted]`
    pub confusion: Vec<Vec<u32>>,
}

impl Scored {
    /// Per class.
    pub fn per_class(&self) -> Vec<ClassMetrics> {
        per_class(&self.confusion)
    }
}

/// One fold's training and its worth on its own validation originals.
#[derive(Clone, Debug, Serialize)]
pub struct FoldOutcome {
    /// Its number, from 0.
    pub fold: i32,
    /// Images trained on.
    pub train: usize,
    /// How many of those are copies.
    pub copies: usize,
    /// Originals validated on.
    pub validation: usize,
    /// The epoch (from 1) whose weights were kept.
    pub best_epoch: usize,
    /// One entry an epoch.
    pub epochs: Vec<Epoch>,
    /// With TTA, at the kept epoch.
    pub macro_f1: Estimate,
    /// Likewise.
    pub accuracy: Estimate,
    /// Whether an earlier run had trained it.
    pub found: bool,
}

/// One way to join predictions.
#[derive(Clone, Debug, Serialize)]
pub struct Joined {
    /// What is joined, in words.
    pub name: String,
    /// On which split.
    pub split: &'static str,
    /// Mean F1 over classes.
    pub macro_f1: Estimate,
    /// Share that is right.
    pub accuracy: Estimate,
}

/// A wrong out-of-fold prediction.
#[derive(Clone, Debug, Serialize)]
pub struct Mistake {
    /// Where the picture lies.
    pub file: std::path::PathBuf,
    /// Its path in the manifest.
    pub path: String,
    /// Its class.
    pub truth: usize,
    /// What it was taken for.
    pub predicted: usize,
    /// With which probability.
    pub confidence: f32,
}

/// Validation originals beside eval images.
#[derive(Clone, Debug, Serialize)]
pub struct EvalComparison {
    /// Validation originals compared.
    pub validation_n: usize,
    /// Eval images compared.
    pub eval_n: usize,
    /// Most different first.
    pub differences: Vec<Difference>,
    /// Mean confidence of single nets out-of-fold.
    pub validation_confidence: f64,
    /// Mean confidence of single nets on eval.
    pub eval_confidence: f64,
    /// Both distributions.
    pub confidence: Histogram,
    /// Share of each class among the validation originals.
    pub validation_true: Vec<f64>,
    /// Share of each class among the out-of-fold predictions.
    pub validation_predicted: Vec<f64>,
    /// Share of each class among the eval predictions.
    pub eval_predicted: Vec<f64>,
    /// Share of each class among the eval labels, where they are known.
    pub eval_true: Option<Vec<f64>>,
    /// The eval images that the nets are least sure of.
    pub least_sure: Vec<(std::path::PathBuf, String, usize, f32)>,
}

/// Everything.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The classes, in the order of all tables.
    pub classes: Vec<String>,
    /// In their order.
    pub folds: Vec<FoldOutcome>,
    /// Each original by the one net that did not train on its group.
    pub out_of_fold: Scored,
    /// By the soft vote of all nets.
    pub holdout: Option<Scored>,
    /// By the soft vote of all nets, where eval labels are known.
    pub eval: Option<Scored>,
    /// What a plain random split over all images, copies too, would have promised; and how many of its folds were
    /// trained.
    pub naive: Option<(Scored, u32)>,
    /// How voting and TTA did.
    pub joined: Vec<Joined>,
    /// Originals, copies and holdout originals of each class.
    pub counts: Vec<[usize; 3]>,
    /// Groups that are never separated.
    pub groups: usize,
    /// Whether groups plainly hold more than one original each.
    pub grouped: bool,
    /// Images that could not be used.
    pub skipped: Vec<Skipped>,
    /// `None` without an eval set.
    pub comparison: Option<EvalComparison>,
    /// Most confident first.
    pub mistakes: Vec<Mistake>,
    /// Wall-clock time of this run.
    pub seconds: f64,
}
