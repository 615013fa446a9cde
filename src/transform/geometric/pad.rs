use super::MAX_SIDE_PX;
use super::crop::{Crop, Drawn};
use crate::image::Shape;
use crate::kernel::Border;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

transform! {
    /// Adds pixels at the sides, and then, evenly on both sides, as many as a least size asks for.
    "pad" => Pad {
        /// Pixels at the left.
        left_px: u32 = 16,
        /// Pixels at the top.
        top_px: u32 = 16,
        /// Pixels at the right.
        right_px: u32 = 16,
        /// Pixels at the bottom.
        bottom_px: u32 = 16,
        /// The result is at least so wide, in pixels.
        min_width_px: u32 = 0,
        /// The result is at least so high, in pixels.
        min_height_px: u32 = 0,
        /// What lies outside the picture: reflect, symmetric, edge, wrap, black, or `{fill: [r, g, b]}`.
        border: Border = Border::Reflect,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "cv2.copyMakeBorder(img, 20, 4, 30, 10, cv2.BORDER_REFLECT_101)",
        max_diff: 0,
        because: "",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        for (name, pixels) in [
            ("left_px", self.left_px),
            ("top_px", self.top_px),
            ("right_px", self.right_px),
            ("bottom_px", self.bottom_px),
            ("min_width_px", self.min_width_px),
            ("min_height_px", self.min_height_px),
        ] {
            if pixels > MAX_SIDE_PX {
                return Err(format!("{name} must be from 0 to {MAX_SIDE_PX}, got {pixels}"));
            }
        }
        Ok(())
    }
    fn draw(&self, shape: Shape, _: &mut Rng) -> Drawn {
        // The window along one axis: where it starts, and how long it is.
        let along = |side: usize, before: u32, after: u32, least: u32| {
            let padded = side + before as usize + after as usize;
            let missing = (least as usize).saturating_sub(padded);
            (-i64::from(before) - (missing / 2) as i64, padded + missing)
        };
        let (left, width) = along(shape.width, self.left_px, self.right_px, self.min_width_px);
        let (top, height) = along(shape.height, self.top_px, self.bottom_px, self.min_height_px);
        Drawn { left, top, width, height, border: self.border }
    }
    fn shape(drawn: &Drawn, _: Shape) -> Shape {
        drawn.shape()
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        Crop::apply(drawn, canvas);
    }
    fn example(Shape { width, height }: Shape) -> Drawn {
        Drawn { left: -30, top: -20, width: width + 40, height: height + 24, border: Border::Reflect }
    }
}
