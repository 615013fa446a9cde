use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Isa, disk_blur, gaussian_blur};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// As the parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    radius_px: f64,
    alias_blur_px: f64,
}

transform! {
    /// Makes a disk of every point, as a lens that is out of focus does.
    "defocus" => Defocus {
        /// Radius of the disk in pixels, 1 to 50.
        radius_px: Range = Range::new(3.0, 10.0),
        /// Standard deviation in pixels of the Gaussian that makes the disk's edge soft.
        alias_blur: Range = Range::new(0.1, 0.5),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "(lambda disk: cv2.GaussianBlur(cv2.filter2D(img.astype(np.float32), -1, disk / disk.sum()), (0, 0), 0.5))((np.hypot(*np.mgrid[-4:5, -4:5]) <= 4.5).astype(np.float32))",
        max_diff: 1,
        because: "rounded to levels between the two",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.radius_px.within("radius_px", 1.0, 50.0)?;
        self.alias_blur.within("alias_blur", 0.1, 5.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { radius_px: self.radius_px.draw(rng), alias_blur_px: self.alias_blur.draw(rng) }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| {
            disk_blur(Isa::best(), frame, drawn.radius_px, scratch);
            gaussian_blur(Isa::best(), frame, drawn.alias_blur_px, scratch);
        });
    }
    fn example(_: Shape) -> Drawn {
        Drawn { radius_px: 4.5, alias_blur_px: 0.5 }
    }
}
