use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Matrix, Turn};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

/// Quarter turns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    /// Anticlockwise: 0 to 3.
    quarters: u8,
}

impl Drawn {
    fn turn(&self) -> Turn {
        match self.quarters % 4 {
            0 => Turn { transpose: false, mirror_x: false, mirror_y: false },
            1 => Turn { transpose: true, mirror_x: false, mirror_y: true },
            2 => Turn { transpose: false, mirror_x: true, mirror_y: true },
            _ => Turn { transpose: true, mirror_x: true, mirror_y: false },
        }
    }
}

transform! {
    /// Turns the picture by 0, 90, 180 or 270 degrees, each as likely.
    "rotate90" => Rotate90 {}
    p: 1.0;
    peer: Peer::Call { python: "np.rot90(img)", max_diff: 0, because: "" };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { quarters: rng.below(4) as u8 }
    }
    fn shape(drawn: &Drawn, before: Shape) -> Shape {
        drawn.turn().shape(before)
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let shape = canvas.shape();
        let by = drawn.turn();
        canvas.warp(Matrix::of_turn(by, shape), by.shape(shape), None);
    }
    fn example(_: Shape) -> Drawn {
        Drawn { quarters: 1 }
    }
}
