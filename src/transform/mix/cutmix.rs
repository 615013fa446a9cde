use serde::{Deserialize, Serialize};

use super::{Among, Mix, Patch, beta, check_alpha, lay_over, partner};
use crate::image::Shape;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

/// The patch and whose it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    mix: Mix,
    patch: Patch,
}

transform! {
    /// Lays a rectangle of another original over the picture, at its own place; `soft_label` has its area as that class's
    /// share (Yun et al., "CutMix: regularization strategy to train strong classifiers with localizable features", 2019). It
    /// covers at most half, so that the copy counts for its source's class.
    "cutmix" => Cutmix {
        /// Of the Beta distribution that areas are drawn from; 1 is even, 0.01 to 100.
        alpha: f64 = 1.0,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "(lambda a: (a.__setitem__((slice(20, 60), slice(30, 70)), img[::-1][20:60, 30:70]), a)[1])(img.copy())",
        max_diff: 0,
        because: "",
    };
    type Drawn = Drawn;
    fn check(&self) -> Result<(), String> {
        check_alpha(self.alpha)
    }
    fn mix(drawn: &Drawn) -> Option<Mix> {
        Some(drawn.mix)
    }
    fn draw(&self, shape: Shape, rng: &mut Rng) -> Drawn {
        let share = beta(self.alpha, rng);
        let patch = Patch::drawn(share.min(1.0 - share), shape, rng);
        Drawn { mix: Mix::drawn(1.0 - patch.area(shape), Among::All, rng), patch }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| {
            let other = partner(frame, frame.shape(), scratch);
            let (place, part) = drawn.patch.place();
            lay_over(frame, &other, place, part);
            scratch.spare = Some(other);
        });
    }
    fn example(shape: Shape) -> Drawn {
        let patch = Patch {
            left: 30.min(shape.width),
            top: 20.min(shape.height),
            width: shape.width.saturating_sub(30).min(40),
            height: shape.height.saturating_sub(20).min(40),
        };
        Drawn { mix: Mix { share: 1.0 - patch.area(shape), among: Among::All, partners: 1, draw: 7 }, patch }
    }
}
