//! Light that falls unevenly.

use super::isa::kernel;
use crate::image::{Frame, Scratch, Shape};

use super::Isa;

/// How bright the light is from place to place, in 0..=1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gradient {
    /// Rises evenly across the picture, towards an angle in degrees (0 is right, 90 down).
    Linear {
        /// Degrees.
        towards_deg: f64,
    },
    /// A bell about a place, given in fractions of the sides; its standard deviation is a fraction of the longer one.
    Spot {
        /// From the left.
        x: f64,
        /// From the top.
        y: f64,
        /// More than 0.
        sigma: f64,
    },
}

/// Multiplies every level by 1 + `change` x gradient (-1 < change < 3), in steps of 1/4096.
pub fn illuminate(isa: Isa, frame: &mut Frame, gradient: Gradient, change: f64, scratch: &mut Scratch) {
    let Shape { width, height } = frame.shape();
    let rows = frame.pixels_mut().chunks_exact_mut(width * 3).enumerate();
    // Both gradients are made of one value a column and one a row, so that no formula runs a pixel.
    let across = &mut scratch.floats;
    across.clear();
    let middle = |i: usize| i as f64 + 0.5;
    match gradient {
        Gradient::Linear { towards_deg } => {
            let (sin, cos) = libm::sincos(towards_deg.to_radians());
            let (reach_x, reach_y) = (cos.abs() * width as f64, sin.abs() * height as f64);
            let total = reach_x + reach_y;
            let along = |n: usize, slope: f64, i: usize| {
                let place = middle(i) / n as f64;
                slope.abs() * n as f64 / total * if slope < 0.0 { 1.0 - place } else { place }
            };
            across.extend((0..width).map(|x| along(width, cos, x) as f32));
            for (y, row) in rows {
                brighten(isa, row, across, (change * along(height, sin, y)) as f32, change as f32);
            }
        }
        Gradient::Spot { x, y, sigma } => {
            let spread = sigma * width.max(height) as f64;
            let bell = |distance: f64| libm::exp(-distance * distance / (2.0 * spread * spread));
            across.extend((0..width).map(|i| bell(middle(i) - x * width as f64) as f32));
            for (i, row) in rows {
                brighten(isa, row, across, 0.0, (change * bell(middle(i) - y * height as f64)) as f32);
            }
        }
    }
}

kernel! {
    /// Multiplies a row by 1 + start + slope x across.
    pub fn brighten(row: &mut [u8], across: &[f32], start: f32, slope: f32) {
        for (pixel, &at) in row.as_chunks_mut::<3>().0.iter_mut().zip(across) {
            let gain = ((1.0 + start + slope * at) * 4096.0) as i32;
            for sample in pixel {
                *sample = ((i32::from(*sample) * gain + 2048) >> 12).clamp(0, 255) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn light_rises_from_one_side_to_the_other() {
        let shape = Shape { width: 100, height: 50 };
        for (towards_deg, dark, light) in
            [(0.0, (0, 25), (99, 25)), (90.0, (50, 0), (50, 49)), (225.0, (99, 49), (0, 0))]
        {
            let mut frame = Frame::filled(shape, [100; 3]);
            illuminate(Isa::best(), &mut frame, Gradient::Linear { towards_deg }, 0.5, &mut Scratch::default());
            assert!(frame.at(dark.0, dark.1)[0] <= 101, "{towards_deg}: {:?}", frame.at(dark.0, dark.1));
            assert!(frame.at(light.0, light.1)[0] >= 149, "{towards_deg}: {:?}", frame.at(light.0, light.1));
        }
    }

    #[test]
    fn a_spot_is_brightest_in_its_middle() {
        let mut frame = Frame::filled(Shape { width: 101, height: 101 }, [100; 3]);
        let spot = Gradient::Spot { x: 0.5, y: 0.5, sigma: 0.1 };
        illuminate(Isa::best(), &mut frame, spot, -0.8, &mut Scratch::default());
        assert_eq!(frame.at(50, 50)[0], 20);
        assert_eq!(frame.at(0, 0)[0], 100);
    }
}
