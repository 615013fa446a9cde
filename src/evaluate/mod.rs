//! Predictions, scores, and what they are worth.

#[cfg(feature = "train")]
mod ablation;
#[cfg(feature = "train")]
mod corrupted;
#[cfg(feature = "train")]
mod embedded;
mod estimate;
pub mod forecast;
#[cfg(feature = "train")]
mod folds;
#[cfg(feature = "train")]
mod kept;
mod labels;
mod linear;
mod metrics;
#[cfg(feature = "train")]
mod neighbours;
#[cfg(feature = "train")]
mod nets;
#[cfg(feature = "train")]
mod outcome;
#[cfg(feature = "train")]
mod parts;
#[cfg(feature = "train")]
mod predict;
#[cfg(feature = "train")]
mod rehearsal;
#[cfg(feature = "train")]
mod seen;
mod select;
#[cfg(feature = "train")]
mod self_test;
mod shift;
mod statistics;
#[cfg(feature = "train")]
mod spread;
#[cfg(feature = "train")]
mod summary;
#[cfg(feature = "train")]
mod tta;
mod vote;
#[cfg(feature = "train")]
mod ways;

pub use estimate::Estimate;
#[cfg(feature = "train")]
pub use folds::{Error, Eval, Given, Job, SoFar, run};
pub use labels::likely_mislabelled;
pub use metrics::{
    Bin, ClassMetrics, Judged, METRICS, Metric, accuracy, confusion, estimate, estimates, intervals, log_loss,
    macro_f1, numbered, per_class, reliability,
};
#[cfg(feature = "train")]
pub use neighbours::neighbours;
#[cfg(feature = "train")]
pub use outcome::{
    Ablation, ClassMix, Embedded, EvalComparison, FoldOutcome, Forecasted, Gain, GivenLeaks, Joined, Mistake, Named,
    Outcome, Robustness, Scored,
};
#[cfg(feature = "train")]
pub use parts::{Member, checkpoint, members};
#[cfg(feature = "train")]
pub use predict::{Predicted, embeddings, pictures, predict, probabilities};
#[cfg(feature = "train")]
pub use rehearsal::{Planned, Rehearsal, rehearse};
pub use select::{Weighing, select};
pub use shift::{
    Difference, Examined, Histogram, Kind, ShiftTest, Side, Space, compare, examine, examine_statistics, histogram,
    least_visible, significant,
};
#[cfg(feature = "train")]
pub use spread::Spread;
pub use statistics::{Measured, STATISTICS, Statistic, measure, statistics};
#[cfg(feature = "train")]
pub use tta::{Policy, join, policy};
pub use vote::{choose, hard, soft, weighted};
