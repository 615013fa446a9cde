use serde::{Deserialize, Serialize};

use super::{Among, Mix, Patch, beta, check_alpha, lay_over, partner};
use crate::image::Shape;
use crate::random::Rng;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

/// The part of the source that stays, and whose the background is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    mix: Mix,
    patch: Patch,
}

transform! {
    /// Lays a rectangle of the picture on a background from a class with more originals, as CutMix the other way round:
    /// "context-rich minority oversampling" (Park et al., "The majority can help the minority", 2022). A source of the
    /// largest class is left as it is. The rectangle covers at least half (the paper's may be smaller), so that the copy
    /// counts for its source's class; `soft_label` has the areas as shares.
    "cmo" => Cmo {
        /// Of the Beta distribution that areas are drawn from; 1 is even, 0.01 to 100.
        alpha: f64 = 1.0,
    }
    p: 1.0;
    peer: Peer::Call {
        python: "(lambda a: (a.__setitem__((slice(0, 80), slice(0, 70)), img[:80, :70]), a)[1])(img[::-1].copy())",
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
        let area = share.max(1.0 - share);
        // The rectangle lies inside, or it would not cover what it should.
        let mut along = |side: usize| {
            let length = ((side as f64 * libm::sqrt(area)).ceil() as usize).min(side);
            (rng.index(side - length + 1), length)
        };
        let ((left, width), (top, height)) = (along(shape.width), along(shape.height));
        let patch = Patch { left, top, width, height };
        Drawn { mix: Mix::drawn(patch.area(shape), Among::LargerClasses, rng), patch }
    }
    fn apply(drawn: &Drawn, canvas: &mut Canvas) {
        canvas.pixels(|frame, scratch| {
            let mut background = partner(frame, frame.shape(), scratch);
            let (place, part) = drawn.patch.place();
            lay_over(&mut background, frame, place, part);
            scratch.spare = Some(std::mem::replace(frame, background));
        });
    }
    fn example(shape: Shape) -> Drawn {
        let patch = Patch { left: 0, top: 0, width: shape.width.min(70), height: shape.height.min(80) };
        Drawn { mix: Mix { share: patch.area(shape), among: Among::LargerClasses, partners: 1, draw: 7 }, patch }
    }
}
