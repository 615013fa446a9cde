use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Border, Matrix};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// An angle about the picture's centre.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    pub(super) rotate_deg: f64,
    pub(super) border: Border,
}

transform! {
    /// Rotates the picture about its centre, with one bilinear interpolation; its size stays, corners are cut off.
    "rotate" => Rotate {
        /// Degrees, anticlockwise.
        rotate_deg: Range = Range::new(-30.0, 30.0),
        /// What lies outside the picture: reflect, symmetric, edge, wrap, black, or `{fill: [r, g, b]}`.
        border: Border = Border::Reflect,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "warp(img, cv2.getRotationMatrix2D(((w-1)/2, (h-1)/2), 25, 1), (w, h), 'reflect')",
        max_diff: 2,
        because: "places are rounded to 1/128 of a pixel",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.rotate_deg.within("rotate_deg", -360.0, 360.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { rotate_deg: self.rotate_deg.draw(rng), border: self.border }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let shape = canvas.shape();
        canvas.warp(Matrix::rotation(drawn.rotate_deg).centred(shape, shape), shape, Some(drawn.border));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { rotate_deg: 25.0, border: Border::Reflect }
    }
}
