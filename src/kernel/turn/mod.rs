//! Flips and quarter turns: exact, no pixel changes its colour.

use std::ops::Range;

use serde::{Deserialize, Serialize};

#[cfg(target_arch = "x86_64")]
mod avx2;

use super::Isa;
use super::isa::kernel;
use super::warp::fetch;
use crate::image::{Frame, Scratch, Shape, ask_ahead};

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
            fetch(from.pixels());
            return transposed(isa, from, by, to, target);
        }
        // In the order of the picture that is read: processors fetch ahead for that, and twice as fast as backwards.
        let bytes = to.width * 3;
        for (y, row) in from.pixels().chunks_exact(bytes).enumerate() {
            let start = if by.mirror_y { to.height - 1 - y } else { y } * bytes;
            let target = &mut target[start..start + bytes];
            if by.mirror_x { mirror(isa, row, target) } else { copy(isa, row, target) }
        }
    });
}

kernel! {
    /// Rows are too short for the system's copying, which is made for more, and for processors to foresee the next one.
    pub fn copy(from: &[u8], to: &mut [u8]) {
        const AHEAD: usize = 512;
        let ((from, end), (to, end_of_to)) = (from.as_chunks::<64>(), to.as_chunks_mut::<64>());
        for (to, from) in to.iter_mut().zip(from) {
            ask_ahead(from, AHEAD);
            *to = *from;
        }
        end_of_to.copy_from_slice(end);
    }
}

/// Fills a row with the pixels of another one of its length, from the last to the first.
pub fn mirror(isa: Isa, from: &[u8], row: &mut [u8]) {
    match isa {
        #[cfg(target_arch = "x86_64")]
        #[expect(unsafe_code, reason = "they come from Isa::available, which asked the processor")]
        Isa::Avx2 | Isa::Avx512 => unsafe { avx2::mirror(from, row) },
        _ => mirror_plainly(from, row),
    }
}

/// Five pixels are moved as sixteen bytes, of which the first is overwritten by the next step: compilers make one shuffle of
/// it where there is one.
fn mirror_plainly(from: &[u8], row: &mut [u8]) {
    let (mut done, length) = (0, row.len().min(from.len()));
    while done + 16 <= length {
        let f: [u8; 16] = *from[done..].first_chunk().expect("16 are left");
        *row[..length - done].last_chunk_mut().expect("16 are left") =
            [f[15], f[12], f[13], f[14], f[9], f[10], f[11], f[6], f[7], f[8], f[3], f[4], f[5], f[0], f[1], f[2]];
        done += 15;
    }
    let (rest, _) = row[..length - done].as_chunks_mut::<3>();
    for (pixel, from) in rest.iter_mut().zip(from[done..length].as_chunks::<3>().0.iter().rev()) {
        *pixel = *from;
    }
}

fn transposed(isa: Isa, from: &Frame, by: Turn, to: Shape, target: &mut [u8]) {
    let (source, _) = from.pixels().as_chunks::<3>();
    let (target, _) = target.as_chunks_mut::<3>();
    match isa {
        #[cfg(target_arch = "x86_64")]
        #[expect(unsafe_code, reason = "they come from Isa::available, which asked the processor")]
        Isa::Avx2 | Isa::Avx512 => unsafe { avx2::transposed(source, by, to, target) },
        _ => transposed_plainly(source, by, to, 0..to.width, 0..to.height, target),
    }
}

/// Part of a transposed picture; in blocks, so that what is read and written for one stays in the cache.
fn transposed_plainly(
    source: &[[u8; 3]],
    by: Turn,
    to: Shape,
    columns: Range<usize>,
    rows: Range<usize>,
    target: &mut [[u8; 3]],
) {
    const BLOCK: usize = 16;
    for left in columns.clone().step_by(BLOCK) {
        for top in rows.clone().step_by(BLOCK) {
            for y in top..(top + BLOCK).min(rows.end) {
                let column = if by.mirror_y { to.height - 1 - y } else { y };
                for x in left..(left + BLOCK).min(columns.end) {
                    let row = if by.mirror_x { to.width - 1 - x } else { x };
                    target[y * to.width + x] = source[row * to.height + column];
                }
            }
        }
    }
}
