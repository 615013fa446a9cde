//! A picture with a margin, for kernels that look at neighbours.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__m256i, _mm256_storeu_si256};

use super::Border;
use super::warp::reflect_101;
use crate::image::Frame;

/// Samples that such kernels make at a time.
pub const LANES: usize = 32;

/// A copy of a picture with a margin of what lies outside it.
pub struct Padded<'a> {
    samples: &'a [u8],
    stride: usize,
    margin: usize,
}

impl<'a> Padded<'a> {
    /// With `margin` pixels on each side.
    pub fn new(frame: &Frame, margin: usize, border: Border, buffer: &'a mut Vec<u8>) -> Self {
        let shape = frame.shape();
        let (bytes, stride) = (shape.width * 3, (shape.width + 2 * margin) * 3);
        // The last block of a row may reach beyond it.
        buffer.resize(stride * (shape.height + 2 * margin) + LANES, 0);
        let colour = border.colour().unwrap_or_default();
        for (y, row) in buffer.chunks_exact_mut(stride).take(shape.height + 2 * margin).enumerate() {
            let (row, _) = row.as_chunks_mut::<3>();
            let Some(y) = border.place(y as isize - margin as isize, shape.height) else {
                row.fill(colour);
                continue;
            };
            let (from, _) = frame.pixels()[y * bytes..][..bytes].as_chunks::<3>();
            let at = |x: isize| border.place(x, shape.width).map_or(colour, |x| from[x]);
            row[margin..margin + shape.width].copy_from_slice(from);
            for i in 0..margin {
                row[i] = at(i as isize - margin as isize);
                row[margin + shape.width + i] = at((shape.width + i) as isize);
            }
        }
        Self { samples: buffer, stride, margin }
    }

    /// Samples in a row, both margins included.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// All samples, from the margin's corner.
    pub fn samples(&self) -> &[u8] {
        self.samples
    }

    /// The index in `samples` of the picture's row `y`, its margin excluded.
    pub fn start(&self, y: usize) -> usize {
        (y + self.margin) * self.stride + self.margin * 3
    }
}

/// Fills the margins of a row, `margin` pixels at each end, with the mirror images of the pixels between.
pub fn mirror_edges(row: &mut [u16], margin: usize) {
    let (row, _) = row.as_chunks_mut::<3>();
    let width = row.len() - 2 * margin;
    for i in 0..margin {
        row[i] = row[margin + reflect_101(i as isize - margin as isize, width)];
        row[margin + width + i] = row[margin + reflect_101((width + i) as isize, width)];
    }
}

/// The samples at an index.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled anew inside the kernels of each instruction set")]
pub fn block<T>(samples: &[T], at: usize) -> &[T; LANES] {
    samples[at..].first_chunk().expect("buffers end with room for a block")
}

/// Fills a part of a row, which is shorter than a block only at the row's end; what the block has beyond it is thrown away.
///
/// Kernels loop over the parts of a row themselves: a closure that both instruction sets share would be compiled once,
/// for the plainest one.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled anew inside the kernels of each instruction set")]
pub fn fill<T: Copy>(part: &mut [T], block: &[T; LANES]) {
    match part.first_chunk_mut() {
        Some(whole) => *whole = *block,
        None => part.copy_from_slice(&block[..part.len()]),
    }
}

/// As [`fill`], of a vector, which does not take the way through memory.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "stores of a whole vector into as many bytes")]
#[inline]
#[target_feature(enable = "avx2")]
pub fn store(levels: __m256i, part: &mut [u8]) {
    let mut bytes = [0; LANES];
    let whole = part.first_chunk_mut();
    let rest = whole.is_none();
    // SAFETY: a block of bytes is one vector.
    unsafe { _mm256_storeu_si256(whole.unwrap_or(&mut bytes).as_mut_ptr().cast(), levels) };
    if rest {
        part.copy_from_slice(&bytes[..part.len()]);
    }
}

/// The upper half of a product: one instruction.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled anew inside the kernels of each instruction set")]
pub fn high(a: u16, b: u16) -> u16 {
    ((u32::from(a) * u32::from(b)) >> 16) as u16
}
