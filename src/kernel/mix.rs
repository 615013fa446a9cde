//! Sums of pictures by weight.

use super::isa::kernel;

kernel! {
    /// Adds every level, times a weight in 1/65536, to a sum.
    pub fn add_weighted(pixels: &[u8], weight: i32, sums: &mut [i32]) {
        for (sum, &level) in sums.iter_mut().zip(pixels) {
            *sum += i32::from(level) * weight;
        }
    }
}

kernel! {
    /// Rounds sums of weights that sum to 1 to levels.
    pub fn settle(sums: &[i32], pixels: &mut [u8]) {
        for (level, &sum) in pixels.iter_mut().zip(sums) {
            *level = ((sum + (1 << 15)) >> 16).clamp(0, 255) as u8;
        }
    }
}
