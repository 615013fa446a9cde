//! What must not be on two sides of a split: one file a check.

mod exact;
mod find;
mod lineage;

pub use exact::{duplicates, hash_contents};
pub use find::{Findings, Kind, Pair, Part, check, parts};
pub use lineage::sources;
