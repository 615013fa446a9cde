//! One look at every picture: its pixels' hash, and what near-duplicates are found by.

use std::io;

use rayon::prelude::*;

use super::near::{Sketch, Sketches, Writer};
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
    pub sketches: Sketches,
}

/// Decodes originals, each once, and fills in the columns of hashes and sizes.
///
/// # Errors
/// Sketches cannot be written to the folder for temporary files.
pub fn read(manifest: &mut Manifest, take: Take, listener: &dyn Listener) -> io::Result<Seen> {
    let wanted = |sample: &Sample| sample.is_original() && (take == Take::Sketch || sample.content_hash.is_none());
    let (writer, mut entries) = (Writer::default(), vec![None; manifest.samples.len()]);
    let mut skipped = Vec::new();
    let total = manifest.samples.iter().filter(|sample| wanted(sample)).count();
    if total == 0 {
        return Ok(Seen { skipped, sketches: writer.finish(entries) });
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
            let sketch = |frame| (take == Take::Sketch).then(|| writer.put(&Sketch::of(frame))).transpose();
            let taken = match frame {
                Ok(frame) => Ok((content_hash(&frame), frame.shape(), sketch(&frame)?)),
                Err(why) => Err(why),
            };
            listener.hear(Event::Advanced { by: 1 });
            Ok((row, taken))
        })
        .collect::<io::Result<_>>()?;
    for (row, taken) in read {
        let sample = &mut manifest.samples[row];
        match taken {
            Ok((hash, shape, entry)) => {
                sample.content_hash = Some(hash);
                (sample.width, sample.height) = (Some(shape.width as u32), Some(shape.height as u32));
                sample.perceptual_hash = entry.map_or(sample.perceptual_hash, |entry| Some(entry.hash));
                entries[row] = entry;
            }
            Err(why) => skipped.push(Skipped { path: sample.path.clone(), why }),
        }
    }
    listener.hear(Event::Finished { note: &format!("{} read", total - skipped.len()) });
    Ok(Seen { skipped, sketches: writer.finish(entries) })
}
