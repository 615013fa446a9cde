//! Sums of neighbours with any weights.

#[cfg(target_arch = "x86_64")]
mod avx2;

use super::padded::{LANES, Padded, block, fill};
use super::{Border, Isa};
use crate::image::{Frame, Scratch};

/// A neighbour: its distance in pixels to the right and down, and its weight.
pub type Tap = (isize, isize, f64);

/// Replaces each sample by the weighted sum of its neighbours (a correlation, as OpenCV's `filter2D`), rounded and held to
/// 0..=255; `border` is what lies outside the picture.
///
/// The weights become 16-bit numbers of the same sum, at most 14 bits of them after the point, fewer for weights of 2 and
/// more.
pub fn convolve(
    isa: Isa,
    frame: &mut Frame,
    taps: impl Iterator<Item = Tap> + Clone,
    border: Border,
    scratch: &mut Scratch,
) {
    let margin = taps.clone().map(|(x, y, _)| x.unsigned_abs().max(y.unsigned_abs())).max().unwrap_or(0);
    let from = Padded::new(frame, margin, border, &mut scratch.padded);
    let (mut largest, mut sum) = (0.0f64, 0.0);
    for (_, _, weight) in taps.clone() {
        largest = largest.max(weight.abs());
        sum += weight;
    }
    let bits = (0..=14).rev().find(|&bits| largest * f64::from(1 << bits) < 32_000.0).unwrap_or(0);
    let scale = f64::from(1 << bits);
    let weighted = &mut scratch.taps;
    weighted.clear();
    for (x, y, weight) in taps {
        let weight = libm::round(weight * scale) as i32;
        if weight != 0 {
            weighted.push((weight, (y * from.stride() as isize + x * 3) as i32));
        }
    }
    // A picture of one colour gets exactly the sum: the largest weight takes what rounding left over.
    let left_over = libm::round(sum * scale) as i32 - weighted.iter().map(|(weight, _)| weight).sum::<i32>();
    if let Some((weight, _)) = weighted.iter_mut().max_by_key(|(weight, _)| weight.abs()) {
        *weight += left_over;
    }
    // Samples of one weight may be summed before they are multiplied.
    weighted.sort_unstable();
    let row = frame.shape().width * 3;
    for (y, out) in frame.pixels_anew().chunks_exact_mut(row).enumerate() {
        match isa {
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "they come from Isa::available, which asked the processor")]
            Isa::Avx2 | Isa::Avx512 => unsafe {
                avx2::sum_row(from.samples(), from.start(y), weighted, bits, out);
            },
            _ => sum_row(from.samples(), from.start(y), weighted, bits, out),
        }
    }
}

/// A row from the samples from `start` on. A tap has a weight of 16 bits, `bits` of them after the point, and a distance in
/// samples.
fn sum_row(samples: &[u8], start: usize, taps: &[(i32, i32)], bits: u32, out: &mut [u8]) {
    for (i, part) in out.chunks_mut(LANES).enumerate() {
        let mut sums = [(1 << bits) >> 1; LANES];
        for &(weight, place) in taps {
            let samples = block(samples, (start + i * LANES).wrapping_add_signed(place as isize));
            for (sum, sample) in sums.iter_mut().zip(*samples) {
                *sum += i32::from(sample) * weight;
            }
        }
        let mut levels = [0; LANES];
        for (level, sum) in levels.iter_mut().zip(sums) {
            *level = (sum >> bits).clamp(0, 255) as u8;
        }
        fill(part, &levels);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Shape;

    #[test]
    fn the_fast_sum_is_within_one_level_of_the_obvious_one() {
        let shape = Shape { width: 25, height: 7 };
        let frame = Frame::new(shape, (0..shape.bytes()).map(|i| (i * 7919 % 256) as u8).collect());
        let taps = [(0, 0, 5.3), (-2, 1, -0.7), (1, -3, -3.9), (3, 0, 0.001), (0, 2, 0.4)];
        for border in [Border::Reflect, Border::Edge, Border::Wrap, Border::Fill([9, 200, 30])] {
            let mut fast = frame.clone();
            convolve(Isa::best(), &mut fast, taps.into_iter(), border, &mut Scratch::default());
            for y in 0..shape.height {
                for x in 0..shape.width {
                    for c in 0..3 {
                        let at = |(dx, dy, weight): Tap| {
                            weight * f64::from(border.at(&frame, x as isize + dx, y as isize + dy)[c])
                        };
                        let (got, wanted) =
                            (f64::from(fast.at(x, y)[c]), taps.map(at).iter().sum::<f64>().clamp(0.0, 255.0));
                        assert!((got - wanted).abs() < 1.0, "{border:?} at {x},{y}: {got} for {wanted}");
                    }
                }
            }
        }
    }
}
