//! Optimisers on one flat tensor, in few large operations.

mod adamw;
mod rmsprop;
mod sgd;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{TchError, Tensor};

use super::{Config, Error};

/// How weights move against their gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Rule {
    /// Adam with decoupled weight decay; betas 0.9 and 0.999, eps 1e-8.
    AdamW,
    /// Stochastic gradient descent with Nesterov's momentum; the decay is part of the gradient.
    Sgd,
    /// `RMSprop` as `TensorFlow` has it and `EfficientNet` was trained with: smoothing 0.9, eps 1e-3; the decay is part of
    /// the gradient.
    RmsPropTf,
}

/// Neighbours in the flat tensor that move alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Segment {
    /// How many numbers; segments lie one after the other.
    pub length: i64,
    /// Whether weight decay applies to them.
    pub decays: bool,
    /// Their learning rate is the net's times this.
    pub scale: f64,
}

/// The numbers of one update.
struct Step {
    lr: f64,
    decay: f64,
    momentum: f64,
    /// Which step this is, from 1.
    number: i32,
}

/// A rule with its state for one flat tensor.
pub(super) struct Optimiser {
    rule: Rule,
    momentum: f64,
    decay: f64,
    /// What of the flat tensor moves how.
    pub segments: Vec<Segment>,
    /// As long as the flat tensor each.
    pub state: [Tensor; 2],
    /// Steps done.
    pub steps: i32,
}

impl Optimiser {
    /// For a flat tensor that these segments fill.
    pub fn new(config: &Config, flat: &Tensor, segments: Vec<Segment>) -> Result<Self, Error> {
        let second = if config.optimizer == Rule::RmsPropTf { flat.f_ones_like()? } else { flat.f_zeros_like()? };
        let Config { optimizer: rule, momentum, weight_decay: decay, .. } = *config;
        Ok(Self { rule, momentum, decay, segments, state: [flat.f_zeros_like()?, second], steps: 0 })
    }

    /// Moves the numbers in `flat` against their gradient.
    pub fn step(&mut self, flat: &Tensor, gradient: &Tensor, lr: f64) -> Result<(), Error> {
        self.steps += 1;
        tch::no_grad(|| self.f_step(flat, gradient, lr)).map_err(Error::Torch)
    }

    fn f_step(&self, flat: &Tensor, gradient: &Tensor, lr: f64) -> Result<(), TchError> {
        // On a processor piece by piece, so that a piece stays in the cache for all operations on it.
        let most = if flat.device().is_cuda() { i64::MAX } else { 1 << 16 };
        let update = match self.rule {
            Rule::AdamW => adamw::update,
            Rule::Sgd => sgd::update,
            Rule::RmsPropTf => rmsprop::update,
        };
        let mut start = 0;
        for segment in &self.segments {
            let end = start + segment.length;
            let decay = if segment.decays { self.decay } else { 0.0 };
            let step = Step { lr: lr * segment.scale, decay, momentum: self.momentum, number: self.steps };
            while start < end {
                let length = most.min(end - start);
                let piece = |tensor: &Tensor| tensor.f_narrow(0, start, length);
                let state = [piece(&self.state[0])?, piece(&self.state[1])?];
                update(piece(flat)?, &piece(gradient)?, state, &step)?;
                start += length;
            }
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

    fn optimiser(rule: Rule, decay: f64, flat: &Tensor, segments: &[(i64, bool, f64)]) -> Optimiser {
        let segments = segments.iter().map(|&(length, decays, scale)| Segment { length, decays, scale });
        let config = Config { optimizer: rule, weight_decay: decay, momentum: 0.9, ..Config::default() };
        Optimiser::new(&config, flat, segments.collect()).unwrap()
    }

    /// Expected: torch 2.11 and timm 1.0.31,
    /// `p = [torch.tensor([1., -2.]), torch.tensor([3.])]; g = [{"params": p[:1], "weight_decay": .1}, {"params": p[1:],
    /// "weight_decay": 0.}]`, `torch.optim.AdamW(g, lr=.01)`, `torch.optim.SGD(g, lr=.01, momentum=.9, nesterov=True)`,
    /// `timm.optim.RMSpropTF(g, lr=.01, alpha=.9, eps=1e-3, momentum=.9)`, then three steps with the gradients
    /// `[.5, -1.], [2.]`, `[-.25, 3.], [1e-4]` and `[1., 1.], [-1.]`.
    #[test]
    fn each_rule_moves_as_torch_and_timm_do_and_decays_only_what_decays() {
        for (rule, expected) in TORCH {
            let flat = Tensor::from_slice(&[1.0f32, -2.0, 3.0]);
            let mut optimiser = optimiser(rule, 0.1, &flat, &[(2, true, 1.0), (1, false, 1.0)]);
            for gradient in [[0.5f32, -1.0, 2.0], [-0.25, 3.0, 1e-4], [1.0, 1.0, -1.0]] {
                optimiser.step(&flat, &Tensor::from_slice(&gradient), 0.01).unwrap();
            }
            for (ours, torch) in numbers(&flat).iter().zip(expected) {
                assert!((ours - torch).abs() < 2e-6, "{rule:?}: {ours}, torch {torch}");
            }
        }
    }

    const TORCH: [(Rule, [f32; 3]); 3] = [
        (Rule::AdamW, [0.9777812, -1.9945323, 2.9815261]),
        (Rule::Sgd, [0.9625874, -2.0498345, 2.950217]),
        (Rule::RmsPropTf, [0.9746122, -2.0149999, 2.961_789]),
    ];

    #[test]
    fn only_a_gradient_that_is_too_long_is_shortened() {
        let mut gradient = Tensor::from_slice(&[3.0f32, 4.0]);
        assert_eq!(clip(&mut gradient, 10.0).unwrap(), 5.0);
        assert_eq!(numbers(&gradient), [3.0, 4.0]);
        clip(&mut gradient, 1.0).unwrap();
        assert!((gradient.norm().double_value(&[]) - 1.0).abs() < 1e-5);
    }

    /// More numbers than one piece holds, with the border of the segments inside a later piece.
    #[test]
    fn every_piece_is_moved_alike_at_its_own_rate() {
        let flat = Tensor::ones([200_000], (Kind::Float, Device::Cpu));
        let segments = [(150_000, true, 1.0), (50_000, false, 0.5)];
        optimiser(Rule::AdamW, 0.5, &flat, &segments).step(&flat, &Tensor::ones_like(&flat), 0.1).unwrap();
        let moved = numbers(&flat);
        // 1 * (1 - 0.1 * 0.5) - 0.1 and 1 - 0.05: a first step of Adam is as long as the learning rate.
        assert!(moved[..150_000].iter().all(|v| (v - 0.85).abs() < 1e-6));
        assert!(moved[150_000..].iter().all(|v| (v - 0.95).abs() < 1e-6));
    }

    /// A step on the flat tensor is a step on its views, and so on the net.
    #[test]
    fn views_follow_their_flat_tensor() {
        let flat = Tensor::zeros([4], (Kind::Float, Device::Cpu));
        let view = flat.narrow(0, 2, 2).set_requires_grad(true);
        optimiser(Rule::AdamW, 0.0, &flat, &[(4, false, 1.0)]).step(&flat, &Tensor::ones_like(&flat), 0.5).unwrap();
        assert!(numbers(&view.detach()).iter().all(|v| (v + 0.5).abs() < 1e-6));
    }
}
