//! Luma, repeated into three channels.

use super::isa::kernel;

kernel! {
    /// Replaces each colour by its luma 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), in OpenCV's 14-bit weights.
    pub fn gray(pixels: &mut [u8]) {
        for pixel in pixels.chunks_exact_mut(3) {
            let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
            let luma = ((r * 4899 + g * 9617 + b * 1868 + (1 << 13)) >> 14) as u8;
            pixel.fill(luma);
        }
    }
}
