use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Bend, Isa, bend_channels};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// Distortion of both channels: primary, then secondary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    red: [f64; 2],
    blue: [f64; 2],
}

/// Which fringes are seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Red and blue go the same way.
    GreenPurple,
    /// Red and blue go opposite ways.
    RedBlue,
    /// Each goes its own way.
    Random,
}

transform! {
    /// Bends red and blue by other amounts than green, as a simple lens does: coloured fringes towards the corners.
    "chromatic_aberration" => ChromaticAberration {
        /// The coefficient of the square of the distance from the centre.
        primary_distortion: Range = Range::new(-0.02, 0.02),
        /// The coefficient of its fourth power; has the sign of the primary one.
        secondary_distortion: Range = Range::new(-0.05, 0.05),
        /// `green_purple`, `red_blue` or `random`: whether red and blue go the same way.
        mode: Mode = Mode::GreenPurple,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "np.dstack([img[..., 1] if k is None else cv2.remap(img[..., c], *cv2.initUndistortRectifyMap(np.array([[w, 0, w / 2], [0, h, h / 2], [0, 0, 1.0]]), np.array(k + [0.0, 0.0]), None, np.array([[w, 0, w / 2], [0, h, h / 2], [0, 0, 1.0]]), (w, h), cv2.CV_32FC1), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for c, k in enumerate([[.04, .08], None, [-.03, -.06]])])",
        max_diff: 6,
        because: "OpenCV's places are in 1/32 of a pixel, ours in 1/128, which shows at sharp edges",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.primary_distortion.within("primary_distortion", -1.0, 1.0)?;
        self.secondary_distortion.within("secondary_distortion", -1.0, 1.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        let mut channel = || {
            let primary = self.primary_distortion.draw(rng);
            [primary, self.secondary_distortion.draw(rng).abs().copysign(primary)]
        };
        let (red, blue) = (channel(), channel());
        let blue = match self.mode {
            Mode::GreenPurple => blue.map(|k| k.abs().copysign(red[0])),
            Mode::RedBlue => blue.map(|k| k.abs().copysign(-red[0])),
            Mode::Random => blue,
        };
        Drawn { red, blue }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let [red, blue] = [drawn.red, drawn.blue].map(|[primary, secondary]| Bend { primary, secondary });
        canvas.pixels(|frame, scratch| bend_channels(Isa::best(), frame, red, blue, scratch));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { red: [0.04, 0.08], blue: [-0.03, -0.06] }
    }
}
