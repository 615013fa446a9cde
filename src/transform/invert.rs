use super::declare::transform;
use super::{Act, Peer};
use crate::image::Shape;
use crate::kernel::Lut;
use crate::random::Rng;

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
    fn act((): &(), _: Shape) -> Act<'_> {
        Act::Point(Box::new(Lut::same(|level| 255 - level)))
    }
    fn example(_: Shape) {}
}
