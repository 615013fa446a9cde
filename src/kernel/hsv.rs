//! Hue, saturation and value, shifted in one pass.

use super::isa::kernel;

/// What is added to hue, saturation and value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HsvShift {
    /// In 1/4096 of a sixth of the colour circle (60 degrees): 0..6 * 4096.
    pub hue: i32,
    /// In levels, -255..=255, where 255 is full saturation.
    pub saturation: i32,
    /// In levels, -255..=255.
    pub value: i32,
}

const SECTOR: i32 = 4096;

kernel! {
    /// Shifts hue (round the circle), saturation and value (held to their range) of every pixel: the HSV hexcone of
    /// Smith, "Color gamut transform pairs" (SIGGRAPH 1978), in integers that keep 12 bits of a sector of hue.
    pub fn shift_hsv(pixels: &mut [u8], by: HsvShift) {
        for pixel in pixels.chunks_exact_mut(3) {
            let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(i32::from);
            let (high, low) = (r.max(g).max(b), r.min(g).min(b));
            let chroma = high - low;
            let (start, climb) = if high == r {
                (0, g - b)
            } else if high == g {
                (2 * SECTOR, b - r)
            } else {
                (4 * SECTOR, r - g)
            };
            let hue = (start + climb * SECTOR / chroma.max(1) + by.hue + 12 * SECTOR) % (6 * SECTOR);
            // Saturation is chroma / value; all in 1/256 of a level.
            let saturation = (chroma * 65280 / high.max(1) + by.saturation * 256).clamp(0, 65280);
            let value = (high + by.value).clamp(0, 255);
            let chroma = value * saturation / 255;
            let (sector, part) = (hue / SECTOR, hue % SECTOR);
            let between = chroma * (if sector & 1 == 0 { part } else { SECTOR - part }) / SECTOR;
            let base = value * 256 - chroma + 128;
            let (x, y) = (((base + chroma) >> 8) as u8, ((base + between) >> 8) as u8);
            let z = (base >> 8) as u8;
            let colour = match sector {
                0 => [x, y, z],
                1 => [y, x, z],
                2 => [z, x, y],
                3 => [z, y, x],
                4 => [y, z, x],
                _ => [x, z, y],
            };
            pixel.copy_from_slice(&colour);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Isa;

    #[test]
    fn no_shift_keeps_every_colour_within_one_level() {
        for r in (0..=255u8).step_by(5) {
            for g in (0..=255u8).step_by(5) {
                let mut pixel = [r, g, 77];
                shift_hsv(Isa::Scalar, &mut pixel, HsvShift { hue: 0, saturation: 0, value: 0 });
                assert!(pixel.iter().zip([r, g, 77]).all(|(a, b)| a.abs_diff(b) <= 1), "{r} {g} -> {pixel:?}");
            }
        }
    }

    #[test]
    fn a_third_of_the_circle_turns_red_into_green() {
        let mut pixel = [200, 0, 0];
        shift_hsv(Isa::Scalar, &mut pixel, HsvShift { hue: 2 * SECTOR, saturation: 0, value: 0 });
        assert_eq!(pixel, [0, 200, 0]);
    }
}
