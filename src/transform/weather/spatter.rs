use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Isa, SpatterKind, spatter};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// Where the liquid lies is a function of the key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    mode: Mode,
    mean: f64,
    std: f64,
    sigma: f64,
    threshold: f64,
    intensity: f64,
    color: [u8; 3],
    key: u64,
}

/// What lies on the lens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Drops that catch light.
    Rain,
    /// Spots of mud.
    Mud,
    /// One or the other, evenly.
    Either,
}

transform! {
    /// Spatters the lens with drops or mud (after ImageNet-C's `spatter`, Hendrycks and Dietterich, 2019; the drops take
    /// their light from the slope of the liquid instead of edges found by Canny's method).
    "spatter" => Spatter {
        /// rain, mud or either.
        mode: Mode = Mode::Either,
        /// Mean of the liquid before it is smoothed.
        mean: Range = Range::new(0.65, 0.65),
        /// Standard deviation of the liquid before it is smoothed.
        std: Range = Range::new(0.3, 0.4),
        /// How far the liquid is smoothed: larger is larger and fewer drops.
        sigma_px: Range = Range::new(1.0, 3.0),
        /// Liquid above it stays.
        cutout_threshold: Range = Range::new(0.66, 0.69),
        /// How bright the brightest drop is; mud covers whatever this is.
        intensity: Range = Range::new(0.4, 0.7),
        /// Of the drops: red, green, blue.
        rain_color: [u8; 3] = [175, 238, 238],
        /// Of the mud: red, green, blue.
        mud_color: [u8; 3] = [63, 42, 20],
    }
    p: 1.0;
    peer: Peer::Call {
        python: "(lambda m: img * (1 - m) + np.float64([63, 42, 20]) * m)((lambda m: np.where(m < .8, 0, m))(\
            gaussian((gaussian(.65 + .3 * byte_noise(h * w, 7).reshape(h, w), 2) > .68) * 1., 1))[..., None])",
        max_diff: 2,
        because: "weights in 1/255, and single precision at the threshold; `byte_noise` makes our random numbers anew",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.mean.within("mean", 0.0, 1.0)?;
        self.std.within("std", 0.0, 1.0)?;
        self.sigma_px.within("sigma_px", 0.3, 20.0)?;
        self.cutout_threshold.within("cutout_threshold", 0.0, 1.0)?;
        self.intensity.within("intensity", 0.0, 1.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        let mode = match self.mode {
            Mode::Either if rng.chance(0.5) => Mode::Rain,
            Mode::Either => Mode::Mud,
            given => given,
        };
        Drawn {
            mode,
            mean: self.mean.draw(rng),
            std: self.std.draw(rng),
            sigma: self.sigma_px.draw(rng),
            threshold: self.cutout_threshold.draw(rng),
            intensity: self.intensity.draw(rng),
            color: if mode == Mode::Rain { self.rain_color } else { self.mud_color },
            key: rng.bits64(),
        }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let &Drawn { mode, mean, std, sigma, threshold, intensity, color: colour, key } = drawn;
        let kind = if mode == Mode::Rain { SpatterKind::Rain { intensity } } else { SpatterKind::Mud };
        let how = crate::kernel::Spatter { mean, std, sigma, threshold, colour, kind, key };
        canvas.pixels(|frame, scratch| spatter(Isa::best(), frame, &how, scratch));
    }
    fn example(_: Shape) -> Drawn {
        let (mode, color) = (Mode::Mud, [63, 42, 20]);
        Drawn { mode, mean: 0.65, std: 0.3, sigma: 2.0, threshold: 0.68, intensity: 0.5, color, key: 7 }
    }
}
