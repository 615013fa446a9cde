use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::Lut;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// What is added to the levels below the threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    addition: i16,
    threshold: u16,
}

transform! {
    /// Adds to every level below a threshold (the `SolarizeAdd` of RandAugment's reference code and timm).
    "solarize_add" => SolarizeAdd {
        /// Levels, -255 to 255.
        addition: Range = Range::new(0.0, 110.0),
        /// Level, 0 to 256.
        threshold: Range = Range::new(128.0, 128.0),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "np.where(img < 128, np.minimum(img.astype(int) + 70, 255), img)",
        max_diff: 0,
        because: "",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.addition.within("addition", -255.0, 255.0)?;
        self.threshold.within("threshold", 0.0, 256.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { addition: self.addition.draw_whole(rng) as i16, threshold: self.threshold.draw_whole(rng) as u16 }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.point(Lut::same(|level| {
            let below = u16::from(level) < drawn.threshold;
            if below { (i16::from(level) + drawn.addition).clamp(0, 255) as u8 } else { level }
        }));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { addition: 70, threshold: 128 }
    }
}
