use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Isa, add_iso_noise};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// As the parameters; the noise is a function of the key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    color_shift: f64,
    intensity: f64,
    key: u64,
}

transform! {
    /// Adds Poisson noise to lightness and normal noise to hue, as a sensor at high sensitivity does.
    "iso_noise" => IsoNoise {
        /// Standard deviation of the hue, as a fraction of the colour circle, at intensity 1.
        color_shift: Range = Range::new(0.01, 0.05),
        /// Mean of the lightness noise, as a fraction of the standard deviation of the picture's lightness; also multiplies
        /// the noise in hue.
        intensity: Range = Range::new(0.1, 0.5),
    }
    p: 1.0;
    peer: Peer::None {
        why: "no other generator gives these numbers; the noise in lightness and in hue is tested against the definition",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.color_shift.within("color_shift", 0.0, 0.5)?;
        self.intensity.within("intensity", 0.0, 1.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { color_shift: self.color_shift.draw(rng), intensity: self.intensity.draw(rng), key: rng.bits64() }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| {
            add_iso_noise(Isa::best(), frame.pixels_mut(), drawn.color_shift, drawn.intensity, drawn.key, scratch);
        });
    }
    fn example(_: Shape) -> Drawn {
        Drawn { color_shift: 0.05, intensity: 0.5, key: 7 }
    }
}
