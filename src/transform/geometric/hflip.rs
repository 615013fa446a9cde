use crate::image::Shape;
use crate::kernel::{Matrix, Turn};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

transform! {
    /// Mirrors the picture left to right.
    "hflip" => Hflip {}
    p: 0.5;
    peer: Peer::Call { python: "img[:, ::-1]", max_diff: 0, because: "" };
    type Drawn = ();
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
    fn draw(&self, _: Shape, _: &mut Rng) {}
    fn apply((): &(), canvas: &mut Canvas) {
        let shape = canvas.shape();
        let by = Turn { transpose: false, mirror_x: true, mirror_y: false };
        canvas.warp(Matrix::of_turn(by, shape), shape, None);
    }
    fn example(_: Shape) {}
}
