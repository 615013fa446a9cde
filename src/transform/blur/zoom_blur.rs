use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Isa, MAX_ZOOMS, Zoom, zoom_blur};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// The largest magnification, and from one to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    max_factor: f64,
    step_factor: f64,
}

transform! {
    /// Mixes the picture with copies of itself magnified more and more, as a lens that zooms while the shutter is open does.
    "zoom_blur" => ZoomBlur {
        /// Magnifications end before it; 1 or more.
        max_factor: Range = Range::new(1.0, 1.31),
        /// From one magnification to the next, from 1 on.
        step_factor: Range = Range::new(0.01, 0.03),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "(img + sum(cv2.warpAffine(img, np.array([[z, 0, (1 - z) * (w - 1) / 2], [0, z, (1 - z) * (h - 1) / 2]]), (w, h), borderMode=cv2.BORDER_REPLICATE).astype(float) for z in 1 + .02 * np.arange(10))) / 11",
        max_diff: 2,
        because: "OpenCV's places are in 1/32 of a pixel, ours in 1/128",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.max_factor.within("max_factor", 1.0, 10.0)?;
        self.step_factor.within("step_factor", 0.001, 10.0)?;
        let most = (self.max_factor.high - 1.0) / self.step_factor.low;
        if most <= MAX_ZOOMS as f64 {
            Ok(())
        } else {
            Err(format!("max_factor and step_factor may give {most:.0} copies, more than {MAX_ZOOMS}: raise step_factor"))
        }
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        let step_factor = self.step_factor.draw(rng);
        Drawn { max_factor: self.max_factor.draw(rng).max(1.0 + step_factor), step_factor }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let count = ((drawn.max_factor - 1.0) / drawn.step_factor).ceil() as usize;
        let factors = (0..count).map(|i| 1.0 + i as f64 * drawn.step_factor);
        canvas.pixels(|frame, scratch| {
            let shape = frame.shape();
            zoom_blur(Isa::best(), frame, factors.map(|factor| Zoom::centred(shape, factor)), scratch);
        });
    }
    fn example(_: Shape) -> Drawn {
        Drawn { max_factor: 1.19, step_factor: 0.02 }
    }
}
