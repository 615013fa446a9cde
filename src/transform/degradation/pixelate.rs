use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{average_down, nearest};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// Blocks along a side, as a fraction of its pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    scale: f64,
}

transform! {
    /// Makes blocks of one colour, the mean of their pixels (ImageNet-C).
    "pixelate" => Pixelate {
        /// Blocks along a side, as a fraction of its pixels: 0.25 gives blocks of 4 x 4.
        scale: Range = Range::new(0.25, 0.6),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "np.asarray(Image.fromarray(img).resize((round(.2 * w), round(.2 * h)), Image.BOX).resize((w, h), Image.NEAREST))",
        max_diff: 1,
        because: "means near a half may be rounded either way",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.scale.within("scale", 0.01, 1.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { scale: self.scale.draw(rng) }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| {
            let before = frame.shape();
            average_down(frame, before.scaled(drawn.scale), scratch);
            nearest(frame, before, scratch);
        });
    }
    fn example(_: Shape) -> Drawn {
        Drawn { scale: 0.2 }
    }
}
