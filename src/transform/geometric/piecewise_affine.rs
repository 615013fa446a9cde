use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Between, Border, Isa, Lattice, displace};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// How far the nodes of a regular grid over the picture move.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    /// Nodes in a row.
    columns: usize,
    /// To the right and downwards as fractions of the sides, row by row.
    moves: Vec<[f64; 2]>,
    border: Border,
}

transform! {
    /// Moves each node of a regular grid a little and each triangle between them affinely (imgaug), with one bilinear
    /// interpolation.
    "piecewise_affine" => PiecewiseAffine {
        /// Standard deviation of the nodes' moves, as a fraction of the sides.
        scale: Range = Range::new(0.02, 0.04),
        /// Nodes in a row, those on the edges included.
        columns: u32 = 4,
        /// Nodes in a column, those on the edges included.
        rows: u32 = 4,
        /// What lies outside the picture: reflect, symmetric, edge, wrap, black, or `{fill: [r, g, b]}`.
        border: Border = Border::Reflect,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "(lambda u, v, m: [remap(img, *(at + n * (lambda a, b, c, d: np.where(u % 1 >= v % 1, \
            a + (b - a) * (u % 1) + (d - b) * (v % 1), a + (c - a) * (v % 1) + (d - c) * (u % 1)))(\
            *(m[v.astype(int) + j, u.astype(int) + i, k] for j in (0, 1) for i in (0, 1))) \
            for k, (at, n) in enumerate(zip(pixels((w, h)), (w, h)))), 'reflect')][0])(\
            (pixels((w, h))[0] + .5) / w * 3, (pixels((w, h))[1] + .5) / h * 2, \
            np.float64([((7 * i % 12 - 6) / 100, (5 * i % 12 - 6) / 100) for i in range(12)]).reshape(3, 4, 2))",
        max_diff: 2,
        because: "places are rounded to 1/128 of a pixel",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        for (name, nodes) in [("columns", self.columns), ("rows", self.rows)] {
            if !(2..=100).contains(&nodes) {
                return Err(format!("{name} must be from 2 to 100, got {nodes}"));
            }
        }
        self.scale.within("scale", 0.0, 1.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        let scale = self.scale.draw(rng);
        let mut moved = || (rng.normal() * scale * 1e6).round() / 1e6;
        let moves = (0..self.columns * self.rows).map(|_| [moved(), moved()]).collect();
        Drawn { columns: self.columns as usize, moves, border: self.border }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| {
            let (width, height) = (frame.shape().width as f64, frame.shape().height as f64);
            let mut nodes = std::mem::take(&mut scratch.nodes);
            nodes.clear();
            nodes.extend(drawn.moves.iter().map(|[x, y]| [x * width, y * height]));
            let rows = nodes.len() / drawn.columns;
            let lattice = Lattice {
                nodes: &nodes,
                columns: drawn.columns,
                origin: [-0.5, -0.5],
                spacing: [width / (drawn.columns - 1) as f64, height / (rows - 1) as f64],
                between: Between::Triangles,
            };
            displace(Isa::best(), frame, &lattice, drawn.border, scratch);
            scratch.nodes = nodes;
        });
    }
    fn example(_: Shape) -> Drawn {
        let moves = (0..12).map(|i| [f64::from(7 * i % 12 - 6) / 100.0, f64::from(5 * i % 12 - 6) / 100.0]).collect();
        Drawn { columns: 4, moves, border: Border::Reflect }
    }
}
