//! A contact sheet: sources beside the copies that would be made of them.

use font8x8::UnicodeFonts;

use super::copies::{Siblings, Worker};
use crate::data::{Manifest, read_file};
use crate::image::{Frame, Scratch, Shape, decode};
use crate::kernel::{CropBox, resample};
use crate::pipeline::PipelineFile;
use crate::plan::identify;

const CELL_PX: usize = 144;
const GAP_PX: usize = 6;
const HEAD_PX: usize = 22;
const COPIES: usize = 7;
const MAX_CLASSES: usize = 12;
const PAPER: [u8; 3] = [250, 250, 248];
const INK: [u8; 3] = [30, 30, 34];

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
    let width = (COPIES + 1) * (CELL_PX + GAP_PX) + GAP_PX;
    let height = rows.len() * (HEAD_PX + CELL_PX + GAP_PX) + GAP_PX;
    let mut sheet = Frame::filled(Shape { width, height }, PAPER);
    let mut worker = Worker::default();
    for (i, ((class, sample, source), id)) in rows.into_iter().zip(ids).enumerate() {
        let top = GAP_PX + i * (HEAD_PX + CELL_PX + GAP_PX);
        write(&mut sheet, GAP_PX, top + 3, &format!("{class}: {} and its first copies", sample.path));
        let Ok(id) = id else { continue };
        let mut siblings = Siblings::of(&source, id, &class, pipeline);
        for n in 0..=COPIES {
            let picture = if n == 0 {
                source.clone()
            } else {
                siblings.make(n as u32, &mut worker);
                worker.frame.clone()
            };
            paste(&mut sheet, picture, GAP_PX + n * (CELL_PX + GAP_PX), top + HEAD_PX, &mut worker.scratch);
        }
    }
    Some(sheet)
}

/// Shrinks or enlarges the picture to the cell, keeping its aspect ratio, and centres it.
fn paste(sheet: &mut Frame, mut picture: Frame, left: usize, top: usize, scratch: &mut Scratch) {
    let Shape { width, height } = picture.shape();
    let scale = CELL_PX as f64 / width.max(height) as f64;
    let side = |length: usize| ((length as f64 * scale).round() as usize).clamp(1, CELL_PX);
    let to = Shape { width: side(width), height: side(height) };
    let whole = CropBox::whole(picture.shape());
    resample(&mut picture, whole, to, scratch);
    let (left, top) = (left + (CELL_PX - to.width) / 2, top + (CELL_PX - to.height) / 2);
    for y in 0..to.height {
        for x in 0..to.width {
            sheet.put(left + x, top + y, picture.at(x, y));
        }
    }
}

/// In the 8 x 8 font, enlarged to 8 x 16; what does not fit is cut off.
fn write(sheet: &mut Frame, left: usize, top: usize, text: &str) {
    let fits = (sheet.shape().width - left) / 8;
    for (i, character) in text.chars().take(fits).enumerate() {
        let glyph = font8x8::BASIC_FONTS.get(character).or_else(|| font8x8::LATIN_FONTS.get(character));
        for (y, row) in glyph.unwrap_or([0x7e; 8]).into_iter().enumerate() {
            for x in (0..8).filter(|x| row >> x & 1 == 1) {
                sheet.put(left + i * 8 + x, top + y * 2, INK);
                sheet.put(left + i * 8 + x, top + y * 2 + 1, INK);
            }
        }
    }
}
