//! The definitions in mod.rs, sixteen pixels at a time.

#![expect(unsafe_code, reason = "loads and stores of whole vectors, inside the slices that they come from")]

use std::arch::x86_64::*;

use super::{Turn, mirror_plainly, transposed_plainly};
use crate::image::{Shape, ask_ahead};

/// Equal to `mirror_plainly`.
#[target_feature(enable = "avx2")]
pub fn mirror(from: &[u8], row: &mut [u8]) {
    /// Sixteen pixels.
    const BLOCK: usize = 48;
    /// A row, more or less: processors do not foresee that the next one follows.
    const AHEAD: usize = 1536;
    // What a third of the block takes from the thirds of the other one: the last of it from the first two, and so on.
    let last = [
        _mm_setr_epi8(-1, 12, 13, 14, 9, 10, 11, 6, 7, 8, 3, 4, 5, 0, 1, 2),
        _mm_setr_epi8(1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1),
    ];
    let middle = [
        _mm_setr_epi8(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 15, -1),
        _mm_setr_epi8(15, -1, 11, 12, 13, 8, 9, 10, 5, 6, 7, 2, 3, 4, -1, 0),
        _mm_setr_epi8(-1, 0, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1),
    ];
    let first = [
        _mm_setr_epi8(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 14),
        _mm_setr_epi8(13, 14, 15, 10, 11, 12, 7, 8, 9, 4, 5, 6, 1, 2, 3, -1),
    ];
    let (blocks, rest) = from.as_chunks::<BLOCK>();
    for (from, row) in blocks.iter().zip(row.as_rchunks_mut::<BLOCK>().1.iter_mut().rev()) {
        ask_ahead(from, AHEAD);
        // SAFETY: a block is three vectors.
        unsafe {
            let a = _mm_loadu_si128(from.as_ptr().cast());
            let b = _mm_loadu_si128(from[16..].as_ptr().cast());
            let c = _mm_loadu_si128(from[32..].as_ptr().cast());
            let outer = _mm_or_si128(_mm_shuffle_epi8(a, middle[0]), _mm_shuffle_epi8(c, middle[2]));
            let thirds = [
                _mm_or_si128(_mm_shuffle_epi8(b, first[0]), _mm_shuffle_epi8(c, first[1])),
                _mm_or_si128(outer, _mm_shuffle_epi8(b, middle[1])),
                _mm_or_si128(_mm_shuffle_epi8(a, last[0]), _mm_shuffle_epi8(b, last[1])),
            ];
            _mm_storeu_si128(row.as_mut_ptr().cast(), thirds[0]);
            _mm_storeu_si128(row[16..].as_mut_ptr().cast(), thirds[1]);
            _mm_storeu_si128(row[32..].as_mut_ptr().cast(), thirds[2]);
        }
    }
    mirror_plainly(rest, &mut row[..rest.len()]);
}

/// Pixels on each side of the squares that are turned.
const SIDE: usize = 4;

/// Equal to `transposed_plainly` of all rows and columns.
#[target_feature(enable = "avx2")]
pub fn transposed(source: &[[u8; 3]], by: Turn, to: Shape, target: &mut [[u8; 3]]) {
    /// So many pixels on each side stay in the cache.
    const BLOCK: usize = 64;
    let (width, height) = (to.width / SIDE * SIDE, to.height / SIDE * SIDE);
    for left in (0..width).step_by(BLOCK) {
        for top in (0..height).step_by(BLOCK) {
            for y in (top..(top + BLOCK).min(height)).step_by(SIDE) {
                for x in (left..(left + BLOCK).min(width)).step_by(SIDE) {
                    square(source, by, to, x, y, target);
                }
            }
        }
    }
    transposed_plainly(source, by, to, width..to.width, 0..height, target);
    transposed_plainly(source, by, to, 0..to.width, height..to.height, target);
}

/// The square whose upper left pixel is `x`, `y`.
#[inline]
#[target_feature(enable = "avx2")]
fn square(source: &[[u8; 3]], by: Turn, to: Shape, x: usize, y: usize, target: &mut [[u8; 3]]) {
    // Where its first column comes from, and of it and of the last one the further down.
    let row = if by.mirror_x { to.width - 1 - x } else { x };
    let lowest = if by.mirror_x { row } else { row + SIDE - 1 };
    let column = if by.mirror_y { to.height - SIDE - y } else { y };
    // Sixteen bytes are read of twelve.
    if lowest * to.height + column + SIDE + 2 > source.len() {
        return transposed_plainly(source, by, to, x..x + SIDE, y..y + SIDE, target);
    }
    let down = if by.mirror_x { -(to.height as isize) } else { to.height as isize };
    let spread = _mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1);
    // SAFETY: the lowest row's end was looked at.
    let (a, b, c, d) = unsafe {
        let from = source.as_ptr().add(row * to.height + column);
        (
            _mm_shuffle_epi8(_mm_loadu_si128(from.cast()), spread),
            _mm_shuffle_epi8(_mm_loadu_si128(from.offset(down).cast()), spread),
            _mm_shuffle_epi8(_mm_loadu_si128(from.offset(down * 2).cast()), spread),
            _mm_shuffle_epi8(_mm_loadu_si128(from.offset(down * 3).cast()), spread),
        )
    };
    let (left, right) = (_mm_unpacklo_epi32(a, b), _mm_unpacklo_epi32(c, d));
    let (left_of_last, right_of_last) = (_mm_unpackhi_epi32(a, b), _mm_unpackhi_epi32(c, d));
    let rows = [
        _mm_unpacklo_epi64(left, right),
        _mm_unpackhi_epi64(left, right),
        _mm_unpacklo_epi64(left_of_last, right_of_last),
        _mm_unpackhi_epi64(left_of_last, right_of_last),
    ];
    let close = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
    for (i, &pixels) in rows.iter().enumerate() {
        let y = if by.mirror_y { y + SIDE - 1 - i } else { y + i };
        let out = target[y * to.width + x..][..SIDE].as_flattened_mut();
        let pixels = _mm_shuffle_epi8(pixels, close);
        // SAFETY: there are twelve bytes.
        unsafe {
            _mm_storel_epi64(out.as_mut_ptr().cast(), pixels);
            out.as_mut_ptr().add(8).cast::<i32>().write_unaligned(_mm_extract_epi32::<2>(pixels));
        }
    }
}
