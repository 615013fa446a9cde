use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{ColourMatrix, Isa, mix_channels};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// How far each colour is from gray, as a multiple of what it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    factor: f64,
}

transform! {
    /// Mixes each colour with its own gray, or away from it (torchvision's saturation, Pillow's color).
    "saturation" => Saturation {
        /// 0 is gray, 1 no change.
        factor: Range = Range::new(0.8, 1.2),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "np.asarray(ImageEnhance.Color(Image.fromarray(img)).enhance(1.5))",
        max_diff: 2,
        because: "Pillow rounds the gray and cuts off the mixture, we round once",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.factor.within("factor", 0.0, 10.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { factor: self.factor.draw(rng) }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let matrix = ColourMatrix::saturation(drawn.factor);
        canvas.colours(|from, to| mix_channels(Isa::best(), from, to, &matrix));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { factor: 1.5 }
    }
}
