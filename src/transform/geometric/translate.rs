use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Border, Matrix};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// Whole pixels to the right and downwards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    x_px: i64,
    y_px: i64,
    border: Border,
}

transform! {
    /// Shifts the picture by whole pixels, so that no pixel changes its colour.
    "translate" => Translate {
        /// To the right, as a fraction of the width.
        x_frac: Range = Range::new(-0.1, 0.1),
        /// Downwards, as a fraction of the height.
        y_frac: Range = Range::new(-0.1, 0.1),
        /// What lies outside the picture: reflect, symmetric, edge, wrap, black, or `{fill: [r, g, b]}`.
        border: Border = Border::Reflect,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "cv2.copyMakeBorder(img, 0, 15, 22, 0, cv2.BORDER_REFLECT_101)[15:, :w]",
        max_diff: 0,
        because: "",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.x_frac.within("x_frac", -1.0, 1.0)?;
        self.y_frac.within("y_frac", -1.0, 1.0)
    }
    fn draw(&self, shape: Shape, rng: &mut Rng) -> Drawn {
        let mut pixels = |frac: Range, side: usize| (frac.draw(rng) * side as f64).round() as i64;
        Drawn { x_px: pixels(self.x_frac, shape.width), y_px: pixels(self.y_frac, shape.height), border: self.border }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let shape = canvas.shape();
        canvas.warp(Matrix::shift(-drawn.x_px as f64, -drawn.y_px as f64), shape, Some(drawn.border));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { x_px: 22, y_px: -15, border: Border::Reflect }
    }
}
