//! The definitions in mod.rs, sixteen samples at a time.

#![expect(unsafe_code, reason = "loads and stores of whole vectors, inside the slices that they come from")]

use std::arch::x86_64::*;

use super::{BLOCK, ONE, PLACE_BITS};

const BITS: i32 = PLACE_BITS as i32;

/// Equal to `mix_columns_plainly`; the row holds a window at least.
#[target_feature(enable = "avx2")]
pub fn mix_columns(row: &[u8], windows: &[i32], mixes: &[u8], mixed: &mut [u16]) {
    let (windows, mixes) = (windows.as_chunks::<2>().0, mixes.as_chunks::<{ BLOCK * 4 }>().0);
    for ((starts, mixes), mixed) in windows.iter().zip(mixes).zip(mixed.as_chunks_mut::<BLOCK>().0) {
        let (left, right) = (&row[starts[0] as usize..][..BLOCK], &row[starts[1] as usize..][..BLOCK]);
        // SAFETY: a window is half a vector; a block has two vectors of bytes and weights and one of mixtures.
        unsafe {
            let window = _mm256_loadu2_m128i(right.as_ptr().cast(), left.as_ptr().cast());
            let pairs = _mm256_shuffle_epi8(window, _mm256_loadu_si256(mixes.as_ptr().cast()));
            let weights = _mm256_loadu_si256(mixes[BLOCK * 2..].as_ptr().cast());
            _mm256_storeu_si256(mixed.as_mut_ptr().cast(), _mm256_maddubs_epi16(pairs, weights));
        }
    }
}

/// Equal to `add_between_plainly`.
#[target_feature(enable = "avx2")]
pub fn add_between(upper: &[u16], lower: &[u16], share: i32, sums: &mut [u16]) {
    let weights = _mm256_set1_epi32(((share - ONE) & 0xffff) | -share << 16);
    let half = _mm256_set1_epi32(ONE * ONE / 2);
    let (upper, lower) = (upper.as_chunks::<BLOCK>().0, lower.as_chunks::<BLOCK>().0);
    for ((sums, upper), lower) in sums.as_chunks_mut::<BLOCK>().0.iter_mut().zip(upper).zip(lower) {
        // SAFETY: each block is one vector.
        unsafe {
            let (upper, lower) = (_mm256_loadu_si256(upper.as_ptr().cast()), _mm256_loadu_si256(lower.as_ptr().cast()));
            let first = _mm256_madd_epi16(_mm256_unpacklo_epi16(upper, lower), weights);
            let second = _mm256_madd_epi16(_mm256_unpackhi_epi16(upper, lower), weights);
            // Packing undoes the unpacking within half vectors.
            let levels = _mm256_packs_epi32(
                _mm256_srai_epi32::<{ 2 * BITS }>(_mm256_add_epi32(first, half)),
                _mm256_srai_epi32::<{ 2 * BITS }>(_mm256_add_epi32(second, half)),
            );
            let before = _mm256_loadu_si256(sums.as_ptr().cast());
            _mm256_storeu_si256(sums.as_mut_ptr().cast(), _mm256_add_epi16(before, levels));
        }
    }
}
