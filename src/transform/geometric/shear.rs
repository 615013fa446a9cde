use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Border, Matrix};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// Two angles about the picture's centre.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    x_deg: f64,
    y_deg: f64,
    border: Border,
}

transform! {
    /// Shears the picture about its centre along the rows, then along the columns, with one bilinear interpolation.
    "shear" => Shear {
        /// Degrees, along the rows: what is below the centre moves to the right.
        x_deg: Range = Range::new(-15.0, 15.0),
        /// Degrees, along the columns: what is right of the centre moves down.
        y_deg: Range = Range::new(0.0, 0.0),
        /// What lies outside the picture: reflect, symmetric, edge, wrap, black, or `{fill: [r, g, b]}`.
        border: Border = Border::Reflect,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "warp(img, np.float64([[1,0,(w-1)/2],[0,1,(h-1)/2],[0,0,1]]) @ \
            [[1,0,0],[np.tan(np.deg2rad(-8)),1,0],[0,0,1]] @ np.float64([[1,np.tan(np.deg2rad(20)),0],[0,1,0],[0,0,1]]) @ \
            [[1,0,-(w-1)/2],[0,1,-(h-1)/2],[0,0,1]], (w, h), 'symmetric')",
        max_diff: 2,
        because: "places are rounded to 1/128 of a pixel",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.x_deg.within("x_deg", -80.0, 80.0)?;
        self.y_deg.within("y_deg", -80.0, 80.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { x_deg: self.x_deg.draw(rng), y_deg: self.y_deg.draw(rng), border: self.border }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let shape = canvas.shape();
        let map = Matrix::shear_y(drawn.y_deg).then(&Matrix::shear_x(drawn.x_deg)).centred(shape, shape);
        canvas.warp(map, shape, Some(drawn.border));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { x_deg: 20.0, y_deg: -8.0, border: Border::Symmetric }
    }
}
