//! Pixels that move: one map, one interpolation.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod border;
mod matrix;
mod sample;
mod whole;

pub use border::Border;
pub(super) use border::reflect_101;
pub use matrix::Matrix;
pub use sample::{PLACE_BITS, sample_row};

use super::isa::kernel;
use super::{Isa, turn};
use crate::image::{Frame, Scratch, Shape};

/// Warps a picture to the shape `to`: exactly where the map moves whole pixels, else bilinear, with places in 1/128 of a
/// pixel.
pub fn warp(isa: Isa, frame: &mut Frame, map: &Matrix, to: Shape, border: Border, scratch: &mut Scratch) {
    if let Some(by) = map.as_turn(frame.shape(), to) {
        return turn(isa, frame, by, scratch);
    }
    if let Some(way) = map.as_whole_pixels() {
        let mut edge = std::mem::take(&mut scratch.places);
        frame.remake(to, scratch, |from, target| {
            whole::move_pixels(isa, from, way, to, border, &mut edge, target);
        });
        scratch.places = edge;
        return;
    }
    remap(isa, frame, to, border, scratch, |y, xs, ys| places(isa, map, y, xs, ys));
}

/// Makes each pixel of a picture of shape `to` from the place that `row` gives: for row `y` of the result it fills the
/// places' columns and rows in the picture, in 1/128 of a pixel ([`PLACE_BITS`]). Bilinear.
pub fn remap(
    isa: Isa,
    frame: &mut Frame,
    to: Shape,
    border: Border,
    scratch: &mut Scratch,
    mut row: impl FnMut(usize, &mut [i32], &mut [i32]),
) {
    let mut buffer = std::mem::take(&mut scratch.places);
    buffer.resize(to.width * 2, 0);
    let (xs, ys) = buffer.split_at_mut(to.width);
    frame.remake(to, scratch, |from, target| {
        fetch(from.pixels());
        for (y, out) in target.chunks_exact_mut(to.width * 3).enumerate() {
            row(y, xs, ys);
            // Most samples across an edge become samples inside, which are fast.
            border.fold(isa, xs, from.shape().width);
            border.fold(isa, ys, from.shape().height);
            sample_row(isa, from, xs, ys, border, out);
        }
    });
    scratch.places = buffer;
}

/// Brings a picture into the caches, if they can hold it. A row of places may cross all of a picture's rows, which no
/// processor foresees: a rotation of a photo that was not at hand took twice as long without this.
pub(super) fn fetch(pixels: &[u8]) {
    /// What a second cache holds.
    const CACHE: usize = 2 << 20;
    const LINE: usize = 64;
    if pixels.len() <= CACHE {
        std::hint::black_box(pixels.iter().step_by(LINE).fold(0, |all, byte| all | byte));
    }
}

/// Rounds to the nearest place; far places are held to what 32 bits and every border can bear.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is compiled anew inside the kernels of each instruction set")]
pub fn place(pixels: f64) -> i32 {
    /// A million pixels away.
    const FAR: f64 = 1e6;
    // Adding 1.5 x 2^52 leaves a whole number in the low bits, in one instruction.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    // Written out, so that a NaN (a pole of a homography) becomes a far place.
    let held = if pixels > -FAR { pixels } else { -FAR };
    let held = if held < FAR { held } else { FAR };
    (held * f64::from(1 << PLACE_BITS) + ROUND).to_bits() as i32
}

