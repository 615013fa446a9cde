//! Files that show the same pixels.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::data::{Manifest, Sample, read_file};
use crate::image::{content_hash, decode};
use crate::run::{Event, Listener, Skipped};

/// Fills in the content hash of every original that has none, by decoding it; lists what cannot be read.
pub fn hash_contents(manifest: &mut Manifest, listener: &dyn Listener) -> Vec<Skipped> {
    let wanted = |sample: &Sample| sample.is_original() && sample.content_hash.is_none();
    let total = manifest.samples.iter().filter(|sample| wanted(sample)).count();
    if total == 0 {
        return Vec::new();
    }
    listener.hear(Event::Started { what: "reading pictures", total: total as u64 });
    let hashes: Vec<_> = manifest
        .samples
        .par_iter()
        .enumerate()
        .filter(|(_, sample)| wanted(sample))
        .map(|(row, sample)| {
            let hash = read_file(&manifest.locate(sample))
                .map_err(|e| e.to_string())
                .and_then(|bytes| decode(&bytes).map_err(|e| e.to_string()))
                .map(|frame| (content_hash(&frame), frame.shape()));
            listener.hear(Event::Advanced { by: 1 });
            (row, hash)
        })
        .collect();
    let mut skipped = Vec::new();
    for (row, hash) in hashes {
        let sample = &mut manifest.samples[row];
        match hash {
            Ok((hash, shape)) => {
                sample.content_hash = Some(hash);
                (sample.width, sample.height) = (Some(shape.width as u32), Some(shape.height as u32));
            }
            Err(why) => skipped.push(Skipped { path: sample.path.clone(), why }),
        }
    }
    listener.hear(Event::Finished { note: &format!("{} read", total - skipped.len()) });
    skipped
}

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
