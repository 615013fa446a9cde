use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Border, Isa, distort_radially};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// How much the lens distorts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    distort: f64,
    border: Border,
}

transform! {
    /// Distorts the picture as a lens does, with one bilinear interpolation: by OpenCV's camera model with both radial
    /// coefficients alike, the centre in the middle and focal lengths of one width and one height, as in Albumentations.
    "optical_distortion" => OpticalDistortion {
        /// The coefficient; above 0 straight lines bend inwards (pincushion), below 0 outwards (barrel).
        distort: Range = Range::new(-0.3, 0.3),
        /// What lies outside the picture: reflect, symmetric, edge, wrap, black, or `{fill: [r, g, b]}`.
        border: Border = Border::Reflect,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "remap(img, *cv2.initUndistortRectifyMap(np.float64([[w, 0, (w-1)/2], [0, h, (h-1)/2], [0, 0, 1]]), \
            np.float64([.4, .4, 0, 0, 0]), None, np.float64([[w, 0, (w-1)/2], [0, h, (h-1)/2], [0, 0, 1]]), (w, h), cv2.CV_32FC1), 'reflect')",
        max_diff: 2,
        because: "places are rounded to 1/128 of a pixel",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.distort.within("distort", -2.0, 2.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { distort: self.distort.draw(rng), border: self.border }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| distort_radially(Isa::best(), frame, drawn.distort, drawn.border, scratch));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { distort: 0.4, border: Border::Reflect }
    }
}
