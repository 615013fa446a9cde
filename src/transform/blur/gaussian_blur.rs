use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Isa, MAX_SIGMA_PX, gaussian_blur};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// The Gaussian's standard deviation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    sigma_px: f64,
}

transform! {
    /// Blurs with a Gaussian, as a lens that is out of focus does.
    "gaussian_blur" => GaussianBlur {
        /// Standard deviation in pixels.
        sigma: Range = Range::new(0.5, 1.5),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "cv2.GaussianBlur(img, (0, 0), 2.0, borderType=cv2.BORDER_REFLECT_101)",
        max_diff: 1,
        because: "weights are rounded to 8 bits by both, and the sums at other places",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.sigma.within("sigma", 0.1, MAX_SIGMA_PX)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { sigma_px: self.sigma.draw(rng) }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| gaussian_blur(Isa::best(), frame, drawn.sigma_px, scratch));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { sigma_px: 2.0 }
    }
}
