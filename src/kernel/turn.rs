//! Flips and quarter turns: exact, no pixel changes its colour.

use serde::{Deserialize, Serialize};

use super::Isa;
use super::isa::kernel;
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
pub fn turn(isa: Isa, frame: &mut Frame, by: Turn, scratch: &mut Scratch) {
    match by {
        Turn { transpose: false, mirror_x: false, mirror_y: false } => {}
        Turn { transpose: false, mirror_x: true, mirror_y: false } => mirror_rows(isa, frame, &mut scratch.padded),
        Turn { transpose: false, mirror_x: false, mirror_y: true } => swap_rows(frame),
        Turn { transpose: false, mirror_x: true, mirror_y: true } => {
            mirror_rows(isa, frame, &mut scratch.padded);
            swap_rows(frame);
        }
        Turn { transpose: true, .. } => {
            let to = by.shape(frame.shape());
            frame.remake(to, scratch, |from, target| transposed(from, by, to, target));
        }
    }
}

fn mirror_rows(isa: Isa, frame: &mut Frame, copy: &mut Vec<u8>) {
    let bytes = frame.shape().width * 3;
    // A byte in front, so that sixteen can be read where the five pixels of one step end.
    copy.clear();
    copy.resize(bytes + 1, 0);
    for row in frame.pixels_mut().chunks_exact_mut(bytes) {
        copy[1..].copy_from_slice(row);
        mirror(isa, copy, row);
    }
}

kernel! {
    /// Fills a row with the pixels of another one, which begins with one more byte, from the last to the first. Five pixels
    /// are moved as sixteen bytes, of which the last is overwritten by the next step: compilers make one shuffle of it.
    pub fn mirror(from: &[u8], row: &mut [u8]) {
        let steps = row.len().saturating_sub(1) / 15;
        for step in 0..steps {
            let end = from.len() - step * 15;
            let Some(last) = from[..end].last_chunk::<16>() else { break };
            let Some(target) = row[step * 15..].first_chunk_mut::<16>() else { break };
            let l = *last;
            *target = [
                l[13], l[14], l[15], l[10], l[11], l[12], l[7], l[8], l[9], l[4], l[5], l[6], l[1], l[2], l[3], l[0],
            ];
        }
        let rest = &mut row[steps * 15..];
        let (left, _) = from[1..=rest.len()].as_chunks::<3>();
        for (pixel, from) in rest.as_chunks_mut::<3>().0.iter_mut().zip(left.iter().rev()) {
            *pixel = *from;
        }
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
