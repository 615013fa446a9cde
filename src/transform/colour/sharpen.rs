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
    lightness: f64,
}

transform! {
    /// Mixes the picture with its edges, found by a Laplacian of 3 x 3 pixels.
    "sharpen" => Sharpen {
        /// The share of the edges: 0 is no change.
        alpha: Range = Range::new(0.2, 0.5),
        /// The share of the picture in what is mixed in: 1 keeps its brightness, less darkens.
        lightness: Range = Range::new(0.5, 1.0),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "cv2.filter2D(img, -1, .6 * np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]) + .4 * np.array([[-1, -1, -1], [-1, 8.8, -1], [-1, -1, -1]]))",
        max_diff: 1,
        because: "16-bit weights",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.alpha.within("alpha", 0.0, 1.0)?;
        self.lightness.within("lightness", 0.0, 4.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { alpha: self.alpha.draw(rng), lightness: self.lightness.draw(rng) }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let middle = 1.0 - drawn.alpha + drawn.alpha * (8.0 + drawn.lightness);
        let taps = (-1..=1).flat_map(|y| (-1..=1).map(move |x| (x, y)));
        let taps = taps.map(|(x, y)| (x, y, if (x, y) == (0, 0) { middle } else { -drawn.alpha }));
        canvas.pixels(|frame, scratch| convolve(Isa::best(), frame, taps, Border::Reflect, scratch));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { alpha: 0.4, lightness: 0.8 }
    }
}
