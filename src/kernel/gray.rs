//! Luma, repeated into three channels.

use super::isa::kernel;
use super::{ColourMatrix, Isa, mix_channels};

/// Replaces each colour by its luma.
pub fn gray(isa: Isa, from: &[u8], to: &mut [u8]) {
    mix_channels(isa, from, to, &ColourMatrix::GRAY);
}

kernel! {
    /// Adds up the luma of all pixels, in 1/16384 of a level.
    pub fn sum_luma(pixels: &[u8], total: &mut u64) {
        // Few enough pixels that 32 bits hold their sum.
        for block in pixels.chunks(256 * 3) {
            let mut sum = 0u32;
            for pixel in block.as_chunks::<3>().0 {
                sum += u32::from(pixel[0]) * 4899 + u32::from(pixel[1]) * 9617 + u32::from(pixel[2]) * 1868;
            }
            *total += u64::from(sum);
        }
    }
}
