//! Flips and quarter turns: exact, no pixel changes its colour.

use serde::{Deserialize, Serialize};

use crate::image::{Frame, Scratch, Shape};

/// The eight ways to lay a rectangle on itself or on its side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Rows become columns first.
    pub transpose: bool,
    /// Then left and right are swapped.
    pub mirror_x: bool,
    /// Then top and bottom are swapped.
    pub mirror_y: bool,
}

impl Turn {
    /// The shape afterwards.
    pub fn shape(self, before: Shape) -> Shape {
        if self.transpose { Shape { width: before.height, height: before.width } } else { before }
    }
}

/// Turns a picture.
pub fn turn(frame: &mut Frame, by: Turn, scratch: &mut Scratch) {
    match by {
        Turn { transpose: false, mirror_x: false, mirror_y: false } => {}
        Turn { transpose: false, mirror_x: true, mirror_y: false } => mirror_rows(frame),
        Turn { transpose: false, mirror_x: false, mirror_y: true } => swap_rows(frame),
        Turn { transpose: false, mirror_x: true, mirror_y: true } => {
            mirror_rows(frame);
            swap_rows(frame);
        }
        Turn { transpose: true, .. } => {
            let to = by.shape(frame.shape());
            frame.remake(to, scratch, |from, target| transposed(from, by, to, target));
        }
    }
}

fn mirror_rows(frame: &mut Frame) {
    let bytes = frame.shape().width * 3;
    for row in frame.pixels_mut().chunks_exact_mut(bytes) {
        let (pixels, _) = row.as_chunks_mut::<3>();
        pixels.reverse();
    }
}

fn swap_rows(frame: &mut Frame) {
    let Shape { width, height } = frame.shape();
    let (top, rest) = frame.pixels_mut().split_at_mut(height / 2 * width * 3);
    let below = rest.chunks_exact_mut(width * 3).rev();
    for (upper, lower) in top.chunks_exact_mut(width * 3).zip(below) {
        upper.swap_with_slice(lower);
    }
}

/// In blocks, so that both pictures stay in the cache.
fn transposed(from: &Frame, by: Turn, to: Shape, target: &mut [u8]) {
    const BLOCK: usize = 32;
    let (source, _) = from.pixels().as_chunks::<3>();
    let (target, _) = target.as_chunks_mut::<3>();
    let stride = from.shape().width;
    for top in (0..to.height).step_by(BLOCK) {
        for left in (0..to.width).step_by(BLOCK) {
            for y in top..(top + BLOCK).min(to.height) {
                let column = if by.mirror_y { to.height - 1 - y } else { y };
                for x in left..(left + BLOCK).min(to.width) {
                    let row = if by.mirror_x { to.width - 1 - x } else { x };
                    target[y * to.width + x] = source[row * stride + column];
                }
            }
        }
    }
}
