//! Noise that is the larger the lighter the sample.

use super::bits;
use crate::kernel::isa::kernel;
use crate::kernel::planes::{BLOCK, join, split};

/// What gets a draw of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// Each pixel: its colour stays.
    Pixel,
    /// Each sample.
    Sample,
}

kernel! {
    /// Multiplies by factors drawn evenly from `low`..`high` (0..=16, in steps of 1/4096), rounded and held to 0..=255.
    pub fn multiply_noise(pixels: &mut [u8], low: f64, high: f64, grain: Grain, key: u64) {
        let low_q12 = (low * 4096.0).round() as i32;
        let span_q12 = (high * 4096.0).round() as i32 - low_q12;
        let mut first = 0u32;
        for part in pixels.chunks_mut(BLOCK * 3) {
            let mut planes = split(part);
            for i in 0..BLOCK {
                let counter = first.wrapping_add(i as u32).wrapping_mul(2);
                let (even, odd) = (bits(counter, key), bits(counter.wrapping_add(1), key));
                let draws = match grain {
                    Grain::Pixel => [even >> 16; 3],
                    Grain::Sample => [even >> 16, even & 0xffff, odd >> 16],
                };
                for (plane, draw) in planes.iter_mut().zip(draws) {
                    let factor = low_q12 + ((draw as i32 * span_q12) >> 16);
                    plane[i] = ((i32::from(plane[i]) * factor + 2048) >> 12).min(255) as u8;
                }
            }
            first = first.wrapping_add(BLOCK as u32);
            join(&planes, part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Isa;

    #[test]
    fn factors_are_even_and_independent() {
        let mut pixels = vec![200u8; 300_000];
        multiply_noise(Isa::best(), &mut pixels, 0.5, 1.1, Grain::Sample, 77);
        let n = pixels.len() as f64;
        let off = |p: u8| f64::from(p) - 160.0;
        let mean = pixels.iter().map(|&p| off(p)).sum::<f64>() / n;
        let variance = pixels.iter().map(|&p| off(p) * off(p)).sum::<f64>() / n;
        // An even distribution of width w has variance w^2 / 12.
        assert!(mean.abs() < 0.3, "{mean}");
        assert!((variance / (120.0 * 120.0 / 12.0) - 1.0).abs() < 0.02, "{variance}");
        assert_eq!((pixels.iter().min(), pixels.iter().max()), (Some(&100), Some(&220)));
        for lag in [1, 2, 3, 96] {
            let along = pixels.iter().zip(&pixels[lag..]).map(|(&a, &b)| off(a) * off(b)).sum::<f64>() / n;
            assert!((along / variance).abs() < 0.01, "{lag}: {along}");
        }
    }

    #[test]
    fn a_draw_a_pixel_keeps_gray_gray() {
        let mut pixels = vec![100u8; 300];
        multiply_noise(Isa::best(), &mut pixels, 0.5, 1.5, Grain::Pixel, 77);
        assert!(pixels.as_chunks::<3>().0.iter().all(|p| p[0] == p[1] && p[1] == p[2]));
        assert!(pixels.iter().any(|&p| p != pixels[0]));
    }
}
