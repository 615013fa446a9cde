use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Border, Matrix};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// The four places of the picture that become the result's corners, clockwise from the top left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    /// x and y as fractions of the width and the height.
    corners: [[f64; 2]; 4],
    border: Border,
}

impl Drawn {
    /// The corners of a picture, clockwise from the top left, as fractions of its sides.
    const SQUARE: [[f64; 2]; 4] = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];

    fn map(&self, shape: Shape) -> Matrix {
        // A corner lies half a pixel outside the centre of the corner pixel.
        let in_pixels = |corners: [[f64; 2]; 4]| {
            corners.map(|[x, y]| [x * shape.width as f64 - 0.5, y * shape.height as f64 - 0.5])
        };
        Matrix::between(in_pixels(Self::SQUARE), in_pixels(self.corners))
    }
}

transform! {
    /// Looks at the picture from aslant: a random quadrilateral inside becomes the whole picture, with one bilinear
    /// interpolation. The corners are drawn as in imgaug and Albumentations.
    "perspective" => Perspective {
        /// Standard deviation of how far each corner moves inwards, as a fraction of the sides.
        scale: Range = Range::new(0.05, 0.1),
        /// What lies outside the picture: reflect, symmetric, edge, wrap, black, or `{fill: [r, g, b]}`.
        border: Border = Border::Reflect,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "(lambda to, at: warp(img, cv2.getPerspectiveTransform(at, to), (w, h), 'reflect'))(*[\
            (np.array(c) * [w, h] - .5).astype(np.float32) for c in ([(0, 0), (1, 0), (1, 1), (0, 1)], \
            [(.1, .05), (.8, 0), (.95, .9), (.15, 1)])])",
        max_diff: 2,
        because: "places are rounded to 1/128 of a pixel",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.scale.within("scale", 0.0, 1.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        /// The furthest that a corner moves, so that the quadrilateral stays convex.
        const FURTHEST: f64 = 0.32;
        let scale = self.scale.draw(rng);
        let corners = Drawn::SQUARE.map(|corner| {
            corner.map(|edge| {
                let inwards = ((rng.normal() * scale).abs() % FURTHEST * 1e6).round() / 1e6;
                (edge - inwards).abs()
            })
        });
        Drawn { corners, border: self.border }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let shape = canvas.shape();
        canvas.warp(drawn.map(shape), shape, Some(drawn.border));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { corners: [[0.1, 0.05], [0.8, 0.0], [0.95, 0.9], [0.15, 1.0]], border: Border::Reflect }
    }
}
