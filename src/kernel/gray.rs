//! Luma, repeated into three channels.

use super::isa::kernel;
use super::planes::{BLOCK, join, split};

kernel! {
    /// Replaces each colour by its luma 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), in OpenCV's 14-bit weights.
    pub fn gray(pixels: &mut [u8]) {
        for part in pixels.chunks_mut(BLOCK * 3) {
            let planes = split(part);
            let mut luma = [0; BLOCK];
            for i in 0..BLOCK {
                let [r, g, b] = [planes[0][i], planes[1][i], planes[2][i]].map(u32::from);
                luma[i] = ((r * 4899 + g * 9617 + b * 1868 + (1 << 13)) >> 14) as u8;
            }
            join(&[luma; 3], part);
        }
    }
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
