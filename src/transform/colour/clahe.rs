use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Isa, clahe};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// As the parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    clip_limit: f64,
    tiles: usize,
}

transform! {
    /// Spreads the luma of each tile of the picture evenly, with contrast held to a limit (Zuiderveld 1994), and leaves
    /// the hue alone.
    "clahe" => Clahe {
        /// How many times the mean count of a level may count, 1 or more.
        clip_limit: Range = Range::new(1.0, 4.0),
        /// Tiles along each side, 1 to 64.
        tiles: u32 = 8,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "(lambda y: np.clip(img.astype(int) + (cv2.createCLAHE(3.0, (4, 4)).apply(y).astype(int) - y)[..., None], 0, 255))(np.ascontiguousarray(cv2.cvtColor(img, cv2.COLOR_RGB2YCrCb)[..., 0]))",
        max_diff: 1,
        because: "OpenCV mixes the tables in another order of float operations",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.clip_limit.within("clip_limit", 1.0, 256.0)?;
        if (1..=64).contains(&self.tiles) {
            Ok(())
        } else {
            Err(format!("tiles must be from 1 to 64, got {}", self.tiles))
        }
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { clip_limit: self.clip_limit.draw(rng), tiles: self.tiles as usize }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| clahe(Isa::best(), frame, drawn.clip_limit, drawn.tiles, scratch));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { clip_limit: 3.0, tiles: 4 }
    }
}
