//! Who a source is: its content and its label, not its place in a listing.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::data::{Manifest, read_file};
use crate::random::Key;

/// Names a source by what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct SourceId([u8; 16]);

impl SourceId {
    /// The place in the tree of random streams from which all copies of this source are drawn.
    pub fn key(self, seed: u64) -> Key {
        Key::root(seed).child("augment").child(self.0)
    }
}

impl From<SourceId> for String {
    fn from(id: SourceId) -> Self {
        format!("{:032x}", u128::from_be_bytes(id.0))
    }
}

impl TryFrom<String> for SourceId {
    type Error = std::num::ParseIntError;

    fn try_from(hex: String) -> Result<Self, Self::Error> {
        u128::from_str_radix(&hex, 16).map(|number| Self(number.to_be_bytes()))
    }
}

/// The first ten digits, for names of files.
impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0[..5].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The id of every row's file; an error for files that cannot be read.
///
/// Files of equal content and label are told apart by their order of path, so that their copies differ.
pub fn identify(manifest: &Manifest, seen: impl Fn() + Sync) -> Vec<Result<SourceId, (PathBuf, std::io::Error)>> {
    let hashed: Vec<_> = manifest
        .samples
        .par_iter()
        .map(|sample| {
            let path = manifest.locate(sample);
            let bytes = read_file(&path);
            seen();
            bytes.map(|bytes| blake3::hash(&bytes)).map_err(|error| (path, error))
        })
        .collect();
    let mut order: Vec<usize> = (0..hashed.len()).collect();
    order.sort_by(|&a, &b| manifest.samples[a].path.cmp(&manifest.samples[b].path));
    let mut twins: HashMap<(blake3::Hash, &str), u64> = HashMap::new();
    let mut ordinal = vec![0; hashed.len()];
    for row in order {
        if let Ok(hash) = &hashed[row] {
            let count = twins.entry((*hash, &manifest.samples[row].label)).or_insert(0);
            ordinal[row] = *count;
            *count += 1;
        }
    }
    let named = hashed.into_iter().enumerate().map(|(row, hash)| {
        hash.map(|hash| {
            let mut hasher = blake3::Hasher::new();
            hasher.update(hash.as_bytes()).update(&ordinal[row].to_le_bytes());
            hasher.update(manifest.samples[row].label.as_bytes());
            let mut id = [0; 16];
            id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
            SourceId(id)
        })
    });
    named.collect()
}
