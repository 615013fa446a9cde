//! What is to be made, decided before the first pixel is touched.

mod identity;
mod job;
mod partners;
mod rebalance;

pub use identity::{SourceId, identify};
pub use job::{ClassPlan, Error, Job, Plan, plan};
pub use partners::Partners;
pub use rebalance::{effective_number, targets};
