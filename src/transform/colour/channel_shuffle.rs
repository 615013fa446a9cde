use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::{ColourMatrix, Isa, mix_channels};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

/// Which old channel each new one is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    order: [usize; 3],
}

transform! {
    /// Puts the three channels into another order.
    "channel_shuffle" => ChannelShuffle {}
    p: 1.0;
    peer: Peer::Call {
        python: "img[..., [1, 2, 0]]",
        max_diff: 0,
        because: "",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        let mut order = [0, 1, 2];
        rng.shuffle(&mut order);
        Drawn { order }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let one = |place: usize| std::array::from_fn(|i| if i == place { 1.0 } else { 0.0 });
        let matrix = ColourMatrix::new(drawn.order.map(one));
        canvas.colours(|from, to| mix_channels(Isa::best(), from, to, &matrix));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { order: [1, 2, 0] }
    }
}
