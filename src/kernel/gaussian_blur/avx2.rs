//! The definition in mod.rs, with all sums of a block in registers.

#![expect(unsafe_code, reason = "loads and stores of whole vectors, inside the slices that they come from")]

use std::arch::x86_64::*;

use crate::kernel::padded::{LANES, store};

/// Equal to `down` of mod.rs byte for byte; a row holds a block at least.
#[target_feature(enable = "avx2")]
pub fn down(samples: &[u8], starts: &[[usize; 2]], by_distance: &[u16], sums: &mut [u16]) {
    let row = sums.len();
    assert!(row >= LANES && starts.as_flattened().iter().all(|start| start + row <= samples.len()));
    let half = _mm256_set1_epi16((by_distance.len() / 2) as i16);
    let middle = _mm256_set1_epi16(by_distance[0] as i16);
    for at in (0..row).step_by(LANES) {
        // The last block ends where the row does.
        let at = at.min(row - LANES);
        // SAFETY: the assertion leaves room for a block in each row, and the sums have as much.
        unsafe {
            let [low, high] = load(samples, starts[0][0] + at);
            let mut low = _mm256_add_epi16(half, _mm256_mulhi_epu16(_mm256_slli_epi16::<7>(low), middle));
            let mut high = _mm256_add_epi16(half, _mm256_mulhi_epu16(_mm256_slli_epi16::<7>(high), middle));
            for (&[above, below], &weight) in starts[1..].iter().zip(&by_distance[1..]) {
                let weight = _mm256_set1_epi16(weight as i16);
                let (above, below) = (load(samples, above + at), load(samples, below + at));
                let pair = _mm256_slli_epi16::<7>(_mm256_add_epi16(above[0], below[0]));
                low = _mm256_add_epi16(low, _mm256_mulhi_epu16(pair, weight));
                let pair = _mm256_slli_epi16::<7>(_mm256_add_epi16(above[1], below[1]));
                high = _mm256_add_epi16(high, _mm256_mulhi_epu16(pair, weight));
            }
            let to = sums.as_mut_ptr().add(at);
            _mm256_storeu_si256(to.cast(), low);
            _mm256_storeu_si256(to.add(LANES / 2).cast(), high);
        }
    }
}

/// The block of samples at an index, in 16 bits. It must be there to be read.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn load(samples: &[u8], at: usize) -> [__m256i; 2] {
    // SAFETY: the caller's promise.
    unsafe {
        let from = samples.as_ptr().add(at);
        let (low, high) = (_mm_loadu_si128(from.cast()), _mm_loadu_si128(from.add(LANES / 2).cast()));
        [_mm256_cvtepu8_epi16(low), _mm256_cvtepu8_epi16(high)]
    }
}

/// Equal to `along` of mod.rs byte for byte.
#[target_feature(enable = "avx2")]
pub fn along(wide: &[u16], by_distance: &[u16], out: &mut [u8]) {
    let radius = by_distance.len() - 1;
    assert!(out.len() + radius * 6 + LANES <= wide.len());
    let half = _mm256_set1_epi16((by_distance.len() / 2) as i16);
    let middle = _mm256_set1_epi16(by_distance[0] as i16);
    for (i, part) in out.chunks_mut(LANES).enumerate() {
        // SAFETY: the assertion leaves room for a block after the last sample that is read.
        let (mut low, mut high) = unsafe {
            let here = wide.as_ptr().add(i * LANES + radius * 3);
            let mut low = _mm256_add_epi16(half, _mm256_mulhi_epu16(_mm256_loadu_si256(here.cast()), middle));
            let mut high = _mm256_loadu_si256(here.add(LANES / 2).cast());
            high = _mm256_add_epi16(half, _mm256_mulhi_epu16(high, middle));
            for (distance, &weight) in (1..).zip(&by_distance[1..]) {
                let weight = _mm256_set1_epi16(weight as i16);
                let (left, right) = (here.sub(distance * 3), here.add(distance * 3));
                let pair = _mm256_add_epi16(_mm256_loadu_si256(left.cast()), _mm256_loadu_si256(right.cast()));
                low = _mm256_add_epi16(low, _mm256_mulhi_epu16(pair, weight));
                let (left, right) = (left.add(LANES / 2), right.add(LANES / 2));
                let pair = _mm256_add_epi16(_mm256_loadu_si256(left.cast()), _mm256_loadu_si256(right.cast()));
                high = _mm256_add_epi16(high, _mm256_mulhi_epu16(pair, weight));
            }
            (low, high)
        };
        let half_a_level = _mm256_set1_epi16(64);
        low = _mm256_srli_epi16::<7>(_mm256_add_epi16(low, half_a_level));
        high = _mm256_srli_epi16::<7>(_mm256_add_epi16(high, half_a_level));
        // Packing works within half vectors.
        store(_mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packus_epi16(low, high)), part);
    }
}
