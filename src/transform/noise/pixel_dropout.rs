use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Isa, replace_pixels};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// The pixels are a function of the key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    dropout_prob: f64,
    fill: [u8; 3],
    key: u64,
}

transform! {
    /// Gives single pixels one colour.
    "pixel_dropout" => PixelDropout {
        /// The chance of each pixel.
        dropout_prob: Range = Range::new(0.01, 0.01),
        /// Red, green, blue, 0 to 255.
        fill: [u8; 3] = [0, 0, 0],
    }
    p: 1.0;
    peer: Peer::None { why: "no other generator chooses these pixels; their share and independence are tested" };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.dropout_prob.within("dropout_prob", 0.0, 1.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { dropout_prob: self.dropout_prob.draw(rng), fill: self.fill, key: rng.bits64() }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let chances = [drawn.dropout_prob, 0.0];
        canvas.pixels(|frame, _| {
            replace_pixels(Isa::best(), frame.pixels_mut(), chances, [drawn.fill; 2], drawn.key);
        });
    }
    fn example(_: Shape) -> Drawn {
        Drawn { dropout_prob: 0.05, fill: [90, 60, 200], key: 7 }
    }
}
