//! The mean of a disk.

use super::isa::kernel;
use super::padded::{LANES, Padded, block, fill};
use super::{Border, Isa};
use crate::image::{Frame, Scratch};

/// The largest radius: no column of the disk may sum to more than 16 bits hold.
pub const MAX_DISK_RADIUS_PX: f64 = 100.0;

/// Replaces each sample by the mean of the disk about it: all pixels at most `radius` pixels away, 0 to
/// [`MAX_DISK_RADIUS_PX`]. The picture is mirrored at its edge.
pub fn disk_blur(isa: Isa, frame: &mut Frame, radius: f64, scratch: &mut Scratch) {
    let reach = radius as usize;
    let from = Padded::new(frame, reach, Border::Reflect, &mut scratch.padded);
    let halves = &mut scratch.places;
    halves.clear();
    halves.extend((0..=2 * reach).map(|x| {
        let across = x as f64 - reach as f64;
        libm::sqrt(radius * radius - across * across) as i32
    }));
    scratch.wide.resize((frame.shape().height + 2 * reach + 1) * from.stride() + LANES, 0);
    sum_columns(isa, &from, &mut scratch.wide);
    let row = frame.shape().width * 3;
    average(isa, from.stride(), frame.pixels_anew(), row, halves, &scratch.wide);
}

kernel! {
    /// Row `y` of the sums has in each column the sum of all samples above row `y`, cut to 16 bits: the difference of two
    /// is right as long as it fits.
    pub fn sum_columns(from: &Padded, sums: &mut [u16]) {
        let stride = from.stride();
        let (first, rest) = sums.split_at_mut(stride);
        first.fill(0);
        let mut above = &*first;
        for (next, samples) in rest.chunks_exact_mut(stride).zip(from.samples().chunks_exact(stride)) {
            for ((next, &above), &sample) in next.iter_mut().zip(above).zip(samples) {
                *next = above.wrapping_add(u16::from(sample));
            }
            above = next;
        }
    }
}

kernel! {
    /// `halves` has for each column of the disk how far it goes up and down from the middle.
    pub fn average(stride: usize, pixels: &mut [u8], row: usize, halves: &[i32], sums: &[u16]) {
        let middle = halves.len() / 2;
        let count: u32 = halves.iter().map(|&half| 2 * half as u32 + 1).sum();
        let share = ((1 << 24) + count / 2) / count;
        for (y, out) in pixels.chunks_exact_mut(row).enumerate() {
            for (i, part) in out.chunks_mut(LANES).enumerate() {
                let at = i * LANES;
                let mut totals = [0u32; LANES];
                for (column, &half) in halves.iter().enumerate() {
                    let above = *block(sums, (y + middle - half as usize) * stride + at + column * 3);
                    let below = *block(sums, (y + middle + half as usize + 1) * stride + at + column * 3);
                    for ((total, below), above) in totals.iter_mut().zip(below).zip(above) {
                        *total += u32::from(below.wrapping_sub(above));
                    }
                }
                let mut levels = [0; LANES];
                for (level, total) in levels.iter_mut().zip(totals) {
                    // What lies beyond the row may be anything.
                    *level = (total.wrapping_mul(share).wrapping_add(1 << 23) >> 24) as u8;
                }
                fill(part, &levels);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Shape;

    #[test]
    fn the_fast_mean_is_within_one_level_of_the_obvious_one() {
        let shape = Shape { width: 25, height: 7 };
        let frame = Frame::new(shape, (0..shape.bytes()).map(|i| (i * 7919 % 256) as u8).collect());
        for radius in [0.0, 1.0, 2.5, 9.0, 30.0] {
            let mut fast = frame.clone();
            disk_blur(Isa::best(), &mut fast, radius, &mut Scratch::default());
            let reach = radius as isize;
            for y in 0..shape.height {
                for x in 0..shape.width {
                    let (mut sum, mut count) = (0.0, 0.0);
                    for dy in -reach..=reach {
                        for dx in -reach..=reach {
                            if ((dx * dx + dy * dy) as f64) <= radius * radius {
                                sum += f64::from(Border::Reflect.at(&frame, x as isize + dx, y as isize + dy)[1]);
                                count += 1.0;
                            }
                        }
                    }
                    let got = f64::from(fast.at(x, y)[1]);
                    assert!((got - sum / count).abs() < 0.6, "{radius} at {x},{y}: {got} for {}", sum / count);
                }
            }
        }
    }
}
