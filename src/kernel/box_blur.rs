//! The mean of a square.

use super::Isa;
use super::isa::kernel;
use super::padded::{LANES, block, fill, high, mirror_edges};
use super::warp::reflect_101;
use super::zoom_blur::add_row;
use crate::image::{Frame, Scratch};

/// The largest square's side: beyond it 16 bits are too few for its sums.
pub const MAX_BOX_PX: usize = 63;

/// Replaces each sample by the mean of a square of `size` pixels about it; `size` is odd and at most [`MAX_BOX_PX`]. The
/// picture is mirrored at its edge.
pub fn box_blur(isa: Isa, frame: &mut Frame, size: usize, scratch: &mut Scratch) {
    let (shape, margin) = (frame.shape(), size / 2);
    let row = shape.width * 3;
    let stride = row + margin * 6;
    let mut wide = std::mem::take(&mut scratch.wide);
    wide.resize(row + stride + LANES, 0);
    let (columns, scaled) = wide.split_at_mut(row);
    frame.remake(shape, scratch, |from, target| {
        let from = |y: isize| &from.pixels()[reflect_101(y, shape.height) * row..][..row];
        columns.fill(0);
        (-(margin as isize)..margin as isize).for_each(|y| add_row(isa, from(y), columns));
        for (y, out) in (0..).zip(target.chunks_exact_mut(row)) {
            let (first, last) = (from(y - margin as isize), from(y + margin as isize));
            slide(isa, first, last, size, columns, &mut scaled[margin * 3..]);
            mirror_edges(&mut scaled[..stride], margin);
            average(isa, scaled, size, out);
        }
    });
    scratch.wide = wide;
}

/// Units to a level in the sums along a row: so many that 16 bits hold the largest sum and its rounding.
const UNITS: u16 = 252;

kernel! {
    /// Sums down the columns, of which the last row is added here and the first one taken away afterwards, scaled so that
    /// those of a whole square sum to [`UNITS`] a level.
    pub fn slide(first: &[u8], last: &[u8], size: usize, columns: &mut [u16], scaled: &mut [u16]) {
        let shift = (65535 / (255 * size)).ilog2();
        let scale = (u64::from(UNITS) << 16) as f64 / ((size * size) << shift) as f64;
        let scale = scale.round() as u16;
        for (((sum, scaled), &first), &last) in columns.iter_mut().zip(scaled).zip(first).zip(last) {
            *sum += u16::from(last);
            *scaled = high(*sum << shift, scale);
            *sum -= u16::from(first);
        }
    }
}

kernel! {
    /// Sums along a row.
    pub fn average(scaled: &[u16], size: usize, out: &mut [u8]) {
        for (i, part) in out.chunks_mut(LANES).enumerate() {
            // What was cut from each column, and half a level.
            let mut sums = [size as u16 / 2 + UNITS / 2; LANES];
            for column in 0..size {
                let column = *block(scaled, i * LANES + column * 3);
                for (sum, column) in sums.iter_mut().zip(column) {
                    // What lies beyond the row may be anything.
                    *sum = sum.wrapping_add(column);
                }
            }
            let mut levels = [0; LANES];
            for (level, sum) in levels.iter_mut().zip(sums) {
                *level = (sum / UNITS) as u8;
            }
            fill(part, &levels);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Shape;
    use crate::kernel::Border;

    #[test]
    fn the_fast_mean_is_within_one_level_of_the_obvious_one() {
        let shape = Shape { width: 31, height: 9 };
        let frame = Frame::new(shape, (0..shape.bytes()).map(|i| (i * 7919 % 256) as u8).collect());
        for size in [1, 3, 5, 7, 15, 31, MAX_BOX_PX] {
            let mut fast = frame.clone();
            box_blur(Isa::best(), &mut fast, size, &mut Scratch::default());
            let radius = size as isize / 2;
            for y in 0..shape.height {
                for x in 0..shape.width {
                    for c in 0..3 {
                        let mut sum = 0.0;
                        for dy in -radius..=radius {
                            for dx in -radius..=radius {
                                sum += f64::from(Border::Reflect.at(&frame, x as isize + dx, y as isize + dy)[c]);
                            }
                        }
                        let (got, wanted) = (f64::from(fast.at(x, y)[c]), sum / (size * size) as f64);
                        assert!((got - wanted).abs() < 0.75, "{size} at {x},{y}: {got} for {wanted}");
                    }
                }
            }
        }
    }

    #[test]
    fn one_colour_stays_what_it_is() {
        for size in (1..=MAX_BOX_PX).step_by(2) {
            for level in 0..=255 {
                let mut frame = Frame::filled(Shape { width: 5, height: 2 }, [level; 3]);
                box_blur(Isa::best(), &mut frame, size, &mut Scratch::default());
                assert_eq!(frame.at(2, 1), [level; 3], "{size}");
            }
        }
    }
}
