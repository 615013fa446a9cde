//! A contact sheet: sources beside the copies that would be made of them.

use super::Sheet;
use super::copies::{Siblings, Worker};
use super::mixer::{Mixer, mixing};
use crate::data::{Manifest, Sample, read_file};
use crate::image::{Frame, decode};
use crate::pipeline::PipelineFile;
use crate::plan::{Error, identify};

const COPIES: usize = 7;
const MAX_CLASSES: usize = 12;

/// A sheet with a row a class (the first dozen): one source, then its first copies, the very ones that `augment` makes
/// with this pipeline and seed. `None` where no picture can be read.
pub fn preview(manifest: &Manifest, pipeline: &PipelineFile) -> Result<Option<Frame>, Error> {
    let mut rows = Vec::new();
    for class in manifest.classes().into_iter().take(MAX_CLASSES) {
        let mut of_class = manifest.samples.iter().enumerate().filter(|(_, s)| s.label == class && s.is_original());
        let read = |s: &Sample| decode(&read_file(&manifest.locate(s)).ok()?).ok();
        let first = of_class.find_map(|(row, s)| Some((row, s, read(s)?)));
        if let Some((row, sample, source)) = first {
            rows.push((class, row, sample.clone(), source));
        }
    }
    if rows.is_empty() {
        return Ok(None);
    }
    let identified = |of: &Manifest| identify(of, || {}).into_iter().map(Result::ok).collect::<Vec<_>>();
    let chosen = Manifest::new(manifest.folder.clone(), rows.iter().map(|(_, _, sample, _)| sample.clone()).collect());
    let ids = identified(&chosen);
    // Only mixes need to know all others.
    let all = if mixing(pipeline).is_some() { identified(manifest) } else { Vec::new() };
    let mixer = Mixer::of(manifest, pipeline, &all)?;
    let mut sheet = Sheet::new(rows.len(), COPIES + 1);
    let mut worker = Worker::default();
    for (line, ((class, row, sample, source), id)) in rows.into_iter().zip(ids).enumerate() {
        sheet.write(line, &format!("{class}: {} and its first copies", sample.path));
        let Some(id) = id else { continue };
        let mut siblings = Siblings::of(&source, row, id, &mixer);
        for n in 0..=COPIES {
            let picture = if n == 0 {
                source.clone()
            } else {
                siblings.make(n as u32, &mut worker);
                worker.frame.clone()
            };
            sheet.paste(line, n, picture, &mut worker.scratch);
        }
    }
    Ok(Some(sheet.into_frame()))
}
