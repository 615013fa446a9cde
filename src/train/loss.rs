//! What is made small, and how much each class counts in it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tch::{Device, Kind, TchError, Tensor};

use super::{Config, Error, Example};
use crate::plan::effective_number;

/// How the distance of logits from their target is measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LossKind {
    /// The negative log likelihood of the target.
    CrossEntropy,
    /// Cross-entropy in which what is already likely counts little (Lin et al. 2017): times `(1 - p)^gamma`.
    Focal {
        /// 0 is cross-entropy, 2 the paper's choice.
        gamma: f64,
    },
    /// Label-distribution-aware margins (Cao et al. 2019): the true class must win by a margin that grows as
    /// `n^(-1/4)` falls. The paper scales logits of a normalised classifier by 30; ours is not normalised, so that timm
    /// can load it, and is not scaled.
    Ldam {
        /// The margin of the rarest class, in logits; the paper has 0.5.
        max_margin: f64,
    },
    /// Cross-entropy of `logits + tau log(share of the class)` (Menon et al. 2021); with tau 1 it is balanced softmax (Ren
    /// et al. 2020). Predictions are then made as if all classes were equally frequent.
    LogitAdjusted {
        /// 1 for the balanced error.
        tau: f64,
    },
}

/// How much the examples of a class count; the weights of all classes have the mean 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ClassWeights {
    /// All alike.
    None,
    /// As 1 / n.
    Inverse,
    /// As `(1 - beta) / (1 - beta^n)`, by the effective number of examples (Cui et al. 2019); beta below 1, such as 0.999.
    EffectiveNumber(f64),
}

impl ClassWeights {
    /// One weight a class for these counts; a class without examples has weight 0.
    fn of(self, counts: &[usize]) -> Vec<f64> {
        let weight = |&n: &usize| match (self, n) {
            (_, 0) => 0.0,
            (Self::None, _) => 1.0,
            (Self::Inverse, n) => 1.0 / n as f64,
            (Self::EffectiveNumber(beta), n) => 1.0 / effective_number(beta, n as f64),
        };
        let weights: Vec<f64> = counts.iter().map(weight).collect();
        let mean = weights.iter().sum::<f64>() / weights.iter().filter(|w| **w > 0.0).count().max(1) as f64;
        weights.into_iter().map(|weight| weight / mean).collect()
    }
}

/// A loss for the class counts of one training set.
pub(super) struct Loss {
    kind: LossKind,
    smoothing: f64,
    classes: i64,
    /// `[classes]`; `None` where all count alike.
    weights: Option<Tensor>,
    /// `[classes]`: margins or log shares, by the kind.
    offsets: Option<Tensor>,
}

impl Loss {
    /// `weighted` says whether class weights apply yet.
    pub fn new(config: &Config, counts: &[usize], weighted: bool, device: Device) -> Result<Self, Error> {
        let row = |values: Vec<f64>| Tensor::f_from_slice(&values)?.f_to_kind(Kind::Float)?.f_to_device(device);
        let total = counts.iter().sum::<usize>() as f64;
        let offsets = match config.loss {
            LossKind::CrossEntropy | LossKind::Focal { .. } => None,
            LossKind::Ldam { max_margin } => {
                // The rarest class that occurs has the largest margin.
                let rarest = counts.iter().filter(|n| **n > 0).min().map_or(1, |n| *n) as f64;
                Some(counts.iter().map(|&n| max_margin * libm::pow(rarest / n.max(1) as f64, 0.25)).collect())
            }
            // A class that does not occur is treated as if it had one example.
            LossKind::LogitAdjusted { tau } => {
                Some(counts.iter().map(|&n| tau * libm::log(n.max(1) as f64 / total)).collect())
            }
        };
        let weights = (weighted && config.class_weights != ClassWeights::None).then(|| config.class_weights.of(counts));
        Ok(Self {
            kind: config.loss,
            smoothing: config.label_smoothing,
            classes: counts.len() as i64,
            weights: weights.map(row).transpose()?,
            offsets: offsets.map(row).transpose()?,
        })
    }

