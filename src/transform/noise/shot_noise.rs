use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Isa, MIN_SHOT_SCALE, add_shot_noise};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// The noise is a function of these two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    scale: f64,
    key: u64,
}

transform! {
    /// Counts photons: every sample's linear light is the mean of a Poisson distribution.
    "shot_noise" => ShotNoise {
        /// What one photon adds, as a fraction of full light, 0.004 to 1: the larger, the more noise.
        scale: Range = Range::new(0.1, 0.3),
    }
    p: 1.0;
    peer: Peer::None {
        why: "no other generator gives these numbers; the distribution of each level (chi-square against Poisson) and independence are tested",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.scale.within("scale", MIN_SHOT_SCALE, 1.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { scale: self.scale.draw(rng), key: rng.bits64() }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| {
            add_shot_noise(Isa::best(), frame.pixels_mut(), drawn.scale, 2.2, drawn.key, scratch);
        });
    }
    fn example(_: Shape) -> Drawn {
        Drawn { scale: 0.1, key: 7 }
    }
}
