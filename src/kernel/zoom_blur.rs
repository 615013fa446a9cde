//! The mean of a picture and larger and larger copies of it.

use super::Isa;
use super::isa::kernel;
use super::warp::{Border, place, sample_row};
use crate::image::{Frame, Scratch, Shape};

/// The most copies: 16 bits hold no larger sum than theirs and the picture's.
pub const MAX_ZOOMS: usize = 255;

/// A magnified copy: across and down, where its first pixel lies in the picture and how far the next one is from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zoom {
    /// The centre of pixel 0, 0, in pixels.
    pub start: [f64; 2],
    /// In pixels of the picture.
    pub step: [f64; 2],
}

impl Zoom {
    /// By a factor about the centre of a picture of this shape.
    pub fn centred(shape: Shape, factor: f64) -> Self {
        let start = |side: usize| (side - 1) as f64 / 2.0 * (1.0 - 1.0 / factor);
        Self { start: [start(shape.width), start(shape.height)], step: [1.0 / factor; 2] }
    }
}

/// Replaces the picture by its mean with magnified copies of itself, at most [`MAX_ZOOMS`]; bilinear, the edge pixel repeated
/// outside.
pub fn zoom_blur(isa: Isa, frame: &mut Frame, zooms: impl Iterator<Item = Zoom>, scratch: &mut Scratch) {
    let shape = frame.shape();
    let Shape { width, height } = shape;
    let (mut xs, mut ys) = (std::mem::take(&mut scratch.places), std::mem::take(&mut scratch.sums));
    let (mut sums, mut copy) = (std::mem::take(&mut scratch.wide), std::mem::take(&mut scratch.rows));
    // Columns for each copy, then rows for each, then one row of equal ones.
    xs.clear();
    ys.clear();
    let mut count = 0;
    for Zoom { start, step } in zooms.take(MAX_ZOOMS) {
        xs.extend((0..width).map(|x| place(start[0] + x as f64 * step[0])));
        ys.extend((0..height).map(|y| place(start[1] + y as f64 * step[1])));
        count += 1;
    }
    let rows = ys.len();
    ys.resize(rows + width, 0);
    let (rows, same) = ys.split_at_mut(rows);
    sums.resize(width * 3, 0);
    copy.resize(width * 3, 0);
    frame.remake(shape, scratch, |from, target| {
        for ((y, row), out) in from.pixels().chunks_exact(width * 3).enumerate().zip(target.chunks_exact_mut(width * 3))
        {
            sums.fill(0);
            add_row(isa, row, &mut sums);
            for (xs, ys) in xs.chunks_exact(width).zip(rows.chunks_exact(height)) {
                same.fill(ys[y]);
                sample_row(isa, from, xs, same, Border::Edge, &mut copy);
                add_row(isa, &copy, &mut sums);
            }
            divide_row(isa, &sums, out, count + 1);
        }
    });
    (scratch.places, scratch.sums, scratch.wide, scratch.rows) = (xs, ys, sums, copy);
}

kernel! {
    /// Adds a row of samples to sums.
    pub fn add_row(row: &[u8], sums: &mut [u16]) {
        for (sum, &sample) in sums.iter_mut().zip(row) {
            *sum += u16::from(sample);
        }
    }
}

kernel! {
    /// The rounded mean of `count` samples.
    pub fn divide_row(sums: &[u16], out: &mut [u8], count: u32) {
        let share = ((1 << 23) + count / 2) / count;
        for (out, &sum) in out.iter_mut().zip(sums) {
            *out = ((u32::from(sum) * share + (1 << 22)) >> 23) as u8;
        }
    }
}
