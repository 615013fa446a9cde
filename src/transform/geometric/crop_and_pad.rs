use serde::{Deserialize, Serialize};

use super::crop::{self, Crop};
use crate::image::Shape;
use crate::kernel::{Border, CropBox};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// The window that is kept, and whether it is brought back to the picture's size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    window: crop::Drawn,
    keep_size: bool,
}

transform! {
    /// Moves each of the four edges by its own random amount: inwards cuts pixels off, outwards adds some.
    "crop_and_pad" => CropAndPad {
        /// As a fraction of the picture's width or height; below 0 cuts off, above adds.
        side_frac: Range = Range::new(-0.1, 0.1),
        /// Whether the result is resized (antialiased bilinear) to the size that the picture had.
        keep_size: bool = true,
        /// What lies outside the picture: reflect, symmetric, edge, wrap, black, or `{fill: [r, g, b]}`.
        border: Border = Border::Reflect,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "np.asarray(Image.fromarray(cv2.copyMakeBorder(img, 8, 0, 12, 0, cv2.BORDER_REFLECT_101)[:-20, :-4]).resize(\
            (w, h), Image.BILINEAR))",
        max_diff: 1,
        because: "Pillow and we resize in integers, with sums rounded at other places",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.side_frac.within("side_frac", -0.49, 10.0)
    }
    fn draw(&self, shape: Shape, rng: &mut Rng) -> Drawn {
        // The window along one axis: where it starts, and how long it is.
        let mut along = |side: usize| {
            let mut edge = || (self.side_frac.draw(rng) * side as f64).round() as i64;
            let (before, after) = (edge(), edge());
            (-before, (side as i64 + before + after).max(1) as usize)
        };
        let ((left, width), (top, height)) = (along(shape.width), along(shape.height));
        Drawn { window: crop::Drawn { left, top, width, height, border: self.border }, keep_size: self.keep_size }
    }
    fn shape(drawn: &Drawn, before: Shape) -> Shape {
        if drawn.keep_size { before } else { drawn.window.shape() }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let before = canvas.shape();
        Crop::apply(&drawn.window, canvas);
        if drawn.keep_size {
            canvas.resize(CropBox::whole(drawn.window.shape()), before);
        }
    }
    fn example(Shape { width, height }: Shape) -> Drawn {
        let (width, height) = ((width + 8).max(1), (height + 8).saturating_sub(20).max(1));
        Drawn { window: crop::Drawn { left: -12, top: -8, width, height, border: Border::Reflect }, keep_size: true }
    }
}
