//! Drops and mud on the lens.

use super::light::{add_light, cover};
use crate::image::{Frame, Scratch, Shape};
use crate::kernel::Isa;
use crate::kernel::isa::kernel;
use crate::kernel::noise::bits;

/// What lies on the lens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SpatterKind {
    /// Drops that catch light.
    Rain {
        /// How bright the brightest is, 0 to 1.
        intensity: f64,
    },
    /// Spots that cover.
    Mud,
}

/// Where it lies, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spatter {
    /// Of the liquid before it is smoothed.
    pub mean: f64,
    /// Standard deviation of the same.
    pub std: f64,
    /// How far the liquid is smoothed, in pixels; above 0.
    pub sigma: f64,
    /// Liquid above it stays.
    pub threshold: f64,
    /// Red, green, blue.
    pub colour: [u8; 3],
    /// What kind.
    pub kind: SpatterKind,
    /// The liquid follows from it.
    pub key: u64,
}

/// Spatters a picture: ImageNet-C's `spatter` (Hendrycks and Dietterich, 2019). Its mud is followed step by step. Its rain
/// takes the drops' relief from the distance to edges found by Canny's method; here it is the slope of the liquid itself
/// towards the upper left.
pub fn spatter(isa: Isa, frame: &mut Frame, how: &Spatter, scratch: &mut Scratch) {
    let shape = frame.shape();
    let Scratch { floats, weights, padded: mask, .. } = scratch;
    let size = shape.width * shape.height;
    floats.clear();
    floats.resize(size * 2 + shape.width, 0.0);
    let (liquid, rest) = floats.split_at_mut(size);
    // The sum of four even bytes has mean 510 and variance 4 x (256² - 1) / 12; smoothed, it is normal all the same.
    let (mean, scale) = (how.mean as f32, (how.std / libm::sqrt(65535.0 / 3.0)) as f32);
    for (i, value) in liquid.iter_mut().enumerate() {
        let sum: i32 = bits(i as u32, how.key).to_le_bytes().into_iter().map(i32::from).sum();
        *value = mean + (sum - 510) as f32 * scale;
    }
    smooth(isa, liquid, rest, shape, how.sigma, weights);
    let threshold = how.threshold as f32;
    mask.clear();
    match how.kind {
        SpatterKind::Mud => {
            for value in liquid.iter_mut() {
                *value = f32::from(u8::from(*value > threshold));
            }
            // ImageNet-C smooths the edges of spots by one pixel.
            smooth(isa, liquid, rest, shape, 1.0, weights);
            mask.extend(liquid.iter().map(|&v| if v < 0.8 { 0 } else { (v * 255.0 + 0.5) as u8 }));
            cover(isa, frame.pixels_mut(), mask, how.colour);
        }
        SpatterKind::Rain { intensity } => {
            let relief = &mut rest[..size];
            for y in 0..shape.height {
                for x in 0..shape.width {
                    let at = |dx: usize, dy: usize| {
                        liquid[(y + dy).min(shape.height - 1) * shape.width + (x + dx).min(shape.width - 1)]
                    };
                    let lit = at(1, 1) - at(0, 0) + 0.5 * (at(1, 0) + at(0, 1)) - at(0, 0);
                    relief[y * shape.width + x] = if at(0, 0) < threshold { 0.0 } else { (lit * at(0, 0)).max(0.0) };
                }
            }
            let most = relief.iter().fold(0.0f32, |most, &v| most.max(v));
            if most > 0.0 {
                mask.extend(relief.iter().map(|&v| (v / most * 255.0 + 0.5) as u8));
                let light = how.colour.map(|level| (intensity * 65536.0 * f64::from(level) / 255.0) as i32);
                add_light(isa, frame.pixels_mut(), mask, 1 << 16, light);
            }
        }
    }
}

/// Smooths a field with a Gaussian cut off at 4 sigma, its edge repeated outwards. `other` holds a field and a row.
fn smooth(isa: Isa, field: &mut [f32], other: &mut [f32], shape: Shape, sigma: f64, weights: &mut Vec<f32>) {
    let radius = (4.0 * sigma + 0.5) as isize;
    let exact = |i: isize| libm::exp(-((i * i) as f64) / (2.0 * sigma * sigma));
    let total: f64 = (-radius..=radius).map(exact).sum();
    weights.clear();
    weights.extend((-radius..=radius).map(|i| (exact(i) / total) as f32));
    let (other, row) = other.split_at_mut(field.len());
    smooth_columns(isa, field, other, shape, weights);
    smooth_rows(isa, other, field, shape, weights, row);
}

kernel! {
    /// Down columns.
    pub fn smooth_columns(from: &[f32], to: &mut [f32], shape: Shape, weights: &[f32]) {
        let radius = (weights.len() / 2) as isize;
        for (y, out) in to.chunks_exact_mut(shape.width).enumerate() {
            out.fill(0.0);
            for (k, &weight) in weights.iter().enumerate() {
                let y = (y as isize + k as isize - radius).clamp(0, shape.height as isize - 1) as usize;
                for (sum, &value) in out.iter_mut().zip(&from[y * shape.width..]) {
                    *sum += weight * value;
                }
            }
        }
    }
}

kernel! {
    /// Along rows; `row` is a row of scratch.
    pub fn smooth_rows(from: &[f32], to: &mut [f32], shape: Shape, weights: &[f32], row: &mut [f32]) {
        let (radius, width) = (weights.len() / 2, shape.width);
        for (values, out) in from.chunks_exact(width).zip(to.chunks_exact_mut(width)) {
            row.fill(0.0);
            for (k, &weight) in weights.iter().enumerate() {
                // Columns whose place lies left of, inside and right of the row.
                let left = radius.saturating_sub(k).min(width);
                let right = (width + radius).saturating_sub(k).min(width).max(left);
                for sum in &mut row[..left] {
                    *sum += weight * values[0];
                }
                let inside = &values[(left + k).saturating_sub(radius).min(width)..];
                for (sum, &value) in row[left..right].iter_mut().zip(inside) {
                    *sum += weight * value;
                }
                for sum in &mut row[right..] {
                    *sum += weight * values[width - 1];
                }
            }
            out.copy_from_slice(row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The slow, obvious twin: a convolution in two dimensions.
    #[test]
    fn smoothing_equals_the_obvious_convolution() {
        for (width, height) in [(9, 7), (1, 4), (3, 1), (20, 2)] {
            let shape = Shape { width, height };
            let before: Vec<f32> = (0..width * height).map(|i| (i * 7919 % 256) as f32).collect();
            let (mut field, mut other) = (before.clone(), vec![0.0; before.len() + width]);
            smooth(Isa::best(), &mut field, &mut other, shape, 1.0, &mut Vec::new());
            let bell = |i: isize| (-((i * i) as f64) / 2.0).exp();
            let total: f64 = (-4..=4).map(bell).sum();
            for y in 0..height as isize {
                for x in 0..width as isize {
                    let mut sum = 0.0;
                    for (dy, dx) in (-4..=4).flat_map(|dy| (-4..=4).map(move |dx| (dy, dx))) {
                        let (px, py) = ((x + dx).clamp(0, width as isize - 1), (y + dy).clamp(0, height as isize - 1));
                        sum += bell(dx) * bell(dy) / (total * total)
                            * f64::from(before[py as usize * width + px as usize]);
                    }
                    assert!((f64::from(field[y as usize * width + x as usize]) - sum).abs() < 0.01);
                }
            }
        }
    }
}
