use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Between, Border, Isa, Lattice, displace, thin_plate};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// How far the control points, a regular square grid from corner to corner, move.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    /// To the right and downwards as fractions of the sides, row by row.
    moves: Vec<[f64; 2]>,
    border: Border,
}

/// Cells of the lattice along each side: the spline is computed at its nodes, and by cubics between them.
const CELLS: usize = 32;

transform! {
    /// Bends the picture like a thin plate that is pushed at control points (Bookstein, "Principal warps", 1989), with one
    /// bilinear interpolation.
    "thin_plate_spline" => ThinPlateSpline {
        /// Standard deviation of the control points' moves, as a fraction of the sides.
        scale: Range = Range::new(0.02, 0.04),
        /// Control points in a row and in a column.
        num_control_points: u32 = 4,
        /// What lies outside the picture: reflect, symmetric, edge, wrap, black, or `{fill: [r, g, b]}`.
        border: Border = Border::Reflect,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "(lambda c, d, bend: (lambda s: remap(img, *(at + n * s[..., k] for k, (at, n) in enumerate(zip(pixels((w, h)), (w, h)))), 'reflect'))(\
            (lambda q: np.concatenate([bend(q[:, None], c), np.ones((len(q), 1)), q], 1) @ np.linalg.solve(np.block([[bend(c[:, None], c), \
            np.ones((9, 1)), c], [np.ones((1, 9)), np.zeros((1, 3))], [c.T, np.zeros((2, 3))]]), np.concatenate([d, np.zeros((3, 2))])))(\
            (np.stack(pixels((w, h)), -1).reshape(-1, 2) + .5) / [w, h]).reshape(h, w, 2)))(\
            np.float64([(i % 3 / 2, i // 3 / 2) for i in range(9)]), \
            np.float64([((7 * i % 9 - 4) / 100, (5 * i % 9 - 4) / 100) for i in range(9)]), \
            lambda a, b: (lambda r: r * np.log(np.where(r > 0, r, 1)))(((a - b) ** 2).sum(-1)))",
        max_diff: 2,
        because: "places are rounded to 1/128 of a pixel",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        if !(2..=10).contains(&self.num_control_points) {
            return Err(format!("num_control_points must be from 2 to 10, got {}", self.num_control_points));
        }
        self.scale.within("scale", 0.0, 1.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        let scale = self.scale.draw(rng);
        let mut moved = || (rng.normal() * scale * 1e6).round() / 1e6;
        let moves = (0..self.num_control_points.pow(2)).map(|_| [moved(), moved()]).collect();
        Drawn { moves, border: self.border }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| {
            let (width, height) = (frame.shape().width as f64, frame.shape().height as f64);
            let mut nodes = std::mem::take(&mut scratch.nodes);
            // A node before the first cell and one after the last; in fractions of the sides, as the controls.
            let columns = CELLS + 3;
            let along = |i: usize| (i as f64 - 1.0) / CELLS as f64;
            let places = (0..columns * columns).map(|i| [along(i % columns), along(i / columns)]);
            thin_plate(&drawn.moves, places, &mut nodes, &mut scratch.equations);
            for node in &mut nodes {
                *node = [node[0] * width, node[1] * height];
            }
            let lattice = Lattice {
                nodes: &nodes,
                columns,
                origin: [-0.5, -0.5],
                spacing: [width / CELLS as f64, height / CELLS as f64],
                between: Between::CatmullRom,
            };
            displace(Isa::best(), frame, &lattice, drawn.border, scratch);
            scratch.nodes = nodes;
        });
    }
    fn example(_: Shape) -> Drawn {
        let moves = (0..9).map(|i| [f64::from(7 * i % 9 - 4) / 100.0, f64::from(5 * i % 9 - 4) / 100.0]).collect();
        Drawn { moves, border: Border::Reflect }
    }
}
