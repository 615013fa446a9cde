//! Displacements given at the nodes of a coarse grid, and at each pixel by what lies between.

use super::isa::kernel;
use super::{Border, Isa, PLACE_BITS, remap};
use crate::image::{Frame, Scratch};

/// How far, in pixels, the places of a picture are displaced at the nodes of a grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lattice<'a> {
    /// Displacements to the right and downwards, in pixels, row by row.
    pub nodes: &'a [[f64; 2]],
    /// Nodes in a row.
    pub columns: usize,
    /// Pixels from the centre of pixel 0, 0 to the grid's first cell.
    pub origin: [f64; 2],
    /// Pixels from node to node; more than 0.
    pub spacing: [f64; 2],
    /// What lies between the nodes.
    pub between: Between,
}

/// What lies between the nodes of a [`Lattice`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Between {
    /// Planes: each cell is cut into two triangles from its first node to its last one.
    Triangles,
    /// The uniform cubic B-spline: smooth, and near the nodes' values only. It needs a node before the first cell and one
    /// after the last.
    BSpline,
    /// The Catmull-Rom spline: through the nodes' values. It needs a node before the first cell and one after the last.
    CatmullRom,
}

impl Between {
    /// How many nodes there are at each side of the cells' own.
    pub fn margin(self) -> usize {
        usize::from(self != Self::Triangles)
    }

    /// What each of four neighbours is multiplied by to give the coefficients of 1, t, t^2 and t^3 between the middle
    /// two; nothing for triangles.
    #[inline]
    fn basis(self) -> Basis {
        const S: f64 = 1.0 / 6.0;
        match self {
            Self::Triangles => [[0.0; 4]; 4],
            Self::BSpline => [[S, 4.0 * S, S, 0.0], [-0.5, 0.0, 0.5, 0.0], [0.5, -1.0, 0.5, 0.0], [-S, 0.5, -0.5, S]],
            Self::CatmullRom => {
                [[0.0, 1.0, 0.0, 0.0], [-0.5, 0.0, 0.5, 0.0], [1.0, -2.5, 2.0, -0.5], [-0.5, 1.5, -1.5, 0.5]]
            }
        }
    }

    /// What each of four neighbours counts at `t` cells from the second.
    #[inline]
    fn weights(basis: &Basis, t: f64) -> [f64; 4] {
        std::array::from_fn(|n| basis[0][n] + t * (basis[1][n] + t * (basis[2][n] + t * basis[3][n])))
    }

    /// Between the middle two of four neighbours.
    #[inline]
    fn cubic(basis: &Basis, nodes: &[[f64; 2]; 4]) -> Cubic {
        std::array::from_fn(|i| {
            basis.map(|of| (of.iter().zip(nodes).map(|(b, node)| b * node[i]).sum::<f64>() * ONE) as f32)
        })
    }
}

/// What each of four neighbours is multiplied by to give the coefficients of 1, t, t^2 and t^3.
type Basis = [[f64; 4]; 4];

/// A cubic along a row, for each of the two directions: c0 + c1 u + c2 u^2 + c3 u^3 in 1/128 of a pixel, u in cells.
type Cubic = [[f32; 4]; 2];

/// Makes each pixel from the place that lies as far from it as the lattice says. Bilinear.
pub fn displace(isa: Isa, frame: &mut Frame, lattice: &Lattice, border: Border, scratch: &mut Scratch) {
    let to = frame.shape();
    let [step_x, step_y] = lattice.spacing;
    // The last cell there is, along each axis.
    let basis = lattice.between.basis();
    let side = 2 * lattice.between.margin() + 2;
    let last_column = lattice.columns - side;
    let last_row = lattice.nodes.len() / lattice.columns - side;
    remap(isa, frame, to, border, scratch, |y, xs, ys| {
        let down = (y as f64 - lattice.origin[1]) / step_y;
        let row = (down.max(0.0) as usize).min(last_row);
        let down = down - row as f64;
        let mut start = 0;
        // What the column of nodes left of the cell and the next two give in this row; the fourth is made cell by cell.
        let weights = Between::weights(&basis, down);
        let mixed = |column: usize| lattice.mixed(&weights, row, column);
        let mut columns = [[0.0; 2]; 4];
        if lattice.between != Between::Triangles {
            columns = [[0.0; 2], mixed(0), mixed(1), mixed(2)];
        }
        for column in 0..=last_column {
            let cell = lattice.origin[0] + column as f64 * step_x;
            let first_at = |place: f64| (place.ceil().max(0.0) as usize).min(to.width);
            let end = if column == last_column { to.width } else { first_at(cell + step_x) };
            let mut fill = |from: usize, to: usize, cubic: Cubic| {
                if from < to {
                    let along = [((from as f64 - cell) / step_x) as f32, (1.0 / step_x) as f32];
                    places(isa, [from, y], along, &cubic, &mut xs[from..to], &mut ys[from..to]);
                }
            };
            if lattice.between == Between::Triangles {
                let [lower, upper] = lattice.triangles(row, column, down);
                let diagonal = first_at(cell + down * step_x).clamp(start, end.max(start));
                fill(start, diagonal, lower);
                fill(diagonal, end, upper);
            } else {
                columns = [columns[1], columns[2], columns[3], mixed(column + 3)];
                fill(start, end, Between::cubic(&basis, &columns));
            }
            start = end.max(start);
        }
    });
}

