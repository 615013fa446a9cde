use serde::{Deserialize, Serialize};

use super::check_side;
use crate::image::Shape;
use crate::kernel::shuffle_tiles;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

/// Which tile stands where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    columns: usize,
    /// For each place, row by row, the tile that it gets.
    order: Vec<usize>,
}

transform! {
    /// Cuts the picture into equal tiles and puts them into a random order, so that a net must look at parts. Pixels left
    /// over at the right and at the bottom stay where they are.
    "grid_shuffle" => GridShuffle {
        /// Tiles in a row.
        columns: u32 = 3,
        /// Tiles in a column.
        rows: u32 = 3,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "(lambda a: [a.__setitem__((slice(y // 3 * (h // 3), y // 3 * (h // 3) + h // 3), \
            slice(y % 3 * (w // 3), y % 3 * (w // 3) + w // 3)), img[x // 3 * (h // 3):][:h // 3, x % 3 * (w // 3):][:, :w // 3]) \
            for y, x in enumerate([4, 2, 8, 3, 0, 1, 6, 5, 7])] and a)(img.copy())",
        max_diff: 0,
        because: "",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        check_side("columns", self.columns)?;
        check_side("rows", self.rows)?;
        match self.columns * self.rows {
            0..=4096 => Ok(()),
            tiles => Err(format!("columns x rows must be at most 4096, got {tiles}")),
        }
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        let mut order: Vec<_> = (0..(self.columns * self.rows) as usize).collect();
        rng.shuffle(&mut order);
        Drawn { columns: self.columns as usize, order }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| shuffle_tiles(frame, drawn.columns, &drawn.order, scratch));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { columns: 3, order: vec![4, 2, 8, 3, 0, 1, 6, 5, 7] }
    }
}
