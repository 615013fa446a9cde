use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Isa, add_light, plasma};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// The cloudy field is a function of the last two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    fog_coef: f64,
    decay: f64,
    key: u64,
}

impl Drawn {
    /// ImageNet-C's fog at these constants.
    pub fn new(fog_coef: f64, decay: f64, key: u64) -> Self {
        Self { fog_coef, decay, key }
    }
}

transform! {
    /// Lays a cloudy white field over the picture, whose lightest level stays as light as it was (the fog of ImageNet-C,
    /// Hendrycks and Dietterich, 2019: (level + fog) x lightest / (lightest + `fog_coef`)).
    "fog" => Fog {
        /// How much light the thickest fog adds, as a multiple of white; ImageNet-C has 1.5 to 3.
        fog_coef: Range = Range::new(0.3, 1.0),
        /// How much smoother each halving of the distance makes the field: 1.2 is ragged, 3 smooth.
        decay: Range = Range::new(1.4, 2.0),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "(lambda x, f: (x + 1.5 * f[..., None]) * x.max() / (x.max() + 1.5) * 255)\
            (img / 255, plasma_fractal(max(h, w), 2.0, 7)[:h, :w])",
        max_diff: 1,
        because: "the field is rounded to 1/255; `plasma_fractal` is ImageNet-C's, with our random numbers",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.fog_coef.within("fog_coef", 0.0, 8.0)?;
        self.decay.within("decay", 1.2, 10.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { fog_coef: self.fog_coef.draw(rng), decay: self.decay.draw(rng), key: rng.bits64() }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| {
            let shape = frame.shape();
            plasma(shape, drawn.decay, drawn.key, &mut scratch.sums, &mut scratch.padded);
            let lightest = f64::from(frame.pixels().iter().copied().max().unwrap_or(0)) / 255.0;
            let gain = if lightest > 0.0 { lightest / (lightest + drawn.fog_coef) } else { 0.0 };
            let [gain, light] = [gain, gain * drawn.fog_coef].map(|factor| (factor * 65536.0).round() as i32);
            add_light(Isa::best(), frame.pixels_mut(), &scratch.padded, gain, [light; 3]);
        });
    }
    fn example(_: Shape) -> Drawn {
        Drawn { fog_coef: 1.5, decay: 2.0, key: 7 }
    }
}
