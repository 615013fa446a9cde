use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::Levels;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// What every level is multiplied by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    factor: f64,
}

transform! {
    /// Multiplies every level (torchvision's and Pillow's brightness).
    "brightness" => Brightness {
        /// 0 is black, 1 no change.
        factor: Range = Range::new(0.8, 1.2),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "np.asarray(ImageEnhance.Brightness(Image.fromarray(img)).enhance(1.3))",
        max_diff: 1,
        because: "Pillow cuts off, we round",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.factor.within("factor", 0.0, 3.9)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { factor: self.factor.draw(rng) }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.point(Levels::same_line(drawn.factor, 0.0));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { factor: 1.3 }
    }
}
