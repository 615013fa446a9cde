use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Grain, Isa, Levels, multiply_noise};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// The factors, or what they are a function of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drawn {
    /// One for each channel.
    Channels([f64; 3]),
    /// One for each pixel or sample.
    Elements {
        /// The smallest and the largest.
        between: [f64; 2],
        /// Whether each channel has its own.
        per_channel: bool,
        /// Their source.
        key: u64,
    },
}

transform! {
    /// Multiplies by drawn factors: one for the picture, for each channel, for each pixel, or for each sample.
    "multiplicative_noise" => MultiplicativeNoise {
        /// Factors, 0 to 3.9.
        multiplier: Range = Range::new(0.9, 1.1),
        /// Whether each channel has a factor of its own.
        per_channel: bool = false,
        /// Whether each pixel has a factor of its own.
        elementwise: bool = false,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "img * np.array([0.7, 1.0, 1.4])",
        max_diff: 1,
        because: "factors in 1/8192; with `elementwise` no other generator gives these numbers: mean, variance and independence are tested",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.multiplier.within("multiplier", 0.0, 3.9)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        let (range, per_channel) = (self.multiplier, self.per_channel);
        if self.elementwise {
            Drawn::Elements { between: [range.low, range.high], per_channel, key: rng.bits64() }
        } else if per_channel {
            Drawn::Channels([(); 3].map(|()| range.draw(rng)))
        } else {
            Drawn::Channels([range.draw(rng); 3])
        }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        match *drawn {
            Drawn::Channels(factors) => canvas.point(Levels::line(factors, [0.0; 3])),
            Drawn::Elements { between: [low, high], per_channel, key } => {
                let grain = if per_channel { Grain::Sample } else { Grain::Pixel };
                canvas.pixels(|frame, _| multiply_noise(Isa::best(), frame.pixels_mut(), low, high, grain, key));
            }
        }
    }
    fn example(_: Shape) -> Drawn {
        Drawn::Channels([0.7, 1.0, 1.4])
    }
}
