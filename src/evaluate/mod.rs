//! Predictions, scores, and what they are worth.

mod estimate;
#[cfg(feature = "train")]
mod folds;
mod metrics;
#[cfg(feature = "train")]
mod outcome;
#[cfg(feature = "train")]
mod predict;
#[cfg(feature = "train")]
mod rehearsal;
mod shift;
mod statistics;
#[cfg(feature = "train")]
mod summary;
mod vote;

pub use estimate::Estimate;
#[cfg(feature = "train")]
pub use folds::{Error, Eval, Job, SoFar, run};
pub use metrics::{
    Bin, ClassMetrics, Judged, METRICS, Metric, accuracy, confusion, estimate, estimates, intervals, log_loss,
    macro_f1, per_class, reliability,
};
#[cfg(feature = "train")]
pub use outcome::{EvalComparison, FoldOutcome, Joined, Mistake, Outcome, Scored};
#[cfg(feature = "train")]
pub use predict::{Predicted, predict};
#[cfg(feature = "train")]
pub use rehearsal::{Planned, Rehearsal, rehearse};
pub use shift::{Difference, Histogram, Side, compare, histogram};
pub use statistics::{STATISTICS, Statistic, measure, statistics};
pub use vote::{choose, hard, soft};