kernel! {
    /// The places that row `y` of the result comes from.
    pub fn places(map: &Matrix, y: usize, xs: &mut [i32], ys: &mut [i32]) {
        let [a, b, c, d, e, f, g, h, i] = map.0;
        let y = y as f64;
        let (x_start, y_start, w_start) = (b * y + c, e * y + f, h * y + i);
        // Counted in 32 bits, which turn into floats in one instruction.
        let columns = (0..xs.len() as u32 as i32).map(f64::from);
        if map.is_affine() {
            for ((x, y), column) in xs.iter_mut().zip(ys).zip(columns) {
                *x = place(a * column + x_start);
                *y = place(d * column + y_start);
            }
        } else {
            for ((x, y), column) in xs.iter_mut().zip(ys).zip(columns) {
                let scale = 1.0 / (g * column + w_start);
                *x = place((a * column + x_start) * scale);
                *y = place((d * column + y_start) * scale);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Turn;

    fn picture() -> Frame {
        let shape = Shape { width: 7, height: 4 };
        Frame::new(shape, (0..shape.bytes() as u8).collect())
    }

    /// The slow, obvious twin.
    fn obvious(from: &Frame, map: &Matrix, to: Shape, border: Border) -> Vec<f64> {
        let mut out = Vec::new();
        for y in 0..to.height {
            for x in 0..to.width {
                let [px, py] = map.at([x as f64, y as f64]);
                let (left, top) = (px.floor(), py.floor());
                for c in 0..3 {
                    let at = |dx: f64, dy: f64| {
                        let weight = (1.0 - (px - left - dx).abs()) * (1.0 - (py - top - dy).abs());
                        weight * f64::from(border.at(from, (left + dx) as isize, (top + dy) as isize)[c])
                    };
                    out.push(at(0.0, 0.0) + at(1.0, 0.0) + at(0.0, 1.0) + at(1.0, 1.0));
                }
            }
        }
        out
    }

    const BORDERS: [Border; 6] =
        [Border::Reflect, Border::Symmetric, Border::Edge, Border::Wrap, Border::Black, Border::Fill([9, 200, 30])];

    #[test]
    fn turns_go_where_their_matrix_says() {
        let from = picture();
        for bits in 0..8 {
            let by = Turn { transpose: bits & 1 > 0, mirror_x: bits & 2 > 0, mirror_y: bits & 4 > 0 };
            let map = Matrix::of_turn(by, from.shape());
            let to = by.shape(from.shape());
            assert_eq!(map.as_turn(from.shape(), to), Some(by));
            let mut turned = from.clone();
            warp(Isa::best(), &mut turned, &map, to, Border::Black, &mut Scratch::default());
            let wanted: Vec<u8> = obvious(&from, &map, to, Border::Black).iter().map(|v| *v as u8).collect();
            assert_eq!(turned.pixels(), wanted, "{by:?}");
        }
    }

    #[test]
    fn whole_pixels_move_unmixed_and_the_border_fills_the_rest() {
        let from = picture();
        for bits in 0..8 {
            let by = Turn { transpose: bits & 1 > 0, mirror_x: bits & 2 > 0, mirror_y: bits & 4 > 0 };
            for (x, y) in [(2.0, 1.0), (-3.0, 2.0), (-9.0, -11.0), (40.0, 0.0)] {
                let map = Matrix::shift(x, y).then(&Matrix::of_turn(by, from.shape()));
                for border in BORDERS {
                    let to = Shape { width: 9, height: 8 };
                    let mut moved = from.clone();
                    warp(Isa::best(), &mut moved, &map, to, border, &mut Scratch::default());
                    let wanted: Vec<u8> = obvious(&from, &map, to, border).iter().map(|v| *v as u8).collect();
                    assert_eq!(moved.pixels(), wanted, "{by:?} {x} {y} {border:?}");
                }
            }
        }
    }

    #[test]
    fn the_fast_warp_is_within_two_levels_of_the_obvious_one() {
        let shape = Shape { width: 61, height: 43 };
        let from = Frame::new(shape, (0..shape.bytes()).map(|i| (i * 7919 % 256) as u8).collect());
        let tilted = Matrix::affine([0.9, -0.3, 5.0, 0.2, 1.1, -9.0]);
        let seen_aslant = Matrix([0.9, -0.3, 5.0, 0.2, 1.1, -9.0, 0.001, -0.002, 1.0]);
        for map in [tilted, seen_aslant] {
            for border in BORDERS {
                let mut fast = from.clone();
                warp(Isa::best(), &mut fast, &map, shape, border, &mut Scratch::default());
                for (got, wanted) in fast.pixels().iter().zip(obvious(&from, &map, shape, border)) {
                    // Half of 1/128 of a pixel each way, and the rounding of the level.
                    assert!((f64::from(*got) - wanted).abs() < 2.5, "{got} for {wanted}");
                }
            }
        }
    }

    #[test]
    fn a_pole_of_the_map_is_survived() {
        let mut frame = picture();
        let map = Matrix([1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.25, 0.25, -1.0]);
        let to = frame.shape();
        warp(Isa::best(), &mut frame, &map, to, Border::Reflect, &mut Scratch::default());
    }
}
