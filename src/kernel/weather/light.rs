//! A weight a pixel that mixes in a colour or adds light.

use crate::kernel::isa::kernel;
use crate::kernel::padded::high;
use crate::kernel::planes::{self, join, split};

/// Pixels in a block.
const BLOCK: usize = 32;

kernel! {
    /// Mixes each pixel with a colour. `mask` holds a weight a pixel: 255 is the colour alone, 0 no change.
    pub fn cover(pixels: &mut [u8], mask: &[u8], colour: [u8; 3]) {
        by_weights(pixels, mask, |channel, level, weight| {
            let (level, weight) = (u16::from(level), u16::from(weight));
            let sum = level * (255 - weight) + u16::from(colour[channel]) * weight + 128;
            // Division by 255, rounded.
            ((sum + (sum >> 8)) >> 8) as u8
        });
    }
}

kernel! {
    /// `level x gain + weight x light`, held to 0..=255, with `gain` and `light` in 1/65536 (0 to 8 each) and a weight
    /// of 0..=255 a pixel.
    pub fn add_light(pixels: &mut [u8], mask: &[u8], gain: i32, light: [i32; 3]) {
        if gain == 1 << 16 && light.iter().all(|light| (0..1 << 16).contains(light)) {
            return add_by_weights(pixels, mask, light.map(|light| light as u16));
        }
        if gain == 1 << 16 {
            // The same in fewer steps: what is added is rounded by itself.
            return by_weights(pixels, mask, |channel, level, weight| {
                let added = (i32::from(weight) * light[channel] + (1 << 15)) >> 16;
                level.saturating_add(added.min(255) as u8)
            });
        }
        by_weights(pixels, mask, |channel, level, weight| {
            let sum = i32::from(level) * gain + i32::from(weight) * light[channel] + (1 << 15);
            (sum >> 16).clamp(0, 255) as u8
        });
    }
}

/// As [`add_light`] with a gain of 1, in 16 bits: what is added is rounded by itself.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled anew inside the kernels of each instruction set")]
fn add_by_weights(pixels: &mut [u8], mask: &[u8], light: [u16; 3]) {
    for (block, mask) in pixels.chunks_mut(planes::BLOCK * 3).zip(mask.chunks(planes::BLOCK)) {
        let mut weights = [0; planes::BLOCK];
        weights[..mask.len()].copy_from_slice(mask);
        let mut planes = split(block);
        for (plane, light) in planes.iter_mut().zip(light) {
            for (level, weight) in plane.iter_mut().zip(weights) {
                // Twice the product, cut, and half of it rounded up: the product rounded.
                let added = (high(u16::from(weight) * 2, light) + 1) >> 1;
                *level = level.saturating_add(added as u8);
            }
        }
        join(&planes, block);
    }
}

/// Changes every level by its channel, itself, and its pixel's weight.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled anew inside the kernels of each instruction set")]
fn by_weights(pixels: &mut [u8], mask: &[u8], change: impl Fn(usize, u8, u8) -> u8) {
    let (blocks, rest) = pixels.as_chunks_mut::<{ BLOCK * 3 }>();
    let (weights, rest_of_mask) = mask.as_chunks::<BLOCK>();
    for (block, weights) in blocks.iter_mut().zip(weights) {
        let spread: [u8; BLOCK * 3] = std::array::from_fn(|i| weights[i / 3]);
        for i in 0..BLOCK * 3 {
            block[i] = change(i % 3, block[i], spread[i]);
        }
    }
    for (pixel, &weight) in rest.as_chunks_mut::<3>().0.iter_mut().zip(rest_of_mask) {
        *pixel = std::array::from_fn(|channel| change(channel, pixel[channel], weight));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Isa;

    #[test]
    fn a_full_weight_is_the_colour_and_none_is_no_change() {
        for level in 0..=255 {
            let mut pixels = [level; 6];
            cover(Isa::best(), &mut pixels, &[255, 0], [9, 200, 0]);
            assert_eq!(pixels, [9, 200, 0, level, level, level]);
            for weight in 0..=255 {
                let mut pixels = [level; 3];
                cover(Isa::best(), &mut pixels, &[weight], [77; 3]);
                let part = f64::from(weight) / 255.0;
                let wanted = f64::from(level) * (1.0 - part) + 77.0 * part;
                assert!((f64::from(pixels[0]) - wanted).abs() <= 0.5, "{level} {weight}");
            }
        }
    }

    #[test]
    fn light_is_added_to_what_is_left_of_the_level() {
        let mut pixels = [100; 6];
        add_light(Isa::best(), &mut pixels, &[0, 255], 1 << 15, [1 << 16, 1 << 15, 0]);
        assert_eq!(pixels, [50, 50, 50, 255, 178, 50]);
    }
}
