//! What must not be on two sides of a split: one file a check.

mod exact;
mod find;
mod forest;
mod lineage;
mod near;
mod read;
mod sheet;

pub use exact::duplicates;
pub use find::{Findings, Kind, Member, Pair, Part, check, conflicts, near_findings, parts};
pub(crate) use forest::Forest;
pub use lineage::sources;
pub use near::{DEFAULT_BITS, Link, MAX_BITS, SHORTLIST, Sketches, near_duplicates, sets};
pub use read::{Seen, Take, read};
pub use sheet::sheet;
