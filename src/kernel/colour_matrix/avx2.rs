//! Mixtures of channels, eight pixels at a time.

#![expect(unsafe_code, reason = "loads and stores of whole vectors, inside the slices that they come from")]

use std::arch::x86_64::*;

use super::{Weights, mix_pixels};
use crate::kernel::Isa;

/// Pixels stay where they lie: their red and green are taken side by side as 16-bit numbers, and so is blue beside half of
/// what rounding adds; two multiplications of pairs make a channel. `SAME` says that all rows are the first one.
#[target_feature(enable = "avx2")]
pub fn mix<const SAME: bool>(from: &[u8], to: &mut [u8], weights: &Weights) {
    /// Leaves a zero.
    const Z: i8 = -1;
    let [red_green, blue_one] = weights.pairs().map(|rows| rows.map(|pair| _mm256_set1_epi32(pair)));
    let bits = _mm_cvtsi32_si128(weights.bits as i32);
    // Four pixels of twelve bytes in each half of a vector.
    let take_red_green = both(_mm_setr_epi8(0, Z, 1, Z, 3, Z, 4, Z, 6, Z, 7, Z, 9, Z, 10, Z));
    let take_blue = both(_mm_setr_epi8(2, Z, Z, Z, 5, Z, Z, Z, 8, Z, Z, Z, 11, Z, Z, Z));
    let interleave = both(_mm_setr_epi8(0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11, Z, Z, Z, Z));
    let two = _mm256_set1_epi32(2 << 16);
    let mut done = 0;
    // The second half is loaded with four bytes beyond its pixels.
    while let (Some(block), Some(target)) = (from[done..].first_chunk::<28>(), to[done..].first_chunk_mut::<24>()) {
        // SAFETY: bytes 0..16 and 12..28 of 28.
        let (low, high) =
            unsafe { (_mm_loadu_si128(block.as_ptr().cast()), _mm_loadu_si128(block[12..].as_ptr().cast())) };
        let levels = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
        let pair = _mm256_shuffle_epi8(levels, take_red_green);
        let blue = _mm256_or_si256(_mm256_shuffle_epi8(levels, take_blue), two);
        let channel = |c: usize| {
            let sum = _mm256_add_epi32(_mm256_madd_epi16(pair, red_green[c]), _mm256_madd_epi16(blue, blue_one[c]));
            _mm256_sra_epi32(sum, bits)
        };
        let red = channel(0);
        let (green, blue) = if SAME { (red, red) } else { (channel(1), channel(2)) };
        // Packing holds to 0..=255.
        let packed = _mm256_packus_epi16(_mm256_packs_epi32(red, green), _mm256_packs_epi32(blue, blue));
        let mixed = _mm256_shuffle_epi8(packed, interleave);
        let (low, high) = (_mm256_castsi256_si128(mixed), _mm256_extracti128_si256(mixed, 1));
        // SAFETY: bytes 0..16 and 16..24 of 24.
        unsafe {
            _mm_storeu_si128(target.as_mut_ptr().cast(), _mm_or_si128(low, _mm_slli_si128(high, 12)));
            _mm_storel_epi64(target[16..].as_mut_ptr().cast(), _mm_srli_si128(high, 4));
        }
        done += 24;
    }
    mix_pixels(Isa::Scalar, &from[done..], &mut to[done..], weights);
}

#[target_feature(enable = "avx2")]
fn both(half: __m128i) -> __m256i {
    _mm256_broadcastsi128_si256(half)
}
