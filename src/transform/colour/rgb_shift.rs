use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::Levels;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// Levels added to red, green and blue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    add: [i32; 3],
}

transform! {
    /// Adds a number of its own to each channel.
    "rgb_shift" => RgbShift {
        /// Levels.
        red: Range = Range::new(-20.0, 20.0),
        /// Levels.
        green: Range = Range::new(-20.0, 20.0),
        /// Levels.
        blue: Range = Range::new(-20.0, 20.0),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "np.clip(img.astype(int) + [25, -10, -40], 0, 255)",
        max_diff: 0,
        because: "",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        for (name, range) in [("red", self.red), ("green", self.green), ("blue", self.blue)] {
            range.within(name, -255.0, 255.0)?;
        }
        Ok(())
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { add: [self.red, self.green, self.blue].map(|range| range.draw_whole(rng) as i32) }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.point(Levels::line([1.0; 3], drawn.add.map(f64::from)));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { add: [25, -10, -40] }
    }
}
