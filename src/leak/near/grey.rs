//! A picture in grey, small enough to keep.

use crate::image::{Frame, Scratch, Shape};
use crate::kernel::{CropBox, Isa, gray, resample};

/// Luma, a byte a pixel, row by row.
pub struct Grey {
    pub shape: Shape,
    pub pixels: Vec<u8>,
}

impl Grey {
    pub fn of(frame: &Frame) -> Self {
        let mut pixels = vec![0; frame.pixels().len()];
        gray(Isa::best(), frame.pixels(), &mut pixels);
        Self { shape: frame.shape(), pixels: pixels.as_chunks::<3>().0.iter().map(|pixel| pixel[0]).collect() }
    }

    /// The mean level of the pixels at most so far away in each direction.
    pub fn around(&self, x: usize, y: usize, distance: usize) -> f64 {
        let near = |at: usize, length: usize| at.saturating_sub(distance)..(at + distance + 1).min(length);
        let (columns, rows) = (near(x, self.shape.width), near(y, self.shape.height));
        let n = columns.len() * rows.len();
        let row =
            |y: usize| self.pixels[y * self.shape.width..][columns.clone()].iter().map(|&p| u32::from(p)).sum::<u32>();
        f64::from(rows.map(row).sum::<u32>()) / n as f64
    }

    /// The level between pixels (pixel centres at whole numbers), or `None` outside the picture.
    pub fn between(&self, [x, y]: [f64; 2]) -> Option<f64> {
        let (right, bottom) = ((self.shape.width - 1) as f64, (self.shape.height - 1) as f64);
        if !(-0.5..=right + 0.5).contains(&x) || !(-0.5..=bottom + 0.5).contains(&y) {
            return None;
        }
        let (x, y) = (x.clamp(0.0, right), y.clamp(0.0, bottom));
        let (left, top) = (x as usize, y as usize);
        let (dx, dy) = (x - left as f64, y - top as f64);
        let at = |x: usize, y: usize| {
            let (x, y) = (x.min(self.shape.width - 1), y.min(self.shape.height - 1));
            f64::from(self.pixels[y * self.shape.width + x])
        };
        let row = |y: usize| at(left, y) * (1.0 - dx) + at(left + 1, y) * dx;
        Some(row(top) * (1.0 - dy) + row(top + 1) * dy)
    }
}

/// The picture at another size.
pub fn resized(frame: &Frame, to: Shape, scratch: &mut Scratch) -> Frame {
    let mut frame = frame.clone();
    let whole = CropBox::whole(frame.shape());
    resample(&mut frame, whole, to, scratch);
    frame
}

/// The shape of the same aspect ratio with this longer side.
pub fn with_long_side(shape: Shape, side: usize) -> Shape {
    let long = shape.width.max(shape.height);
    let scaled = |length: usize| ((length * side + long / 2) / long).max(1);
    Shape { width: scaled(shape.width), height: scaled(shape.height) }
}
