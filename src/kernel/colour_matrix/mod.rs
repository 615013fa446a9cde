//! Linear mixtures of the channels.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;

use super::Isa;
use super::isa::kernel;

/// Each new channel as a sum of the old ones, rounded and held to 0..=255. Sums of a row's sizes are below 32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColourMatrix(Weights);

/// Factors in 1/2^`bits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Weights {
    rows: [[i16; 3]; 3],
    bits: u32,
}

/// Luma weights of ITU-R BT.601, in 1/4096: they sum to 4096.
const LUMA: [i32; 3] = [1225, 2404, 467];

#[cfg(target_arch = "x86_64")]
impl Weights {
    /// Of each row, two 16-bit numbers side by side: the weights of red and green, then that of blue and half of what
    /// rounding adds.
    fn pairs(&self) -> [[i32; 3]; 2] {
        let pair = |even: i16, odd: i16| i32::from(even) & 0xffff | i32::from(odd) << 16;
        [
            self.rows.map(|[red, green, _]| pair(red, green)),
            self.rows.map(|[_, _, blue]| pair(blue, 1 << (self.bits - 2))),
        ]
    }
}

impl ColourMatrix {
    /// Luma in all channels: 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601), in OpenCV's 14-bit weights.
    pub const GRAY: Self = Self(Weights { rows: [[4899, 9617, 1868]; 3], bits: 14 });

    /// From factors between -8 and 8, row by row, in 1/4096.
    pub fn new(factors: [[f64; 3]; 3]) -> Self {
        let rows = factors.map(|row| row.map(|factor| (factor * 4096.0).round().clamp(-32767.0, 32767.0) as i16));
        Self(Weights { rows, bits: 12 })
    }

    /// A mixture with the picture's own gray: 0 is gray, 1 no change, above 1 more colourful (Haeberli and Voorhies,
    /// "Image processing by interpolation and extrapolation", 1994), at most 15.
    pub fn saturation(factor: f64) -> Self {
        // Factors from 7 on would not fit 16 bits otherwise.
        let bits = if factor < 7.0 { 12 } else { 11 };
        let one = 1 << bits;
        let keep = (factor.min(15.0) * f64::from(one)).round() as i32;
        let row = |channel: usize| {
            let mut weights = LUMA.map(|luma| (luma * (one - keep) + 2048) >> 12);
            // Gray stays gray: what rounding took from the row's sum goes to the channel itself.
            weights[channel] += one - weights.iter().sum::<i32>();
            weights.map(|weight| weight as i16)
        };
        Self(Weights { rows: std::array::from_fn(row), bits })
    }
}

/// Replaces each colour by its mixture.
pub fn mix_channels(isa: Isa, from: &[u8], to: &mut [u8], matrix: &ColourMatrix) {
    let weights = &matrix.0;
    let same = weights.rows.iter().all(|row| *row == weights.rows[0]);
    match isa {
        #[cfg(target_arch = "x86_64")]
        #[expect(unsafe_code, reason = "Isa::Avx2 comes from Isa::available, which asked the processor")]
        Isa::Avx2 => unsafe {
            if same { avx2::mix::<true>(from, to, weights) } else { avx2::mix::<false>(from, to, weights) }
        },
        #[cfg(target_arch = "x86_64")]
        #[expect(unsafe_code, reason = "Isa::Avx512 comes from Isa::available, which asked the processor")]
        Isa::Avx512 => unsafe {
            if same { avx512::mix::<true>(from, to, weights) } else { avx512::mix::<false>(from, to, weights) }
        },
        _ => mix_pixels(isa, from, to, weights),
    }
}

kernel! {
    /// The definition.
    fn mix_pixels(from: &[u8], to: &mut [u8], weights: &Weights) {
        for (from, to) in from.as_chunks::<3>().0.iter().zip(to.as_chunks_mut::<3>().0) {
            *to = weights.rows.map(|row| {
                let sum: i32 = row.iter().zip(*from).map(|(&weight, level)| i32::from(weight) * i32::from(level)).sum();
                ((sum + (1 << (weights.bits - 1))) >> weights.bits).clamp(0, 255) as u8
            });
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
        for factor in [0.0, 0.37, 1.0, 1.9, 6.9, 7.0, 10.0] {
            let mut changed = vec![0; colours.len()];
            mix_channels(Isa::Scalar, &colours, &mut changed, &ColourMatrix::saturation(factor));
            assert_eq!(changed, colours, "{factor}");
        }
        let (colours, mut changed) = ([10, 200, 30, 255, 0, 1], [0; 6]);
        mix_channels(Isa::Scalar, &colours, &mut changed, &ColourMatrix::saturation(1.0));
        assert_eq!(changed, colours);
    }
}
