//! The noise of a sensor at high sensitivity: luminance and hue.

use super::gauss::quantiles;
use super::{TABLE, many_bits};
use crate::image::Scratch;
use crate::kernel::Isa;
use crate::kernel::hsv::{larger, smaller};
use crate::kernel::isa::kernel;
use crate::kernel::planes::{BLOCK, join, split};

/// Noise in hue, lightness and saturation (Albumentations' `ISONoise`, as in its versions 1.x): lightness `l` in levels
/// becomes l + k (1 - l / 255), k from the Poisson distribution whose mean is `intensity` (0..=1) times the standard
/// deviation of the picture's lightness; the hue gets a draw from the normal distribution with standard deviation
/// 360 `colour_shift` `intensity` degrees.
pub fn add_iso_noise(isa: Isa, pixels: &mut [u8], colour_shift: f64, intensity: f64, key: u64, scratch: &mut Scratch) {
    let mut sums = [0; 2];
    sum_lightness(isa, pixels, &mut sums);
    let n = (pixels.len() / 3) as f64;
    let [mean, mean_square] = sums.map(|sum| sum as f64 / n);
    let deviation = libm::sqrt(f64::max(mean_square - mean * mean, 0.0)) / 2.0;
    // Both distributions by their quantiles.
    let table = &mut scratch.floats;
    table.clear();
    poisson_quantiles(deviation * intensity, table);
    let twelfths = colour_shift * intensity * 12.0 / 4096.0;
    table.extend(quantiles().iter().map(|&quantile| (f64::from(quantile) * twelfths) as f32));
    disturb(isa, pixels, table, key);
}

/// The Poisson distribution's quantiles at (i + 1/2) / 4096.
fn poisson_quantiles(mean: f64, table: &mut Vec<f32>) {
    let (mut count, mut chance) = (0.0, libm::exp(-mean));
    let mut below = chance;
    for i in 0..TABLE {
        while below < (i as f64 + 0.5) / TABLE as f64 {
            count += 1.0;
            chance *= mean / count;
            below += chance;
        }
        table.push(count as f32);
    }
}

kernel! {
    /// The sum of twice the lightness, and of its square.
    pub fn sum_lightness(pixels: &[u8], sums: &mut [u64; 2]) {
        for pixels in pixels.chunks(3 * 4096) {
            let (mut sum, mut squares) = (0u32, 0u32);
            for pixel in pixels.as_chunks::<3>().0 {
                let [r, g, b] = *pixel;
                let twice = u32::from(r.max(g).max(b)) + u32::from(r.min(g).min(b));
                sum += twice;
                squares += twice * twice;
            }
            sums[0] += u64::from(sum);
            sums[1] += u64::from(squares);
        }
    }
}

