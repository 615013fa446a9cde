//! One table for all channels, 32 samples at a time.

#![expect(unsafe_code, reason = "loads and stores of whole vectors, inside the slices that they come from")]

use std::arch::x86_64::*;

/// Replaces every level by its entry: the sixteen parts of the table are looked up by the low four bits, and the upper four
/// bits choose among the answers, one bit after the other.
#[target_feature(enable = "avx2")]
pub fn look_up(pixels: &mut [u8], table: &[u8; 256]) {
    // SAFETY: sixteen parts of sixteen bytes.
    let parts: [__m256i; 16] = std::array::from_fn(|i| unsafe {
        _mm256_broadcastsi128_si256(_mm_loadu_si128(table[i * 16..i * 16 + 16].as_ptr().cast()))
    });
    let (blocks, rest) = pixels.as_chunks_mut::<32>();
    for block in blocks {
        // SAFETY: a block has 32 bytes.
        let levels = unsafe { _mm256_loadu_si256(block.as_ptr().cast()) };
        let low = _mm256_and_si256(levels, _mm256_set1_epi8(15));
        // `blendv` looks at the highest bit of each byte.
        let bits = [_mm256_slli_epi16(levels, 3), _mm256_slli_epi16(levels, 2), _mm256_slli_epi16(levels, 1), levels];
        let pair = |i: usize| {
            let (even, odd) = (_mm256_shuffle_epi8(parts[i], low), _mm256_shuffle_epi8(parts[i + 1], low));
            _mm256_blendv_epi8(even, odd, bits[0])
        };
        let four = |i: usize| _mm256_blendv_epi8(pair(i), pair(i + 2), bits[1]);
        let eight = |i: usize| _mm256_blendv_epi8(four(i), four(i + 4), bits[2]);
        let found = _mm256_blendv_epi8(eight(0), eight(8), bits[3]);
        // SAFETY: a block has 32 bytes.
        unsafe { _mm256_storeu_si256(block.as_mut_ptr().cast(), found) };
    }
    for level in rest {
        *level = table[usize::from(*level)];
    }
}
