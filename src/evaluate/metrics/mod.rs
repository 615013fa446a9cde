//! Scores, and how sure they are.

mod bootstrap;
mod counts;
mod judged;
mod probabilities;

#[cfg(feature = "train")]
pub(super) use bootstrap::student_975;
pub use bootstrap::{estimate, intervals, numbered};
pub use counts::{
    ClassMetrics, accuracy, balanced_accuracy, cohen_kappa, confusion, macro_f1, matthews, micro_f1, per_class,
    weighted_f1,
};
pub use judged::{Judged, METRICS, Metric, estimates};
pub use probabilities::{Bin, log_loss, reliability};
