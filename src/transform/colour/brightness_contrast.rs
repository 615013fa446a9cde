use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::Levels;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// `level * (1 + contrast) + 255 * brightness`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    brightness: f64,
    contrast: f64,
}

transform! {
    /// Multiplies every level by 1 + contrast and adds brightness.
    "brightness_contrast" => BrightnessContrast {
        /// Added, as a fraction of white.
        brightness: Range = Range::new(-0.2, 0.2),
        /// -1 makes everything black before the brightness is added; 1 doubles every level.
        contrast: Range = Range::new(-0.2, 0.2),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "np.clip(np.rint(img * 1.25 + 255 * -0.1), 0, 255).astype(np.uint8)",
        max_diff: 1,
        because: "gains in 1/8192 and offsets in 1/16 of a level here, floats there: halves may round the other way",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.brightness.within("brightness", -1.0, 1.0)?;
        self.contrast.within("contrast", -1.0, 2.9)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { brightness: self.brightness.draw(rng), contrast: self.contrast.draw(rng) }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.point(Levels::same_line(1.0 + drawn.contrast, 255.0 * drawn.brightness));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { brightness: -0.1, contrast: 0.25 }
    }
}
