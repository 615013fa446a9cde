use schemars::{Schema, SchemaGenerator, json_schema};

use super::Chain;
use super::parts::{OPS_OR_NONE, Space, Timm};
use crate::image::Shape;
use crate::kernel::Border;
use crate::random::{Key, Rng};
use crate::transform::declare::transform;
use crate::transform::{Canvas, Peer};

transform! {
    /// Several operations, evenly chosen, of one magnitude (Cubuk et al., "RandAugment: practical automated data
    /// augmentation with a reduced search space", 2020; as torchvision's `RandAugment`). Written as
    /// `rand_augment: rand-m9-n3-mstd0.5-inc1` it is timm's, with timm's operations and magnitudes.
    "rand_augment" => RandAugment {
        /// How many operations.
        num_ops: usize = 2,
        /// How strong: 0 to below `num_magnitude_bins`.
        magnitude: usize = 9,
        /// How many magnitudes there are, 2 or more.
        num_magnitude_bins: usize = 31,
        /// What lies outside the picture where it is moved.
        border: Border = Border::Black,
        /// A string of timm's, such as `rand-m9-n3-mstd0.5-inc1`, instead of the first three.
        timm: Option<Timm> = None,
    }
    p: 1.0;
    peer: Peer::None {
        why: "torchvision draws other numbers; the magnitudes are compared with its own, and each operation with Pillow",
    };
    type Drawn = Chain;
    fn body(generator: &mut SchemaGenerator) -> Schema {
        let (parameters, timm) = (generator.subschema_for::<Self>(), generator.subschema_for::<Timm>());
        json_schema!({"oneOf": [parameters, timm, {"type": "null"}]})
    }
    fn from_text(text: &str) -> Result<Self, String> {
        Ok(Self { timm: Some(text.parse()?), ..Self::default() })
    }
    fn check(&self) -> Result<(), String> {
        let plain = Self { timm: self.timm.clone(), border: self.border, p: self.p, ..Self::default() };
        if self.timm.is_some() && *self != plain {
            return Err("num_ops, magnitude and num_magnitude_bins have no meaning beside timm's string".into());
        }
        super::bins(self.num_magnitude_bins)?;
        if self.magnitude >= self.num_magnitude_bins {
            let most = self.num_magnitude_bins - 1;
            return Err(format!("magnitude must be from 0 to {most}, got {}", self.magnitude));
        }
        Ok(())
    }
    fn draw(&self, shape: Shape, rng: &mut Rng) -> Chain {
        if let Some(timm) = &self.timm {
            let steps = timm.draw(self.border, rng);
            return Chain::of(steps, shape, rng);
        }
        let mut steps = Vec::new();
        for _ in 0..self.num_ops {
            if let Some(op) = OPS_OR_NONE[rng.index(OPS_OR_NONE.len())] {
                let bin = (self.magnitude, self.num_magnitude_bins);
                steps.push(Space::Standard.drawn(op, bin, shape, self.border, rng));
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
        Self::default().draw(shape, &mut Key::root(5).rng())
    }
}
