//! The definition in mod.rs, two taps at a time.

#![expect(unsafe_code, reason = "loads at places relative to a sample; that all lie inside is asserted")]

use std::arch::x86_64::*;

use crate::kernel::padded::{LANES, fill};

/// Equal to `sum_row` of mod.rs byte for byte.
#[target_feature(enable = "avx2")]
pub fn sum_row(samples: &[u8], start: usize, places: &[i32], weights: &[i32], bits: u32, out: &mut [u8]) {
    let (least, most) = (places.iter().min().copied().unwrap_or(0), places.iter().max().copied().unwrap_or(0));
    assert!(start as isize + least as isize >= 0 && places.len() == weights.len());
    assert!(start as isize + most as isize + (out.len() + LANES) as isize <= samples.len() as isize);
    let (half, bits) = (_mm256_set1_epi32((1 << bits) >> 1), _mm_cvtsi32_si128(bits as i32));
    for (i, part) in out.chunks_mut(LANES).enumerate() {
        // SAFETY: the assertions leave room for a block at each place of each sample of the row.
        let load = |place: i32, at: usize| unsafe {
            let from = samples.as_ptr().add(start + i * LANES).offset(place as isize).add(at);
            _mm256_cvtepu8_epi16(_mm_loadu_si128(from.cast()))
        };
        let mut sums = [half; 4];
        let mut add = |places: [i32; 2], weights: [i32; 2]| {
            let weights = _mm256_set1_epi32((weights[0] & 0xffff) | weights[1] << 16);
            for (part, sums) in sums.as_chunks_mut::<2>().0.iter_mut().enumerate() {
                let (first, second) = (load(places[0], part * LANES / 2), load(places[1], part * LANES / 2));
                let (low, high) = (_mm256_unpacklo_epi16(first, second), _mm256_unpackhi_epi16(first, second));
                sums[0] = _mm256_add_epi32(sums[0], _mm256_madd_epi16(low, weights));
                sums[1] = _mm256_add_epi32(sums[1], _mm256_madd_epi16(high, weights));
            }
        };
        let (pairs, odd) = places.as_chunks::<2>();
        let (weights, odd_weight) = weights.as_chunks::<2>();
        for (&places, &weights) in pairs.iter().zip(weights) {
            add(places, weights);
        }
        if let (&[place], &[weight]) = (odd, odd_weight) {
            add([place; 2], [weight, 0]);
        }
        // Packing undoes the unpacking within half vectors; the second one has its own.
        let [a, b, c, d] = sums.map(|sums| _mm256_sra_epi32(sums, bits));
        let packed = _mm256_packus_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
        let levels = _mm256_permute4x64_epi64::<0b11_01_10_00>(packed);
        let mut bytes = [0; LANES];
        // SAFETY: a block of bytes is one vector.
        unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().cast(), levels) };
        fill(part, &bytes);
    }
}
