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

kernel! {
    /// Shifts hue (round the circle), saturation and value (held to their range) of every pixel: the HSV hexcone of
    /// Smith, "Color gamut transform pairs" (SIGGRAPH 1978). The way back is in the form without branches: a channel is
    /// `value - value * saturation * max(0, min(k, 4 - k, 1))`, k = (n + hue) mod 6, n = 5, 3, 1.
    pub fn shift_hsv(pixels: &mut [u8], by: HsvShift) {
        for part in pixels.chunks_mut(BLOCK * 3) {
            let planes = split(part);
            let mut out = [[0; BLOCK]; 3];
            for i in 0..BLOCK {
                let [r, g, b] = [planes[0][i], planes[1][i], planes[2][i]].map(f32::from);
                let high = larger(larger(r, g), b);
                let chroma = high - smaller(smaller(r, g), b);
                // Black and gray have no hue and no saturation: a divisor of 1 gives 0.
                let per_chroma = 1.0 / larger(chroma, 1.0);
                let from_blue = 4.0 + (r - g) * per_chroma;
                let from_green = 2.0 + (b - r) * per_chroma;
                let from_red = (g - b) * per_chroma;
                let hue = if high == r { from_red } else if high == g { from_green } else { from_blue };
                let hue = hue + by.hue;
                let hue = if hue < 0.0 { hue + 6.0 } else { hue };
                let hue = if hue >= 6.0 { hue - 6.0 } else { hue };
                let saturation = chroma / larger(high, 1.0) + by.saturation;
                let saturation = smaller(larger(saturation, 0.0), 1.0);
                let value = smaller(larger(high + by.value, 0.0), 255.0);
                let chroma = value * saturation;
                let channel = |n: f32| {
                    let k = n + hue;
                    let k = if k >= 6.0 { k - 6.0 } else { k };
                    let away = larger(smaller(smaller(k, 4.0 - k), 1.0), 0.0);
                    // Adding 1.5 x 2^23 leaves the rounded level in the low bits.
                    (value - chroma * away + 12_582_912.0).to_bits() as u8
                };
                out[0][i] = channel(5.0);
                out[1][i] = channel(3.0);
                out[2][i] = channel(1.0);
            }
            join(&out, part);
        }
    }
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
                let mut pixel = [r, g, 77];
                shift_hsv(Isa::Scalar, &mut pixel, HsvShift { hue: 0.0, saturation: 0.0, value: 0.0 });
                assert_eq!(pixel, [r, g, 77]);
            }
        }
    }

    #[test]
    fn a_third_of_the_circle_turns_red_into_green() {
        for hue in [2.0, -4.0] {
            let mut pixel = [200, 0, 0];
            shift_hsv(Isa::Scalar, &mut pixel, HsvShift { hue, saturation: 0.0, value: 0.0 });
            assert_eq!(pixel, [0, 200, 0]);
        }
    }
}
