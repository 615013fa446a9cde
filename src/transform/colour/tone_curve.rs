use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::Lut;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

/// Heights of the two handles, 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    low: f64,
    high: f64,
}

transform! {
    /// Bends the tones along a cubic Bezier curve from black to white whose two handles are moved up and down
    /// at random (Albumentations' `RandomToneCurve`).
    "tone_curve" => ToneCurve {
        /// Standard deviation of a handle's height, as a fraction of white.
        scale: f64 = 0.1,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "(lambda t: np.clip(np.rint(255 * (3*(1-t)**2*t*0.15 + 3*(1-t)*t**2*0.9 + t**3)), 0, 255).astype(np.uint8)[img])(np.arange(256) / 255.)",
        max_diff: 1,
        because: "halves may round the other way",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        if (0.0..=1.0).contains(&self.scale) {
            Ok(())
        } else {
            Err(format!("scale must be from 0 to 1, got {}", self.scale))
        }
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        let mut handle = |middle: f64| ((middle + self.scale * rng.normal()).clamp(0.0, 1.0) * 1e6).round() / 1e6;
        Drawn { low: handle(0.25), high: handle(0.75) }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let curve = |t: f64| {
            let rest = 1.0 - t;
            3.0 * rest * rest * t * drawn.low + 3.0 * rest * t * t * drawn.high + t * t * t
        };
        canvas.point(Lut::same(|level| (255.0 * curve(f64::from(level) / 255.0)).round() as u8));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { low: 0.15, high: 0.9 }
    }
}
