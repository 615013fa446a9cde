use super::check_side;
use super::resize::{Drawn, Resize};
use crate::image::Shape;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

transform! {
    /// Resizes so that the longer side has a number of pixels; the aspect ratio stays (antialiased bilinear).
    "longest_max_size" => LongestMaxSize {
        /// Pixels of the longer side.
        max_px: u32 = 256,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "np.asarray(Image.fromarray(img).resize((round(w * 64 / max(w, h)), round(h * 64 / max(w, h))), Image.BILINEAR))",
        max_diff: 1,
        because: "both work in integers, with sums rounded at other places",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        check_side("max_px", self.max_px)
    }
    fn draw(&self, shape: Shape, _: &mut Rng) -> Drawn {
        Drawn::scaled(shape, f64::from(self.max_px) / shape.width.max(shape.height) as f64)
    }
    fn shape(drawn: &Drawn, _: Shape) -> Shape {
        drawn.shape()
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        Resize::apply(drawn, canvas);
    }
    fn example(shape: Shape) -> Drawn {
        Drawn::scaled(shape, 64.0 / shape.width.max(shape.height) as f64)
    }
}
