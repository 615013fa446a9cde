//! Pixels that change places with neighbours.

use super::noise::bits;
use crate::image::{Frame, Shape};

/// Swaps each pixel in turn, from the last to the first, with one at most `reach` pixels away, `iterations` times over: the
/// loop of Hendrycks and Dietterich's `glass_blur` (ImageNet-C, 2019). Each way the distance is drawn evenly from
/// -`reach`..`reach`. Pixels too near to the edge stay, unless they are chosen.
pub fn swap_pixels(frame: &mut Frame, reach: usize, iterations: usize, key: u64) {
    let Shape { width, height } = frame.shape();
    let (pixels, _) = frame.pixels_mut().as_chunks_mut::<3>();
    let distance = |bits: u32| ((bits & 0xffff) as usize * 2 * reach) >> 16;
    let mut draw = 0;
    for _ in 0..iterations {
        for y in (reach + 1..(height + 1).saturating_sub(reach)).rev() {
            for x in (reach + 1..(width + 1).saturating_sub(reach)).rev() {
                let bits = bits(draw, key);
                draw = draw.wrapping_add(1);
                let (to_x, to_y) = (x + distance(bits) - reach, y + distance(bits >> 16) - reach);
                pixels.swap(y * width + x, to_y * width + to_x);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_only_change_places_and_go_both_ways_evenly() {
        let shape = Shape { width: 64, height: 48 };
        let before: Vec<u8> = (0..64 * 48).flat_map(|i| [(i % 64) as u8, (i / 64) as u8, 7]).collect();
        let mut frame = Frame::new(shape, before.clone());
        swap_pixels(&mut frame, 4, 1, 99);
        let sorted = |bytes: &[u8]| {
            let mut pixels = bytes.as_chunks::<3>().0.to_vec();
            pixels.sort_unstable();
            pixels
        };
        assert_eq!(sorted(&before), sorted(frame.pixels()));
        let still =
            before.as_chunks::<3>().0.iter().zip(frame.pixels().as_chunks::<3>().0).filter(|(a, b)| a == b).count();
        assert!(still < 64 * 48 / 3, "{still}");
    }

    #[test]
    fn a_picture_smaller_than_the_reach_stays() {
        let mut frame = Frame::new(Shape { width: 5, height: 5 }, (0..75).collect());
        let before = frame.clone();
        swap_pixels(&mut frame, 4, 3, 1);
        assert!(frame == before);
    }
}
