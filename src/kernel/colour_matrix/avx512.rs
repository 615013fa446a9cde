//! Mixtures of channels, sixteen pixels at a time; see `avx2.rs` for how.

#![expect(unsafe_code, reason = "loads and stores of whole vectors, inside the slices that they come from")]

use std::arch::x86_64::*;

use super::{Weights, mix_pixels};
use crate::kernel::Isa;

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi")]
pub fn mix<const SAME: bool>(from: &[u8], to: &mut [u8], weights: &Weights) {
    let [red_green, blue_one] = weights.pairs().map(|rows| rows.map(|pair| _mm512_set1_epi32(pair)));
    let bits = _mm_cvtsi32_si128(weights.bits as i32);
    let take_red_green = places(|i| i / 4 * 3 + i % 4 / 2);
    let take_blue = places(|i| i / 4 * 3 + 2);
    let interleave = places(|i| if i < 48 { i / 12 * 16 + i / 3 % 4 + i % 3 * 4 } else { 0 });
    let two = _mm512_set1_epi32(2 << 16);
    let mut done = 0;
    while let (Some(block), Some(target)) = (from[done..].first_chunk::<64>(), to[done..].first_chunk_mut::<48>()) {
        // SAFETY: there are 64 bytes, of which 48 are looked at.
        let levels = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
        let pair = _mm512_maskz_permutexvar_epi8(0x5555_5555_5555_5555, take_red_green, levels);
        let blue = _mm512_or_si512(_mm512_maskz_permutexvar_epi8(0x1111_1111_1111_1111, take_blue, levels), two);
        let channel = |c: usize| {
            let sum = _mm512_add_epi32(_mm512_madd_epi16(pair, red_green[c]), _mm512_madd_epi16(blue, blue_one[c]));
            _mm512_sra_epi32(sum, bits)
        };
        let red = channel(0);
        let (green, blue) = if SAME { (red, red) } else { (channel(1), channel(2)) };
        // Packing holds to 0..=255.
        let packed = _mm512_packus_epi16(_mm512_packs_epi32(red, green), _mm512_packs_epi32(blue, blue));
        let mixed = _mm512_permutexvar_epi8(interleave, packed);
        // SAFETY: bytes 0..32 and 32..48 of 48.
        unsafe {
            _mm256_storeu_si256(target.as_mut_ptr().cast(), _mm512_castsi512_si256(mixed));
            _mm_storeu_si128(target[32..].as_mut_ptr().cast(), _mm512_extracti32x4_epi32(mixed, 2));
        }
        done += 48;
    }
    mix_pixels(Isa::Scalar, &from[done..], &mut to[done..], weights);
}

/// Where each byte of a permutation comes from.
#[target_feature(enable = "avx512f")]
fn places(of: fn(usize) -> usize) -> __m512i {
    let places: [u8; 64] = std::array::from_fn(|i| of(i) as u8);
    // SAFETY: there are 64 bytes.
    unsafe { _mm512_loadu_si512(places.as_ptr().cast()) }
}
