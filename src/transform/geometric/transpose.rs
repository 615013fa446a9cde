use crate::image::Shape;
use crate::kernel::{Matrix, Turn};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

/// Rows become columns.
const BY: Turn = Turn { transpose: true, mirror_x: false, mirror_y: false };

transform! {
    /// Swaps rows and columns: mirrors the picture at its diagonal.
    "transpose" => Transpose {}
    p: 0.5;
    peer: Peer::Call { python: "img.transpose(1, 0, 2)", max_diff: 0, because: "" };
    type Drawn = ();
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
    fn draw(&self, _: Shape, _: &mut Rng) {}
    fn shape((): &(), before: Shape) -> Shape {
        BY.shape(before)
    }
    fn apply((): &(), canvas: &mut Canvas) {
        let shape = canvas.shape();
        canvas.warp(Matrix::of_turn(BY, shape), BY.shape(shape), None);
    }
    fn example(_: Shape) {}
}
