use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{CropBox, nearest, resample};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// The smaller shape's share of the sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    scale: f64,
    interpolation: Interpolation,
}

/// How pixels are made of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// Taken, not mixed.
    Nearest,
    /// Bilinear, antialiased on the way down.
    Bilinear,
}

transform! {
    /// Makes the picture smaller and then as large as before, which takes its detail away.
    "downscale" => Downscale {
        /// The smaller picture's sides, as a fraction of the picture's.
        scale: Range = Range::new(0.25, 0.25),
        /// `nearest` or `bilinear`, both ways.
        interpolation: Interpolation = Interpolation::Nearest,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "np.asarray(Image.fromarray(img).resize((round(.33 * w), round(.33 * h)), Image.NEAREST)\
            .resize((w, h), Image.NEAREST))",
        max_diff: 0,
        because: "",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.scale.within("scale", 0.01, 1.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { scale: self.scale.draw(rng), interpolation: self.interpolation }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| {
            let before = frame.shape();
            let smaller = before.scaled(drawn.scale);
            match drawn.interpolation {
                Interpolation::Nearest => {
                    nearest(frame, smaller, scratch);
                    nearest(frame, before, scratch);
                }
                Interpolation::Bilinear => {
                    resample(frame, CropBox::whole(before), smaller, scratch);
                    resample(frame, CropBox::whole(smaller), before, scratch);
                }
            }
        });
    }
    fn example(_: Shape) -> Drawn {
        // No centre of the photo's pixels lies on a border, where Pillow's floats may fall to either side.
        Drawn { scale: 0.33, interpolation: Interpolation::Nearest }
    }
}
