//! Which rows come from which.

use super::forest::Forest;
use crate::data::Sample;

/// Sets of two or more rows that show one original, directly or through mixes, the originals first where they are there.
pub fn sources(samples: &[Sample]) -> Vec<Vec<usize>> {
    let mut forest = Forest::new(samples.len());
    forest.join_equal(samples.iter().map(|sample| Some(sample.source.as_str())));
    forest.join_mixes(samples);
    let mut sets = forest.sets();
    sets.iter_mut().for_each(|rows| rows.sort_by_key(|&row| !samples[row].is_original()));
    sets
}
