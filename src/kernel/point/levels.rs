//! Point operations that are short formulas.

use super::Lut;
use crate::image::{Frame, Shape, ask_ahead};
use crate::kernel::isa::kernel;
use crate::kernel::{Isa, sum_luma};

/// `(level' x gain + offset) & mask`, held to 0..=255, for each channel, where level' is 255 - level from a threshold on.
///
/// Gains are in 1/8192 and below 4 either way, offsets in 1/16 of a level and within 1,023 levels: then all sums fit 16 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Levels {
    gain: [i16; 3],
    offset: [i16; 3],
    inverted_from: i16,
    mask: u8,
}

impl Levels {
    /// Nothing changes.
    pub const SAME: Self = Self { gain: [8192; 3], offset: [0; 3], inverted_from: 256, mask: 255 };

    /// `level x gain + offset`: -4 < gain < 4, offsets in levels.
    pub fn line(gain: [f64; 3], offset: [f64; 3]) -> Self {
        Self {
            gain: gain.map(|gain| (gain * 8192.0).round().clamp(-32767.0, 32767.0) as i16),
            offset: offset.map(|offset| (offset * 16.0).round().clamp(-16368.0, 16368.0) as i16),
            ..Self::SAME
        }
    }

    /// The same line for all channels.
    pub fn same_line(gain: f64, offset: f64) -> Self {
        Self::line([gain; 3], [offset; 3])
    }

    /// Away from the picture's mean luma (rounded to a level, as Pillow does), or towards it: 0 is gray, 1 no change.
    pub fn contrast(frame: &Frame, factor: f64) -> Self {
        let mut total = 0;
        sum_luma(Isa::best(), frame.pixels(), &mut total);
        let Shape { width, height } = frame.shape();
        let mean = (total as f64 / 16384.0 / (width * height) as f64).round();
        Self::same_line(factor, mean * (1.0 - factor))
    }

    /// 255 - level from this level on; 256 inverts none.
    pub fn inverted_from(threshold: u16) -> Self {
        Self { inverted_from: threshold.min(256) as i16, ..Self::SAME }
    }

    /// Only these bits stay.
    pub fn masked(mask: u8) -> Self {
        Self { mask, ..Self::SAME }
    }

    /// What becomes of a level of a channel: the definition.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is compiled anew inside the kernel of each instruction set")]
    fn level(gain: i16, offset: i16, inverted_from: i16, mask: u8, level: u8) -> u8 {
        let level = i16::from(level);
        let level = if level >= inverted_from { 255 - level } else { level };
        // In 1/16 of a level: 7 + 13 - 16 bits.
        let product = ((i32::from(level << 7) * i32::from(gain)) >> 16) as i16;
        let sum = product.saturating_add(offset).saturating_add(8) >> 4;
        sum.clamp(0, 255) as u8 & mask
    }

    /// Whether levels are multiplied or added to.
    fn has_line(&self) -> bool {
        self.gain != Self::SAME.gain || self.offset != Self::SAME.offset
    }

    /// As a table.
    pub fn lut(&self) -> Lut {
        let level = |c: usize, level: usize| {
            Self::level(self.gain[c], self.offset[c], self.inverted_from, self.mask, level as u8)
        };
        Lut(std::array::from_fn(|c| std::array::from_fn(|i| level(c, i))))
    }
}

/// Samples in a block: whole pixels, and whole vectors of 16-bit numbers.
const BLOCK: usize = 48;

/// Changes every level.
pub fn apply_levels(isa: Isa, from: &[u8], to: &mut [u8], by: &Levels) {
    if by.has_line() {
        apply_lines(isa, from, to, by);
    } else {
        flip_and_mask(isa, from, to, by.inverted_from, by.mask);
    }
}

kernel! {
    /// Levels without a line, in 8 bits.
    pub fn flip_and_mask(from: &[u8], to: &mut [u8], inverted_from: i16, mask: u8) {
        /// What processors see coming by themselves is not far enough for so little work.
        const AHEAD: usize = 512;
        let (threshold, flip) = if inverted_from > 255 { (255, 0) } else { (inverted_from as u8, 255) };
        let new = |level: u8| (level ^ if level >= threshold { flip } else { 0 }) & mask;
        let ((lines, rest), (to_lines, to_rest)) = (from.as_chunks::<64>(), to.as_chunks_mut::<64>());
        for (from, to) in lines.iter().zip(to_lines) {
            ask_ahead(from, AHEAD);
            for (&level, to) in from.iter().zip(to) {
                *to = new(level);
            }
        }
        for (&level, to) in rest.iter().zip(to_rest) {
            *to = new(level);
        }
    }
}

kernel! {
    /// Levels with a line, in 16 bits.
    pub fn apply_lines(from: &[u8], to: &mut [u8], by: &Levels) {
        let gain: [i16; BLOCK] = std::array::from_fn(|i| by.gain[i % 3]);
        let offset: [i16; BLOCK] = std::array::from_fn(|i| by.offset[i % 3]);
        let ((blocks, rest), (to_blocks, to_rest)) = (from.as_chunks::<BLOCK>(), to.as_chunks_mut::<BLOCK>());
        for (from, to) in blocks.iter().zip(to_blocks) {
            for i in 0..BLOCK {
                to[i] = Levels::level(gain[i], offset[i], by.inverted_from, by.mask, from[i]);
            }
        }
        for (i, (&level, to)) in rest.iter().zip(to_rest).enumerate() {
            *to = Levels::level(gain[i], offset[i], by.inverted_from, by.mask, level);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_within_a_level_of_the_formula() {
        for gain in [-3.9, -1.0, -0.3, 0.0, 0.25, 1.0, 1.234, 3.9] {
            for offset in [-300.0, -51.0, 0.0, 25.5, 700.0] {
                let table = Levels::same_line(gain, offset).lut();
                for level in 0..=255u8 {
                    let wanted = (f64::from(level) * gain + offset).clamp(0.0, 255.0);
                    let got = f64::from(table.0[1][usize::from(level)]);
                    assert!((got - wanted).abs() < 0.6, "{level} x {gain} + {offset}: {got} for {wanted}");
                }
            }
        }
    }

    #[test]
    fn levels_without_a_line_are_what_the_definition_says() {
        let all: Vec<u8> = (0..=255).flat_map(|level| [level; 3]).collect();
        for levels in [0, 1, 128, 255, 256].map(Levels::inverted_from).into_iter().chain([Levels::masked(0xe8)]) {
            let mut changed = vec![0; all.len()];
            apply_levels(Isa::Scalar, &all, &mut changed, &levels);
            let table = levels.lut();
            assert!(all.iter().zip(&changed).all(|(&level, &got)| got == table.0[0][usize::from(level)]), "{levels:?}");
        }
    }

    #[test]
    fn no_change_is_none() {
        assert_eq!(Levels::SAME.lut(), Lut::same(|level| level));
        assert_eq!(Levels::same_line(-1.0, 255.0).lut(), Lut::same(|level| 255 - level));
    }
}
