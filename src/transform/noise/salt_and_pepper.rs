use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{Isa, replace_pixels};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// The noise is a function of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    salt: f64,
    pepper: f64,
    key: u64,
}

transform! {
    /// Makes some pixels white and some black, each by its own chance.
    "salt_and_pepper" => SaltAndPepper {
        /// The chance that a pixel is changed.
        amount: Range = Range::new(0.01, 0.06),
        /// The share of white among the changed.
        salt_vs_pepper: Range = Range::new(0.4, 0.6),
    }
    p: 1.0;
    peer: Peer::None { why: "no other generator chooses these pixels; the shares of both and independence are tested" };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.amount.within("amount", 0.0, 1.0)?;
        self.salt_vs_pepper.within("salt_vs_pepper", 0.0, 1.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        let (amount, salt) = (self.amount.draw(rng), self.salt_vs_pepper.draw(rng));
        Drawn { salt: amount * salt, pepper: amount * (1.0 - salt), key: rng.bits64() }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let chances = [drawn.salt, drawn.pepper];
        canvas.pixels(|frame, _| {
            replace_pixels(Isa::best(), frame.pixels_mut(), chances, [[255; 3], [0; 3]], drawn.key);
        });
    }
    fn example(_: Shape) -> Drawn {
        Drawn { salt: 0.03, pepper: 0.03, key: 7 }
    }
}
