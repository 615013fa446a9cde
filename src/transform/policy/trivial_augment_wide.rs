use super::Chain;
use super::parts::{OPS_OR_NONE, Space};
use crate::image::Shape;
use crate::kernel::Border;
use crate::random::{Key, Rng};
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

transform! {
    /// One operation, evenly chosen, with a magnitude evenly chosen (Müller and Hutter, "TrivialAugment: tuning-free yet
    /// state-of-the-art data augmentation", 2021: the wide space; as torchvision's `TrivialAugmentWide`).
    "trivial_augment_wide" => TrivialAugmentWide {
        /// How many magnitudes there are, 2 or more.
        num_magnitude_bins: usize = 31,
        /// What lies outside the picture where it is moved.
        border: Border = Border::Black,
    }
    p: 1.0;
    peer: Peer::None {
        why: "torchvision draws other numbers; the magnitudes are compared with its own, and each operation with Pillow",
    };
    type Drawn = Chain;
    fn check(&self) -> Result<(), String> {
        super::bins(self.num_magnitude_bins)
    }
    fn draw(&self, shape: Shape, rng: &mut Rng) -> Chain {
        let step = OPS_OR_NONE[rng.index(OPS_OR_NONE.len())].map(|op| {
            let bin = rng.index(self.num_magnitude_bins);
            Space::Wide.drawn(op, (bin, self.num_magnitude_bins), shape, self.border, rng)
        });
        Chain::of(step, shape, rng)
    }
    fn shape(drawn: &Chain, before: Shape) -> Shape {
        drawn.shape(before)
    }
    fn apply(drawn: &Chain, canvas: &mut Canvas) {
        drawn.apply(canvas);
    }
    fn example(shape: Shape) -> Chain {
        Self::default().draw(shape, &mut Key::root(3).rng())
    }
}
