use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Isa, MAX_SIGMA_PX, gaussian_blur, swap_pixels};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// As the parameters; the swaps are a function of the key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    sigma_px: f64,
    max_delta_px: usize,
    iterations: usize,
    key: u64,
}

transform! {
    /// Swaps pixels with near ones between two Gaussian blurs, as frosted glass does (ImageNet-C).
    "glass_blur" => GlassBlur {
        /// Standard deviation of both blurs in pixels.
        sigma: Range = Range::new(0.7, 0.7),
        /// How far a pixel may go, in pixels, 1 to 100.
        max_delta_px: Range = Range::new(4.0, 4.0),
        /// How often all pixels are swapped, 1 to 20.
        iterations: Range = Range::new(2.0, 2.0),
    }
    p: 1.0;
    peer: Peer::None {
        why: "no other generator draws these swaps; that pixels only change places, evenly, is tested, and the blur is gaussian_blur's",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.sigma.within("sigma", 0.1, MAX_SIGMA_PX)?;
        self.max_delta_px.within("max_delta_px", 1.0, 100.0)?;
        self.iterations.within("iterations", 1.0, 20.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn {
            sigma_px: self.sigma.draw(rng),
            max_delta_px: self.max_delta_px.draw_whole(rng) as usize,
            iterations: self.iterations.draw_whole(rng) as usize,
            key: rng.bits64(),
        }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| {
            gaussian_blur(Isa::best(), frame, drawn.sigma_px, scratch);
            swap_pixels(frame, drawn.max_delta_px, drawn.iterations, drawn.key);
            gaussian_blur(Isa::best(), frame, drawn.sigma_px, scratch);
        });
    }
    fn example(_: Shape) -> Drawn {
        Drawn { sigma_px: 0.7, max_delta_px: 2, iterations: 2, key: 7 }
    }
}
