use super::Chain;
use crate::image::Shape;
use crate::random::{Key, Rng};
use crate::transform::blur::gaussian_blur::GaussianBlur;
use crate::transform::colour::solarize::Solarize;
use crate::transform::colour::to_gray::ToGray;
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer, Range, Step};

transform! {
    /// One of solarize, gray and Gaussian blur, evenly chosen (Touvron, Cord and Jégou, "`DeiT` III: revenge of the `ViT`",
    /// 2022: 3-Augment; as timm's `3a`).
    "three_augment" => ThreeAugment {
        /// Levels from it on are inverted.
        threshold: Range = Range::new(128.0, 128.0),
        /// Standard deviation of the blur in pixels.
        sigma: Range = Range::new(0.1, 2.0),
    }
    p: 1.0;
    peer: Peer::None {
        why: "timm draws other numbers; each operation is compared by itself",
    };
    type Drawn = Chain;
    fn check(&self) -> Result<(), String> {
        self.steps().iter().try_for_each(Step::check)
    }
    fn draw(&self, shape: Shape, rng: &mut Rng) -> Chain {
        let [solarize, gray, blur] = self.steps();
        let step = match rng.index(3) {
            0 => solarize,
            1 => gray,
            _ => blur,
        };
        Chain::of([step], shape, rng)
    }
    fn shape(drawn: &Chain, before: Shape) -> Shape {
        drawn.shape(before)
    }
    fn apply(drawn: &Chain, canvas: &mut Canvas) {
        drawn.apply(canvas);
    }
    fn example(shape: Shape) -> Chain {
        Self::default().draw(shape, &mut Key::root(2).rng())
    }
}

impl ThreeAugment {
    fn steps(&self) -> [Step; 3] {
        [
            Step::Solarize(Solarize { threshold: self.threshold, p: 1.0 }),
            Step::ToGray(ToGray { p: 1.0 }),
            Step::GaussianBlur(GaussianBlur { sigma: self.sigma, p: 1.0 }),
        ]
    }
}
