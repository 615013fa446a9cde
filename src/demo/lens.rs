//! From light on fine samples to the bytes of a picture.

use crate::image::{Frame, Shape};

use super::scene::View;
use super::vector::V3;

/// A Gaussian blur with mirrored edges.
pub fn blurred(samples: &[V3], size: usize, sigma: f64) -> Vec<V3> {
    if sigma < 0.05 {
        return samples.to_vec();
    }
    let reach = (sigma * 2.6).ceil() as usize;
    let weights: Vec<f64> = (0..=reach).map(|i| libm::exp(-0.5 * (i as f64 / sigma) * (i as f64 / sigma))).collect();
    let total = weights[0] + 2.0 * weights[1..].iter().sum::<f64>();
    // Each pass blurs along rows and swaps rows and columns: two passes blur both ways and swap back.
    let pass = |from: &[V3]| {
        let mut to = vec![V3::default(); size * size];
        for (row, line) in from.chunks_exact(size).enumerate() {
            for column in 0..size {
                let mut sum = line[column] * weights[0];
                for (away, &weight) in weights.iter().enumerate().skip(1) {
                    let left = column.abs_diff(away);
                    let right = if column + away < size { column + away } else { 2 * size - 2 - column - away };
                    sum = sum + (line[left] + line[right]) * weight;
                }
                to[column * size + row] = sum * (1.0 / total);
            }
        }
        to
    };
    pass(&pass(samples))
}

/// Averages the fine samples, then defocus, vignette, exposure, film curve, noise.
pub fn expose(samples: &[V3], side: usize, fine: usize, view: &View) -> Frame {
    let lens = &view.lens;
    let mut light = vec![V3::default(); side * side];
    for (at, &sample) in samples.iter().enumerate() {
        let (column, row) = (at % (side * fine) / fine, at / (side * fine) / fine);
        // A highlight many times brighter than white would leave jagged edges after averaging.
        light[row * side + column] = light[row * side + column] + sample.map(|c| c.min(3.0));
    }
    let light = blurred(&light, side, lens.blur);
    let share = 1.0 / (fine * fine) as f64;
    let mut rng = view.noise.rng();
    let mut pixels = Vec::with_capacity(side * side * 3);
    for (at, &sum) in light.iter().enumerate() {
        let x = (at % side) as f64 / side as f64 * 2.0 - 1.0;
        let y = (at / side) as f64 / side as f64 * 2.0 - 1.0;
        let dim = 1.0 - lens.vignette * 0.5 * (x * x + y * y);
        let seen = (sum * (share * lens.exposure * dim)).times(lens.cast);
        let shared = rng.normal();
        for linear in [seen.x, seen.y, seen.z] {
            let grain = lens.noise * (0.75 * shared + 0.66 * rng.normal());
            pixels.push((255.0 * film(linear) + grain).round().clamp(0.0, 255.0) as u8);
        }
    }
    Frame::new(Shape { width: side, height: side }, pixels)
}

/// Narkowicz's fit of the ACES film curve, then the sRGB transfer curve.
fn film(linear: f64) -> f64 {
    let x = linear.max(0.0) * 0.8;
    let shown = ((x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14)).clamp(0.0, 1.0);
    if shown <= 0.0031308 { shown * 12.92 } else { 1.055 * libm::pow(shown, 1.0 / 2.4) - 0.055 }
}
