use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Isa, MAX_BOX_PX, box_blur};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// The square's side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    size_px: usize,
}

transform! {
    /// Replaces each sample by the mean of a square about it.
    "box_blur" => BoxBlur {
        /// Side of the square in pixels: an odd number of 1 to 63.
        size_px: Range = Range::new(3.0, 7.0),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "cv2.blur(img, (7, 7))",
        max_diff: 1,
        because: "means near a half may be rounded either way",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.size_px.odd_within("size_px", 1.0, MAX_BOX_PX as f64)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { size_px: self.size_px.draw_odd(rng) }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| box_blur(Isa::best(), frame, drawn.size_px, scratch));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { size_px: 7 }
    }
}
