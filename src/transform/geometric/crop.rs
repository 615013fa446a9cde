use serde::{Deserialize, Serialize};

use super::check_side;
use crate::image::Shape;
use crate::kernel::{Border, Matrix};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

/// A window on the picture in whole pixels; it may reach over the picture's edges.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    pub(super) left: i64,
    pub(super) top: i64,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) border: Border,
}

impl Drawn {
    pub(super) fn shape(&self) -> Shape {
        Shape { width: self.width, height: self.height }
    }

    /// A window of shape `to` about the picture's middle; an odd pixel is left over at the right and at the bottom.
    pub(super) fn centred(picture: Shape, to: Shape, border: Border) -> Self {
        let before = |full: usize, kept: usize| match full.checked_sub(kept) {
            Some(cut) => (cut / 2) as i64,
            None => -(((kept - full) / 2) as i64),
        };
        let (left, top) = (before(picture.width, to.width), before(picture.height, to.height));
        Self { left, top, width: to.width, height: to.height, border }
    }

    fn lies_inside(&self, picture: Shape) -> bool {
        let within = |start: i64, side: usize, full: usize| start >= 0 && start + side as i64 <= full as i64;
        within(self.left, self.width, picture.width) && within(self.top, self.height, picture.height)
    }
}

transform! {
    /// Cuts out a part at a fixed place. What the part has beyond the picture's edges is filled by `border`.
    "crop" => Crop {
        /// Pixels from the left edge.
        left_px: u32 = 0,
        /// Pixels from the top edge.
        top_px: u32 = 0,
        /// Width of the part in pixels.
        width_px: u32 = 224,
        /// Height of the part in pixels.
        height_px: u32 = 224,
        /// What lies outside the picture: reflect, symmetric, edge, wrap, black, or `{fill: [r, g, b]}`.
        border: Border = Border::Reflect,
    }
    p: 1.0;
    peer: Peer::Call { python: "img[h//4:h//4 + h//2, w//8:w//8 + w//2]", max_diff: 0, because: "" };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        check_side("width_px", self.width_px)?;
        check_side("height_px", self.height_px)
    }
    fn draw(&self, _: Shape, _: &mut Rng) -> Drawn {
        Drawn {
            left: i64::from(self.left_px),
            top: i64::from(self.top_px),
            width: self.width_px as usize,
            height: self.height_px as usize,
            border: self.border,
        }
    }
    fn shape(drawn: &Drawn, _: Shape) -> Shape {
        drawn.shape()
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let map = Matrix::shift(drawn.left as f64, drawn.top as f64);
        let border = (!drawn.lies_inside(canvas.shape())).then_some(drawn.border);
        canvas.warp(map, drawn.shape(), border);
    }
    fn example(Shape { width, height }: Shape) -> Drawn {
        Drawn {
            left: (width / 8) as i64,
            top: (height / 4) as i64,
            width: (width / 2).max(1),
            height: (height / 2).max(1),
            border: Border::Reflect,
        }
    }
}
