//! Maps of the plane.

use crate::image::Shape;
use crate::kernel::Turn;

/// Where an output pixel comes from, as a homography, row by row: `x_in = (m0 x + m1 y + m2) / w`,
/// `y_in = (m3 x + m4 y + m5) / w` with `w = m6 x + m7 y + m8`; in pixels, with pixel centres at whole numbers. The map is
/// affine where the last row is 0, 0, 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Matrix(pub [f64; 9]);

impl Matrix {
    /// Every pixel stays.
    pub const IDENTITY: Self = Self::affine([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);

    /// An affine map by its first two rows.
    pub const fn affine([a, b, c, d, e, f]: [f64; 6]) -> Self {
        Self([a, b, c, d, e, f, 0.0, 0.0, 1.0])
    }

    /// The output pixel at 0, 0 comes from `x`, `y`.
    pub const fn shift(x: f64, y: f64) -> Self {
        Self::affine([1.0, 0.0, x, 0.0, 1.0, y])
    }

    /// A rotation anticlockwise as seen, about pixel 0, 0.
    pub fn rotation(deg: f64) -> Self {
        let (sin, cos) = libm::sincos(deg.to_radians());
        Self::affine([cos, -sin, 0.0, sin, cos, 0.0])
    }

    /// Enlarges about pixel 0, 0; a factor below 1 shrinks.
    pub fn scaling(factor: f64) -> Self {
        Self::affine([1.0 / factor, 0.0, 0.0, 0.0, 1.0 / factor, 0.0])
    }

    /// Shears along the rows: what is below pixel 0, 0 moves to the right.
    pub fn shear_x(deg: f64) -> Self {
        Self::affine([1.0, -libm::tan(deg.to_radians()), 0.0, 0.0, 1.0, 0.0])
    }

    /// Shears along the columns: what is right of pixel 0, 0 moves down.
    pub fn shear_y(deg: f64) -> Self {
        Self::affine([1.0, 0.0, 0.0, -libm::tan(deg.to_radians()), 1.0, 0.0])
    }

    /// This map from a picture of shape `from` to one of shape `to`, about their centres instead of pixel 0, 0.
    #[must_use]
    pub fn centred(&self, from: Shape, to: Shape) -> Self {
        let middle = |shape: Shape| [(shape.width - 1) as f64 / 2.0, (shape.height - 1) as f64 / 2.0];
        let ([x_in, y_in], [x_out, y_out]) = (middle(from), middle(to));
        Self::shift(-x_out, -y_out).then(self).then(&Self::shift(x_in, y_in))
    }

    /// One map that leads where this one, and from there `inner`, would lead: `inner(self(p))`.
    #[must_use]
    pub fn then(&self, inner: &Self) -> Self {
        let (m, n) = (inner.0, self.0);
        let at = |row: usize, column: usize| (0..3).map(|k| m[row * 3 + k] * n[k * 3 + column]).sum();
        Self(std::array::from_fn(|i| at(i / 3, i % 3)))
    }

    /// The homography that takes each of four places to the place of the same number (any three of either four must not
    /// lie on a line).
    pub fn between(from: [[f64; 2]; 4], to: [[f64; 2]; 4]) -> Self {
        // By way of the unit square: Heckbert, "Fundamentals of Texture Mapping and Image Warping" (1989), section 2.2.3.
        Self::to_unit_square(from).then(&Self::from_unit_square(to))
    }

    /// Takes the corners of the unit square, clockwise from 0, 0, to four places.
    fn from_unit_square([p0, p1, p2, p3]: [[f64; 2]; 4]) -> Self {
        let (dx1, dx2, sx) = (p1[0] - p2[0], p3[0] - p2[0], p0[0] - p1[0] + p2[0] - p3[0]);
        let (dy1, dy2, sy) = (p1[1] - p2[1], p3[1] - p2[1], p0[1] - p1[1] + p2[1] - p3[1]);
        let area = dx1 * dy2 - dx2 * dy1;
        let (g, h) = ((sx * dy2 - dx2 * sy) / area, (dx1 * sy - sx * dy1) / area);
        Self([
            p1[0] - p0[0] + g * p1[0],
            p3[0] - p0[0] + h * p3[0],
            p0[0],
            p1[1] - p0[1] + g * p1[1],
            p3[1] - p0[1] + h * p3[1],
            p0[1],
            g,
            h,
            1.0,
        ])
    }

    /// The other way: by the adjugate, since a homography may be scaled at will.
    fn to_unit_square(places: [[f64; 2]; 4]) -> Self {
        Self::from_unit_square(places).adjugate()
    }

    /// The map that leads back, of one that keeps lines apart (its determinant is not 0).
    #[must_use]
    pub fn inverse(&self) -> Self {
        let [a, b, c, ..] = self.0;
        let adjugate = self.adjugate();
        let [p, _, _, q, _, _, r, ..] = adjugate.0;
        let determinant = a * p + b * q + c * r;
        Self(adjugate.0.map(|v| v / determinant))
    }

    /// The inverse times the determinant.
    fn adjugate(&self) -> Self {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        Self([
            e * i - f * h,
            c * h - b * i,
            b * f - c * e,
            f * g - d * i,
            a * i - c * g,
            c * d - a * f,
            d * h - e * g,
            b * g - a * h,
            a * e - b * d,
        ])
    }

    /// Whether no division is needed.
    pub fn is_affine(&self) -> bool {
        self.0[6..] == [0.0, 0.0, 1.0]
    }

    /// Where the output place comes from.
    pub fn at(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        let w = g * x + h * y + i;
        [(a * x + b * y + c) / w, (d * x + e * y + f) / w]
    }

    /// The turn, and then the shift in whole pixels, that this is: `Some` where no pixel is mixed with another.
    /// The turn is about pixel 0, 0.
    pub(super) fn as_whole_pixels(&self) -> Option<(Turn, [isize; 2])> {
        let [a, b, c, d, e, f, ..] = self.0;
        let whole = |v: f64| v.fract() == 0.0 && v.abs() < 1e9;
        if !self.is_affine() || !whole(c) || !whole(f) {
            return None;
        }
        let unit = |v: f64| v.abs() == 1.0;
        if unit(a) && unit(e) && b == 0.0 && d == 0.0 {
            let turn = Turn { transpose: false, mirror_x: a < 0.0, mirror_y: e < 0.0 };
            Some((turn, [c as isize, f as isize]))
        } else if unit(b) && unit(d) && a == 0.0 && e == 0.0 {
            // The output's x runs along the input's rows.
            let turn = Turn { transpose: true, mirror_x: d < 0.0, mirror_y: b < 0.0 };
            Some((turn, [c as isize, f as isize]))
        } else {
            None
        }
    }

    /// Whether no pixel is mixed with another.
    pub fn moves_whole_pixels(&self) -> bool {
        self.as_whole_pixels().is_some()
    }

    /// The flip or quarter turn of a whole picture of this shape that this is, if it is one.
    pub fn as_turn(&self, from: Shape, to: Shape) -> Option<Turn> {
        let (turn, _) = self.as_whole_pixels()?;
        (turn.shape(from) == to && Self::of_turn(turn, from) == *self).then_some(turn)
    }

    /// The map of a flip or quarter turn of a picture of this shape.
    pub fn of_turn(Turn { transpose, mirror_x, mirror_y }: Turn, from: Shape) -> Self {
        let (right, bottom) = ((from.width - 1) as f64, (from.height - 1) as f64);
        let along = |mirror: bool, last: f64| if mirror { (-1.0, last) } else { (1.0, 0.0) };
        if transpose {
            let ((sx, tx), (sy, ty)) = (along(mirror_x, bottom), along(mirror_y, right));
            Self::affine([0.0, sy, ty, sx, 0.0, tx])
        } else {
            let ((sx, tx), (sy, ty)) = (along(mirror_x, right), along(mirror_y, bottom));
            Self::affine([sx, 0.0, tx, 0.0, sy, ty])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_compose() {
        let turned = Matrix::affine([0.0, 1.0, 0.0, -1.0, 0.0, 3.0]);
        let moved = Matrix::shift(5.0, -2.0);
        assert_eq!(turned.then(&moved).0, [0.0, 1.0, 5.0, -1.0, 0.0, 1.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn four_places_go_where_they_are_told() {
        let from = [[0.0, 0.0], [100.0, 0.0], [100.0, 60.0], [0.0, 60.0]];
        let to = [[3.0, 5.0], [90.0, -4.0], [110.0, 70.0], [-6.0, 50.0]];
        let map = Matrix::between(from, to);
        for (place, wanted) in from.into_iter().zip(to) {
            let [x, y] = map.at(place);
            assert!((x - wanted[0]).abs() < 1e-9 && (y - wanted[1]).abs() < 1e-9, "{x} {y} for {wanted:?}");
        }
    }
}
