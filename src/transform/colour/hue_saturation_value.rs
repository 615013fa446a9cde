use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{HsvShift, Isa, shift_hsv};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// What is added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    hue_deg: f64,
    saturation: i32,
    value: i32,
}

transform! {
    /// Turns the hue round the colour circle and shifts saturation and value.
    "hue_saturation_value" => HueSaturationValue {
        /// Degrees on the colour circle of 360.
        hue_deg: Range = Range::new(-20.0, 20.0),
        /// Levels of 255.
        saturation: Range = Range::new(-30.0, 30.0),
        /// Levels of 255.
        value: Range = Range::new(-20.0, 20.0),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "cv2.cvtColor((lambda t: np.stack([(t[..., 0] + 40) % 360, np.clip(t[..., 1] + 40/255, 0, 1), np.clip(t[..., 2] - 20/255, 0, 1)], -1).astype(np.float32))(cv2.cvtColor(np.float32(img) / 255, cv2.COLOR_RGB2HSV)), cv2.COLOR_HSV2RGB) * 255",
        max_diff: 1,
        because: "floats on both sides; OpenCV's 8-bit HSV, which keeps 2 degrees, is further off",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.hue_deg.within("hue_deg", -360.0, 360.0)?;
        self.saturation.within("saturation", -255.0, 255.0)?;
        self.value.within("value", -255.0, 255.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        let hue_deg = self.hue_deg.draw(rng);
        let [saturation, value] = [self.saturation, self.value].map(|range| range.draw_whole(rng) as i32);
        Drawn { hue_deg, saturation, value }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let by = HsvShift {
            hue: (drawn.hue_deg / 60.0) as f32,
            saturation: drawn.saturation as f32 / 255.0,
            value: drawn.value as f32,
        };
        canvas.colours(|from, to| shift_hsv(Isa::best(), from, to, by));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { hue_deg: 40.0, saturation: 40, value: -20 }
    }
}
