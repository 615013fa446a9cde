//! One affine map, one interpolation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::gaussian_blur::reflect_101;
use super::isa::kernel;
use super::{Isa, Turn, turn};
use crate::image::{Frame, Scratch, Shape};

/// What lies outside a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Border {
    /// The picture mirrored at its edge, the edge pixel not repeated.
    #[default]
    Reflect,
    /// The edge pixel, for ever.
    Edge,
    /// Black.
    Black,
}

/// Where an output pixel comes from: `x_in = m[0] x + m[1] y + m[2]`, `y_in = m[3] x + m[4] y + m[5]`, in pixels, with
/// pixel centres at whole numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Matrix(pub [f64; 6]);

impl Matrix {
    /// Every pixel stays.
    pub const IDENTITY: Self = Self([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);

    /// One map that leads where this one, and from there `inner`, would lead: `inner(self(p))`.
    #[must_use]
    pub fn then(&self, inner: &Self) -> Self {
        let ([a, b, c, d, e, f], [g, h, i, j, k, l]) = (self.0, inner.0);
        Self([g * a + h * d, g * b + h * e, g * c + h * f + i, j * a + k * d, j * b + k * e, j * c + k * f + l])
    }

    /// The flip or quarter turn that this is for a picture of this shape, if it is one.
    pub fn as_turn(&self, from: Shape, to: Shape) -> Option<Turn> {
        let (right, bottom) = ((from.width - 1) as f64, (from.height - 1) as f64);
        for transpose in [false, true] {
            for (mirror_x, mirror_y) in [(false, false), (true, false), (false, true), (true, true)] {
                let turn = Turn { transpose, mirror_x, mirror_y };
                if turn.shape(from) == to && turn_matrix(turn, right, bottom).0 == self.0 {
                    return Some(turn);
                }
            }
        }
        None
    }

    /// The map of a flip or quarter turn of a picture of this shape.
    pub fn of_turn(turn: Turn, from: Shape) -> Self {
        turn_matrix(turn, (from.width - 1) as f64, (from.height - 1) as f64)
    }
}

/// `right` and `bottom` are the last column and row of the picture before the turn.
fn turn_matrix(Turn { transpose, mirror_x, mirror_y }: Turn, right: f64, bottom: f64) -> Matrix {
    let along = |mirror: bool, last: f64| if mirror { (-1.0, last) } else { (1.0, 0.0) };
    if transpose {
        // The output's x runs along the input's rows.
        let ((sx, tx), (sy, ty)) = (along(mirror_x, bottom), along(mirror_y, right));
        Matrix([0.0, sy, ty, sx, 0.0, tx])
    } else {
        let ((sx, tx), (sy, ty)) = (along(mirror_x, right), along(mirror_y, bottom));
        Matrix([sx, 0.0, tx, 0.0, sy, ty])
    }
}

/// Warps a picture to the shape `to`: exactly where the map is a flip or quarter turn, else bilinear, with places in
/// 1/256 of a pixel.
pub fn warp(isa: Isa, frame: &mut Frame, map: &Matrix, to: Shape, border: Border, scratch: &mut Scratch) {
    if let Some(by) = map.as_turn(frame.shape(), to) {
        return turn(frame, by, scratch);
    }
    // 32 bits after the point: over 30,000 pixels the rounded coefficients go wrong by less than 1/100,000 of a pixel.
    let fixed = map.0.map(|value| libm::round(value * 4_294_967_296.0) as i64);
    frame.remake(to, scratch, |from, target| bilinear(isa, from, fixed, to, border, target));
}

/// Half of 1/256 with 32 bits after the point, so that places are rounded.
const HALF: i64 = 1 << 23;

kernel! {
    /// The definition: `fixed` is the map with 32 bits after the point.
    pub fn bilinear(from: &Frame, fixed: [i64; 6], to: Shape, border: Border, target: &mut [u8]) {
        let Shape { width, height } = from.shape();
        let [a, b, c, d, e, f] = fixed;
        for (y, row) in target.chunks_exact_mut(to.width * 3).enumerate() {
            let (mut x_in, mut y_in) = (b * y as i64 + c + HALF, e * y as i64 + f + HALF);
            for pixel in row.as_chunks_mut::<3>().0 {
                let (left, top) = (x_in >> 32, y_in >> 32);
                let (right_part, lower_part) = (((x_in >> 24) & 255) as u32, ((y_in >> 24) & 255) as u32);
                let inside = (left as u64) < width as u64 - 1 && (top as u64) < height as u64 - 1;
                let corners = if inside {
                    let at = (top as usize * width + left as usize) * 3;
                    let (upper, lower) = (&from.pixels()[at..at + 6], &from.pixels()[at + width * 3..][..6]);
                    [
                        [upper[0], upper[1], upper[2]],
                        [upper[3], upper[4], upper[5]],
                        [lower[0], lower[1], lower[2]],
                        [lower[3], lower[4], lower[5]],
                    ]
                } else {
                    [(left, top), (left + 1, top), (left, top + 1), (left + 1, top + 1)]
                        .map(|(x, y)| beyond(from, x, y, border))
                };
                for channel in 0..3 {
                    let [p, q, r, s] = corners.map(|corner| u32::from(corner[channel]));
                    let upper = p * (256 - right_part) + q * right_part;
                    let lower = r * (256 - right_part) + s * right_part;
                    pixel[channel] = ((upper * (256 - lower_part) + lower * lower_part + (1 << 15)) >> 16) as u8;
                }
                x_in += a;
                y_in += d;
            }
        }
    }
}

#[cold]
fn beyond(from: &Frame, x: i64, y: i64, border: Border) -> [u8; 3] {
    let Shape { width, height } = from.shape();
    let inside = x >= 0 && y >= 0 && x < width as i64 && y < height as i64;
    match border {
        _ if inside => from.at(x as usize, y as usize),
        Border::Reflect => from.at(reflect_101(x as isize, width), reflect_101(y as isize, height)),
        Border::Edge => from.at(x.clamp(0, width as i64 - 1) as usize, y.clamp(0, height as i64 - 1) as usize),
        Border::Black => [0; 3],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Frame {
        let shape = Shape { width: 7, height: 4 };
        Frame::new(shape, (0..shape.bytes() as u8).collect())
    }

    #[test]
    fn turns_go_where_their_matrix_says() {
        let from = picture();
        for bits in 0..8 {
            let by = Turn { transpose: bits & 1 > 0, mirror_x: bits & 2 > 0, mirror_y: bits & 4 > 0 };
            let map = Matrix::of_turn(by, from.shape());
            let to = by.shape(from.shape());
            assert_eq!(map.as_turn(from.shape(), to), Some(by));
            let mut turned = from.clone();
            turn(&mut turned, by, &mut Scratch::default());
            for y in 0..to.height {
                for x in 0..to.width {
                    let [m0, m1, m2, m3, m4, m5] = map.0;
                    let (fx, fy) = (x as f64, y as f64);
                    let (sx, sy) = (m0 * fx + m1 * fy + m2, m3 * fx + m4 * fy + m5);
                    assert_eq!(turned.at(x, y), from.at(sx as usize, sy as usize), "{by:?}");
                }
            }
        }
    }

    #[test]
    fn half_a_pixel_to_the_right_is_the_mean_of_two() {
        let mut frame = picture();
        let to = frame.shape();
        let map = Matrix([1.0, 0.0, 0.5, 0.0, 1.0, 0.0]);
        warp(Isa::best(), &mut frame, &map, to, Border::Edge, &mut Scratch::default());
        let (left, right) = (picture().at(2, 1)[0], picture().at(3, 1)[0]);
        assert_eq!(frame.at(2, 1)[0], (left + right).div_ceil(2));
        assert_eq!(frame.at(6, 1), picture().at(6, 1));
    }

    #[test]
    fn maps_compose() {
        let (turned, moved) = (Matrix([0.0, 1.0, 0.0, -1.0, 0.0, 3.0]), Matrix([1.0, 0.0, 5.0, 0.0, 1.0, -2.0]));
        assert_eq!(turned.then(&moved).0, [0.0, 1.0, 5.0, -1.0, 0.0, 1.0]);
    }
}
