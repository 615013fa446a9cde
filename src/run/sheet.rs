//! Contact sheets: pictures in rows, each row with a line of text above it.

use font8x8::UnicodeFonts;

use crate::image::{Frame, Scratch, Shape};
use crate::kernel::{CropBox, resample};

const CELL_PX: usize = 144;
const GAP_PX: usize = 6;
const HEAD_PX: usize = 22;
const PAPER: [u8; 3] = [250, 250, 248];
const INK: [u8; 3] = [30, 30, 34];

/// A sheet of rows of small pictures.
pub struct Sheet(Frame);

impl Sheet {
    /// With room for so many rows and pictures in a row.
    pub fn new(rows: usize, columns: usize) -> Self {
        let width = columns * (CELL_PX + GAP_PX) + GAP_PX;
        let height = rows * (HEAD_PX + CELL_PX + GAP_PX) + GAP_PX;
        Self(Frame::filled(Shape { width, height }, PAPER))
    }

    /// The line above a row, in the 8 x 8 font, enlarged to 8 x 16; what does not fit is cut off.
    pub fn write(&mut self, row: usize, text: &str) {
        let (left, top) = (GAP_PX, Self::top(row) + 3);
        let fits = (self.0.shape().width - left) / 8;
        for (i, character) in text.chars().take(fits).enumerate() {
            let glyph = font8x8::BASIC_FONTS.get(character).or_else(|| font8x8::LATIN_FONTS.get(character));
            for (y, line) in glyph.unwrap_or([0x7e; 8]).into_iter().enumerate() {
                for x in (0..8).filter(|x| line >> x & 1 == 1) {
                    self.0.put(left + i * 8 + x, top + y * 2, INK);
                    self.0.put(left + i * 8 + x, top + y * 2 + 1, INK);
                }
            }
        }
    }

    /// Shrinks or enlarges the picture to its cell, keeping its aspect ratio, and centres it.
    pub fn paste(&mut self, row: usize, column: usize, mut picture: Frame, scratch: &mut Scratch) {
        let Shape { width, height } = picture.shape();
        let scale = CELL_PX as f64 / width.max(height) as f64;
        let side = |length: usize| ((length as f64 * scale).round() as usize).clamp(1, CELL_PX);
        let to = Shape { width: side(width), height: side(height) };
        let whole = CropBox::whole(picture.shape());
        resample(&mut picture, whole, to, scratch);
        let left = GAP_PX + column * (CELL_PX + GAP_PX) + (CELL_PX - to.width) / 2;
        let top = Self::top(row) + HEAD_PX + (CELL_PX - to.height) / 2;
        for y in 0..to.height {
            for x in 0..to.width {
                self.0.put(left + x, top + y, picture.at(x, y));
            }
        }
    }

    /// The picture of it.
    pub fn into_frame(self) -> Frame {
        self.0
    }

    fn top(row: usize) -> usize {
        GAP_PX + row * (HEAD_PX + CELL_PX + GAP_PX)
    }
}
