use super::declare::transform;
use super::{Act, Peer};
use crate::image::Shape;
use crate::kernel::{Matrix, Turn};
use crate::random::Rng;

transform! {
    /// Mirrors the picture top to bottom.
    "vflip" => Vflip {}
    p: 0.5;
    peer: Peer::Call { python: "img[::-1]", max_diff: 0, because: "" };
    type Drawn = ();
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
    fn draw(&self, _: Shape, _: &mut Rng) {}
    fn act((): &(), shape: Shape) -> Act<'_> {
        let by = Turn { transpose: false, mirror_x: false, mirror_y: true };
        Act::Warp { map: Matrix::of_turn(by, shape), to: shape, border: None }
    }
    fn example(_: Shape) {}
}
