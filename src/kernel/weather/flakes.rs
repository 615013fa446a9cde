//! Snow that falls.

use crate::image::Shape;
use crate::kernel::isa::kernel;
use crate::kernel::noise::{bits, normal};

/// Flakes: the peaks of a field of normal noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flakes {
    /// Of the field, where 1 is white.
    pub mean: f64,
    /// Of the field, in the same unit.
    pub std: f64,
    /// What lies below it is no flake.
    pub threshold: f64,
    /// From pixel to pixel, across and down, in cells of the field: 0 to 1.
    pub step: [f64; 2],
    /// The field follows from it.
    pub key: u64,
}

/// A weight a pixel: how white flakes make it. The field is bilinear between its cells.
pub fn flakes(shape: Shape, how: &Flakes, field: &mut Vec<f32>, mask: &mut Vec<u8>) {
    let cells = |side: usize, step: f64| ((side - 1) as f64 * step) as usize + 2;
    let (columns, rows) = (cells(shape.width, how.step[0]), cells(shape.height, how.step[1]));
    field.clear();
    field.extend((0..columns * rows).map(|i| (how.mean + how.std * normal(bits(i as u32, how.key))) as f32));
    mask.clear();
    for y in 0..shape.height {
        let down = y as f64 * how.step[1];
        let (upper, lower) = field[down as usize * columns..].split_at(columns);
        let down = down.fract() as f32;
        mask.extend((0..shape.width).map(|x| {
            let across = x as f64 * how.step[0];
            let (left, right) = (across as usize, across.fract() as f32);
            let at = |row: &[f32]| row[left] + (row[left + 1] - row[left]) * right;
            let value = at(upper) + (at(lower) - at(upper)) * down;
            if value < how.threshold as f32 { 0 } else { (value.min(1.0) * 255.0 + 0.5) as u8 }
        }));
    }
}

kernel! {
    /// Light as it is while snow falls: of every level the share `keep` stays, the rest becomes half of white and 1.5 times
    /// the pixel's luma where that is lighter; then flakes add their weight, here and turned by 180 degrees (ImageNet-C's
    /// `snow`, Hendrycks and Dietterich, 2019). `flakes` holds a weight a pixel.
    pub fn snow_over(pixels: &mut [u8], flakes: &[u8], keep: f32) {
        for ((pixel, &flake), &turned) in pixels.as_chunks_mut::<3>().0.iter_mut().zip(flakes).zip(flakes.iter().rev()) {
            let [r, g, b] = pixel.map(f32::from);
            let haze = (0.299 * r + 0.587 * g + 0.114 * b) * 1.5 + 127.5;
            let white = f32::from(flake) + f32::from(turned) + 0.5;
            *pixel = [r, g, b].map(|level| {
                let hazy = if level > haze { level } else { haze };
                // A cast holds what is above 255.
                (keep * level + (1.0 - keep) * hazy + white) as u8
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Isa;
    use crate::random::normal_below;

    #[test]
    fn as_much_is_flakes_as_the_normal_distribution_has_above_the_threshold() {
        let (shape, mut mask) = (Shape { width: 300, height: 200 }, Vec::new());
        let how = Flakes { mean: 0.1, std: 0.3, threshold: 0.5, step: [1.0; 2], key: 5 };
        flakes(shape, &how, &mut Vec::new(), &mut mask);
        let share = mask.iter().filter(|&&weight| weight > 0).count() as f64 / mask.len() as f64;
        let wanted = 1.0 - normal_below((0.5 - 0.1) / 0.3);
        assert!((share - wanted).abs() < 0.006, "{share} for {wanted}");
        assert!(mask.iter().all(|&weight| weight == 0 || weight >= 127));
    }

    #[test]
    fn snow_follows_its_formula() {
        let mut pixels = [0, 0, 0, 100, 150, 200, 255, 255, 255];
        snow_over(Isa::best(), &mut pixels, &[10, 0, 20], 0.8);
        // Luma 140.75, haze 338.6: 0.8 x 100 + 0.2 x 338.6, …
        assert_eq!(pixels, [56, 56, 56, 148, 188, 228, 255, 255, 255]);
    }
}
