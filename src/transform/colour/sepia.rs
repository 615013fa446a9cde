use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{ColourMatrix, Isa, mix_channels};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// 0 is no change, 1 is all sepia.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    strength: f64,
}

transform! {
    /// Tints the picture as old prints are.
    "sepia" => Sepia {
        /// 0 is no change, 1 is all sepia.
        strength: Range = Range::new(1.0, 1.0),
    }
    p: 1.0;
    peer: Peer::Call {
        python: "np.clip(img @ np.array([[.393, .769, .189], [.349, .686, .168], [.272, .534, .131]]).T, 0, 255)",
        max_diff: 1,
        because: "weights in 1/4096 here",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.strength.within("strength", 0.0, 1.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { strength: self.strength.draw(rng) }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        // The weights that every library has from Microsoft's note on sepia (2005).
        let full = [[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]];
        let own = |to: usize, from: usize| if to == from { 1.0 - drawn.strength } else { 0.0 };
        let row = |to: usize| std::array::from_fn(|from| own(to, from) + drawn.strength * full[to][from]);
        let matrix = ColourMatrix::new(std::array::from_fn(row));
        canvas.colours(|from, to| mix_channels(Isa::best(), from, to, &matrix));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { strength: 1.0 }
    }
}
