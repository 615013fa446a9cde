//! The median of a square, by sorting networks.

use super::isa::kernel;
use super::padded::{LANES, Padded, block, fill};
use super::{Border, Isa};
use crate::image::{Frame, Scratch};

/// Replaces each sample by the median of a square of `size` pixels about it: 3, 5 or 7. The picture is mirrored at its edge.
pub fn median_blur(isa: Isa, frame: &mut Frame, size: usize, scratch: &mut Scratch) {
    let from = Padded::new(frame, size / 2, Border::Reflect, &mut scratch.padded);
    scratch.rows.resize(size * (from.stride() + LANES), 0);
    let row = frame.shape().width * 3;
    let kernel = match size {
        3 => median_of_9,
        5 => median_of_25,
        _ => median_of_49,
    };
    kernel(isa, &from, frame.pixels_anew(), row, &mut scratch.rows);
}

kernel! {
    /// 3 x 3.
    pub fn median_of_9(from: &Padded, pixels: &mut [u8], row: usize, sorted: &mut [u8]) {
        median::<3>(from, pixels, row, sorted, &[(0, 1), (1, 2), (0, 1)]);
    }
}

kernel! {
    /// 5 x 5.
    pub fn median_of_25(from: &Padded, pixels: &mut [u8], row: usize, sorted: &mut [u8]) {
        median::<5>(from, pixels, row, sorted, &SORT_5);
    }
}

kernel! {
    /// 7 x 7.
    pub fn median_of_49(from: &Padded, pixels: &mut [u8], row: usize, sorted: &mut [u8]) {
        median::<7>(from, pixels, row, sorted, &SORT_7);
    }
}

/// Pairs to put in order, one after the other; the fewest that sort (Knuth, The Art of Computer Programming 3, 5.3.4).
const SORT_5: [(usize, usize); 9] = [(0, 3), (1, 4), (0, 2), (1, 3), (0, 1), (2, 4), (1, 2), (3, 4), (2, 3)];
const SORT_7: [(usize, usize); 16] = [
    (0, 6),
    (2, 3),
    (4, 5),
    (0, 2),
    (1, 4),
    (3, 6),
    (0, 1),
    (2, 5),
    (3, 4),
    (1, 2),
    (4, 6),
    (2, 3),
    (4, 5),
    (1, 2),
    (3, 4),
    (5, 6),
];

type Block = [u8; LANES];

/// Columns are sorted once for all squares that they belong to, then the rows of a square made of sorted columns. In a
/// square sorted both ways a sample has all to its left and above it below itself in rank: what thereby cannot be the
/// median is left out, and from the others the least and the largest go together until one is left.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled anew inside the kernels of each instruction set")]
fn median<const SIZE: usize>(
    from: &Padded,
    pixels: &mut [u8],
    row: usize,
    sorted: &mut [u8],
    network: &[(usize, usize)],
) {
    let (stride, length) = (from.stride(), from.stride() + LANES);
    for (y, out) in pixels.chunks_exact_mut(row).enumerate() {
        for at in (0..stride).step_by(LANES) {
            let mut column = [[0; LANES]; SIZE];
            for (i, samples) in column.iter_mut().enumerate() {
                *samples = *block(from.samples(), (y + i) * stride + at);
            }
            put_in_order(&mut column, network);
            for (i, samples) in column.iter().enumerate() {
                sorted[i * length + at..][..LANES].copy_from_slice(samples);
            }
        }
        for (at, part) in out.chunks_mut(LANES).enumerate() {
            let mut left = [[0; LANES]; 32];
            let mut count = 0;
            for i in 0..SIZE {
                let mut across = [[0; LANES]; SIZE];
                for (j, samples) in across.iter_mut().enumerate() {
                    *samples = *block(sorted, i * length + at * LANES + j * 3);
                }
                put_in_order(&mut across, network);
                for (j, samples) in across.iter().enumerate() {
                    // Ranks, from 1, among the samples that are known to be below or above.
                    let rank = SIZE * SIZE / 2 + 1;
                    if (i + 1) * (j + 1) <= rank && (SIZE - i) * (SIZE - j) <= rank {
                        left[count] = *samples;
                        count += 1;
                    }
                }
            }
            fill(part, &middle(&mut left[..count]));
        }
    }
}

/// The median of an odd number of samples. Of any that are one more than those that rank above it, with it, neither the
/// least nor the largest is it; both go, another one comes in, until one is left.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled anew inside the kernels of each instruction set")]
fn middle(samples: &mut [Block]) -> Block {
    let end = samples.len() / 2 + 1;
    for start in 0..end - 1 {
        let held = &mut samples[start..=end];
        let (last, half) = (held.len() - 1, held.len().div_ceil(2));
        for i in 0..held.len() / 2 {
            order(held, i, last - i);
        }
        for i in 1..half {
            order(held, 0, i);
            order(held, last - i, last);
        }
        if let Some(&next) = samples.get(end + 1 + start) {
            samples[end] = next;
        }
    }
    samples[end - 1]
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled anew inside the kernels of each instruction set")]
fn put_in_order(samples: &mut [Block], network: &[(usize, usize)]) {
    for &(a, b) in network {
        order(samples, a, b);
    }
}

/// The smaller of two goes to the first place.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled anew inside the kernels of each instruction set")]
fn order(samples: &mut [Block], first: usize, second: usize) {
    let (a, b) = (samples[first], samples[second]);
    for (least, b) in samples[first].iter_mut().zip(b) {
        *least = b.min(*least);
    }
    for (largest, a) in samples[second].iter_mut().zip(a) {
        *largest = a.max(*largest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Shape;

    #[test]
    fn the_networks_give_the_median_that_sorting_gives() {
        let shape = Shape { width: 43, height: 11 };
        // Few levels, so that there are ties.
        for levels in [2, 7, 256] {
            let frame = Frame::new(shape, (0..shape.bytes()).map(|i| (i * 7919 / 3 % levels) as u8).collect());
            for size in [3, 5, 7] {
                let mut fast = frame.clone();
                median_blur(Isa::best(), &mut fast, size, &mut Scratch::default());
                let radius = size as isize / 2;
                for y in 0..shape.height {
                    for x in 0..shape.width {
                        let mut all = Vec::new();
                        for dy in -radius..=radius {
                            for dx in -radius..=radius {
                                all.push(Border::Reflect.at(&frame, x as isize + dx, y as isize + dy)[1]);
                            }
                        }
                        all.sort_unstable();
                        assert_eq!(fast.at(x, y)[1], all[size * size / 2], "{size} at {x},{y}");
                    }
                }
            }
        }
    }
}
