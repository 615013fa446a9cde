//! A score is an estimate (law 8): no number without its n and an interval.

use serde::{Deserialize, Serialize};

/// A score with its uncertainty.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The score on the samples at hand.
    pub value: f64,
    /// Lower end of the 95% interval.
    pub low: f64,
    /// Upper end of the 95% interval.
    pub high: f64,
    /// How many samples it was measured on.
    pub n: usize,
    /// How many independent groups these samples come from; equal to `n` where no groups are known.
    pub groups: usize,
}
