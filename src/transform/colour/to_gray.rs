use crate::image::Shape;
use crate::kernel::{Isa, gray};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

transform! {
    /// Takes the colour out: every channel becomes the luma of ITU-R BT.601.
    "to_gray" => ToGray {}
    p: 1.0;
    peer: Peer::Call {
        python: "np.repeat(cv2.cvtColor(img, cv2.COLOR_RGB2GRAY)[..., None], 3, -1)",
        max_diff: 1,
        because: "OpenCV's SIMD code uses 15-bit weights",
    };
    type Drawn = ();
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
    fn draw(&self, _: Shape, _: &mut Rng) {}
    fn apply((): &(), canvas: &mut Canvas) {
        canvas.colours(|from, to| gray(Isa::best(), from, to));
    }
    fn example(_: Shape) {}
}
