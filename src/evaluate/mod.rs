//! Predictions, scores, and what they are worth.

mod estimate;

pub use estimate::Estimate;
