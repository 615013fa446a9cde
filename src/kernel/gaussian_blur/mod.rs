//! Gaussian blur in two passes of 16-bit weights, and the unsharp mask that is made of it.

#[cfg(target_arch = "x86_64")]
mod avx2;

use super::Isa;
use super::isa::kernel;
use super::padded::{LANES, block, fill, high, mirror_edges};
use super::warp::reflect_101;
use crate::image::{Frame, Scratch};

/// The largest blur: beyond it what rounding takes from the sums comes to half a level.
pub const MAX_SIGMA_PX: f64 = 20.0;

/// Blurs with a Gaussian of `sigma_px`, 0 < sigma <= [`MAX_SIGMA_PX`], cut off at 3 sigma; the picture is mirrored at its
/// edge without repeating the edge pixel (OpenCV's `BORDER_REFLECT_101`).
pub fn gaussian_blur(isa: Isa, frame: &mut Frame, sigma_px: f64, scratch: &mut Scratch) {
    let weights = Weights::new(sigma_px);
    if weights.radius > 0 {
        two_passes(isa, frame, &weights, scratch, |_, _| ());
    }
}

/// Adds `amount` times what a Gaussian blur takes away, where that is at least `threshold` levels (Pillow's `UnsharpMask`).
pub fn unsharp_mask(isa: Isa, frame: &mut Frame, sigma_px: f64, amount: f64, threshold: u8, scratch: &mut Scratch) {
    let amount = (amount * 256.0).round() as i16;
    two_passes(isa, frame, &Weights::new(sigma_px), scratch, |before, blurred| {
        sharpen_row(isa, before, blurred, amount, threshold);
    });
}

kernel! {
    /// Makes a row out of its blurred self; `amount` in 1/256.
    pub fn sharpen_row(before: &[u8], blurred: &mut [u8], amount: i16, threshold: u8) {
        for (blurred, &before) in blurred.iter_mut().zip(before) {
            let lost = i16::from(before) - i16::from(*blurred);
            let more = (i32::from(lost) * i32::from(amount) + 128) >> 8;
            let more = if lost.unsigned_abs() >= u16::from(threshold) { more } else { 0 };
            *blurred = (i32::from(before) + more).clamp(0, 255) as u8;
        }
    }
}

/// The largest radius, in pixels.
const MAX_RADIUS: usize = radius(MAX_SIGMA_PX);

/// As OpenCV chooses it for 8-bit pictures.
const fn radius(sigma: f64) -> usize {
    ((sigma * 6.0 + 1.5) as usize | 1) / 2
}

/// One side of a symmetric row of weights, in 1/65536.
struct Weights {
    /// By distance from the middle.
    by_distance: [u16; MAX_RADIUS + 1],
    radius: usize,
}

impl Weights {
    /// Each weight is rounded with the error of those before it carried on, from the outside in, so that their sum comes
    /// out right (the scheme of OpenCV's `getGaussianKernelBitExact`).
    fn new(sigma: f64) -> Self {
        let radius = radius(sigma);
        let bell = |distance: usize| libm::exp(-((distance * distance) as f64) / (2.0 * sigma * sigma));
        let total = 1.0 + 2.0 * (1..=radius).map(bell).sum::<f64>();
        let (mut by_distance, mut carried, mut sum) = ([0; MAX_RADIUS + 1], 0.0, 0);
        for distance in (1..=radius).rev() {
            let wanted = bell(distance) / total * 65536.0 + carried;
            let rounded = libm::round(wanted);
            carried = wanted - rounded;
            by_distance[distance] = rounded as u16;
            sum += 2 * rounded as u32;
        }
        by_distance[0] = (65536 - sum).min(65535) as u16;
        let radius = (0..=radius).rev().find(|&d| by_distance[d] > 0).unwrap_or(0);
        Self { by_distance, radius }
    }
}

/// Down the columns into a row of 1/128 levels, then along that row. The products are cut, not rounded, which half a unit
/// each makes good. `finish` is given each row as it was and as it is now.
fn two_passes(
    isa: Isa,
    frame: &mut Frame,
    weights: &Weights,
    scratch: &mut Scratch,
    finish: impl Fn(&[u8], &mut [u8]),
) {
    let (shape, mut wide) = (frame.shape(), std::mem::take(&mut scratch.wide));
    let (row, radius) = (shape.width * 3, weights.radius);
    let by_distance = &weights.by_distance[..=radius];
    wide.resize(row + radius * 6 + LANES, 0);
    frame.remake(shape, scratch, |from, out| {
        let samples = from.pixels();
        for (y, out) in out.chunks_exact_mut(row).enumerate() {
            let mut starts = [[0; 2]; MAX_RADIUS + 1];
            for (distance, starts) in (0..=radius as isize).zip(&mut starts) {
                *starts = [-distance, distance].map(|by| reflect_101(y as isize + by, shape.height) * row);
            }
            let (starts, sums) = (&starts[..=radius], &mut wide[radius * 3..][..row]);
            match isa {
                #[cfg(target_arch = "x86_64")]
                #[expect(unsafe_code, reason = "they come from Isa::available, which asked the processor")]
                Isa::Avx2 | Isa::Avx512 if row >= LANES => unsafe {
                    avx2::down(samples, starts, by_distance, sums);
                },
                _ => down(samples, starts, by_distance, sums),
            }
            mirror_edges(&mut wide[..row + radius * 6], radius);
            match isa {
                #[cfg(target_arch = "x86_64")]
                #[expect(unsafe_code, reason = "they come from Isa::available, which asked the processor")]
                Isa::Avx2 | Isa::Avx512 => unsafe { avx2::along(&wide, by_distance, out) },
                _ => along(&wide, by_distance, out),
            }
            finish(&samples[y * row..][..row], out);
        }
    });
    scratch.wide = wide;
}

