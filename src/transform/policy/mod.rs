//! Policies: transforms that draw other transforms. What they draw is recorded as the other transforms' drawn numbers.

mod parts;

pub mod aug_mix;
pub mod auto_augment;
pub mod rand_augment;
pub mod three_augment;
pub mod trivial_augment_wide;

use serde::{Deserialize, Serialize};

use crate::image::Shape;
use crate::random::Rng;
use crate::transform::{Canvas, Drawn, Step};

/// What was drawn, in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Chain(Vec<Drawn>);

impl Chain {
    /// Draws each of these steps.
    fn of(steps: impl IntoIterator<Item = Step>, mut shape: Shape, rng: &mut Rng) -> Self {
        let steps = steps.into_iter().map(|step| {
            let drawn = step.draw(shape, rng);
            shape = drawn.shape(shape);
            drawn
        });
        Self(steps.collect())
    }

    fn apply(&self, canvas: &mut Canvas) {
        for drawn in &self.0 {
            drawn.apply(canvas);
        }
    }

    fn shape(&self, before: Shape) -> Shape {
        self.0.iter().fold(before, |shape, drawn| drawn.shape(shape))
    }
}

/// Says what is wrong with a number of magnitudes, if anything is.
fn bins(count: usize) -> Result<(), String> {
    if (2..=1000).contains(&count) {
        Ok(())
    } else {
        Err(format!("num_magnitude_bins must be from 2 to 1000, got {count}"))
    }
}
