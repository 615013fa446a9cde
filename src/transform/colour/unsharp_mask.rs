use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Isa, MAX_SIGMA_PX, unsharp_mask};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// As the parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    sigma_px: f64,
    alpha: f64,
    threshold: u8,
}

transform! {
    /// Adds what a Gaussian blur takes away, where that is more than noise (as Pillow's and GIMP's filter).
    "unsharp_mask" => UnsharpMask {
        /// Standard deviation of the blur in pixels.
        sigma: Range = Range::new(0.8, 1.4),
        /// How much of it is added: 0 is no change.
        alpha: Range = Range::new(0.2, 0.5),
        /// Smaller differences in levels are left alone.
        threshold: Range = Range::new(10.0, 10.0),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "(lambda lost: img + np.where(abs(lost) >= 3, np.rint(.8 * lost), 0))(img - cv2.GaussianBlur(img, (0, 0), 2.0, borderType=cv2.BORDER_REFLECT_101).astype(float))",
        max_diff: 4,
        because: "a level more or less in the blur brings a sample over the threshold of 3 levels, or not",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.sigma.within("sigma", 0.1, MAX_SIGMA_PX)?;
        self.alpha.within("alpha", 0.0, 10.0)?;
        self.threshold.within("threshold", 0.0, 255.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        let (sigma_px, alpha) = (self.sigma.draw(rng), self.alpha.draw(rng));
        Drawn { sigma_px, alpha, threshold: self.threshold.draw_whole(rng) as u8 }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| {
            unsharp_mask(Isa::best(), frame, drawn.sigma_px, drawn.alpha, drawn.threshold, scratch);
        });
    }
    fn example(_: Shape) -> Drawn {
        Drawn { sigma_px: 2.0, alpha: 0.8, threshold: 3 }
    }
}
