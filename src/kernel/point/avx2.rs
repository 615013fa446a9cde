//! Tables of 256 entries, 32 samples at a time.

#![expect(unsafe_code, reason = "loads and stores of whole vectors, inside the slices that they come from")]

use std::arch::x86_64::*;

use crate::kernel::planes::{BLOCK, join, split};

/// A table in sixteen parts of sixteen entries.
type Parts = [__m256i; 16];

#[target_feature(enable = "avx2")]
fn parts(table: &[u8; 256]) -> Parts {
    // SAFETY: sixteen parts of sixteen bytes.
    std::array::from_fn(|i| unsafe {
        _mm256_broadcastsi128_si256(_mm_loadu_si128(table[i * 16..i * 16 + 16].as_ptr().cast()))
    })
}

/// The sixteen parts of the table are looked up by the low four bits, and the upper four bits choose among the answers, one
/// bit after the other.
#[target_feature(enable = "avx2")]
fn entries(levels: &[u8; 32], to: &mut [u8; 32], parts: &Parts) {
    // SAFETY: there are 32 bytes.
    let levels = unsafe { _mm256_loadu_si256(levels.as_ptr().cast()) };
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
    // SAFETY: there are 32 bytes.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), found) };
}

/// Replaces every level by its entry.
#[target_feature(enable = "avx2")]
pub fn look_up(from: &[u8], to: &mut [u8], table: &[u8; 256]) {
    let parts = parts(table);
    let ((blocks, rest), (to_blocks, to_rest)) = (from.as_chunks::<32>(), to.as_chunks_mut::<32>());
    for (from, to) in blocks.iter().zip(to_blocks) {
        entries(from, to, &parts);
    }
    for (level, to) in rest.iter().zip(to_rest) {
        *to = table[usize::from(*level)];
    }
}

/// Replaces every level by its entry in its channel's table.
#[target_feature(enable = "avx2")]
pub fn look_up_by_channel(from: &[u8], to: &mut [u8], tables: &[[u8; 256]; 3]) {
    let parts = [parts(&tables[0]), parts(&tables[1]), parts(&tables[2])];
    for (from, to) in from.chunks(BLOCK * 3).zip(to.chunks_mut(BLOCK * 3)) {
        let (planes, mut found) = (split(from), [[0; BLOCK]; 3]);
        for ((plane, found), parts) in planes.iter().zip(&mut found).zip(&parts) {
            entries(plane, found, parts);
        }
        join(&found, to);
    }
}
