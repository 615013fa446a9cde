//! The definition in mod.rs, with all sums of a block in registers.

#![expect(unsafe_code, reason = "loads and stores of whole vectors, inside the slices that they come from")]

use std::arch::x86_64::*;

use crate::kernel::padded::{LANES, fill};

/// Equal to `down` of mod.rs byte for byte.
#[target_feature(enable = "avx2")]
pub fn down(samples: &[u8], start: usize, stride: usize, by_distance: &[u16], sums: &mut [u16]) {
    let reach = (by_distance.len() - 1) * stride;
    assert!(start >= reach && start + reach + stride + LANES <= samples.len() && stride + LANES <= sums.len());
    let half = _mm256_set1_epi16((by_distance.len() / 2) as i16);
    for at in (0..stride).step_by(LANES) {
        // SAFETY: at < stride, and the assertion leaves room for a block after the last row that is read.
        let load = |distance: isize| unsafe {
            let row = samples.as_ptr().add(start + at).offset(distance * stride as isize);
            [
                _mm256_cvtepu8_epi16(_mm_loadu_si128(row.cast())),
                _mm256_cvtepu8_epi16(_mm_loadu_si128(row.add(LANES / 2).cast())),
            ]
        };
        let middle = _mm256_set1_epi16(by_distance[0] as i16);
        let mut block =
            load(0).map(|here| _mm256_add_epi16(half, _mm256_mulhi_epu16(_mm256_slli_epi16::<7>(here), middle)));
        for (distance, &weight) in (1..).zip(&by_distance[1..]) {
            let weight = _mm256_set1_epi16(weight as i16);
            let (above, below) = (load(-distance), load(distance));
            for ((sums, above), below) in block.iter_mut().zip(above).zip(below) {
                let pair = _mm256_slli_epi16::<7>(_mm256_add_epi16(above, below));
                *sums = _mm256_add_epi16(*sums, _mm256_mulhi_epu16(pair, weight));
            }
        }
        let to = sums[at..at + LANES].as_mut_ptr();
        // SAFETY: a block has two vectors.
        unsafe {
            _mm256_storeu_si256(to.cast(), block[0]);
            _mm256_storeu_si256(to.add(LANES / 2).cast(), block[1]);
        }
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
        let load = |distance: isize| unsafe {
            let at = wide.as_ptr().add(i * LANES + radius * 3).offset(distance * 3);
            [_mm256_loadu_si256(at.cast()), _mm256_loadu_si256(at.add(LANES / 2).cast())]
        };
        let mut block = load(0).map(|here| _mm256_add_epi16(half, _mm256_mulhi_epu16(here, middle)));
        for (distance, &weight) in (1..).zip(&by_distance[1..]) {
            let weight = _mm256_set1_epi16(weight as i16);
            let (left, right) = (load(-distance), load(distance));
            for ((sums, left), right) in block.iter_mut().zip(left).zip(right) {
                let pair = _mm256_add_epi16(left, right);
                *sums = _mm256_add_epi16(*sums, _mm256_mulhi_epu16(pair, weight));
            }
        }
        let [first, second] = block.map(|sums| _mm256_srli_epi16::<7>(_mm256_add_epi16(sums, _mm256_set1_epi16(64))));
        // Packing works within half vectors.
        let levels = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packus_epi16(first, second));
        let mut bytes = [0; LANES];
        // SAFETY: a block of bytes is one vector.
        unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().cast(), levels) };
        fill(part, &bytes);
    }
}
