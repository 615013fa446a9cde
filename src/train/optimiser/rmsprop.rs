use tch::{TchError, Tensor};

use super::Step;

const ALPHA: f64 = 0.9;
const EPS: f64 = 1e-3;

/// The arithmetic of `timm.optim.RMSpropTF`: eps under the root, the mean square begins at 1, the learning rate is part
/// of the momentum. The state: the momentum and the mean square.
pub fn update(
    mut flat: Tensor,
    gradient: &Tensor,
    [mut momentum, mut square]: [Tensor; 2],
    step: &Step,
) -> Result<(), TchError> {
    let gradient = gradient.f_add(&flat.f_mul_scalar(step.decay)?)?;
    let _ = square.f_lerp_(&gradient.f_square()?, 1.0 - ALPHA)?;
    let spread = square.f_add_scalar(EPS)?.f_sqrt()?;
    let _ = momentum.f_mul_scalar_(step.momentum)?.f_add_(&gradient.f_div(&spread)?.f_mul_scalar(step.lr)?)?;
    let _ = flat.f_sub_(&momentum)?;
    Ok(())
}
