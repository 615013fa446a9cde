//! One look at every picture: its pixels' hash, and what near-duplicates are found by.

use rayon::prelude::*;

use super::Sketch;
use crate::data::{Manifest, Sample, read_file};
use crate::image::{content_hash, decode};
use crate::run::{Event, Listener, Skipped};

/// What to take from a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// The content hash, of originals that have none yet.
    Hash,
    /// The content hash, the perceptual hash and a sketch, of every original.
    Sketch,
}

/// What came of reading.
pub struct Seen {
    /// What cannot be read.
    pub skipped: Vec<Skipped>,
    /// A sketch of each row that was read, if asked for.
    pub sketches: Vec<Option<Sketch>>,
}

/// Decodes originals, each once, and fills in the columns of hashes and sizes.
pub fn read(manifest: &mut Manifest, take: Take, listener: &dyn Listener) -> Seen {
    let wanted = |sample: &Sample| sample.is_original() && (take == Take::Sketch || sample.content_hash.is_none());
    let mut seen = Seen { skipped: Vec::new(), sketches: Vec::new() };
    seen.sketches.resize_with(manifest.samples.len(), || None);
    let total = manifest.samples.iter().filter(|sample| wanted(sample)).count();
    if total == 0 {
        return seen;
    }
    listener.hear(Event::Started { what: "reading pictures", total: total as u64 });
    let read: Vec<_> = manifest
        .samples
        .par_iter()
        .enumerate()
        .filter(|(_, sample)| wanted(sample))
        .map(|(row, sample)| {
            let frame = read_file(&manifest.locate(sample))
                .map_err(|e| e.to_string())
                .and_then(|bytes| decode(&bytes).map_err(|e| e.to_string()));
            let taken = frame
                .map(|frame| (content_hash(&frame), frame.shape(), (take == Take::Sketch).then(|| Sketch::of(&frame))));
            listener.hear(Event::Advanced { by: 1 });
            (row, taken)
        })
        .collect();
    for (row, taken) in read {
        let sample = &mut manifest.samples[row];
        match taken {
            Ok((hash, shape, sketch)) => {
                sample.content_hash = Some(hash);
                (sample.width, sample.height) = (Some(shape.width as u32), Some(shape.height as u32));
                sample.perceptual_hash = sketch.as_ref().map_or(sample.perceptual_hash, |sketch| Some(sketch.hash));
                seen.sketches[row] = sketch;
            }
            Err(why) => seen.skipped.push(Skipped { path: sample.path.clone(), why }),
        }
    }
    listener.hear(Event::Finished { note: &format!("{} read", total - seen.skipped.len()) });
    seen
}
