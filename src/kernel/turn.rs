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
    if by == (Turn { transpose: false, mirror_x: false, mirror_y: false }) {
        return;
    }
    let to = by.shape(frame.shape());
    frame.remake(to, scratch, |from, target| {
        if by.transpose {
            return transposed(from, by, to, target);
        }
        let bytes = to.width * 3;
        for (y, row) in target.chunks_exact_mut(bytes).enumerate() {
            let end = if by.mirror_y { to.height - y } else { y + 1 } * bytes;
            if by.mirror_x {
                mirror(isa, &from.pixels()[..end], row);
            } else {
                row.copy_from_slice(&from.pixels()[end - bytes..end]);
            }
        }
    });
}

kernel! {
    /// Fills a row with the pixels at the end of another one, from the last to the first. Five pixels are moved as sixteen
    /// bytes, of which the last is overwritten by the next step: compilers make one shuffle of it.
    pub fn mirror(from: &[u8], row: &mut [u8]) {
        let mut steps = 0;
        while let Some(target) = row[steps * 15..].first_chunk_mut::<16>()
            && let Some(last) = from[..from.len() - steps * 15].last_chunk::<16>()
        {
            let l = *last;
            *target = [
                l[13], l[14], l[15], l[10], l[11], l[12], l[7], l[8], l[9], l[4], l[5], l[6], l[1], l[2], l[3], l[0],
            ];
            steps += 1;
        }
        let rest = &mut row[steps * 15..];
        let end = from.len() - steps * 15;
        let (left, _) = from[end - rest.len()..end].as_chunks::<3>();
        for (pixel, from) in rest.as_chunks_mut::<3>().0.iter_mut().zip(left.iter().rev()) {
            *pixel = *from;
        }
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
