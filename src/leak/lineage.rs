//! Copies and the originals that they were made from.

use std::collections::BTreeMap;

use crate::data::Sample;

/// Sets of two or more rows that come from one original, the original first where it is there.
pub fn sources(samples: &[Sample]) -> Vec<Vec<usize>> {
    let mut by_source: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, sample) in samples.iter().enumerate() {
        let rows = by_source.entry(&sample.source).or_default();
        if sample.is_original() {
            rows.insert(0, row);
        } else {
            rows.push(row);
        }
    }
    by_source.into_values().filter(|rows| rows.len() > 1).collect()
}
