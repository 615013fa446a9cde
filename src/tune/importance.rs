//! Which hyper-parameters matter: PED-ANOVA.

use super::{Distribution, Interval, Study, Trial};
use crate::random::normal_below;

/// Cells that a range of numbers is cut into.
const CELLS: usize = 50;
/// The share of trials that is called good.
const GOOD: f64 = 0.1;
const PRIOR_WEIGHT: f64 = 1.0;

/// How much each hyper-parameter has to do with being among the best tenth of the complete trials, by the first objective:
/// shares that sum to 1, the greatest first. Of conditional ones only the trials that have them are asked.
///
/// PED-ANOVA (Watanabe, Bansal and Hutter, "PED-ANOVA: efficiently quantifying hyperparameter importance in arbitrary
/// subspaces", 2023): the Pearson divergence between the density of the good trials and that of all. The numbers are not
/// those of Optuna 5, which also counts how the regions of conditional ones are reached.
pub fn importances(study: &Study, space: &[(String, Distribution)]) -> Vec<(String, f64)> {
    let one = |(name, distribution): &(String, Distribution)| {
        let key = [(name.clone(), distribution.clone())];
        let having = study.complete().filter_map(|trial| Some((trial, trial.row(&key)?[0]))).collect::<Vec<_>>();
        let share = if distribution.single() { 0.0 } else { divergence(study, distribution, &having) };
        (name.clone(), share)
    };
    let mut all: Vec<(String, f64)> = space.iter().map(one).collect();
    let total: f64 = all.iter().map(|(_, share)| share).sum();
    if total > 0.0 {
        all.iter_mut().for_each(|(_, share)| *share /= total);
    }
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    all
}

fn divergence(study: &Study, distribution: &Distribution, having: &[(&Trial, f64)]) -> f64 {
    if having.len() <= 2 {
        return 0.0;
    }
    let loss = |trial: &Trial| study.losses(trial)[0];
    let mut losses: Vec<f64> = having.iter().map(|(trial, _)| loss(trial)).collect();
    losses.sort_by(f64::total_cmp);
    let border = losses[((GOOD * losses.len() as f64).ceil() as usize).max(2) - 1];
    let count = |good: bool| {
        let mut counts = vec![0.0; cells(distribution)];
        for (_, value) in having.iter().filter(|(trial, _)| !good || loss(trial) <= border) {
            counts[cell(distribution, *value)] += 1.0;
        }
        counts
    };
    let (good, all) = (count(true), count(false));
    let quantile = good.iter().sum::<f64>() / all.iter().sum::<f64>();
    let [good, all] = [good, all].map(|counts| density(distribution, &counts));
    let terms = good.iter().zip(&all).map(|(good, all)| (good + 1e-12, all + 1e-12));
    quantile * terms.map(|(good, all)| all * (good / all - 1.0).powi(2)).sum::<f64>()
}

fn cells(distribution: &Distribution) -> usize {
    match distribution {
        Distribution::Choice(choices) => choices.len(),
        Distribution::Int(Interval { low, high, log: true, .. }) => {
            CELLS.min((high - low + 1.0).log2().ceil() as usize + 1)
        }
        Distribution::Int(i) | Distribution::Float(i) => {
            i.step.map_or(CELLS, |step| CELLS.min(((i.high - i.low) / step).round() as usize + 1))
        }
    }
}

/// The nearest of the grid's points.
fn cell(distribution: &Distribution, value: f64) -> usize {
    match distribution {
        Distribution::Choice(_) => value as usize,
        Distribution::Int(i) | Distribution::Float(i) => {
            let scaled = |v: f64| if i.log { libm::log(v) } else { v };
            let last = (cells(distribution) - 1) as f64;
            let place = (scaled(value) - scaled(i.low)) / (scaled(i.high) - scaled(i.low)) * last;
            // Halfway belongs to the lower point.
            (place - 0.5).ceil().clamp(0.0, last) as usize
        }
    }
}

/// The chance of each cell: a kernel a cell, by its count, and one for the prior.
fn density(distribution: &Distribution, counts: &[f64]) -> Vec<f64> {
    let n = counts.len();
    let observed: Vec<usize> = (0..n).filter(|&i| counts[i] > 0.0).collect();
    let total = counts.iter().sum::<f64>() + PRIOR_WEIGHT;
    let kernel: Box<dyn Fn(usize, usize) -> f64> = if let Distribution::Choice(_) = distribution {
        let prior = PRIOR_WEIGHT / (observed.len() + 1) as f64;
        Box::new(move |at, i| (prior + f64::from(at == i)) / (1.0 + prior * n as f64))
    } else {
        let sigma = scott(counts);
        Box::new(move |at, i| cell_mass(at as f64, sigma, i, n))
    };
    let prior = |i: usize| match distribution {
        Distribution::Choice(_) => 1.0 / n as f64,
        _ => cell_mass((n - 1) as f64 / 2.0, n as f64, i, n),
    };
    let of_cell = |i: usize| {
        let seen: f64 = observed.iter().map(|&at| counts[at] * kernel(at, i)).sum();
        (seen + PRIOR_WEIGHT * prior(i)) / total
    };
    (0..n).map(of_cell).collect()
}

/// Mass in cell `i` of a normal distribution that is truncated to the cells 0 to n - 1.
fn cell_mass(mu: f64, sigma: f64, i: usize, n: usize) -> f64 {
    let below = |x: f64| normal_below((x - mu) / sigma);
    (below(i as f64 + 0.5) - below(i as f64 - 0.5)) / (below(n as f64 - 0.5) - below(-0.5))
}

/// Scott's rule (1992) on counts, by the lesser of standard deviation and interquartile range.
fn scott(counts: &[f64]) -> f64 {
    let n: f64 = counts.iter().sum();
    let seen: Vec<(f64, f64)> =
        counts.iter().enumerate().filter(|(_, c)| **c > 0.0).map(|(i, &c)| (i as f64, c)).collect();
    let mean = seen.iter().map(|(at, c)| at * c).sum::<f64>() / n;
    let deviation = (seen.iter().map(|(at, c)| c * (at - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0)).sqrt();
    let cumulated: Vec<f64> = seen
        .iter()
        .scan(0.0, |sum, (_, c)| {
            Some({
                *sum += c;
                *sum
            })
        })
        .collect();
    let quarter = cumulated.iter().position(|&c| c >= (n / 4.0).floor()).unwrap_or(0);
    let three = cumulated.iter().position(|&c| c > (n * 3.0 / 4.0).floor()).unwrap_or(seen.len() - 1);
    let range = seen[three].0 - seen[quarter].0;
    // No narrower than lets nine tenths of a kernel fall into its own cell.
    (1.059 * (range / 1.34).min(deviation) * n.powf(-0.2)).max(0.5 / 1.64)
}
