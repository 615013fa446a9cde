//! Linear mixtures of the channels.

use super::isa::kernel;
use super::planes::{BLOCK, join, split};

/// Each new channel as a sum of the old ones, in 1/4096; the sum of a row's sizes must stay below 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColourMatrix(pub [[i32; 3]; 3]);

/// Luma weights of ITU-R BT.601, in 1/4096: they sum to 4096.
const LUMA: [i32; 3] = [1225, 2404, 467];

impl ColourMatrix {
    /// From factors, row by row.
    pub fn new(factors: [[f64; 3]; 3]) -> Self {
        Self(factors.map(|row| row.map(|factor| (factor * 4096.0).round() as i32)))
    }

    /// A mixture with the picture's own gray: 0 is gray, 1 no change, above 1 more colourful (Haeberli and Voorhies,
    /// "Image processing by interpolation and extrapolation", 1994).
    pub fn saturation(factor: f64) -> Self {
        let keep = (factor * 4096.0).round() as i32;
        let row = |channel: usize| {
            let mut weights = LUMA.map(|luma| (luma * (4096 - keep) + 2048) >> 12);
            // Gray stays gray: what rounding took from the row's sum goes to the channel itself.
            weights[channel] += 4096 - weights.iter().sum::<i32>();
            weights
        };
        Self(std::array::from_fn(row))
    }
}

kernel! {
    /// Replaces each colour by its mixture, rounded and held to 0..=255.
    pub fn mix_channels(pixels: &mut [u8], matrix: &ColourMatrix) {
        for part in pixels.chunks_mut(BLOCK * 3) {
            let from = split(part);
            let mut planes = from;
            for (row, plane) in matrix.0.iter().zip(&mut planes) {
                for i in 0..BLOCK {
                    let [r, g, b] = [from[0][i], from[1][i], from[2][i]].map(i32::from);
                    let sum = r * row[0] + g * row[1] + b * row[2];
                    plane[i] = ((sum + 2048) >> 12).clamp(0, 255) as u8;
                }
            }
            join(&planes, part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Isa;

    #[test]
    fn saturation_leaves_gray_alone_and_one_leaves_all_alone() {
        let colours: Vec<u8> = (0..=255).flat_map(|v| [v; 3]).collect();
        for factor in [0.0, 0.37, 1.0, 1.9] {
            let mut changed = colours.clone();
            mix_channels(Isa::Scalar, &mut changed, &ColourMatrix::saturation(factor));
            assert_eq!(changed, colours, "{factor}");
        }
        let mut colours = vec![10, 200, 30, 255, 0, 1];
        mix_channels(Isa::Scalar, &mut colours, &ColourMatrix::saturation(1.0));
        assert_eq!(colours, [10, 200, 30, 255, 0, 1]);
    }
}
