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
        let all = flat.size1()?;
        // On a processor piece by piece, so that a piece stays in the cache for all operations on it.
        let most = if flat.device().is_cuda() { all.max(1) } else { 1 << 16 };
        for start in (0..all).step_by(most as usize) {
            let length = most.min(all - start);
            let piece = |tensor: &Tensor| tensor.f_narrow(0, start, length);
            let (mut flat, gradient) = (piece(flat)?, piece(gradient)?);
            let (mut mean, mut square) = (piece(&self.mean)?, piece(&self.square)?);
            let decayed = (self.decayed - start).clamp(0, length);
            let _ = flat.f_narrow(0, 0, decayed)?.f_mul_scalar_(1.0 - lr * self.decay)?;
            let _ = mean.f_lerp_(&gradient, 1.0 - BETA[0])?;
            let _ = square.f_lerp_(&gradient.f_square()?, 1.0 - BETA[1])?;
            let mut spread = square.f_sqrt()?;
            let _ = spread.f_mul_scalar_(1.0 / correct_square.sqrt())?.f_add_scalar_(EPS)?;
            // tch offers `addcdiv_` without its factor: the factor goes into the divisor.
            let _ = flat.f_addcdiv_(&mean, &spread.f_mul_scalar_(-correct_mean / lr)?)?;
        }
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

#[cfg(test)]
mod tests {
    use tch::{Device, Kind};

    use super::*;

    fn numbers(tensor: &Tensor) -> Vec<f32> {
        Vec::try_from(tensor).unwrap()
    }

    /// Expected: torch 2.11,
    /// `p = [torch.tensor([1., -2.]), torch.tensor([3.])]; o = torch.optim.AdamW([{"params": p[:1], "weight_decay": .1},
    /// {"params": p[1:], "weight_decay": 0.}], lr=.01)`, then two steps with the gradients `[.5, -1.], [2.]` and
    /// `[-.25, 3.], [1e-4]`.
    #[test]
    fn it_moves_as_torch_does_and_decays_only_the_first_numbers() {
        let flat = Tensor::from_slice(&[1.0f32, -2.0, 3.0]);
        let mut optimiser = AdamW::new(&flat, 0.1, 2).unwrap();
        for gradient in [[0.5f32, -1.0, 2.0], [-0.25, 3.0, 1e-4]] {
            optimiser.step(&flat, &Tensor::from_slice(&gradient), 0.01).unwrap();
        }
        for (ours, torch) in numbers(&flat).iter().zip(TORCH) {
            assert!((ours - torch).abs() < 2e-6, "{ours}, torch {torch}");
        }
    }

    const TORCH: [f32; 3] = [0.9853477, -1.990954, 2.983299];

    #[test]
    fn only_a_gradient_that_is_too_long_is_shortened() {
        let mut gradient = Tensor::from_slice(&[3.0f32, 4.0]);
        assert_eq!(clip(&mut gradient, 10.0).unwrap(), 5.0);
        assert_eq!(numbers(&gradient), [3.0, 4.0]);
        clip(&mut gradient, 1.0).unwrap();
        assert!((gradient.norm().double_value(&[]) - 1.0).abs() < 1e-5);
    }

    /// More numbers than one piece holds, with the border of the decay inside a later piece.
    #[test]
    fn every_piece_is_moved_alike() {
        let (n, decayed) = (200_000, 150_000);
        let flat = Tensor::ones([n], (Kind::Float, Device::Cpu));
        AdamW::new(&flat, 0.5, decayed).unwrap().step(&flat, &Tensor::ones_like(&flat), 0.1).unwrap();
        let moved = numbers(&flat);
        // 1 * (1 - 0.1 * 0.5) - 0.1 and 1 - 0.1: a first step of Adam is as long as the learning rate.
        assert!(moved[..decayed as usize].iter().all(|v| (v - 0.85).abs() < 1e-6));
        assert!(moved[decayed as usize..].iter().all(|v| (v - 0.9).abs() < 1e-6));
    }

    /// A step on the flat tensor is a step on its views, and so on the net.
    #[test]
    fn views_follow_their_flat_tensor() {
        let flat = Tensor::zeros([4], (Kind::Float, Device::Cpu));
        let view = flat.narrow(0, 2, 2).set_requires_grad(true);
        AdamW::new(&flat, 0.0, 0).unwrap().step(&flat, &Tensor::ones_like(&flat), 0.5).unwrap();
        assert!(numbers(&view.detach()).iter().all(|v| (v + 0.5).abs() < 1e-6));
    }
}
