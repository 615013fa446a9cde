//! `AdamW` on one flat tensor.

use tch::Tensor;

use super::Error;

const BETA: [f64; 2] = [0.9, 0.999];
const EPS: f64 = 1e-8;

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019), with the defaults and the arithmetic of
/// `torch.optim.AdamW`: betas 0.9 and 0.999, eps 1e-8.
pub struct AdamW {
    mean: Tensor,
    square: Tensor,
    steps: i32,
    decay: f64,
    /// Decay applies to this many numbers from the start.
    decayed: i64,
}

impl AdamW {
    /// For a flat tensor like this one.
    pub fn new(flat: &Tensor, decay: f64, decayed: i64) -> Result<Self, Error> {
        Ok(Self { mean: flat.f_zeros_like()?, square: flat.f_zeros_like()?, steps: 0, decay, decayed })
    }

    /// Moves the numbers in `flat` against their gradient.
    pub fn step(&mut self, flat: &Tensor, gradient: &Tensor, lr: f64) -> Result<(), Error> {
        tch::no_grad(|| self.f_step(flat, gradient, lr)).map_err(Error::Torch)
    }

    fn f_step(&mut self, flat: &Tensor, gradient: &Tensor, lr: f64) -> Result<(), tch::TchError> {
        self.steps += 1;
        let [correct_mean, correct_square] = BETA.map(|beta| 1.0 - beta.powi(self.steps));
        let mut decayed = flat.f_narrow(0, 0, self.decayed)?;
        let _ = decayed.f_mul_scalar_(1.0 - lr * self.decay)?;
        let _ = self.mean.f_lerp_(gradient, 1.0 - BETA[0])?;
        let _ = self.square.f_lerp_(&gradient.f_square()?, 1.0 - BETA[1])?;
        let mut spread = self.square.f_sqrt()?;
        let _ = spread.f_div_scalar_(correct_square.sqrt())?.f_add_scalar_(EPS)?;
        // In place on a temporary: libtorch's `addcdiv_` is not offered with a factor.
        let _ = spread.f_reciprocal_()?.f_mul_(&self.mean)?.f_mul_scalar_(-lr / correct_mean)?;
        let _ = flat.shallow_clone().f_add_(&spread)?;
        Ok(())
    }
}

/// The 2-norm of a gradient; where it is above `longest`, the gradient is shortened to it, as by
/// `torch.nn.utils.clip_grad_norm_`.
pub(super) fn clip(gradient: &mut Tensor, longest: f64) -> Result<f64, Error> {
    let norm = gradient.f_norm()?.f_double_value(&[])?;
    if norm > longest {
        let _ = gradient.f_mul_scalar_(longest / (norm + 1e-6))?;
    }
    Ok(norm)
}
