//! A density over several hyper-parameters at once: a mixture with one kernel an observation and one for the prior.
//!
//! As Optuna 5's multivariate TPE, but for the least width of a kernel: numbers have normal kernels truncated to their range,
//! each as wide as the distance to its farther neighbour (Bergstra et al. 2011); choices have their observed option's weight
//! raised by one.

use std::f64::consts::{SQRT_2, TAU};

use super::Distribution;
use crate::random::{Rng, normal_below, normal_quantile};

/// Weight of the prior beside observations of weight 1.
const PRIOR_WEIGHT: f64 = 1.0;

/// What stands for the logarithm of nothing.
const LEAST_LOG: f64 = -1e3;

pub struct Parzen<'a> {
    /// Of each kernel; they sum to 1, the prior's is last.
    weights: Vec<f64>,
    dimensions: Vec<(&'a Distribution, Kernels)>,
}

enum Kernels {
    Normal {
        mu: Vec<f64>,
        sigma: Vec<f64>,
        low: f64,
        high: f64,
        step: Option<f64>,
    },
    /// The chance of each option, by kernel.
    Choice(Vec<Vec<f64>>),
}

impl<'a> Parzen<'a> {
    /// Of observations (rows of internal values, the oldest first). Without weights the newest 25 count alike and older
    /// ones ever less, as in Bergstra's hyperopt and in Optuna.
    pub fn new(space: &[&'a Distribution], observations: &[Vec<f64>], weights: Option<&[f64]>) -> Self {
        let n = observations.len();
        let mut weights = weights.map_or_else(|| ageing(n), <[f64]>::to_vec);
        weights.push(PRIOR_WEIGHT);
        let total: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= total);
        let kernels = |(i, distribution): (usize, &&'a Distribution)| {
            let column: Vec<f64> = observations.iter().map(|row| row[i]).collect();
            (*distribution, Kernels::new(distribution, &column))
        };
        Self { weights, dimensions: space.iter().enumerate().map(kernels).collect() }
    }

    /// A draw, as internal values.
    pub fn draw(&self, rng: &mut Rng) -> Vec<f64> {
        let kernel = rng.weighted(&self.weights);
        self.dimensions
            .iter()
            .map(|(distribution, kernels)| match kernels {
                Kernels::Choice(chances) => rng.weighted(&chances[kernel]) as f64,
                Kernels::Normal { mu, sigma, low, high, .. } => {
                    let (mu, sigma) = (mu[kernel], sigma[kernel]);
                    let (below, above) = (normal_below((low - mu) / sigma), normal_below((high - mu) / sigma));
                    let share = rng.between(below, above).clamp(1e-15, 1.0 - 1e-15);
                    distribution.back((mu + sigma * normal_quantile(share)).clamp(*low, *high))
                }
            })
            .collect()
    }

    /// The logarithm of the density at a point of internal values.
    pub fn log_density(&self, point: &[f64]) -> f64 {
        let of_kernel = |(kernel, weight): (usize, &f64)| {
            let parts = self.dimensions.iter().zip(point);
            libm::log(*weight) + parts.map(|((d, kernels), &x)| kernels.log_density(kernel, place(d, x))).sum::<f64>()
        };
        let logs: Vec<f64> = self.weights.iter().enumerate().map(of_kernel).collect();
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        most + libm::log(logs.iter().map(|log| libm::exp(log - most)).sum::<f64>())
    }
}

/// The place of an internal value on the axis that is searched.
fn place(distribution: &Distribution, value: f64) -> f64 {
    match distribution {
        Distribution::Float(interval) | Distribution::Int(interval) if interval.log => libm::log(value),
        _ => value,
    }
}

impl Kernels {
    fn new(distribution: &Distribution, values: &[f64]) -> Self {
        let n = values.len();
        match distribution {
            Distribution::Choice(choices) => {
                let flat = vec![1.0 / choices.len() as f64; choices.len()];
                let prior = PRIOR_WEIGHT / (n + 1) as f64;
                let total = 1.0 + prior * choices.len() as f64;
                let chances = |&value: &f64| {
                    (0..choices.len()).map(|i| (prior + f64::from(i == value as usize)) / total).collect()
                };
                Self::Choice(values.iter().map(chances).chain([flat]).collect())
            }
            Distribution::Float(interval) | Distribution::Int(interval) => {
                let (low, high) = interval.reach();
                let mut mu: Vec<f64> = values.iter().map(|&value| place(distribution, value)).collect();
                // Whole numbers drawn by logarithm have no steps of one length: taken as continuous.
                let step = interval.step.filter(|_| !interval.log);
                let mut sigma = bandwidths(&mu, low, high, step);
                mu.push(f64::midpoint(low, high));
                sigma.push(high - low);
                Self::Normal { mu, sigma, low, high, step }
            }
        }
    }

