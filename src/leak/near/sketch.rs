//! What a picture's copies are found by.

use crate::image::{Frame, Scratch, Shape};
use crate::kernel::Matrix;

use super::feature::Features;
use super::grey::{Grey, resized, with_long_side};
use super::hash;

/// Longer side of the picture whose corners are looked for.
const WORK_PX: usize = 256;
/// Longer side of the picture whose levels are compared.
const THUMB_PX: usize = 64;
/// Pictures below this many pixels a side have so few details that things of one kind look the same.
const TINY_PX: usize = 64;

/// What is kept of a picture to find its copies: about 8 kB.
pub struct Sketch {
    /// See `hash::perceptual_hash`.
    pub hash: u64,
    pub(super) thumb: Grey,
    /// Of the picture whose corners were looked for.
    pub(super) shape: Shape,
    pub(super) features: Features,
}

impl Sketch {
    /// Of a picture of any size.
    pub fn of(frame: &Frame) -> Self {
        let mut scratch = Scratch::default();
        let long = frame.shape().width.max(frame.shape().height);
        let work = with_long_side(frame.shape(), WORK_PX.min(long * 2));
        let picture = resized(frame, work, &mut scratch);
        let small = resized(&picture, Shape { width: hash::SIDE, height: hash::SIDE }, &mut scratch);
        let thumb = resized(&picture, thumb_shape(work), &mut scratch);
        Self {
            hash: hash::perceptual_hash(&Grey::of(&small)),
            thumb: Grey::of(&thumb),
            shape: work,
            features: Features::of(&picture, &mut scratch),
        }
    }

    pub(super) fn is_tiny(&self) -> bool {
        // The working picture of a small one is twice as large as that.
        self.shape.width.max(self.shape.height) < TINY_PX * 2
    }

    /// From pixels of the working picture to the unit square.
    pub(super) fn pixels_to_unit(&self) -> Matrix {
        Matrix::affine([1.0 / self.shape.width as f64, 0.0, 0.0, 0.0, 1.0 / self.shape.height as f64, 0.0])
    }

    pub(super) fn unit_to_pixels(&self) -> Matrix {
        Matrix::affine([self.shape.width as f64, 0.0, 0.0, 0.0, self.shape.height as f64, 0.0])
    }
}

/// The shape of the picture whose levels are compared, by that of the one whose corners are looked for.
pub(super) fn thumb_shape(work: Shape) -> Shape {
    with_long_side(work, THUMB_PX)
}
