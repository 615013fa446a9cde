use serde::{Deserialize, Serialize};

use super::{Among, Mix, beta, check_alpha, partner};
use crate::image::Shape;
use crate::kernel::{Isa, add_weighted, settle};
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

/// The source's share and its partner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    mix: Mix,
}

transform! {
    /// Mixes the picture with another original, as their weighted mean; `soft_label` mixes the classes alike (Zhang et al.,
    /// "mixup: beyond empirical risk minimization", 2018). The source keeps the larger share, so that the copy counts for its
    /// class.
    "mixup" => Mixup {
        /// Of the Beta distribution that the shares are drawn from: the lower, the nearer the copy is to its source; 0.01 to 100.
        alpha: f64 = 0.2,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "img * .7 + img[::-1] * .3",
        max_diff: 1,
        because: "rounded differently at a half",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        check_alpha(self.alpha)
    }
    fn mix(drawn: &Drawn) -> Option<Mix> {
        Some(drawn.mix)
    }
    fn draw(&self, _: Shape, rng: &mut Rng) -> Drawn {
        Drawn { mix: Mix::drawn(beta(self.alpha, rng), Among::All, rng) }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| {
            let other = partner(frame, frame.shape(), scratch);
            let share = (drawn.mix.share * 65536.0).round() as i32;
            let mut sums = std::mem::take(&mut scratch.mix);
            sums.clear();
            sums.resize(frame.pixels().len(), 0);
            add_weighted(Isa::best(), frame.pixels(), share, &mut sums);
            add_weighted(Isa::best(), other.pixels(), 65536 - share, &mut sums);
            settle(Isa::best(), &sums, frame.pixels_mut());
            (scratch.mix, scratch.spare) = (sums, Some(other));
        });
    }
    fn example(_: Shape) -> Drawn {
        Drawn { mix: Mix { share: 0.7, among: Among::All, partners: 1, draw: 7 } }
    }
}