/// A row of sums over the rows of samples that begin at `starts`: by distance, the one above and the one below.
fn down(samples: &[u8], starts: &[[usize; 2]], by_distance: &[u16], sums: &mut [u16]) {
    sums.fill(by_distance.len() as u16 / 2);
    for (sum, &here) in sums.iter_mut().zip(&samples[starts[0][0]..]) {
        *sum += high(u16::from(here) << 7, by_distance[0]);
    }
    for (&[above, below], &weight) in starts.iter().zip(by_distance).skip(1) {
        for ((sum, &above), &below) in sums.iter_mut().zip(&samples[above..]).zip(&samples[below..]) {
            *sum += high((u16::from(above) + u16::from(below)) << 7, weight);
        }
    }
}

/// A row of levels from one of sums, which has a margin on both sides.
fn along(wide: &[u16], by_distance: &[u16], out: &mut [u8]) {
    let half = by_distance.len() as u16 / 2;
    let radius = by_distance.len() - 1;
    for (i, part) in out.chunks_mut(LANES).enumerate() {
        let at = i * LANES + radius * 3;
        let mut total = [half; LANES];
        for (sum, here) in total.iter_mut().zip(*block(wide, at)) {
            *sum = sum.wrapping_add(high(here, by_distance[0]));
        }
        for (distance, &weight) in by_distance.iter().enumerate().skip(1) {
            let (left, right) = (block(wide, at - distance * 3), block(wide, at + distance * 3));
            for ((sum, left), right) in total.iter_mut().zip(*left).zip(*right) {
                // What lies beyond the row may be anything.
                *sum = sum.wrapping_add(high(left.wrapping_add(right), weight));
            }
        }
        let mut levels = [0; LANES];
        for (level, sum) in levels.iter_mut().zip(total) {
            *level = (sum.wrapping_add(64) >> 7) as u8;
        }
        fill(part, &levels);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Shape;
    use crate::kernel::Border;

    #[test]
    fn one_colour_stays_what_it_is() {
        for sigma in [0.1, 0.5, 1.0, 3.3, 20.0] {
            for level in 0..=255 {
                let mut frame = Frame::filled(Shape { width: 9, height: 2 }, [level; 3]);
                let before = frame.clone();
                gaussian_blur(Isa::best(), &mut frame, sigma, &mut Scratch::default());
                assert!(frame == before, "{level} at sigma {sigma} becomes {:?}", frame.at(4, 1));
            }
        }
    }

    /// The slow, obvious twin: a float convolution in two dimensions.
    #[test]
    fn the_fast_blur_is_within_one_level_of_the_obvious_one() {
        let shape = Shape { width: 23, height: 17 };
        let frame = Frame::new(shape, (0..shape.bytes()).map(|i| (i * 7919 % 256) as u8).collect());
        for sigma in [0.5, 1.2, 3.0, 20.0] {
            let mut fast = frame.clone();
            gaussian_blur(Isa::best(), &mut fast, sigma, &mut Scratch::default());
            let radius = ((sigma * 6.0 + 1.0).round() as isize | 1) / 2;
            let weight = |d: isize| (-(d * d) as f64 / (2.0 * sigma * sigma)).exp();
            let total: f64 = (-radius..=radius).map(weight).sum();
            for y in (0..shape.height).step_by(4) {
                for x in 0..shape.width {
                    let mut sums = [0.0; 3];
                    for dy in -radius..=radius {
                        for dx in -radius..=radius {
                            let from = Border::Reflect.at(&frame, x as isize + dx, y as isize + dy);
                            for c in 0..3 {
                                sums[c] += weight(dx) * weight(dy) / (total * total) * f64::from(from[c]);
                            }
                        }
                    }
                    for (c, sum) in sums.iter().enumerate() {
                        let got = f64::from(fast.at(x, y)[c]);
                        assert!((got - sum).abs() < 1.0, "sigma {sigma} at {x},{y}: {got} for {sum}");
                    }
                }
            }
        }
    }
}
