use tch::{TchError, Tensor};

use super::Step;

const BETA: [f64; 2] = [0.9, 0.999];
const EPS: f64 = 1e-8;

/// Loshchilov and Hutter 2019, with the arithmetic of `torch.optim.AdamW`. The state: means of the gradient and of its
/// square.
pub fn update(
    mut flat: Tensor,
    gradient: &Tensor,
    [mut mean, mut square]: [Tensor; 2],
    step: &Step,
) -> Result<(), TchError> {
    let [correct_mean, correct_square] = BETA.map(|beta| 1.0 - beta.powi(step.number));
    if step.decay > 0.0 {
        let _ = flat.f_mul_scalar_(1.0 - step.lr * step.decay)?;
    }
    let _ = mean.f_lerp_(gradient, 1.0 - BETA[0])?;
    let _ = square.f_lerp_(&gradient.f_square()?, 1.0 - BETA[1])?;
    let mut spread = square.f_sqrt()?;
    let _ = spread.f_mul_scalar_(1.0 / correct_square.sqrt())?.f_add_scalar_(EPS)?;
    // tch offers `addcdiv_` without its factor: the factor goes into the divisor.
    let _ = flat.f_addcdiv_(&mean, &spread.f_mul_scalar_(-correct_mean / step.lr)?)?;
    Ok(())
}
