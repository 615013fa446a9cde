use serde::{Deserialize, Serialize};

use super::{MAX_SIDE_PX, check_side};
use crate::image::Shape;
use crate::kernel::CropBox;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

/// The new size in pixels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    width: usize,
    height: usize,
}

impl Drawn {
    pub(super) fn shape(&self) -> Shape {
        Shape { width: self.width, height: self.height }
    }

    /// The size of a picture times `factor`, to the nearest pixel; from 1 to [`MAX_SIDE_PX`] whatever its aspect ratio.
    pub(super) fn scaled(shape: Shape, factor: f64) -> Self {
        let factor = factor.min(f64::from(MAX_SIDE_PX) / shape.width.max(shape.height) as f64);
        let side = |side: usize| ((side as f64 * factor).round() as usize).max(1);
        Self { width: side(shape.width), height: side(shape.height) }
    }
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
        check_side("width_px", self.width_px)?;
        check_side("height_px", self.height_px)
    }
    fn draw(&self, _: Shape, _: &mut Rng) -> Drawn {
        Drawn { width: self.width_px as usize, height: self.height_px as usize }
    }
    fn shape(drawn: &Drawn, _: Shape) -> Shape {
        drawn.shape()
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.resize(CropBox::whole(canvas.shape()), drawn.shape());
    }
    fn example(shape: Shape) -> Drawn {
        Drawn { width: (shape.width * 2 / 3).max(1), height: (shape.height / 2).max(1) }
    }
}
