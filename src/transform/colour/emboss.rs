use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Border, Isa, convolve};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// As the parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    alpha: f64,
    strength: f64,
}

transform! {
    /// Mixes the picture with a relief of itself, lit from the lower right.
    "emboss" => Emboss {
        /// The share of the relief: 0 is no change.
        alpha: Range = Range::new(0.2, 0.5),
        /// How steep the relief is.
        strength: Range = Range::new(0.2, 0.7),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "cv2.filter2D(img, -1, .3 * np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]) + .7 * np.array([[-1.5, -.5, 0], [-.5, 1, .5], [0, .5, 1.5]]))",
        max_diff: 1,
        because: "16-bit weights",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.alpha.within("alpha", 0.0, 1.0)?;
        self.strength.within("strength", 0.0, 10.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { alpha: self.alpha.draw(rng), strength: self.strength.draw(rng) }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let Drawn { alpha, strength } = *drawn;
        let (near, far) = (alpha * strength, alpha * (1.0 + strength));
        let taps = [
            (-1, -1, -far), (0, -1, -near), (-1, 0, -near), (0, 0, 1.0), (1, 0, near), (0, 1, near), (1, 1, far),
        ];
        canvas.pixels(|frame, scratch| convolve(Isa::best(), frame, taps.into_iter(), Border::Reflect, scratch));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { alpha: 0.7, strength: 0.5 }
    }
}
