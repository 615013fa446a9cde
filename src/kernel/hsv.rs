//! Hue, saturation and value, shifted in one pass.

use super::isa::kernel;
use super::planes::{BLOCK, join, split};

/// What is added to hue, saturation and value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HsvShift {
    /// In sixths of the colour circle (60 degrees), -6..=6.
    pub hue: f32,
    /// As a fraction of full saturation, -1..=1.
    pub saturation: f32,
    /// In levels, -255..=255.
    pub value: f32,
}

/// A sixth of the colour circle.
const SIXTH: i16 = 2048;
const CIRCLE: i16 = 6 * SIXTH;

kernel! {
    /// Shifts hue (round the circle), saturation and value (held to their range) of every pixel: the HSV hexcone of
    /// Smith, "Color gamut transform pairs" (SIGGRAPH 1978). The way back is in the form without branches: a channel is
    /// `value - value * saturation * max(0, min(k, 4 - k, 1))`, k = (n + hue) mod 6, n = 5, 3, 1.
    ///
    /// In 16 bits, twice as many at a time as floats: hue in 1/2048 of a sixth, value in 1/128 of a level, saturation in
    /// 1/65536. Within a level of the formula.
    pub fn shift_hsv(from: &[u8], to: &mut [u8], by: HsvShift) {
        let turn = (by.hue.rem_euclid(6.0) * f32::from(SIXTH) + 0.5) as i16 % CIRCLE;
        let brighter = (by.value * 128.0) as i16;
        let [more, less] = [by.saturation, -by.saturation].map(|saturation| (saturation * 65535.0) as u16);
        for (from, to) in from.chunks(BLOCK * 3).zip(to.chunks_mut(BLOCK * 3)) {
            let planes = split(from);
            let (mut high, mut chroma) = ([0i16; BLOCK], [0i16; BLOCK]);
            // Hue within the sixths about the highest channel, before it is divided by chroma, and where these begin.
            let (mut side, mut start) = ([0i16; BLOCK], [0i16; BLOCK]);
            for i in 0..BLOCK {
                let [r, g, b] = [planes[0][i], planes[1][i], planes[2][i]].map(i16::from);
                high[i] = r.max(g).max(b);
                chroma[i] = high[i] - r.min(g).min(b);
                let (from_red, from_green) = (r == high[i], g == high[i]);
                side[i] = if from_red { g - b } else if from_green { b - r } else { r - g };
                start[i] = if from_red { 0 } else if from_green { 2 * SIXTH } else { 4 * SIXTH };
            }
            let (mut hue, mut saturation) = ([0i16; BLOCK], [0u16; BLOCK]);
            for i in 0..BLOCK {
                // Adding 1.5 x 2^23 leaves a whole number in the low bits.
                const ROUND: f32 = 12_582_912.0;
                let (high, chroma) = (f32::from(high[i]), f32::from(chroma[i]));
                // One division for side / chroma and chroma / high. Black and gray have no hue and no saturation: 0.
                let inverse = 1.0 / larger(high * chroma, 1.0);
                hue[i] = (f32::from(side[i]) * high * inverse * f32::from(SIXTH) + ROUND).to_bits() as i16;
                saturation[i] = (chroma * chroma * inverse * 65535.0 + ROUND).to_bits() as u16;
            }
            let mut out = [[0; BLOCK]; 3];
            for i in 0..BLOCK {
                let hue = hue[i] + start[i] + turn;
                let hue = if hue < 0 { hue + CIRCLE } else { hue };
                let hue = if hue >= CIRCLE { hue - CIRCLE } else { hue };
                let value = (high[i] << 7).saturating_add(brighter).clamp(0, 255 << 7);
                let saturation = saturation[i].saturating_add(more).saturating_sub(less);
                let chroma = share_of(value as u16, saturation);
                let channel = |n: i16| {
                    let k = hue + n * SIXTH;
                    let k = if k >= CIRCLE { k - CIRCLE } else { k };
                    // One is a 2,048th too much for 16 bits.
                    let away = k.min(4 * SIXTH - k).clamp(0, SIXTH - 1);
                    ((value + 64 - share_of(chroma, (away as u16) << 5) as i16) >> 7) as u8
                };
                out[0][i] = channel(5);
                out[1][i] = channel(3);
                out[2][i] = channel(1);
            }
            join(&out, to);
        }
    }
}

/// `share` is in 1/65536.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled anew inside the kernels of each instruction set")]
fn share_of(of: u16, share: u16) -> u16 {
    ((u32::from(of) * u32::from(share)) >> 16) as u16
}

/// As one instruction does it: `f32::max` takes more care of NaN, which cannot be here.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled anew inside the kernels of each instruction set")]
pub(super) fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled anew inside the kernels of each instruction set")]
pub(super) fn smaller(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Isa;

    #[test]
    fn no_shift_keeps_every_colour() {
        for r in (0..=255u8).step_by(5) {
            for g in (0..=255u8).step_by(5) {
                let mut pixel = [0; 3];
                shift_hsv(Isa::Scalar, &[r, g, 77], &mut pixel, HsvShift { hue: 0.0, saturation: 0.0, value: 0.0 });
                assert_eq!(pixel, [r, g, 77]);
            }
        }
    }

    #[test]
    fn a_third_of_the_circle_turns_red_into_green() {
        for hue in [2.0, -4.0] {
            let mut pixel = [0; 3];
            shift_hsv(Isa::Scalar, &[200, 0, 0], &mut pixel, HsvShift { hue, saturation: 0.0, value: 0.0 });
            assert_eq!(pixel, [0, 200, 0]);
        }
    }
}
