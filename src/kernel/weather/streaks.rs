//! Rain.

use crate::image::{Scratch, Shape};
use crate::kernel::Isa;
use crate::kernel::isa::kernel;
use crate::kernel::noise::bits;
use crate::kernel::warp::reflect_101;

/// What rain looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Streaks {
    /// How many.
    pub count: usize,
    /// Rows that a streak falls through; at least 1.
    pub length: usize,
    /// Pixels across; at least 1.
    pub width: usize,
    /// How far it moves to the right on its way down, in pixels.
    pub slant: f64,
    /// The side of the square that is averaged over: odd.
    pub blur: usize,
    /// Where each streak begins follows from it.
    pub key: u64,
}

/// Fills `scratch.padded` with a weight a pixel: 255 on a streak, less at its blurred edge.
pub fn streaks(isa: Isa, shape: Shape, rain: &Streaks, scratch: &mut Scratch) {
    let Scratch { padded: mask, wide, sums, places, .. } = scratch;
    mask.clear();
    mask.resize(shape.width * shape.height, 0);
    let tops = shape.height.saturating_sub(rain.length).max(1);
    // How far a streak has moved in each of its rows, the same for all.
    places.clear();
    places.extend((0..=rain.length).map(|row| (rain.slant * row as f64 / rain.length as f64).round() as i32));
    for i in 0..rain.count as u32 {
        let [x, y] = [(2 * i, shape.width), (2 * i + 1, tops)]
            .map(|(place, n)| ((u64::from(bits(place, rain.key)) * n as u64) >> 32) as usize);
        for (&moved, row) in places.iter().zip(mask[y * shape.width..].chunks_exact_mut(shape.width)) {
            let left = x as isize + moved as isize;
            let held = |x: isize| x.clamp(0, shape.width as isize) as usize;
            match &mut row[held(left)..held(left + rain.width as isize)] {
                [weight] => *weight = 255,
                weights => weights.fill(255),
            }
        }
    }
    if rain.blur > 1 {
        wide.resize(mask.len(), 0);
        across(isa, mask, wide, shape.width, rain.blur);
        sums.resize(shape.width, 0);
        down(isa, wide, mask, shape, rain.blur, sums);
    }
}

kernel! {
    /// Sums along rows; the row is mirrored at its ends. All of a row at once for each place in the sum: a sum that slides
    /// along waits for itself.
    pub fn across(mask: &[u8], wide: &mut [u16], width: usize, side: usize) {
        let radius = (side / 2) as isize;
        for (row, out) in mask.chunks_exact(width).zip(wide.chunks_exact_mut(width)) {
            out.fill(0);
            for away in -radius..=radius {
                // Where the sample so far away lies in the row.
                let held = |x: isize| x.clamp(0, width as isize) as usize;
                let inside = held(-away)..held(width as isize - away);
                let edges = (0..inside.start).chain(inside.end..width);
                edges.for_each(|x| out[x] += u16::from(row[reflect_101(x as isize + away, width)]));
                let from = (inside.start as isize + away) as usize;
                let samples = row.get(from..from + inside.len()).unwrap_or_default();
                for (sum, &sample) in out[inside].iter_mut().zip(samples) {
                    *sum += u16::from(sample);
                }
            }
        }
    }
}

kernel! {
    /// Sums down columns, divided by the square's area.
    pub fn down(wide: &[u16], mask: &mut [u8], shape: Shape, side: usize, sums: &mut [i32]) {
        let radius = (side / 2) as isize;
        let scale = 1.0 / (side * side) as f32;
        let row = |y: isize| &wide[reflect_101(y, shape.height) * shape.width..][..shape.width];
        sums.fill(0);
        for y in -radius..=radius {
            for (sum, &more) in sums.iter_mut().zip(row(y)) {
                *sum += i32::from(more);
            }
        }
        for (y, out) in mask.chunks_exact_mut(shape.width).enumerate() {
            let y = y as isize;
            let (next, last) = (row(y + radius + 1), row(y - radius));
            for x in 0..out.len() {
                out[x] = (sums[x] as f32 * scale + 0.5) as i32 as u8;
                sums[x] += i32::from(next[x]) - i32::from(last[x]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streaks_keep_their_light_when_they_are_blurred() {
        let shape = Shape { width: 200, height: 150 };
        let light = |blur| {
            let mut scratch = Scratch::default();
            let rain = Streaks { count: 50, length: 20, width: 2, slant: 5.0, blur, key: 3 };
            streaks(Isa::best(), shape, &rain, &mut scratch);
            scratch.padded.iter().map(|&w| f64::from(w)).sum::<f64>()
        };
        let sharp = light(1);
        // At most 50 streaks of 21 rows of 2 pixels, less what lies outside or over another.
        assert!(sharp <= 50.0 * 21.0 * 2.0 * 255.0 && sharp > 0.8 * 50.0 * 21.0 * 2.0 * 255.0);
        assert!((light(7) / sharp - 1.0).abs() < 0.05);
    }

    #[test]
    fn the_blur_is_the_mean_of_a_square() {
        let shape = Shape { width: 13, height: 9 };
        let before: Vec<u8> = (0..117).map(|i| (i * 7919 % 256) as u8).collect();
        let (mut mask, mut wide, mut sums) = (before.clone(), vec![0; 117], vec![0; 13]);
        across(Isa::best(), &mask, &mut wide, 13, 5);
        down(Isa::best(), &wide, &mut mask, shape, 5, &mut sums);
        for y in 0..9 {
            for x in 0..13 {
                let square = (-2..=2).flat_map(|dy| (-2..=2).map(move |dx| (dx, dy)));
                let sum: u32 = square
                    .map(|(dx, dy)| u32::from(before[reflect_101(y + dy, 9) * 13 + reflect_101(x + dx, 13)]))
                    .sum();
                let got = mask[y as usize * 13 + x as usize];
                assert!((f64::from(got) - f64::from(sum) / 25.0).abs() <= 0.51);
            }
        }
    }
}
