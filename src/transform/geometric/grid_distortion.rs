use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Between, Border, Isa, Lattice, displace};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// Where the lines of a regular grid come from, as fractions of the width and the height: 0 first, 1 last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    x: Vec<f64>,
    y: Vec<f64>,
}

transform! {
    /// Stretches some columns and rows of a grid and squeezes others, with one bilinear interpolation. The picture's edges
    /// stay where they are (Albumentations' `normalized`).
    "grid_distortion" => GridDistortion {
        /// Cells in a row and in a column.
        num_steps: u32 = 5,
        /// How much wider than the others a cell becomes, as a fraction; below 0 narrower.
        distort: Range = Range::new(-0.3, 0.3),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "remap(img, *((np.interp((at + .5) / n, [0, .25, .5, .75, 1], to) * n - .5 for at, n, to in zip(pixels((w, h)), (w, h), \
            ([0, .2, .55, .7, 1], [0, .35, .5, .85, 1])))), 'edge')",
        max_diff: 2,
        because: "places are rounded to 1/128 of a pixel",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        if !(1..=100).contains(&self.num_steps) {
            return Err(format!("num_steps must be from 1 to 100, got {}", self.num_steps));
        }
        self.distort.within("distort", -0.9, 0.9)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        let mut lines = || {
            let cells: Vec<_> = (0..self.num_steps).map(|_| 1.0 + self.distort.draw(rng)).collect();
            let total: f64 = cells.iter().sum();
            let inner = cells.iter().scan(0.0, |sum, cell| {
                *sum += cell;
                Some((*sum / total * 1e6).round() / 1e6)
            });
            std::iter::once(0.0).chain(inner).collect()
        };
        Drawn { x: lines(), y: lines() }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| {
            let Shape { width, height } = frame.shape();
            let moved = |lines: &[f64], i: usize, side: usize| {
                (lines[i] - i as f64 / (lines.len() - 1) as f64) * side as f64
            };
            let mut nodes = std::mem::take(&mut scratch.nodes);
            nodes.clear();
            for row in 0..drawn.y.len() {
                let down = moved(&drawn.y, row, height);
                nodes.extend((0..drawn.x.len()).map(|column| [moved(&drawn.x, column, width), down]));
            }
            let lattice = Lattice {
                nodes: &nodes,
                columns: drawn.x.len(),
                origin: [-0.5, -0.5],
                spacing: [width as f64 / (drawn.x.len() - 1) as f64, height as f64 / (drawn.y.len() - 1) as f64],
                between: Between::Triangles,
            };
            displace(Isa::best(), frame, &lattice, Border::Edge, scratch);
            scratch.nodes = nodes;
        });
    }
    fn example(_: Shape) -> Drawn {
        Drawn { x: vec![0.0, 0.2, 0.55, 0.7, 1.0], y: vec![0.0, 0.35, 0.5, 0.85, 1.0] }
    }
}
