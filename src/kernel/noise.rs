//! Noise that depends on a key and a place only.

use std::sync::OnceLock;

use super::isa::kernel;
use crate::random::normal_quantile;

/// Standard normal quantiles at (i + 1/2) / 4096, times 4096: 12 random bits become one normal draw.
fn quantiles() -> &'static [i16; 4096] {
    static TABLE: OnceLock<Box<[i16; 4096]>> = OnceLock::new();
    TABLE.get_or_init(|| {
        Box::new(std::array::from_fn(|i| (normal_quantile((i as f64 + 0.5) / 4096.0) * 4096.0).round() as i16))
    })
}

kernel! {
    /// Adds to every sample a draw from the normal distribution with standard deviation `std_q8` / 256 levels, rounded
    /// and held to 0..=255. Sample `i` of a picture gets the same draw for the same `key` on every machine.
    ///
    /// The draws are the 4,096 quantiles of the normal distribution, so none is further than 3.67 standard deviations
    /// out. The 32-bit mixer is Wellons' `lowbias32` (hash-prospector, public domain).
    pub fn add_gauss_noise(pixels: &mut [u8], std_q8: u32, key: u64) {
        let table = quantiles();
        let (low, high) = (key as u32, (key >> 32) as u32);
        for (i, pair) in pixels.chunks_mut(2).enumerate() {
            let mut h = (i as u32).wrapping_mul(0x9E37_79B9) ^ low;
            h = (h ^ (h >> 16)).wrapping_mul(0x21F0_AAAD);
            h = (h ^ (h >> 15)).wrapping_add(high).wrapping_mul(0xD35A_2D97);
            h ^= h >> 15;
            for (sample, bits) in pair.iter_mut().zip([h >> 20, (h >> 4) & 4095]) {
                let noise = (i32::from(table[bits as usize & 4095]) * std_q8 as i32 + (1 << 19)) >> 20;
                *sample = (i32::from(*sample) + noise).clamp(0, 255) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Isa;

    #[test]
    fn noise_has_the_asked_mean_and_deviation() {
        let mut pixels = vec![128u8; 600_000];
        add_gauss_noise(Isa::Scalar, &mut pixels, 10 * 256, 42);
        let n = pixels.len() as f64;
        let mean = pixels.iter().map(|&p| f64::from(p) - 128.0).sum::<f64>() / n;
        let std = (pixels.iter().map(|&p| (f64::from(p) - 128.0 - mean).powi(2)).sum::<f64>() / n).sqrt();
        assert!(mean.abs() < 0.05, "{mean}");
        assert!((std - 10.0).abs() < 0.05, "{std}");
        // Neighbours do not follow each other.
        let along = pixels.windows(2).map(|w| (f64::from(w[0]) - 128.0) * (f64::from(w[1]) - 128.0)).sum::<f64>() / n;
        assert!(along.abs() < 1.0, "{along}");
    }
}
