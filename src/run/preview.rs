//! A contact sheet: sources beside the copies that would be made of them.

use super::Sheet;
use super::copies::{Siblings, Worker};
use crate::data::{Manifest, read_file};
use crate::image::{Frame, decode};
use crate::pipeline::PipelineFile;
use crate::plan::identify;

const COPIES: usize = 7;
const MAX_CLASSES: usize = 12;

/// A sheet with a row a class (the first dozen): one source, then its first copies, the very ones that `augment` makes
/// with this pipeline and seed. `None` where no picture can be read.
pub fn preview(manifest: &Manifest, pipeline: &PipelineFile) -> Option<Frame> {
    let mut rows = Vec::new();
    for class in manifest.classes().into_iter().take(MAX_CLASSES) {
        let mut of_class = manifest.samples.iter().filter(|s| s.label == class && s.is_original());
        let first = of_class.find_map(|s| Some((s, decode(&read_file(&manifest.locate(s)).ok()?).ok()?)));
        if let Some((sample, source)) = first {
            rows.push((class, sample.clone(), source));
        }
    }
    if rows.is_empty() {
        return None;
    }
    let chosen = Manifest::new(manifest.folder.clone(), rows.iter().map(|(_, sample, _)| sample.clone()).collect());
    let ids = identify(&chosen, || {});
    let mut sheet = Sheet::new(rows.len(), COPIES + 1);
    let mut worker = Worker::default();
    for (row, ((class, sample, source), id)) in rows.into_iter().zip(ids).enumerate() {
        sheet.write(row, &format!("{class}: {} and its first copies", sample.path));
        let Ok(id) = id else { continue };
        let mut siblings = Siblings::of(&source, id, &class, pipeline);
        for n in 0..=COPIES {
            let picture = if n == 0 {
                source.clone()
            } else {
                siblings.make(n as u32, &mut worker);
                worker.frame.clone()
            };
            sheet.paste(row, n, picture, &mut worker.scratch);
        }
    }
    Some(sheet.into_frame())
}