    /// The targets `[n, classes]` of pictures: the share of each class, without smoothing.
    pub fn targets<'e>(&self, examples: impl Iterator<Item = &'e Example>, device: Device) -> Result<Tensor, Error> {
        let mut shares = Vec::new();
        for example in examples {
            let row = shares.len();
            shares.resize(row + self.classes as usize, 0.0f32);
            example.shares().for_each(|(class, share)| shares[row + class] += share);
        }
        Ok(Tensor::f_from_slice(&shares)?.f_view([-1, self.classes])?.f_to_device(device)?)
    }

    /// Mean over the pictures, each weighted by its classes' weights, for logits and targets `[n, classes]` whose rows
    /// sum to 1. Smoothing spreads its share of every target over all classes.
    pub fn of(&self, logits: &Tensor, targets: &Tensor) -> Result<Tensor, Error> {
        Ok(self.f_of(&logits.f_to_kind(Kind::Float)?, targets)?)
    }

    fn f_of(&self, logits: &Tensor, targets: &Tensor) -> Result<Tensor, TchError> {
        let logits = match (self.kind, &self.offsets) {
            (LossKind::Ldam { .. }, Some(margins)) => logits.f_sub(&targets.f_mul(margins)?)?,
            (_, Some(log_shares)) => logits.f_add(log_shares)?,
            (_, None) => logits.shallow_clone(),
        };
        let likely = logits.f_log_softmax(-1, Kind::Float)?;
        let smooth = targets.f_mul_scalar(1.0 - self.smoothing)?.f_add_scalar(self.smoothing / self.classes as f64)?;
        let mut each = smooth.f_mul(&likely)?;
        if let LossKind::Focal { gamma } = self.kind {
            // As `1 - p`, but never a hair below 0, whose power is not a number.
            let unlikely = likely.f_expm1()?.f_neg()?.f_clamp_min(0.0)?;
            each = each.f_mul(&unlikely.f_pow_tensor_scalar(gamma)?)?;
        }
        let each = each.f_sum_dim_intlist([-1i64].as_slice(), false, Kind::Float)?.f_neg()?;
        let Some(weights) = &self.weights else { return each.f_mean(Kind::Float) };
        let of_picture = targets.f_mv(weights)?;
        each.f_dot(&of_picture)?.f_div(&of_picture.f_sum(Kind::Float)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTS: [usize; 3] = [100, 20, 5];

    fn example(class: usize, soft: &[(usize, f32)]) -> Example {
        Example { path: "x".into(), id: "x".into(), class, soft: soft.to_vec() }
    }

    fn loss(config: &Config) -> f64 {
        let loss = Loss::new(config, &COUNTS, true, Device::Cpu).unwrap();
        let logits = Tensor::from_slice2(&[[2.0f32, -1.0, 0.5], [0.1, 0.2, 0.3], [-1.0, 3.0, 0.0]]);
        let examples = [0, 2, 1].map(|class| example(class, &[]));
        let targets = loss.targets(examples.iter(), Device::Cpu).unwrap();
        loss.of(&logits, &targets).unwrap().double_value(&[])
    }

    /// Expected: torch 2.11, `z = [[2., -1., .5], [.1, .2, .3], [-1., 3., 0.]]; y = [0, 2, 1]; n = [100., 20., 5.]`, by
    /// the expressions beside each.
    #[test]
    fn each_loss_is_what_torch_says() {
        let plain = Config { label_smoothing: 0.0, ..Config::default() };
        let table = [
            // F.cross_entropy(z, y)
            (plain.clone(), 0.4363793),
            // F.cross_entropy(z, y, label_smoothing=.1)
            (Config { label_smoothing: 0.1, ..plain.clone() }, 0.5674905),
            // w = 1 / n; F.cross_entropy(z, y, weight=w)
            (Config { class_weights: ClassWeights::Inverse, ..plain.clone() }, 0.7926764),
            // w = (1 - .999) / (1 - .999**n); F.cross_entropy(z, y, weight=w)
            (Config { class_weights: ClassWeights::EffectiveNumber(0.999), ..plain.clone() }, 0.7906105),
            // l = F.log_softmax(z, 1).gather(1, y[:, None]); ((1 - l.exp())**2 * -l).mean()
            (Config { loss: LossKind::Focal { gamma: 2.0 }, ..plain.clone() }, 0.1375395),
            // F.cross_entropy(z + (n / n.sum()).log(), y)
            (Config { loss: LossKind::LogitAdjusted { tau: 1.0 }, ..plain.clone() }, 1.0546974),
            // m = n**-.25; m *= .5 / m.max(); F.cross_entropy(z - F.one_hot(y, 3) * m[y][:, None], y)
            (Config { loss: LossKind::Ldam { max_margin: 0.5 }, ..plain.clone() }, 0.5784667),
        ];
        for (config, expected) in table {
            let what = format!("{:?}, {:?}, {}", config.loss, config.class_weights, config.label_smoothing);
            let ours = loss(&config);
            assert!((ours - expected).abs() < 1e-6, "{what}: {ours}, torch {expected}");
        }
    }

    /// Expected: torch 2.11, `F.cross_entropy(torch.tensor([[.3, 1.2, -.5], [2., 0., -1.]]), torch.tensor([[0., 1., 0.],
    /// [.75, 0., .25]]))`.
    #[test]
    fn shares_of_classes_weigh_the_loss_as_torch_says() {
        let config = Config { label_smoothing: 0.0, ..Config::default() };
        let loss = Loss::new(&config, &COUNTS, true, Device::Cpu).unwrap();
        let examples = [example(1, &[]), example(0, &[(0, 0.75), (2, 0.25)])];
        let targets = loss.targets(examples.iter(), Device::Cpu).unwrap();
        let logits = Tensor::from_slice2(&[[0.3f32, 1.2, -0.5], [2.0, 0.0, -1.0]]);
        let ours = loss.of(&logits, &targets).unwrap().double_value(&[]);
        assert!((ours - 0.691_555_1).abs() < 1e-6, "{ours}");
    }

    #[test]
    fn weights_have_the_mean_one_and_none_for_what_does_not_occur() {
        let weights = ClassWeights::Inverse.of(&[10, 0, 40]);
        assert_eq!(weights[1], 0.0);
        assert!((weights[0] - 1.6).abs() < 1e-12 && (weights[2] - 0.4).abs() < 1e-12, "{weights:?}");
    }
}
