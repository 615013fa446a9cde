use crate::image::Shape;
use crate::kernel::Histogram;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

transform! {
    /// Spreads the levels of each channel evenly over black to white.
    "equalize" => Equalize {}
    p: 1.0;
    peer: Peer::Call {
        python: "np.dstack([cv2.equalizeHist(np.ascontiguousarray(img[..., c])) for c in range(3)])",
        max_diff: 0,
        because: "",
    };
    type Drawn = ();
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
    fn draw(&self, _: Shape, _: &mut Rng) {}
    fn apply((): &(), canvas: &mut Canvas) {
        let lut = canvas.look(|frame| Histogram::of(frame.pixels()).equalize());
        canvas.point(lut);
    }
    fn example(_: Shape) {}
}
