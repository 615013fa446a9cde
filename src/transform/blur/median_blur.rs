use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Isa, median_blur};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// The square's side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    size_px: usize,
}

transform! {
    /// Replaces each sample by the median of a square about it.
    "median_blur" => MedianBlur {
        /// Side of the square in pixels: 3, 5 or 7.
        size_px: Range = Range::new(3.0, 7.0),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "cv2.medianBlur(np.pad(img, ((2, 2), (2, 2), (0, 0)), mode='reflect'), 5)[2:-2, 2:-2]",
        max_diff: 0,
        because: "",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.size_px.odd_within("size_px", 3.0, 7.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { size_px: self.size_px.draw_odd(rng) }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| median_blur(Isa::best(), frame, drawn.size_px, scratch));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { size_px: 5 }
    }
}
