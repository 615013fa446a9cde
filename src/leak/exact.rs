//! Files that show the same pixels.

use std::collections::BTreeMap;

use crate::data::Sample;

/// Sets of two or more rows with equal content hashes.
pub fn duplicates(samples: &[Sample]) -> Vec<Vec<usize>> {
    let mut by_hash: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, sample) in samples.iter().enumerate() {
        if let Some(hash) = &sample.content_hash {
            by_hash.entry(hash).or_default().push(row);
        }
    }
    by_hash.into_values().filter(|rows| rows.len() > 1).collect()
}