const ONE: f64 = (1 << PLACE_BITS) as f64;

impl Lattice<'_> {
    #[inline]
    fn node(&self, row: usize, column: usize) -> [f64; 2] {
        self.nodes[row * self.columns + column]
    }

    /// Along a row `down` cells below the top of a cell: in its lower left and in its upper right triangle.
    #[inline]
    fn triangles(&self, row: usize, column: usize, down: f64) -> [Cubic; 2] {
        let at = |r, c| self.node(row + r, column + c);
        let [a, b, c, d] = [at(0, 0), at(0, 1), at(1, 0), at(1, 1)];
        let line = |start: f64, slope: f64| [(start * ONE) as f32, (slope * ONE) as f32, 0.0, 0.0];
        let lower = std::array::from_fn(|i| line(a[i] + (c[i] - a[i]) * down, d[i] - c[i]));
        let upper = std::array::from_fn(|i| line(a[i] + (d[i] - b[i]) * down, b[i] - a[i]));
        [lower, upper]
    }

    /// What four nodes below one another give.
    #[inline]
    fn mixed(&self, weights: &[f64; 4], row: usize, column: usize) -> [f64; 2] {
        std::array::from_fn(|i| (0..4).map(|r| weights[r] * self.node(row + r, column)[i]).sum())
    }
}

kernel! {
    /// The places of the pixels from column and row `at` on; u starts at `along[0]` and grows by `along[1]` a pixel.
    pub fn places(at: [usize; 2], along: [f32; 2], cubic: &Cubic, xs: &mut [i32], ys: &mut [i32]) {
        // Adding 1.5 x 2^23 leaves a whole number in the low bits; displacements are held to what that can bear.
        const ROUND: f32 = 12_582_912.0;
        const FAR: f32 = 4_000_000.0;
        let [x, y] = cubic;
        let value = |c: &[f32; 4], u: f32| {
            let v = ((c[3] * u + c[2]) * u + c[1]) * u + c[0];
            let held = if v > -FAR { v } else { -FAR };
            let held = if held < FAR { held } else { FAR };
            (held + ROUND).to_bits() as i32 - ROUND.to_bits() as i32
        };
        let (column, row) = ((at[0] << PLACE_BITS) as i32, (at[1] << PLACE_BITS) as i32);
        for (k, (x_at, y_at)) in (0..xs.len() as u32 as i32).zip(xs.iter_mut().zip(ys)) {
            let u = along[0] + along[1] * k as f32;
            *x_at = column + (k << PLACE_BITS) + value(x, u);
            *y_at = row + value(y, u);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Shape;

    const SHAPE: Shape = Shape { width: 53, height: 41 };

    /// The cubic B-spline and Catmull and Rom's by their textbook pieces, as weights of a node at a distance.
    fn weight(between: Between, distance: f64) -> f64 {
        let d = distance.abs();
        match between {
            Between::Triangles => (1.0 - d).max(0.0),
            Between::BSpline if d < 1.0 => 2.0 / 3.0 - d * d + d * d * d / 2.0,
            Between::BSpline if d < 2.0 => (2.0 - d).powi(3) / 6.0,
            Between::CatmullRom if d < 1.0 => 1.5 * d * d * d - 2.5 * d * d + 1.0,
            Between::CatmullRom if d < 2.0 => -0.5 * d * d * d + 2.5 * d * d - 4.0 * d + 2.0,
            _ => 0.0,
        }
    }

    #[test]
    fn places_follow_the_spline() {
        let ramp: Vec<u8> =
            (0..SHAPE.height).flat_map(|y| (0..SHAPE.width).flat_map(move |x| [x as u8 * 4, y as u8 * 4, 0])).collect();
        for between in [Between::BSpline, Between::CatmullRom] {
            let nodes: Vec<_> =
                (0..8 * 7).map(|i| [f64::from(i * 37 % 11) * 0.4 - 2.0, f64::from(i * 53 % 13) * 0.3 - 2.0]).collect();
            let lattice =
                Lattice { nodes: &nodes, columns: 8, origin: [-0.5, -0.5], spacing: [53.0 / 5.0, 41.0 / 4.0], between };
            let mut frame = Frame::new(SHAPE, ramp.clone());
            displace(Isa::best(), &mut frame, &lattice, Border::Edge, &mut Scratch::default());
            for y in 4..SHAPE.height - 4 {
                for x in 4..SHAPE.width - 4 {
                    let (u, v) = ((x as f64 + 0.5) / lattice.spacing[0], (y as f64 + 0.5) / lattice.spacing[1]);
                    let at = |i: usize| -> f64 {
                        (0..nodes.len())
                            .map(|n| {
                                let (column, row) = ((n % 8) as f64 - 1.0, (n / 8) as f64 - 1.0);
                                nodes[n][i] * weight(between, u - column) * weight(between, v - row)
                            })
                            .sum()
                    };
                    let wanted = [(x as f64 + at(0)) * 4.0, (y as f64 + at(1)) * 4.0];
                    for (got, wanted) in frame.at(x, y).into_iter().zip(wanted) {
                        assert!((f64::from(got) - wanted).abs() < 0.6, "{between:?} {x} {y}: {got} for {wanted}");
                    }
                }
            }
        }
    }
}
