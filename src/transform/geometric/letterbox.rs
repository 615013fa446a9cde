use serde::{Deserialize, Serialize};

use super::{check_side, crop, resize};
use crate::image::Shape;
use crate::kernel::Border;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

/// The size of the picture, and of the box about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    picture: resize::Drawn,
    framed: crop::Drawn,
}

impl Letterbox {
    fn fit(&self, shape: Shape) -> Drawn {
        let to = Shape { width: self.width_px as usize, height: self.height_px as usize };
        let (across, down) = (to.width as f64 / shape.width as f64, to.height as f64 / shape.height as f64);
        let picture = resize::Drawn::scaled(shape, across.min(down));
        let framed = crop::Drawn::centred(picture.shape(), to, Border::Fill(self.fill));
        Drawn { picture, framed }
    }
}

transform! {
    /// Resizes the picture to fit into a box, whatever the box's aspect ratio, and fills the rest: nothing is cut off and
    /// nothing is distorted (antialiased bilinear; as in YOLO).
    "letterbox" => Letterbox {
        /// Width of the box in pixels.
        width_px: u32 = 224,
        /// Height of the box in pixels.
        height_px: u32 = 224,
        /// Red, green, blue, 0 to 255.
        fill: [u8; 3] = [114, 114, 114],
    }
    p: 1.0;
    peer: Peer::Call {
        python: "cv2.copyMakeBorder(np.asarray(Image.fromarray(img).resize((84, round(h * 84 / w)), Image.BILINEAR)), \
            (100 - round(h * 84 / w)) // 2, 100 - round(h * 84 / w) - (100 - round(h * 84 / w)) // 2, 0, 0, \
            cv2.BORDER_CONSTANT, value=(114, 114, 114))",
        max_diff: 1,
        because: "Pillow and we resize in integers, with sums rounded at other places",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        check_side("width_px", self.width_px)?;
        check_side("height_px", self.height_px)
    }
    fn draw(&self, shape: Shape, _: &mut Rng) -> Drawn {
        self.fit(shape)
    }
    fn shape(drawn: &Drawn, _: Shape) -> Shape {
        drawn.framed.shape()
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        resize::Resize::apply(&drawn.picture, canvas);
        crop::Crop::apply(&drawn.framed, canvas);
    }
    fn example(shape: Shape) -> Drawn {
        Self { width_px: 84, height_px: 100, ..Self::default() }.fit(shape)
    }
}
