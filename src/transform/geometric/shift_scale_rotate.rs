use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Border, Matrix};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// Everything about the picture's centre.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    shift_x: f64,
    shift_y: f64,
    scale: f64,
    rotate_deg: f64,
    border: Border,
}

transform! {
    /// Scales and rotates the picture about its centre, then shifts it, with one bilinear interpolation.
    "shift_scale_rotate" => ShiftScaleRotate {
        /// To the right, as a fraction of the width.
        shift_x_frac: Range = Range::new(-0.0625, 0.0625),
        /// Downwards, as a fraction of the height.
        shift_y_frac: Range = Range::new(-0.0625, 0.0625),
        /// Above 1 enlarges.
        scale: Range = Range::new(0.9, 1.1),
        /// Degrees, anticlockwise.
        rotate_deg: Range = Range::new(-45.0, 45.0),
        /// What lies outside the picture: reflect, symmetric, edge, wrap, black, or `{fill: [r, g, b]}`.
        border: Border = Border::Reflect,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "warp(img, cv2.getRotationMatrix2D(((w-1)/2, (h-1)/2), -20, 1.2) + [[0, 0, .05*w], [0, 0, -.1*h]], (w, h), 'edge')",
        max_diff: 2,
        because: "places are rounded to 1/128 of a pixel",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.shift_x_frac.within("shift_x_frac", -1.0, 1.0)?;
        self.shift_y_frac.within("shift_y_frac", -1.0, 1.0)?;
        self.scale.within("scale", 0.05, 20.0)?;
        self.rotate_deg.within("rotate_deg", -360.0, 360.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn {
            shift_x: self.shift_x_frac.draw(rng),
            shift_y: self.shift_y_frac.draw(rng),
            scale: self.scale.draw(rng),
            rotate_deg: self.rotate_deg.draw(rng),
            border: self.border,
        }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let shape = canvas.shape();
        let shift = Matrix::shift(-drawn.shift_x * shape.width as f64, -drawn.shift_y * shape.height as f64);
        let map = shift.then(&Matrix::rotation(drawn.rotate_deg)).then(&Matrix::scaling(drawn.scale));
        canvas.warp(map.centred(shape, shape), shape, Some(drawn.border));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { shift_x: 0.05, shift_y: -0.1, scale: 1.2, rotate_deg: -20.0, border: Border::Edge }
    }
}
