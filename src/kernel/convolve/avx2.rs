//! The definition in mod.rs, two weights at a time.

#![expect(unsafe_code, reason = "loads at places relative to a sample; that all lie inside is asserted")]

use std::arch::x86_64::*;

use crate::kernel::padded::{LANES, store};

/// Equal to `sum_row` of mod.rs byte for byte.
///
/// Vectors are unpacked within their halves, which packing undoes.
#[target_feature(enable = "avx2")]
pub fn sum_row(samples: &[u8], start: usize, taps: &[(i32, i32)], bits: u32, out: &mut [u8]) {
    let places = taps.iter().map(|&(_, place)| start as isize + place as isize);
    let (least, most) = (places.clone().min().unwrap_or(0), places.max().unwrap_or(0));
    assert!(least >= 0 && most + (out.len() + LANES) as isize <= samples.len() as isize);
    let two_weights = two_weights(taps);
    let (half, bits) = (_mm256_set1_epi32((1 << bits) >> 1), _mm_cvtsi32_si128(bits as i32));
    for (i, part) in out.chunks_mut(LANES).enumerate() {
        let mut sums = [half; 4];
        // SAFETY: the assertion leaves room for a block at each place of each sample of the row.
        unsafe {
            let from = samples.as_ptr().add(start + i * LANES);
            if let Some(alike) = two_weights {
                let (one, other) = taps.split_at(alike);
                let weights = pair(one[0].0, other.first().map_or(0, |tap| tap.0));
                add(&mut sums, add_up(from, one), add_up(from, other), weights);
            } else {
                let (pairs, odd) = taps.as_chunks::<2>();
                for &[one, other] in pairs {
                    add(&mut sums, unpack(from, one.1), unpack(from, other.1), pair(one.0, other.0));
                }
                for &(weight, place) in odd {
                    add(&mut sums, unpack(from, place), [_mm256_setzero_si256(); 2], pair(weight, 0));
                }
            }
        }
        let low = _mm256_packs_epi32(_mm256_sra_epi32(sums[0], bits), _mm256_sra_epi32(sums[1], bits));
        let high = _mm256_packs_epi32(_mm256_sra_epi32(sums[2], bits), _mm256_sra_epi32(sums[3], bits));
        store(_mm256_packus_epi16(low, high), part);
    }
}

/// How many taps have the first one's weight, if all others have one weight too and all are few enough for sums of 16 bits.
fn two_weights(taps: &[(i32, i32)]) -> Option<usize> {
    let (first, last) = (taps.first()?.0, taps.last()?.0);
    let alike = taps.partition_point(|tap| tap.0 == first);
    (taps.len() <= 128 && taps[alike..].iter().all(|tap| tap.0 == last)).then_some(alike)
}

/// Two weights in each lane.
#[inline]
#[target_feature(enable = "avx2")]
fn pair(one: i32, other: i32) -> __m256i {
    _mm256_set1_epi32((one & 0xffff) | other << 16)
}

/// Adds the sum of two weighted blocks.
#[inline]
#[target_feature(enable = "avx2")]
fn add(sums: &mut [__m256i; 4], one: [__m256i; 2], other: [__m256i; 2], weights: __m256i) {
    for ((sums, one), other) in sums.as_chunks_mut::<2>().0.iter_mut().zip(one).zip(other) {
        let low = _mm256_madd_epi16(_mm256_unpacklo_epi16(one, other), weights);
        let high = _mm256_madd_epi16(_mm256_unpackhi_epi16(one, other), weights);
        sums[0] = _mm256_add_epi32(sums[0], low);
        sums[1] = _mm256_add_epi32(sums[1], high);
    }
}

/// The block at a place relative to `from`, in 16 bits. It must be there to be read.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn unpack(from: *const u8, place: i32) -> [__m256i; 2] {
    let zero = _mm256_setzero_si256();
    // SAFETY: the caller's promise.
    let block = unsafe { _mm256_loadu_si256(from.offset(place as isize).cast()) };
    [_mm256_unpacklo_epi8(block, zero), _mm256_unpackhi_epi8(block, zero)]
}

/// The sum of the blocks at places relative to `from`. They must be there to be read.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn add_up(from: *const u8, taps: &[(i32, i32)]) -> [__m256i; 2] {
    let mut sums = [_mm256_setzero_si256(); 2];
    for &(_, place) in taps {
        // SAFETY: the caller's promise.
        let block = unsafe { unpack(from, place) };
        sums = [_mm256_add_epi16(sums[0], block[0]), _mm256_add_epi16(sums[1], block[1])];
    }
    sums
}
