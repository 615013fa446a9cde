use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Gradient, Isa, illuminate};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// The light.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    kind: Kind,
    change: f64,
}

/// Where the light comes from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Rising towards an angle: 0 is right, 90 down.
    Slope {
        /// Degrees.
        towards_deg: f64,
    },
    /// A bell.
    Spot {
        /// Of the width.
        x: f64,
        /// Of the height.
        y: f64,
        /// Of the longer side.
        sigma: f64,
    },
}

transform! {
    /// Lights the picture unevenly: towards one side, or about a spot.
    "illumination" => Illumination {
        /// How much brighter (above 0) or darker the light is where it is strongest: a fraction of the level.
        change: Range = Range::new(-0.2, 0.2),
        /// The chance of a spot instead of a slope.
        spot_chance: f64 = 0.5,
        /// Standard deviation of a spot, as a fraction of the longer side.
        sigma_frac: Range = Range::new(0.2, 1.0),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "np.clip(img * (1 + 0.5 * np.exp(-(((np.arange(w) + .5) - .3 * w)[None] ** 2 + ((np.arange(h) + .5) - .6 * h)[:, None] ** 2) / (2 * (.4 * max(w, h)) ** 2)))[..., None], 0, 255)",
        max_diff: 1,
        because: "gains in 1/4096",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.change.within("change", -1.0, 2.9)?;
        self.sigma_frac.within("sigma_frac", 0.01, 10.0)?;
        if (0.0..=1.0).contains(&self.spot_chance) {
            Ok(())
        } else {
            Err(format!("spot_chance must be from 0 to 1, got {}", self.spot_chance))
        }
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        let change = self.change.draw(rng);
        let kind = if rng.chance(self.spot_chance) {
            let [x, y] = [(); 2].map(|()| Range::new(0.0, 1.0).draw(rng));
            Kind::Spot { x, y, sigma: self.sigma_frac.draw(rng) }
        } else {
            Kind::Slope { towards_deg: Range::new(0.0, 360.0).draw(rng) }
        };
        Drawn { kind, change }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let gradient = match drawn.kind {
            Kind::Slope { towards_deg } => Gradient::Linear { towards_deg },
            Kind::Spot { x, y, sigma } => Gradient::Spot { x, y, sigma },
        };
        canvas.pixels(|frame, scratch| illuminate(Isa::best(), frame, gradient, drawn.change, scratch));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { kind: Kind::Spot { x: 0.3, y: 0.6, sigma: 0.4 }, change: 0.5 }
    }
}
