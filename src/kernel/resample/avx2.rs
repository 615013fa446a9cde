//! Halving a row, eight pixels at a time.

#![expect(unsafe_code, reason = "loads and stores of whole vectors, inside the slices that they come from")]

use std::arch::x86_64::*;

/// Makes pixels of a row of half as many: from the second on, and all but a few. Returns the first that is left.
#[target_feature(enable = "avx2")]
pub fn across(from: &[u8], out: &mut [u8]) -> usize {
    /// What is made at a time, and what is read for it and written beyond it.
    const PIXELS: usize = 8;
    const ROOM: usize = 10;
    let width = out.len() / 3;
    assert!(from.len() >= width * 6);
    // Neighbours side by side, in three channels of two pixels.
    let order = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11, -1, -1, -1, -1));
    let close = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, -1, -1, -1, -1));
    let (rising, falling) = (_mm256_set1_epi16(1 | 3 << 8), _mm256_set1_epi16(3 | 1 << 8));
    let mut x = 1;
    while x + ROOM <= width {
        // SAFETY: of the row 6 x + 55 bytes are there and of the result 3 x + 28, as x + 10 is at most the width.
        unsafe {
            let from = from.as_ptr().add(x * 6 - 3);
            // Two pixels and the fifth and sixth, then the two after each of these.
            let first = two(from, rising, falling, order);
            let second = two(from.add(12), rising, falling, order);
            let levels = _mm256_shuffle_epi8(_mm256_packus_epi16(first, second), close);
            let to = out.as_mut_ptr().add(x * 3);
            // Each writes four bytes beyond its four pixels, which the next one overwrites.
            _mm_storeu_si128(to.cast(), _mm256_castsi256_si128(levels));
            _mm_storeu_si128(to.add(12).cast(), _mm256_extracti128_si256::<1>(levels));
        }
        x += PIXELS;
    }
    x
}

/// Two pixels of the result and, in the other half of the vector, the two of four pixels later. From `from` on, which is
/// the first of the four pixels that the first one is made of, 46 bytes must be there.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn two(from: *const u8, rising: __m256i, falling: __m256i, order: __m256i) -> __m256i {
    // SAFETY: the caller's promise.
    let (left, right) = unsafe {
        (
            _mm256_loadu2_m128i(from.add(24).cast(), from.cast()),
            _mm256_loadu2_m128i(from.add(30).cast(), from.add(6).cast()),
        )
    };
    let left = _mm256_maddubs_epi16(_mm256_shuffle_epi8(left, order), rising);
    let right = _mm256_maddubs_epi16(_mm256_shuffle_epi8(right, order), falling);
    _mm256_srli_epi16::<3>(_mm256_add_epi16(_mm256_add_epi16(left, right), _mm256_set1_epi16(4)))
}
