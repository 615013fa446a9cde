//! Tables of 256 entries, 64 samples at a time.

#![expect(unsafe_code, reason = "loads and stores of whole vectors, inside the slices that they come from")]

use std::arch::x86_64::*;

/// A table in four parts of 64 entries.
type Parts = [__m512i; 4];

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn parts(table: &[u8; 256]) -> Parts {
    // SAFETY: four parts of 64 bytes.
    std::array::from_fn(|i| unsafe { _mm512_loadu_si512(table[i * 64..i * 64 + 64].as_ptr().cast()) })
}

/// The lower seven bits choose among 128 entries, the highest one among the two halves of the table.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn entries(levels: __m512i, parts: &Parts) -> __m512i {
    let low = _mm512_permutex2var_epi8(parts[0], levels, parts[1]);
    let high = _mm512_permutex2var_epi8(parts[2], levels, parts[3]);
    _mm512_mask_blend_epi8(_mm512_movepi8_mask(levels), low, high)
}

/// Replaces every level by its entry.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
pub fn look_up(from: &[u8], to: &mut [u8], table: &[u8; 256]) {
    let parts = parts(table);
    let ((blocks, rest), (to_blocks, to_rest)) = (from.as_chunks::<64>(), to.as_chunks_mut::<64>());
    for (from, to) in blocks.iter().zip(to_blocks) {
        // SAFETY: there are 64 bytes in each.
        unsafe {
            let found = entries(_mm512_loadu_si512(from.as_ptr().cast()), &parts);
            _mm512_storeu_si512(to.as_mut_ptr().cast(), found);
        }
    }
    for (level, to) in rest.iter().zip(to_rest) {
        *to = table[usize::from(*level)];
    }
}

/// Replaces every level by its entry in its channel's table: all three are looked up, and of each the channel's own stay.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
pub fn look_up_by_channel(from: &[u8], to: &mut [u8], tables: &[[u8; 256]; 3]) {
    /// Every third bit, from the first, the second and the third on.
    const THIRDS: [u64; 3] = [0x9249_2492_4924_9249, 0x2492_4924_9249_2492, 0x4924_9249_2492_4924];
    let parts = [parts(&tables[0]), parts(&tables[1]), parts(&tables[2])];
    let ((blocks, rest), (to_blocks, to_rest)) = (from.as_chunks::<192>(), to.as_chunks_mut::<192>());
    for (from, to) in blocks.iter().zip(to_blocks) {
        for (i, (from, to)) in from.as_chunks::<64>().0.iter().zip(to.as_chunks_mut::<64>().0).enumerate() {
            // Byte b of vector i is of channel (64 i + b) mod 3 = (i + b) mod 3.
            let [green, blue] = [THIRDS[(4 - i) % 3], THIRDS[(5 - i) % 3]];
            // SAFETY: there are 64 bytes in each.
            unsafe {
                let levels = _mm512_loadu_si512(from.as_ptr().cast());
                let [r, g, b] = [entries(levels, &parts[0]), entries(levels, &parts[1]), entries(levels, &parts[2])];
                let found = _mm512_mask_blend_epi8(blue, _mm512_mask_blend_epi8(green, r, g), b);
                _mm512_storeu_si512(to.as_mut_ptr().cast(), found);
            }
        }
    }
    for (i, (level, to)) in rest.iter().zip(to_rest).enumerate() {
        *to = tables[i % 3][usize::from(*level)];
    }
}
