//! Which hyper-parameters matter: PED-ANOVA.

use std::collections::BTreeSet;

use super::sampler::foremost;
use super::{Distribution, Interval, Study, Trial};
use crate::random::normal_below;

/// Cells that a range of numbers is cut into.
const CELLS: usize = 50;
/// The share of trials that is called good.
const GOOD: f64 = 0.1;
/// Trials that must have had a hyper-parameter under the same range.
const LEAST_TRIALS: usize = 2;
const PRIOR_WEIGHT: f64 = 1.0;

/// How much each hyper-parameter of complete trials has to do with being among the best tenth of them, by the first
/// objective or, of two, by rank of non-domination: shares that sum to 1, the greatest first.
///
/// The numbers of Optuna 5's `PedAnovaImportanceEvaluator`, its default, after PED-ANOVA (Watanabe, Bansal and Hutter,
/// "PED-ANOVA: efficiently quantifying hyperparameter importance in arbitrary subspaces", IJCAI 2023) and, for conditional
/// hyper-parameters, its extension ("Conditional PED-ANOVA: hyperparameter importance in hierarchical and dynamic search
/// spaces", 2026, theorem 4.2): trials fall into regimes that share one range; each adds α² / β times the Pearson divergence
/// between the density of its good trials and that of all its trials, where α is its share of the good trials and β its
/// share of all.
pub fn importances(study: &Study) -> Vec<(String, f64)> {
    let trials: Vec<&Trial> = study.complete().filter(|trial| trial.values.iter().all(|v| v.is_finite())).collect();
    let good = good(study, &trials);
    let names: BTreeSet<&String> = study.complete().flat_map(|trial| trial.params.keys()).collect();
    let mut all: Vec<(String, f64)> =
        names.into_iter().map(|name| (name.clone(), importance(name, &trials, &good))).collect();
    let total: f64 = all.iter().map(|(_, share)| share).sum();
    let alike = 1.0 / all.len() as f64;
    all.iter_mut().for_each(|(_, share)| *share = if total > 0.0 { *share / total } else { alike });
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    all
}

/// Whether each trial is among the best tenth, with all that equal its last one.
fn good(study: &Study, trials: &[&Trial]) -> Vec<bool> {
    let losses: Vec<Vec<f64>> = trials.iter().map(|trial| study.losses(trial)).collect();
    let most = (GOOD * trials.len() as f64).ceil() as usize;
    if study.directions.len() > 1 {
        let chosen = foremost(&losses, most);
        return (0..trials.len()).map(|i| chosen.contains(&i)).collect();
    }
    let mut sorted: Vec<f64> = losses.iter().map(|loss| loss[0]).collect();
    sorted.sort_by(f64::total_cmp);
    losses.iter().map(|loss| loss[0] <= sorted[most - 1]).collect()
}

fn importance(name: &str, trials: &[&Trial], good: &[bool]) -> f64 {
    if trials.len() < 2 {
        return 0.0;
    }
    // A range, the values of all trials under it, and those of the good ones.
    let mut regimes: Vec<(&Distribution, Vec<f64>, Vec<f64>)> = Vec::new();
    for (trial, good) in trials.iter().zip(good) {
        let Some((value, distribution)) = trial.params.get(name) else { continue };
        let at = regimes.iter().position(|(known, ..)| *known == distribution).unwrap_or_else(|| {
            regimes.push((distribution, Vec::new(), Vec::new()));
            regimes.len() - 1
        });
        regimes[at].1.push(*value);
        regimes[at].2.extend(good.then_some(*value));
    }
    let all_good = good.iter().filter(|good| **good).count();
    let of_regime = |(distribution, all, good): &(&Distribution, Vec<f64>, Vec<f64>)| {
        if distribution.single() || all.len() < LEAST_TRIALS || good.is_empty() {
            return 0.0;
        }
        let alpha = good.len() as f64 / all_good as f64;
        let beta = all.len() as f64 / trials.len() as f64;
        alpha * alpha / beta * divergence(distribution, good, all)
    };
    regimes.iter().map(of_regime).sum()
}

/// Pearson's: the mean of (good / all - 1)² over all.
fn divergence(distribution: &Distribution, good: &[f64], all: &[f64]) -> f64 {
    let [good, all] = [good, all].map(|values| {
        let mut counts = vec![0.0; cells(distribution)];
        values.iter().for_each(|&value| counts[cell(distribution, value)] += 1.0);
        density(distribution, &counts)
    });
    let terms = good.iter().zip(&all).map(|(good, all)| (good + 1e-12, all + 1e-12));
    terms.map(|(good, all)| all * (good / all - 1.0).powi(2)).sum()
}

fn cells(distribution: &Distribution) -> usize {
    match distribution {
        Distribution::Choice(choices) => choices.len(),
        Distribution::Int(Interval { low, high, log: true, .. }) => {
            CELLS.min((high - low + 1.0).log2().ceil() as usize + 1)
        }
        Distribution::Int(i) | Distribution::Float(i) => {
            i.step.map_or(CELLS, |step| CELLS.min(((i.high - i.low) / step).round_ties_even() as usize + 1))
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
            let width = (scaled(i.high) - scaled(i.low)) / last;
            // Halfway belongs to the lower point.
            ((scaled(value) - scaled(i.low)) / width - 0.5).ceil().clamp(0.0, last) as usize
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
