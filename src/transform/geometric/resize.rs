use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{CropBox, resample};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

/// The new size in pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    width: usize,
    height: usize,
}

transform! {
    /// Brings the picture to a size, whatever its aspect ratio (antialiased bilinear).
    "resize" => Resize {
        /// Width in pixels.
        width_px: u32 = 224,
        /// Height in pixels.
        height_px: u32 = 224,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "np.asarray(Image.fromarray(img).resize((w * 2 // 3, h // 2), Image.BILINEAR))",
        max_diff: 1,
        because: "both work in integers, with sums rounded at other places",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        for (name, side) in [("width_px", self.width_px), ("height_px", self.height_px)] {
            if !(1..=16384).contains(&side) {
                return Err(format!("{name} must be from 1 to 16384, got {side}"));
            }
        }
        Ok(())
    }
    fn draw(&self, _: Shape, _: &mut Rng) -> Drawn {
        Drawn { width: self.width_px as usize, height: self.height_px as usize }
    }
    fn shape(drawn: &Drawn, _: Shape) -> Shape {
        Shape { width: drawn.width, height: drawn.height }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let shape = canvas.shape();
        let to = Shape { width: drawn.width, height: drawn.height };
        canvas.pixels(move |frame, scratch| resample(frame, CropBox::whole(shape), to, scratch));
    }
    fn example(shape: Shape) -> Drawn {
        Drawn { width: (shape.width * 2 / 3).max(1), height: (shape.height / 2).max(1) }
    }
}
