use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::Lut;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// `255 * (level / 255) ^ gamma`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    gamma: f64,
}

transform! {
    /// Raises every level, as a fraction of white, to a power: below 1 brightens the shadows, above 1 darkens them.
    "gamma" => Gamma {
        /// The power.
        gamma: Range = Range::new(0.8, 1.25),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "np.rint(255 * (img / 255.0) ** 1.6).astype(np.uint8)",
        max_diff: 1,
        because: "halves are rounded up here and to even there",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.gamma.within("gamma", 0.01, 100.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { gamma: self.gamma.draw(rng) }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let power = drawn.gamma;
        canvas.point(Lut::same(|level| (255.0 * libm::pow(f64::from(level) / 255.0, power)).round() as u8));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { gamma: 1.6 }
    }
}