kernel! {
    /// `table` has the quantiles of lightness in levels, then those of hue in twelfths of the circle. The way back from
    /// hue, lightness and saturation is the form without branches: a channel is
    /// `l - s * min(l, 255 - l) * max(-1, min(k - 3, 9 - k, 1))`, k = (n + hue) mod 12, n = 0, 8, 4.
    pub fn disturb(pixels: &mut [u8], table: &[f32], key: u64) {
        let (of_lightness, of_hue) = table.split_first_chunk::<TABLE>().expect("two tables");
        let of_hue: &[f32; TABLE] = of_hue.first_chunk().expect("two tables");
        let mut first = 0u32;
        for part in pixels.chunks_mut(BLOCK * 3) {
            let planes = split(part);
            let bits: [u32; BLOCK] = many_bits(first, key);
            first = first.wrapping_add(BLOCK as u32);
            let more = bits.map(|bits| of_lightness[(bits >> 20) as usize]);
            let turn = bits.map(|bits| of_hue[((bits >> 4) & 4095) as usize]);
            let mut out = [[0; BLOCK]; 3];
            for (i, (more, turn)) in more.into_iter().zip(turn).enumerate() {
                let [r, g, b] = [planes[0][i], planes[1][i], planes[2][i]].map(f32::from);
                let (high, low) = (larger(larger(r, g), b), smaller(smaller(r, g), b));
                let chroma = high - low;
                // Gray has no hue and no saturation: a divisor of 1 gives 0.
                let per_chroma = 2.0 / larger(chroma, 1.0);
                let from_blue = 8.0 + (r - g) * per_chroma;
                let from_green = 4.0 + (b - r) * per_chroma;
                let from_red = (g - b) * per_chroma;
                let hue = if high == r { from_red } else if high == g { from_green } else { from_blue };
                let lightness = (high + low) * 0.5;
                let saturation = chroma / larger(2.0 * smaller(lightness, 255.0 - lightness), 1.0);
                let lightness = smaller(lightness + more * (1.0 - lightness * (1.0 / 255.0)), 255.0);
                let reach = saturation * smaller(lightness, 255.0 - lightness);
                // Three times round the circle is far more than the noise goes.
                let hue = hue + turn + 36.0;
                let channel = |n: f32| {
                    let k = n + hue;
                    let k = k - 12.0 * ((k * (1.0 / 12.0)) as i32 as f32);
                    let side = larger(smaller(smaller(k - 3.0, 9.0 - k), 1.0), -1.0);
                    // Adding 1.5 x 2^23 leaves the rounded level in the low bits.
                    (lightness - reach * side + 12_582_912.0).to_bits() as u8
                };
                out[0][i] = channel(0.0);
                out[1][i] = channel(8.0);
                out[2][i] = channel(4.0);
            }
            join(&out, part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half black and white, so that the deviation is known, and one gray, whose noise is looked at.
    fn noisy(colour: [u8; 3], colour_shift: f64, intensity: f64) -> (Vec<[u8; 3]>, f64) {
        let n = 60_000;
        let mut pixels: Vec<u8> = (0..n).flat_map(|i| [[0, 0, 0], [255; 3], colour, colour][i % 4]).collect();
        let twice = |p: [u8; 3]| f64::from(p.iter().max().unwrap() / 2) + f64::from(p.iter().min().unwrap() / 2);
        let lights = [0.0, 255.0, twice(colour), twice(colour)];
        let mean = lights.iter().sum::<f64>() / 4.0;
        let deviation = (lights.iter().map(|l| (l - mean) * (l - mean)).sum::<f64>() / 4.0).sqrt();
        add_iso_noise(Isa::best(), &mut pixels, colour_shift, intensity, 9, &mut Scratch::default());
        (pixels.as_chunks::<3>().0.iter().skip(2).step_by(4).copied().collect(), deviation * intensity)
    }

    #[test]
    fn lightness_gets_poisson_noise_of_the_asked_mean() {
        let (pixels, mean) = noisy([50; 3], 0.0, 0.3);
        let n = pixels.len() as f64;
        let counts: Vec<f64> = pixels.iter().map(|p| (f64::from(p[0]) - 50.0) / (1.0 - 50.0 / 255.0)).collect();
        let got = counts.iter().sum::<f64>() / n;
        let variance = counts.iter().map(|c| (c - got) * (c - got)).sum::<f64>() / n;
        assert!((got / mean - 1.0).abs() < 0.01, "{got} for {mean}");
        // Mean and variance of a Poisson distribution are the same; levels are rounded.
        assert!((variance / mean - 1.0).abs() < 0.05, "{variance} for {mean}");
        assert!(pixels.iter().all(|p| p[0] == p[1] && p[1] == p[2]), "gray has no hue");
    }

    #[test]
    fn hue_gets_normal_noise_of_the_asked_deviation() {
        // Red with half of green is 30 degrees; a degree is 200 / 60 levels of green.
        let (pixels, _) = noisy([200, 100, 0], 0.05, 0.2);
        let chroma = |p: &[u8; 3]| f64::from(p[0]) - f64::from(p[2]);
        let degrees: Vec<f64> = pixels.iter().map(|p| (f64::from(p[1]) - f64::from(p[2])) / chroma(p) * 60.0).collect();
        let n = degrees.len() as f64;
        let mean = degrees.iter().sum::<f64>() / n;
        let deviation = (degrees.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / n).sqrt();
        assert!((mean - 30.0).abs() < 0.1, "{mean}");
        assert!((deviation / (360.0 * 0.05 * 0.2) - 1.0).abs() < 0.02, "{deviation}");
    }

    #[test]
    fn no_noise_keeps_every_colour() {
        for r in (0..=255u8).step_by(5) {
            for g in (0..=255u8).step_by(5) {
                let mut pixel = [r, g, 77];
                add_iso_noise(Isa::best(), &mut pixel, 0.0, 0.0, 1, &mut Scratch::default());
                assert_eq!(pixel, [r, g, 77]);
            }
        }
    }
}
