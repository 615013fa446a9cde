use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Isa, sharpness};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// How far each level is from the smoothed one, as a multiple of what it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    factor: f64,
}

transform! {
    /// Mixes the picture with a smoothed one, or away from it (torchvision's and Pillow's sharpness).
    "sharpness" => Sharpness {
        /// 0 is smoothed, 1 no change, 2 sharpened.
        factor: Range = Range::new(0.5, 2.0),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "np.asarray(ImageEnhance.Sharpness(Image.fromarray(img)).enhance(1.7))",
        max_diff: 1,
        because: "Pillow cuts off, we round",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.factor.within("factor", 0.0, 10.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { factor: self.factor.draw(rng) }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| sharpness(Isa::best(), frame, drawn.factor, scratch));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { factor: 1.7 }
    }
}
