use tch::{TchError, Tensor};

use super::Step;

/// Sutskever et al. 2013, with the arithmetic of `torch.optim.SGD(nesterov=True)`. The state: the momentum; the second
/// tensor is not used.
pub fn update(
    mut flat: Tensor,
    gradient: &Tensor,
    [mut momentum, _]: [Tensor; 2],
    step: &Step,
) -> Result<(), TchError> {
    let gradient = gradient.f_add(&flat.f_mul_scalar(step.decay)?)?;
    let _ = momentum.f_mul_scalar_(step.momentum)?.f_add_(&gradient)?;
    let ahead = gradient.f_add(&momentum.f_mul_scalar(step.momentum)?)?;
    let _ = flat.f_sub_(&ahead.f_mul_scalar(step.lr)?)?;
    Ok(())
}
