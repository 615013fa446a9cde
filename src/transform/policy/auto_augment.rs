use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Chain;
use super::parts::{CIFAR10, IMAGENET, SVHN, Space};
use crate::image::Shape;
use crate::kernel::Border;
use crate::random::{Key, Rng};
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

/// What the policy was learned on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    /// ImageNet.
    Imagenet,
    /// CIFAR-10.
    Cifar10,
    /// Street View House Numbers.
    Svhn,
}

transform! {
    /// Two operations of a learned policy (Cubuk et al., "AutoAugment: learning augmentation strategies from data", 2019;
    /// as torchvision's `AutoAugment`).
    "auto_augment" => AutoAugment {
        /// imagenet, cifar10 or svhn.
        policy: Policy = Policy::Imagenet,
        /// What lies outside the picture where it is moved.
        border: Border = Border::Black,
    }
    p: 1.0;
    peer: Peer::None {
        why: "torchvision draws other numbers; magnitudes and tables are compared with its own, and each operation with Pillow",
    };
    type Drawn = Chain;
    fn check(&self) -> Result<(), String> {
        Ok(())
    }
    fn draw(&self, shape: Shape, rng: &mut Rng) -> Chain {
        let table = match self.policy {
            Policy::Imagenet => IMAGENET,
            Policy::Cifar10 => CIFAR10,
            Policy::Svhn => SVHN,
        };
        let mut steps = Vec::new();
        for (op, chance, bin) in table[rng.index(table.len())] {
            if rng.chance(chance) {
                steps.push(Space::Standard.drawn(op, (bin, 10), shape, self.border, rng));
            }
        }
        Chain::of(steps, shape, rng)
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
