use super::check_side;
use super::crop::{Crop, Drawn};
use crate::image::Shape;
use crate::kernel::Border;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

transform! {
    /// Cuts out the middle. A picture that is smaller than the part is padded by `border`.
    "center_crop" => CenterCrop {
        /// Width of the part in pixels.
        width_px: u32 = 224,
        /// Height of the part in pixels.
        height_px: u32 = 224,
        /// What lies outside the picture: reflect, symmetric, edge, wrap, black, or `{fill: [r, g, b]}`.
        border: Border = Border::Reflect,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "cv2.copyMakeBorder(img[:, (w - 64)//2:][:, :64], (100 - h)//2, 100 - h - (100 - h)//2, 0, 0, cv2.BORDER_REFLECT_101)",
        max_diff: 0,
        because: "",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        check_side("width_px", self.width_px)?;
        check_side("height_px", self.height_px)
    }
    fn draw(&self, shape: Shape, _: &mut Rng) -> Drawn {
        let to = Shape { width: self.width_px as usize, height: self.height_px as usize };
        Drawn::centred(shape, to, self.border)
    }
    fn shape(drawn: &Drawn, _: Shape) -> Shape {
        drawn.shape()
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        Crop::apply(drawn, canvas);
    }
    fn example(shape: Shape) -> Drawn {
        Drawn::centred(shape, Shape { width: 64, height: 100 }, Border::Reflect)
    }
}
