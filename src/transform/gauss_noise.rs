use serde::{Deserialize, Serialize};

use super::declare::transform;
use super::{Act, Peer, Range};
use crate::image::Shape;
use crate::kernel::{Isa, add_gauss_noise};
use crate::random::Rng;

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
    fn act(drawn: &Drawn, _: Shape) -> Act<'_> {
        let std_q8 = (drawn.std * 256.0).round() as u32;
        Act::Pixels(Box::new(move |frame, _| add_gauss_noise(Isa::best(), frame.pixels_mut(), std_q8, drawn.key)))
    }
    fn example(_: Shape) -> Drawn {
        Drawn { std: 20.0, key: 7 }
    }
}
