use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{DropGrid, drop_grid};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// The grid in pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    unit: usize,
    hole: usize,
    left: usize,
    top: usize,
    fill: [u8; 3],
}

transform! {
    /// Covers the squares of a regular grid with one colour (Chen, Liu, Zhao and Jia, "GridMask", 2020).
    "grid_dropout" => GridDropout {
        /// From one square to the next, as a fraction of the picture's shorter side.
        unit_frac: Range = Range::new(0.1, 0.3),
        /// Side of a square, as a fraction of that distance.
        ratio: Range = Range::new(0.5, 0.5),
        /// Red, green, blue, 0 to 255.
        fill: [u8; 3] = [0, 0, 0],
    }
    p: 1.0;
    peer: Peer::Call {
        python: "np.where(((np.arange(h)[:, None, None] + 3) % 20 < 11) & ((np.arange(w)[None, :, None] + 7) % 20 < 11), \
            np.uint8([90, 60, 200]), img)",
        max_diff: 0,
        because: "",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.unit_frac.within("unit_frac", 0.0, 1.0)?;
        self.ratio.within("ratio", 0.0, 1.0)
    }
    fn draw(&self, shape: Shape, rng: &mut Rng) -> Drawn {
        let unit = (self.unit_frac.draw(rng) * shape.width.min(shape.height) as f64).round().max(2.0);
        let hole = (self.ratio.draw(rng) * unit).round() as usize;
        let unit = unit as usize;
        Drawn { unit, hole, left: rng.index(unit), top: rng.index(unit), fill: self.fill }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let &Drawn { unit, hole, left, top, fill } = drawn;
        canvas.pixels(|frame, _| drop_grid(frame, DropGrid { unit, hole, left, top }, fill));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { unit: 20, hole: 11, left: 7, top: 3, fill: [90, 60, 200] }
    }
}
