use crate::image::Shape;
use crate::kernel::Levels;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

transform! {
    /// Turns every level into 255 minus itself, as a photographic negative does.
    "invert" => Invert {}
    p: 1.0;
    peer: Peer::Call { python: "255 - img", max_diff: 0, because: "" };
    type Drawn = ();
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
    fn draw(&self, _: Shape, _: &mut Rng) {}
    fn apply((): &(), canvas: &mut Canvas) {
        canvas.point(Levels::inverted_from(0));
    }
    fn example(_: Shape) {}
}
