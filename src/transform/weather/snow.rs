use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Bleach, Isa, bleach};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// What counts as dark, and how much lighter it gets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    snow_point: f64,
    brightness_coeff: f64,
}

transform! {
    /// Bleaches what is dark, as snow that lies on it does: lightness (of HLS) below a point is multiplied.
    "snow" => Snow {
        /// Lightness below 1/3 + half of this is bleached; 0 to 1.
        snow_point: Range = Range::new(0.1, 0.3),
        /// What the lightness is multiplied by.
        brightness_coeff: Range = Range::new(2.5, 2.5),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "(lambda a: cv2.cvtColor(np.dstack([a[..., 0], np.where(a[..., 1] < .1 + 1 / 3, \
            np.minimum(a[..., 1] * 2.5, 1), a[..., 1]), a[..., 2]]).astype(np.float32), cv2.COLOR_HLS2RGB) * 255)\
            (cv2.cvtColor(np.float32(img) / 255, cv2.COLOR_RGB2HLS))",
        max_diff: 1,
        because: "fixed-point numbers",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.snow_point.within("snow_point", 0.0, 1.0)?;
        self.brightness_coeff.within("brightness_coeff", 0.0, 10.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { snow_point: self.snow_point.draw(rng), brightness_coeff: self.brightness_coeff.draw(rng) }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let below = (drawn.snow_point / 2.0 + 1.0 / 3.0) * 255.0;
        let by = Bleach::new(below as f32, drawn.brightness_coeff as f32);
        canvas.colours(|from, to| bleach(Isa::best(), from, to, &by));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { snow_point: 0.2, brightness_coeff: 2.5 }
    }
}
