//! The definition in sample.rs, four pixels at a time.

#![expect(unsafe_code, reason = "loads of eight bytes at computed places; each is checked to lie inside the picture")]

use std::arch::x86_64::*;

use super::sample::plain;
use super::{Border, PLACE_BITS};
use crate::image::{Frame, Shape};

const BITS: i32 = PLACE_BITS as i32;

/// Equal to `plain` byte for byte.
///
/// The vertical mixture is one `maddubs` of unsigned weights with pixels moved to -128..=127, which keeps it within 16
/// bits; the horizontal one is a `madd`. The offset that moving the pixels left is taken out with the rounding.
#[target_feature(enable = "avx2")]
pub fn sample_row(from: &Frame, xs: &[i32], ys: &[i32], border: Border, out: &mut [u8]) {
    let Shape { width, height } = from.shape();
    if width < 2 || height < 2 || from.pixels().len() > i32::MAX as usize {
        return plain(from, xs, ys, border, out);
    }
    let stride = width * 3;
    let whole = xs.len() / 4 * 4;
    let shuffles = Shuffles::new();
    let (most_left, most_top) = (_mm_set1_epi32(width as i32 - 2), _mm_set1_epi32(height as i32 - 2));
    // Eight bytes are read from the left pixel on, in its row and in the next one: two more than there are at the end.
    let most_pixel = _mm_set1_epi32((width * (height - 1)) as i32 - 3);
    for at in (0..whole).step_by(4) {
        let target = &mut out[at * 3..at * 3 + 12];
        // SAFETY: `at + 4 <= xs.len()`, and `ys` is as long.
        let (x, y) = unsafe {
            (_mm_loadu_si128(xs[at..at + 4].as_ptr().cast()), _mm_loadu_si128(ys[at..at + 4].as_ptr().cast()))
        };
        let (left, top) = (_mm_srai_epi32(x, BITS), _mm_srai_epi32(y, BITS));
        // Unsigned, so that places left of or above the picture are far to the right or below.
        let at_most = |value: __m128i, most: __m128i| _mm_cmpeq_epi32(_mm_min_epu32(value, most), value);
        let pixel = _mm_add_epi32(_mm_mullo_epi32(top, _mm_set1_epi32(width as i32)), left);
        let inside = _mm_and_si128(at_most(left, most_left), at_most(top, most_top));
        if _mm_movemask_epi8(_mm_and_si128(inside, at_most(pixel, most_pixel))) != 0xFFFF {
            plain(from, &xs[at..at + 4], &ys[at..at + 4], border, target);
            continue;
        }
        let offset = _mm_add_epi32(pixel, _mm_add_epi32(pixel, pixel));
        let offsets = [
            _mm_extract_epi32::<0>(offset) as usize,
            _mm_extract_epi32::<1>(offset) as usize,
            _mm_extract_epi32::<2>(offset) as usize,
            _mm_extract_epi32::<3>(offset) as usize,
        ];
        let mask = _mm_set1_epi32((1 << BITS) - 1);
        let one = _mm_set1_epi32(1 << BITS);
        let (right, lower) = (_mm_and_si128(x, mask), _mm_and_si128(y, mask));
        // A pair of weights in the low 16 bits of each lane (bytes), and one in all 32 (16-bit numbers).
        let down = _mm256_broadcastsi128_si256(_mm_or_si128(_mm_slli_epi32(lower, 8), _mm_sub_epi32(one, lower)));
        let across = _mm256_broadcastsi128_si256(_mm_or_si128(_mm_slli_epi32(right, 16), _mm_sub_epi32(one, right)));
        // SAFETY: top <= height - 2, so the row below exists; pixel <= width (height - 1) - 3, so that three pixels from the
        // one below it on are there, which are nine bytes.
        let load = |offset: usize| unsafe {
            let upper = from.pixels().as_ptr().add(offset);
            _mm_unpacklo_epi8(_mm_loadl_epi64(upper.cast()), _mm_loadl_epi64(upper.add(stride).cast()))
        };
        let first = shuffles.mix(load(offsets[0]), load(offsets[1]), down, across, 0);
        let second = shuffles.mix(load(offsets[2]), load(offsets[3]), down, across, 1);
        // Low lane: pixels 0 and 2, high lane: 1 and 3, four bytes each.
        let words = _mm256_packs_epi32(first, second);
        let bytes = _mm256_packus_epi16(words, words);
        let four = _mm_unpacklo_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256::<1>(bytes));
        let close = _mm_shuffle_epi8(four, _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
        // SAFETY: `target` has twelve bytes.
        unsafe {
            _mm_storel_epi64(target.as_mut_ptr().cast(), close);
            target.as_mut_ptr().add(8).cast::<i32>().write_unaligned(_mm_extract_epi32::<2>(close));
        }
    }
    plain(from, &xs[whole..], &ys[whole..], border, &mut out[whole * 3..]);
}

/// Orders of bytes, a half for each of two pixels. They are made once a row, and from memory: closures about intrinsics are
/// not always inlined, which made the loop twenty times slower.
struct Shuffles {
    /// The first and the second pair's weights of a lower row, beside those of the upper one.
    down: [__m256i; 2],
    /// The first and the second pair's weights of a right column, beside those of the left one.
    across: [__m256i; 2],
    /// Red, green and blue of the left pixel beside those of the right one.
    pairs: __m256i,
}

impl Shuffles {
    #[target_feature(enable = "avx2")]
    fn new() -> Self {
        // SAFETY: 32 bytes are there to be read.
        let load = |halves: [[i8; 16]; 2]| unsafe { _mm256_loadu_si256(halves.as_ptr().cast()) };
        let repeated = |at: i8, length: usize| std::array::from_fn(|i| at + (i % length) as i8);
        let pairs = [0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11, -1, -1, -1, -1];
        Self {
            down: [0, 8].map(|at| load([repeated(at, 2), repeated(at + 4, 2)])),
            across: [0, 8].map(|at| load([repeated(at, 4), repeated(at + 4, 4)])),
            pairs: load([pairs, pairs]),
        }
    }

    /// Two pixels, one a lane: `near` and `far` hold the upper and lower neighbours' bytes in turn; the weights are those of
    /// the first or the second pair.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn mix(&self, near: __m128i, far: __m128i, down: __m256i, across: __m256i, pair: usize) -> __m256i {
        let pixels = _mm256_xor_si256(_mm256_set_m128i(far, near), _mm256_set1_epi8(-128));
        let mixed = _mm256_maddubs_epi16(_mm256_shuffle_epi8(down, self.down[pair]), pixels);
        let paired = _mm256_shuffle_epi8(mixed, self.pairs);
        let sums = _mm256_madd_epi16(paired, _mm256_shuffle_epi8(across, self.across[pair]));
        // All weights sum to 2^14, so moving the pixels by 128 took 2^21 away.
        _mm256_srai_epi32(_mm256_add_epi32(sums, _mm256_set1_epi32((1 << 21) + (1 << (2 * BITS - 1)))), 2 * BITS)
    }
}
