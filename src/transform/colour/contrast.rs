use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::Levels;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// 0 is gray, 1 no change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    factor: f64,
}

transform! {
    /// Pushes every level away from the picture's mean luma, or towards it (torchvision's and Pillow's contrast).
    "contrast" => Contrast {
        /// 0 is gray, 1 no change.
        factor: Range = Range::new(0.8, 1.2),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "np.asarray(ImageEnhance.Contrast(Image.fromarray(img)).enhance(1.4))",
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
        let levels = canvas.look(|frame| Levels::contrast(frame, drawn.factor));
        canvas.point(levels);
    }
    fn example(_: Shape) -> Drawn {
        Drawn { factor: 1.4 }
    }
}
