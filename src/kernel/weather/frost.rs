//! Ice on a window.

use std::f64::consts::{FRAC_PI_3, TAU};

use super::plasma;
use crate::image::Shape;
use crate::kernel::noise::bits;

/// How the ice looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frost {
    /// Mean level.
    pub mean: f64,
    /// Standard deviation of the levels before they are held to 0..=255.
    pub std: f64,
    /// How many pixels long the smallest ice feathers are; the largest are five times as long.
    pub feather_px: f64,
    /// Where the ice grows follows from it.
    pub key: u64,
}

/// A level a pixel: feathers of ice, each a stem with barbs at 60 degrees as ice crystals grow them, over a cloudy ground.
pub fn frost(shape: Shape, how: &Frost, map: &mut Vec<i32>, field: &mut Vec<f32>, levels: &mut Vec<u8>) {
    plasma(shape, 1.45, how.key, map, levels);
    field.clear();
    field.extend(levels.iter().zip(0u32..).map(|(&cloud, i)| {
        // A little of the grain that fine ice has.
        f32::from(cloud) + (bits(i, how.key ^ 1) >> 26) as f32
    }));
    let mut draws = (0u32..).map(|i| f64::from(bits(i, how.key ^ 2)) / 4_294_967_296.0);
    let mut draw = || draws.next().unwrap_or(0.0);
    let reach = 3.0 * how.feather_px;
    let (width, height) = (shape.width as f64 + 2.0 * reach, shape.height as f64 + 2.0 * reach);
    // Half of the feathers lie over others.
    let count = (width * height / (how.feather_px * how.feather_px * 2.5)) as usize;
    for _ in 0..count {
        let root = [draw() * width - reach, draw() * height - reach];
        let size = draw();
        let length = how.feather_px * (1.0 + 4.0 * size * size * size);
        let light = 40.0 + 120.0 * draw();
        feather(field, shape, root, draw() * TAU, length, light as f32);
    }
    let n = field.len() as f64;
    let mean = field.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
    let variance = field.iter().map(|&v| (f64::from(v) - mean) * (f64::from(v) - mean)).sum::<f64>() / n;
    let gain = how.std / libm::sqrt(variance.max(1.0));
    levels.clear();
    levels.extend(field.iter().map(|&v| ((f64::from(v) - mean) * gain + how.mean + 0.5) as u8));
}

/// Adds a stem and its barbs, which get shorter towards the tip as light fades.
fn feather(field: &mut [f32], shape: Shape, root: [f64; 2], angle: f64, length: f64, light: f32) {
    needle(field, shape, root, angle, length, light);
    let (sin, cos) = libm::sincos(angle);
    let mut along = 1.0;
    while along < length {
        let from = [root[0] + cos * along, root[1] + sin * along];
        for side in [-FRAC_PI_3, FRAC_PI_3] {
            needle(field, shape, from, angle + side, (length - along) * 0.4, light * 0.7);
        }
        along += 2.5;
    }
}

/// Adds light to the pixels along a line, less and less.
fn needle(field: &mut [f32], shape: Shape, root: [f64; 2], angle: f64, length: f64, light: f32) {
    let (sin, cos) = libm::sincos(angle);
    for i in 0..length as usize {
        let (x, y) = (root[0] + cos * i as f64, root[1] + sin * i as f64);
        if x >= 0.0 && y >= 0.0 && x < shape.width as f64 && y < shape.height as f64 {
            field[y as usize * shape.width + x as usize] += light * (1.0 - i as f32 / length as f32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ice_has_the_asked_mean_and_deviation() {
        let (shape, mut levels) = (Shape { width: 200, height: 130 }, Vec::new());
        for (mean, std) in [(120.0, 35.0), (200.0, 18.0)] {
            let how = Frost { mean, std, feather_px: 6.0, key: 3 };
            frost(shape, &how, &mut Vec::new(), &mut Vec::new(), &mut levels);
            let n = levels.len() as f64;
            let seen = levels.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
            let spread = (levels.iter().map(|&v| (f64::from(v) - seen).powi(2)).sum::<f64>() / n).sqrt();
            assert!((seen - mean).abs() < 2.0 && (spread - std).abs() < 3.0, "{seen} {spread}");
        }
    }
}
