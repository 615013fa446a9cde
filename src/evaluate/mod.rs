//! Predictions, scores, and what they are worth.

mod estimate;
pub mod forecast;
#[cfg(feature = "train")]
mod folds;
mod metrics;
#[cfg(feature = "train")]
mod outcome;
#[cfg(feature = "train")]
mod predict;
mod shift;
mod statistics;
#[cfg(feature = "train")]
mod summary;
mod vote;

pub use estimate::Estimate;
#[cfg(feature = "train")]
pub use folds::{Error, Eval, Job, run};
pub use metrics::{
    Bin, ClassMetrics, Judged, METRICS, Metric, accuracy, confusion, estimate, estimates, intervals, log_loss,
    macro_f1, per_class, reliability,
};
#[cfg(feature = "train")]
pub use outcome::{EvalComparison, FoldOutcome, Joined, Mistake, Outcome, Scored};
#[cfg(feature = "train")]
pub use predict::{Predicted, predict};
pub use shift::{Difference, Histogram, Side, compare, histogram};
pub use statistics::{STATISTICS, Statistic, measure, statistics};
pub use vote::{choose, hard, soft};