    fn log_density(&self, kernel: usize, x: f64) -> f64 {
        match self {
            Self::Choice(chances) => libm::log(chances[kernel][x as usize]),
            Self::Normal { mu, sigma, low, high, step } => {
                let (mu, sigma) = (mu[kernel], sigma[kernel]);
                let z = |x: f64| (x - mu) / sigma;
                let whole = libm::log(between(z(*low), z(*high)));
                match step {
                    Some(step) => {
                        let mass = between(z((x - step / 2.0).max(*low)), z((x + step / 2.0).min(*high)));
                        libm::log(mass).max(LEAST_LOG) - whole
                    }
                    None => -z(x) * z(x) / 2.0 - libm::log(sigma * TAU.sqrt()) - whole,
                }
            }
        }
    }
}

/// Of each observation the distance to its farther neighbour, the outermost ones having but one. No narrower than a share of
/// the range that falls with the square of their number, as Watanabe (2023, section 4) found best, and than half a step,
/// from where on a kernel would know no value but its own.
fn bandwidths(mu: &[f64], low: f64, high: f64, step: Option<f64>) -> Vec<f64> {
    const LEAST_SHARE: f64 = 0.03;
    let width = high - low;
    let share = (mu.len() as f64 + 2.0).powi(-2).max(LEAST_SHARE);
    let least = (width * share).max(step.unwrap_or(0.0) / 2.0);
    let mut order: Vec<usize> = (0..mu.len()).collect();
    order.sort_by(|&a, &b| mu[a].total_cmp(&mu[b]));
    let mut sigma = vec![0.0; mu.len()];
    for (place, &i) in order.iter().enumerate() {
        let below = place.checked_sub(1).map(|before| mu[i] - mu[order[before]]);
        let above = order.get(place + 1).map(|&after| mu[after] - mu[i]);
        let reach = match (below, above) {
            // One alone reaches to the farther end.
            (None, None) => (mu[i] - low).max(high - mu[i]),
            (below, above) => below.unwrap_or(0.0).max(above.unwrap_or(0.0)),
        };
        sigma[i] = reach.clamp(least, width);
    }
    sigma
}

/// The normal distribution's mass between two places, without loss in the tails.
fn between(low: f64, high: f64) -> f64 {
    if low > 0.0 {
        return between(-high, -low);
    }
    0.5 * (libm::erfc(-high / SQRT_2) - libm::erfc(-low / SQRT_2))
}

fn ageing(n: usize) -> Vec<f64> {
    const FULL: usize = 25;
    let old = n.saturating_sub(FULL);
    let least = 1.0 / n.max(1) as f64;
    let ramp = |i: usize| if old > 1 { least + (1.0 - least) * i as f64 / (old - 1) as f64 } else { least };
    (0..old).map(ramp).chain(std::iter::repeat_n(1.0, n - old)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;
    use crate::tune::Interval;

    fn space() -> Vec<Distribution> {
        let interval = |low, high, log, step| Interval { low, high, log, step };
        vec![
            Distribution::Float(interval(1e-3, 1.0, true, None)),
            Distribution::Int(interval(1.0, 4.0, false, Some(1.0))),
            Distribution::Choice(vec!["a".into(), "b".into()]),
        ]
    }

    /// The density sums to 1 over the space: by quadrature over the logarithm and sums over the others.
    #[test]
    fn the_density_sums_to_one() {
        let space = space();
        let observations = [vec![0.9, 4.0, 1.0], vec![0.002, 1.0, 1.0], vec![0.03, 2.0, 0.0]];
        let parzen = Parzen::new(&space.iter().collect::<Vec<_>>(), &observations, None);
        let (low, high) = (1e-3f64.ln(), 0.0);
        let n = 4000;
        let mut sum = 0.0;
        for i in 0..n {
            let x = (low + (high - low) * (f64::from(i) + 0.5) / f64::from(n)).exp();
            for k in 1..=4 {
                for option in 0..2 {
                    sum += parzen.log_density(&[x, f64::from(k), f64::from(option)]).exp();
                }
            }
        }
        let sum = sum * (high - low) / f64::from(n);
        assert!((sum - 1.0).abs() < 1e-4, "{sum}");
    }

    #[test]
    fn draws_follow_the_density() {
        let space = space();
        let observations = vec![vec![0.9, 4.0, 1.0]; 30];
        let parzen = Parzen::new(&space.iter().collect::<Vec<_>>(), &observations, None);
        let mut rng = Key::root(3).rng();
        let n = 4000;
        let drawn: Vec<_> = (0..n).map(|_| parzen.draw(&mut rng)).collect();
        let share = drawn.iter().filter(|row| row[1] == 4.0).count() as f64 / f64::from(n);
        let grid: Vec<f64> = (0..2000).map(|i| (1e-3f64.ln() * (f64::from(i) + 0.5) / 2000.0).exp()).collect();
        let mass = |k: f64| -> f64 {
            grid.iter().flat_map(|&x| [0.0, 1.0].map(|o| parzen.log_density(&[x, k, o]).exp())).sum()
        };
        let wanted = mass(4.0) / (1..=4).map(|k| mass(f64::from(k))).sum::<f64>();
        assert!((share - wanted).abs() < 0.03, "{share} {wanted}");
    }
}
