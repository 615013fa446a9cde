//! Noise from the normal distribution.

use std::sync::OnceLock;

use super::{TABLE, many_bits};
use crate::kernel::isa::kernel;
use crate::random::normal_quantile;

/// Standard normal quantiles at (i + 1/2) / 4096, times 4096: 12 random bits become one normal draw.
pub(super) fn quantiles() -> &'static [i16; TABLE] {
    static QUANTILES: OnceLock<Box<[i16; TABLE]>> = OnceLock::new();
    QUANTILES.get_or_init(|| {
        Box::new(std::array::from_fn(|i| (normal_quantile((i as f64 + 0.5) / 4096.0) * 4096.0).round() as i16))
    })
}

/// A standard normal draw from 32 random bits.
pub(in crate::kernel) fn normal(bits: u32) -> f64 {
    f64::from(quantiles()[(bits >> 20) as usize]) / 4096.0
}

/// Samples in a block; each draw of bits serves two.
const BLOCK: usize = 64;

kernel! {
    /// Adds to every sample a draw from the normal distribution with standard deviation `std_q8` / 256 levels, rounded
    /// and held to 0..=255. Sample `i` of a picture gets the same draw for the same `key` on every machine.
    ///
    /// The draws are the 4,096 quantiles of the normal distribution, so none is further than 3.67 standard deviations
    /// out.
    pub fn add_gauss_noise(pixels: &mut [u8], std_q8: u32, key: u64) {
        // In levels: a table of its own for this deviation, so that a sample costs a look-up and an addition.
        let mut levels = [0i16; TABLE];
        for (level, &quantile) in levels.iter_mut().zip(quantiles()) {
            *level = ((i32::from(quantile) * std_q8 as i32 + (1 << 19)) >> 20) as i16;
        }
        let (blocks, rest) = pixels.as_chunks_mut::<BLOCK>();
        let after = (blocks.len() * BLOCK / 2) as u32;
        for (i, block) in blocks.iter_mut().enumerate() {
            add(block, &levels, many_bits((i * BLOCK / 2) as u32, key));
        }
        let mut last = [0; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        add(&mut last, &levels, many_bits(after, key));
        rest.copy_from_slice(&last[..rest.len()]);
    }
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled anew inside the kernels of each instruction set")]
fn add(samples: &mut [u8; BLOCK], levels: &[i16; TABLE], bits: [u32; BLOCK / 2]) {
    let mut noise = [0i16; BLOCK];
    for (pair, bits) in noise.as_chunks_mut::<2>().0.iter_mut().zip(bits) {
        *pair = [levels[(bits >> 20) as usize], levels[((bits >> 4) & 4095) as usize]];
    }
    for (sample, noise) in samples.iter_mut().zip(noise) {
        *sample = (i16::from(*sample) + noise).clamp(0, 255) as u8;
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
