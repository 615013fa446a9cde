//! Pixels and samples lost at random.

use super::{bits, many_bits};
use crate::kernel::isa::kernel;
use crate::kernel::planes::{BLOCK, join, split};

kernel! {
    /// Each pixel becomes the first colour with the first chance, else the second with the second one; the chances sum to 1
    /// at most.
    pub fn replace_pixels(pixels: &mut [u8], chances: [f64; 2], colours: [[u8; 3]; 2], key: u64) {
        // A chance of 1 is short of it by 2^-32.
        let [first_below, second_below] =
            [chances[0], chances[0] + chances[1]].map(|chance| (chance * 4_294_967_296.0) as u32);
        let mut first = 0u32;
        for part in pixels.chunks_mut(BLOCK * 3) {
            let mut planes = split(part);
            for i in 0..BLOCK {
                let bits = bits(first.wrapping_add(i as u32), key);
                let (is_first, is_second) = (bits < first_below, bits < second_below);
                for ((plane, one), other) in planes.iter_mut().zip(colours[0]).zip(colours[1]) {
                    let other = if is_second { other } else { plane[i] };
                    plane[i] = if is_first { one } else { other };
                }
            }
            first = first.wrapping_add(BLOCK as u32);
            join(&planes, part);
        }
    }
}

/// Samples in a block.
const SAMPLES: usize = 32;

kernel! {
    /// Each sample, whatever the other channels of its pixel, becomes the first level with the first chance, else the second
    /// with the second one; the chances sum to 1 at most.
    pub fn replace_samples(pixels: &mut [u8], chances: [f64; 2], levels: [u8; 2], key: u64) {
        let [first_below, second_below] =
            [chances[0], chances[0] + chances[1]].map(|chance| (chance * 4_294_967_296.0) as u32);
        for (i, samples) in pixels.chunks_mut(SAMPLES).enumerate() {
            let bits: [u32; SAMPLES] = many_bits((i * SAMPLES) as u32, key);
            for (sample, bits) in samples.iter_mut().zip(bits) {
                let other = if bits < second_below { levels[1] } else { *sample };
                *sample = if bits < first_below { levels[0] } else { other };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Isa;

    #[test]
    fn colours_come_with_their_chances_and_not_in_lumps() {
        let n = 200_000;
        let mut pixels = vec![100u8; n * 3];
        replace_pixels(Isa::best(), &mut pixels, [0.1, 0.2], [[255; 3], [1, 2, 3]], 31);
        let pixels = pixels.as_chunks::<3>().0;
        let share = |colour: [u8; 3]| pixels.iter().filter(|&&p| p == colour).count() as f64 / n as f64;
        // Five standard deviations.
        assert!((share([255; 3]) - 0.1).abs() < 0.0034);
        assert!((share([1, 2, 3]) - 0.2).abs() < 0.0045);
        assert!((share([100; 3]) - 0.7).abs() < 0.0052);
        let pairs = pixels.windows(2).filter(|p| p[0] == [255; 3] && p[1] == [255; 3]).count() as f64 / n as f64;
        assert!((pairs - 0.01).abs() < 0.0012, "{pairs}");
    }

    #[test]
    fn no_chance_leaves_all_alone_and_certainty_nothing() {
        let mut pixels = vec![100u8; 3000];
        replace_pixels(Isa::best(), &mut pixels, [0.0, 0.0], [[255; 3]; 2], 1);
        assert!(pixels.iter().all(|&p| p == 100));
        replace_pixels(Isa::best(), &mut pixels, [1.0, 0.0], [[255; 3]; 2], 1);
        assert!(pixels.iter().all(|&p| p == 255));
    }

    #[test]
    fn samples_are_replaced_each_by_itself() {
        let n = 300_000;
        let mut pixels = vec![100u8; n];
        replace_samples(Isa::best(), &mut pixels, [0.1, 0.2], [255, 1], 31);
        let share = |level: u8| pixels.iter().map(|&p| usize::from(p == level)).sum::<usize>() as f64 / n as f64;
        // Five standard deviations.
        assert!((share(255) - 0.1).abs() < 0.0028 && (share(1) - 0.2).abs() < 0.0037, "{} {}", share(255), share(1));
        let whole = pixels.as_chunks::<3>().0.iter().filter(|&&p| p == [255; 3]).count();
        assert!(whole < 160, "{whole} pixels of 100,000 lost all channels: 100 are expected");
    }
}
