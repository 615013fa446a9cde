use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::kernel::Levels;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range};

/// Which channels are filled, and with what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    dropped: [bool; 3],
    fill: u8,
}

transform! {
    /// Fills one or two channels with one level.
    "channel_dropout" => ChannelDropout {
        /// How many, 1 or 2.
        channels: Range = Range::new(1.0, 1.0),
        /// The level.
        fill: u8 = 0,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "np.dstack([img[..., 0], np.full_like(img[..., 0], 40), img[..., 2]])",
        max_diff: 0,
        because: "",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        self.channels.within("channels", 1.0, 2.0)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        let mut order = [0, 1, 2];
        rng.shuffle(&mut order);
        let mut dropped = [false; 3];
        for &channel in &order[..self.channels.draw_whole(rng) as usize] {
            dropped[channel] = true;
        }
        Drawn { dropped, fill: self.fill }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        let gain = drawn.dropped.map(|dropped| if dropped { 0.0 } else { 1.0 });
        let offset = drawn.dropped.map(|dropped| if dropped { f64::from(drawn.fill) } else { 0.0 });
        canvas.point(Levels::line(gain, offset));
    }
    fn example(_: Shape) -> Drawn {
        Drawn { dropped: [false, true, false], fill: 40 }
    }
}
