use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Isa, add_gauss_noise};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// The noise is a function of these two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    std: f64,
    key: u64,
}

transform! {
    /// Adds noise from the normal distribution to every sample of every channel, as a sensor does in poor light.
    "gauss_noise" => GaussNoise {
        /// Standard deviation in levels of 255.
        std: Range = Range::new(5.0, 15.0),
    }
    p: 1.0;
    peer: Peer::None { why: "no other generator gives these numbers; mean, deviation and independence are tested" };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.std.within("std", 0.0, 255.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { std: self.std.draw(rng), key: rng.bits64() }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let std_q8 = (drawn.std * 256.0).round() as u32;
        canvas.pixels(move |frame, _| add_gauss_noise(Isa::best(), frame.pixels_mut(), std_q8, drawn.key));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { std: 20.0, key: 7 }
    }
}
