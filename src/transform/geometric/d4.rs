use crate::image::Shape;
use crate::kernel::{Matrix, Turn};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

transform! {
    /// One of the eight flips and quarter turns (the symmetries of a square), each as likely: for pictures without an up,
    /// such as those from above or through a microscope.
    "d4" => D4 {}
    p: 1.0;
    peer: Peer::Call { python: "np.rot90(img, 2).transpose(1, 0, 2)", max_diff: 0, because: "" };
    type Drawn = Turn;
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Turn {
        let which = rng.below(8);
        Turn { transpose: which & 1 > 0, mirror_x: which & 2 > 0, mirror_y: which & 4 > 0 }
    }
    fn shape(drawn: &Turn, before: Shape) -> Shape {
        drawn.shape(before)
    }
    fn apply(drawn: &Turn, canvas: &mut Canvas) {
        let shape = canvas.shape();
        canvas.warp(Matrix::of_turn(*drawn, shape), drawn.shape(shape), None);
    }
    fn example(_: Shape) -> Turn {
        Turn { transpose: true, mirror_x: true, mirror_y: true }
    }
}
