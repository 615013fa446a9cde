use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{ColourMatrix, HsvShift, Isa, Levels, mix_channels, shift_hsv};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// Factors; 0 to 3 in `order` are brightness, contrast, saturation, hue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    order: Vec<usize>,
    brightness: f64,
    contrast: f64,
    saturation: f64,
    hue_deg: f64,
}

transform! {
    /// Changes brightness, contrast, saturation and hue by torchvision's factors, in an order drawn anew for each
    /// picture.
    "color_jitter" => ColorJitter {
        /// Factor; 1 is no change.
        brightness: Range = Range::new(0.8, 1.2),
        /// Factor about the picture's mean luma.
        contrast: Range = Range::new(0.8, 1.2),
        /// Factor; 0 is gray.
        saturation: Range = Range::new(0.8, 1.2),
        /// Degrees on the colour circle of 360.
        hue_deg: Range = Range::new(-18.0, 18.0),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "(lambda r, y: (lambda s: (lambda c: (lambda t: cv2.cvtColor(np.dstack([(t[..., 0] + 30) % 360, \
            t[..., 1], t[..., 2]]), cv2.COLOR_HSV2RGB) * 255)(cv2.cvtColor(np.float32(r(c * 1.2)) / 255, \
            cv2.COLOR_RGB2HSV)))(r(s * 0.8 + y(s).mean() * 0.2)))(r(img * 1.5 - y(img)[..., None] * 0.5)))\
            (lambda i: np.clip(np.rint(i), 0, 255), lambda i: i @ [0.299, 0.587, 0.114])",
        max_diff: 2,
        because: "levels are rounded after each of the four steps, and once the other way is carried on",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        for (name, range) in [("brightness", self.brightness), ("contrast", self.contrast), ("saturation", self.saturation)] {
            range.within(name, 0.0, 3.9)?;
        }
        self.hue_deg.within("hue_deg", -180.0, 180.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        let mut order = vec![0, 1, 2, 3];
        rng.shuffle(&mut order);
        let [brightness, contrast, saturation, hue_deg] =
            [self.brightness, self.contrast, self.saturation, self.hue_deg].map(|range| range.draw(rng));
        Drawn { order, brightness, contrast, saturation, hue_deg }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        for step in &drawn.order {
            match step {
                0 => canvas.point(Levels::same_line(drawn.brightness, 0.0)),
                1 => {
                    let levels = canvas.look(|frame| Levels::contrast(frame, drawn.contrast));
                    canvas.point(levels);
                }
                2 => {
                    let matrix = ColourMatrix::saturation(drawn.saturation);
                    canvas.colours(|from, to| mix_channels(Isa::best(), from, to, &matrix));
                }
                _ => {
                    let by = HsvShift { hue: (drawn.hue_deg / 60.0) as f32, saturation: 0.0, value: 0.0 };
                    canvas.colours(|from, to| shift_hsv(Isa::best(), from, to, by));
                }
            }
        }
    }
    fn example(_: Shape) -> Drawn {
        Drawn { order: vec![2, 1, 0, 3], brightness: 1.2, contrast: 0.8, saturation: 1.5, hue_deg: 30.0 }
    }
}
