use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::Levels;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// How many of a level's bits are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    bits: u8,
}

transform! {
    /// Keeps the highest bits of every level and clears the rest.
    "posterize" => Posterize {
        /// Bits kept, 0 (black) to 8.
        bits: Range = Range::new(4.0, 6.0),
    }
    p: 1.0;
    peer: Peer::Call { python: "np.asarray(ImageOps.posterize(Image.fromarray(img), 3))", max_diff: 0, because: "" };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.bits.within("bits", 0.0, 8.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { bits: self.bits.draw_whole(rng) as u8 }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let mask = !(0xffu16 >> drawn.bits) as u8;
        canvas.point(Levels::masked(mask));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { bits: 3 }
    }
}
