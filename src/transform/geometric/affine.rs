use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Border, Matrix};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// Everything about the picture's centre.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    rotate_deg: f64,
    scale: f64,
    shear_deg: f64,
    /// To the right, as a fraction of the width.
    shift_x: f64,
    /// Downwards, as a fraction of the height.
    shift_y: f64,
    border: Border,
}

impl Drawn {
    /// From places in the result back to places in the picture.
    fn map(&self, shape: Shape) -> Matrix {
        // Forward: scale, shear along x, rotate anticlockwise as seen, shift. Here: the inverse.
        let shift = Matrix::shift(-self.shift_x * shape.width as f64, -self.shift_y * shape.height as f64);
        let turned = shift.then(&Matrix::rotation(self.rotate_deg)).then(&Matrix::shear_x(self.shear_deg));
        turned.then(&Matrix::scaling(self.scale)).centred(shape, shape)
    }
}

transform! {
    /// Rotates, scales, shears and shifts the picture about its centre, with one bilinear interpolation.
    "affine" => Affine {
        /// Degrees, anticlockwise.
        rotate_deg: Range = Range::new(-15.0, 15.0),
        /// Above 1 enlarges.
        scale: Range = Range::new(0.9, 1.1),
        /// Degrees, along the rows.
        shear_deg: Range = Range::new(0.0, 0.0),
        /// To the right, as a fraction of the width.
        shift_x_frac: Range = Range::new(-0.05, 0.05),
        /// Downwards, as a fraction of the height.
        shift_y_frac: Range = Range::new(-0.05, 0.05),
        /// What lies outside the picture: reflect, symmetric, edge, wrap, black, or `{fill: [r, g, b]}`.
        border: Border = Border::Reflect,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "warp(img, np.float64([[1,0,(w-1)/2+.06*w],[0,1,(h-1)/2-.04*h],[0,0,1]]) @ \
            np.float64([[np.cos(np.deg2rad(20)),np.sin(np.deg2rad(20)),0],[-np.sin(np.deg2rad(20)),np.cos(np.deg2rad(20)),0],[0,0,1]]) @ \
            np.float64([[1,np.tan(np.deg2rad(8)),0],[0,1,0],[0,0,1]]) @ np.diag([1.15,1.15,1]) @ \
            np.float64([[1,0,-(w-1)/2],[0,1,-(h-1)/2],[0,0,1]]), (w, h), 'reflect')",
        max_diff: 2,
        because: "places are rounded to 1/128 of a pixel",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.rotate_deg.within("rotate_deg", -360.0, 360.0)?;
        self.scale.within("scale", 0.05, 20.0)?;
        self.shear_deg.within("shear_deg", -80.0, 80.0)?;
        self.shift_x_frac.within("shift_x_frac", -1.0, 1.0)?;
        self.shift_y_frac.within("shift_y_frac", -1.0, 1.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn {
            rotate_deg: self.rotate_deg.draw(rng),
            scale: self.scale.draw(rng),
            shear_deg: self.shear_deg.draw(rng),
            shift_x: self.shift_x_frac.draw(rng),
            shift_y: self.shift_y_frac.draw(rng),
            border: self.border,
        }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let shape = canvas.shape();
        canvas.warp(drawn.map(shape), shape, Some(drawn.border));
    }
    fn example(_: Shape) -> Drawn {
        let border = Border::Reflect;
        Drawn { rotate_deg: 20.0, scale: 1.15, shear_deg: 8.0, shift_x: 0.06, shift_y: -0.04, border }
    }
}
