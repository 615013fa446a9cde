use super::check_side;
use super::crop::{Crop, Drawn};
use crate::image::Shape;
use crate::kernel::Border;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

transform! {
    /// Cuts out a part at a random place. A picture that is smaller than the part is padded by `border`, evenly on both
    /// sides.
    "random_crop" => RandomCrop {
        /// Width of the part in pixels.
        width_px: u32 = 224,
        /// Height of the part in pixels.
        height_px: u32 = 224,
        /// What lies outside the picture: reflect, symmetric, edge, wrap, black, or `{fill: [r, g, b]}`.
        border: Border = Border::Reflect,
    }
    p: 1.0;
    peer: Peer::Call { python: "img[h//3:h//3 + 40, w//2:w//2 + 40]", max_diff: 0, because: "" };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        check_side("width_px", self.width_px)?;
        check_side("height_px", self.height_px)
    }
    fn draw(&self, shape: Shape, rng: &mut Rng) -> Drawn {
        let to = Shape { width: self.width_px as usize, height: self.height_px as usize };
        let mut drawn = Drawn::centred(shape, to, self.border);
        if to.width < shape.width {
            drawn.left = rng.index(shape.width - to.width + 1) as i64;
        }
        if to.height < shape.height {
            drawn.top = rng.index(shape.height - to.height + 1) as i64;
        }
        drawn
    }
    fn shape(drawn: &Drawn, _: Shape) -> Shape {
        drawn.shape()
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        Crop::apply(drawn, canvas);
    }
    fn example(Shape { width, height }: Shape) -> Drawn {
        let (left, top) = ((width / 2) as i64, (height / 3) as i64);
        Drawn { left, top, width: 40, height: 40, border: Border::Reflect }
    }
}
