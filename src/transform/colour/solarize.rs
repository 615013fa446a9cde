use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::Levels;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// The level from which on levels are inverted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    threshold: u16,
}

transform! {
    /// Inverts every level at or above a threshold.
    "solarize" => Solarize {
        /// Level, 0 to 256; 256 inverts nothing.
        threshold: Range = Range::new(128.0, 128.0),
    }
    p: 1.0;
    peer: Peer::Call { python: "np.asarray(ImageOps.solarize(Image.fromarray(img), 128))", max_diff: 0, because: "" };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.threshold.within("threshold", 0.0, 256.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { threshold: self.threshold.draw_whole(rng) as u16 }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.point(Levels::inverted_from(drawn.threshold));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { threshold: 128 }
    }
}
