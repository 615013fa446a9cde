//! A moving average of a net's weights, whose predictions are steadier than those of the last step.

use tch::{Tensor, no_grad};

use super::Error;
use super::weights::Weights;

/// Average of parameters and running statistics (timm's `ModelEmaV3` with warm-up).
pub(super) struct Ema {
    decay: f64,
    /// As [`Weights::snapshot`].
    pub weights: [Tensor; 2],
}

impl Ema {
    /// Begins at the weights as they are.
    pub fn new(decay: f64, weights: &Weights) -> Result<Self, Error> {
        Ok(Self { decay, weights: weights.snapshot()? })
    }

    /// Takes in the weights after a step, counted from 1. Early steps are soon forgotten.
    pub fn update(&mut self, weights: &Weights, step: usize) -> Result<(), Error> {
        let keep = self.decay.min(1.0 - (1.0 + step as f64).powf(-2.0 / 3.0));
        no_grad(|| {
            let _ = self.weights[0].f_lerp_(&weights.flat.f_detach()?, 1.0 - keep)?;
            let _ = self.weights[1].f_lerp_(&weights.flat_statistics, 1.0 - keep)?;
            Ok(())
        })
    }
}
