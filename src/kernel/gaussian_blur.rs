//! Gaussian blur in two passes of 8-bit weights.

use super::isa::kernel;
use crate::image::{Frame, Scratch, Shape};

use super::Isa;

/// The largest blur: beyond it 8-bit weights lose the tails.
pub const MAX_SIGMA_PX: f64 = 20.0;

/// Blurs with a Gaussian of `sigma_px`, 0 < sigma <= [`MAX_SIGMA_PX`], cut off at 3 sigma; the picture is mirrored at its
/// edge without repeating the edge pixel (OpenCV's `BORDER_REFLECT_101`).
pub fn gaussian_blur(isa: Isa, frame: &mut Frame, sigma_px: f64, scratch: &mut Scratch) {
    let weights = weights(sigma_px);
    if weights.len() == 1 {
        return;
    }
    let shape = frame.shape();
    let mut wide = std::mem::take(&mut scratch.wide);
    wide.resize(shape.bytes(), 0);
    along_rows(isa, frame.pixels(), &mut wide, shape, &weights);
    down_columns(isa, &wide, frame.pixels_mut(), shape, &weights);
    scratch.wide = wide;
}

/// Odd in number, symmetric, summing to 256. Each is rounded with the error of those before it carried on, from the
/// outside in, so that the sum comes out right (the scheme of OpenCV's `getGaussianKernelBitExact`).
fn weights(sigma: f64) -> Vec<u16> {
    let radius = (libm::round(sigma * 6.0 + 1.0) as usize | 1) / 2;
    let exact: Vec<f64> = (0..=radius)
        .map(|i| {
            let distance = (radius - i) as f64;
            libm::exp(-distance * distance / (2.0 * sigma * sigma))
        })
        .collect();
    let total = 2.0 * exact[..radius].iter().sum::<f64>() + exact[radius];
    let mut carried = 0.0;
    let mut half: Vec<u16> = exact[..radius]
        .iter()
        .map(|weight| {
            let wanted = weight / total * 256.0 + carried;
            let rounded = libm::round(wanted);
            carried = wanted - rounded;
            rounded as u16
        })
        .collect();
    half.push(256 - 2 * half.iter().sum::<u16>());
    let first = half.iter().position(|&w| w > 0).unwrap_or(radius);
    let half = &half[first..];
    half.iter().chain(half[..half.len() - 1].iter().rev()).copied().collect()
}

/// Where a place outside 0..n lies in the picture mirrored at its edges.
pub(super) fn reflect_101(place: isize, n: usize) -> usize {
    if n == 1 {
        return 0;
    }
    let period = 2 * (n - 1);
    let inside = place.rem_euclid(period as isize) as usize;
    inside.min(period - inside)
}

kernel! {
    /// Row by row, in 1/256 of a level.
    pub fn along_rows(pixels: &[u8], wide: &mut [u16], shape: Shape, weights: &[u16]) {
        let (radius, bytes) = (weights.len() / 2, shape.width * 3);
        let mut padded = vec![0u8; bytes + 6 * radius];
        for (row, out) in pixels.chunks_exact(bytes).zip(wide.chunks_exact_mut(bytes)) {
            for i in 0..radius {
                let left = reflect_101(i as isize - radius as isize, shape.width) * 3;
                padded[i * 3..i * 3 + 3].copy_from_slice(&row[left..left + 3]);
                let right = reflect_101((shape.width + i) as isize, shape.width) * 3;
                let at = (radius + shape.width + i) * 3;
                padded[at..at + 3].copy_from_slice(&row[right..right + 3]);
            }
            padded[radius * 3..radius * 3 + bytes].copy_from_slice(row);
            out.fill(0);
            for (k, &weight) in weights.iter().enumerate() {
                for (sum, &sample) in out.iter_mut().zip(&padded[k * 3..]) {
                    *sum += weight * u16::from(sample);
                }
            }
        }
    }
}

kernel! {
    /// Column by column, back to whole levels.
    pub fn down_columns(wide: &[u16], pixels: &mut [u8], shape: Shape, weights: &[u16]) {
        let (radius, bytes) = (weights.len() / 2, shape.width * 3);
        let mut sums = vec![0u32; bytes];
        for (y, out) in pixels.chunks_exact_mut(bytes).enumerate() {
            sums.fill(1 << 15);
            for (k, &weight) in weights.iter().enumerate() {
                let from = reflect_101((y + k) as isize - radius as isize, shape.height) * bytes;
                for (sum, &sample) in sums.iter_mut().zip(&wide[from..from + bytes]) {
                    *sum += u32::from(weight) * u32::from(sample);
                }
            }
            for (sample, sum) in out.iter_mut().zip(&sums) {
                *sample = (sum >> 16) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_symmetric_and_sum_to_256() {
        for step in 1..=200 {
            let w = weights(f64::from(step) / 10.0);
            assert_eq!(w.iter().sum::<u16>(), 256);
            assert!(w.iter().eq(w.iter().rev()) && w.len() % 2 == 1);
        }
    }

    #[test]
    fn mirrored_places_lie_inside() {
        let places: Vec<_> = (-5..8).map(|i| reflect_101(i, 3)).collect();
        assert_eq!(places, [1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1]);
        assert_eq!(reflect_101(-7, 1), 0);
    }

    /// The slow, obvious twin: a float convolution in two dimensions.
    #[test]
    fn the_fast_blur_is_within_one_level_of_the_obvious_one() {
        let shape = Shape { width: 23, height: 17 };
        let frame = Frame::new(shape, (0..shape.bytes()).map(|i| (i * 7919 % 256) as u8).collect());
        for sigma in [0.5, 1.2, 3.0] {
            let mut fast = frame.clone();
            gaussian_blur(Isa::best(), &mut fast, sigma, &mut Scratch::default());
            let radius = ((sigma * 6.0 + 1.0).round() as isize | 1) / 2;
            let weight = |d: isize| (-(d * d) as f64 / (2.0 * sigma * sigma)).exp();
            let total: f64 = (-radius..=radius).map(weight).sum();
            for y in 0..shape.height {
                for x in 0..shape.width {
                    let mut sums = [0.0; 3];
                    for dy in -radius..=radius {
                        for dx in -radius..=radius {
                            let from = frame.at(
                                reflect_101(x as isize + dx, shape.width),
                                reflect_101(y as isize + dy, shape.height),
                            );
                            for c in 0..3 {
                                sums[c] += weight(dx) * weight(dy) / (total * total) * f64::from(from[c]);
                            }
                        }
                    }
                    for (c, sum) in sums.iter().enumerate() {
                        let got = f64::from(fast.at(x, y)[c]);
                        assert!((got - sum).abs() < 2.0, "sigma {sigma} at {x},{y}: {got} for {sum}");
                    }
                }
            }
        }
    }
}
