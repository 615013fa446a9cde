use serde::{Deserialize, Serialize};

use crate::image::{Shape, through_jpeg};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// The quality that the picture goes through.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    quality: u8,
}

impl Drawn {
    /// Of this quality.
    pub fn new(quality: u8) -> Self {
        Self { quality }
    }
}

transform! {
    /// Encodes the picture as a JPEG and decodes it again, which leaves the traces of compression.
    "jpeg_compression" => JpegCompression {
        /// JPEG quality, 1 to 100.
        quality: Range = Range::new(50.0, 90.0),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "cv2.imdecode(cv2.imencode('.jpg', img[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 30])[1], 1)[..., ::-1]",
        max_diff: if cfg!(feature = "turbojpeg") { 4 } else { 255 },
        because: "another version of libjpeg-turbo; without the feature turbojpeg another codec, without subsampling",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.quality.within("quality", 1.0, 100.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { quality: self.quality.draw_whole(rng) as u8 }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| through_jpeg(frame, drawn.quality, scratch));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { quality: 30 }
    }
}
