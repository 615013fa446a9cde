//! The mix of classes in images without labels.

use rayon::prelude::*;

use super::{Rows, Temperature};
use crate::evaluate::linear::solved;
use crate::evaluate::{choose, numbered};
use crate::random::Key;

/// Shares of the classes on both sides.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Prior {
    /// What the source has: the mean of its calibrated predictions.
    pub source: Vec<f64>,
    /// What the target most likely has.
    pub target: Vec<f64>,
}

impl Prior {
    /// A calibrated prediction, as it should be for the target's mix: each class times target over source share.
    pub fn adapt(&self, row: &[f64]) -> Vec<f64> {
        let mut weighed: Vec<f64> = row.iter().zip(ratios(&self.target, &self.source)).map(|(p, r)| p * r).collect();
        let sum: f64 = weighed.iter().sum();
        if sum > 0.0 {
            weighed.iter_mut().for_each(|p| *p /= sum);
            weighed
        } else {
            row.to_vec()
        }
    }

    /// [`Prior::adapt`] in single precision.
    pub fn adapt_f32(&self, row: &[f32]) -> Vec<f32> {
        let row: Vec<f64> = row.iter().map(|&p| f64::from(p)).collect();
        self.adapt(&row).into_iter().map(|p| p as f32).collect()
    }

    /// Towards a mix that is known.
    #[must_use]
    pub fn stated(&self, shares: &[f64]) -> Self {
        let sum: f64 = shares.iter().sum();
        Self { source: self.source.clone(), target: shares.iter().map(|share| share / sum).collect() }
    }
}

/// How much more of each class the target has; 1 where the source has none to compare with.
fn ratios<'a>(target: &'a [f64], source: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
    target.iter().zip(source).map(|(target, source)| if *source > 0.0 { target / source } else { 1.0 })
}

/// The most likely mix by expectation maximisation (Saerens, Latinne and Decaestecker, "Adjusting the outputs of a
/// classifier to new a priori probabilities", 2002), on predictions calibrated with a bias a class on the source
/// (Alexandari et al. 2020). It takes the images of each class to look alike on both sides; the likelihood is concave, so
/// that the answer does not depend on the start. `source` is the mean of the source's calibrated predictions
/// ([`mean`]).
pub fn estimate_prior(calibration: &Temperature, source: &[f64], target: &[Vec<f32>]) -> Prior {
    let target = most_likely(source, &calibration.apply_all(target), &vec![1.0; target.len()]);
    Prior { source: source.to_vec(), target }
}

/// The mix of the target's rows, each counted as often as its weight says.
fn most_likely(source: &[f64], rows: &Rows, weights: &[f64]) -> Vec<f64> {
    let all: f64 = weights.iter().sum();
    let mut target = source.to_vec();
    if all <= 0.0 {
        return target;
    }
    for _ in 0..500 {
        let ratios: Vec<f64> = ratios(&target, source).collect();
        let mut next = vec![0.0; source.len()];
        for (row, weight) in rows.iter().zip(weights).filter(|(_, weight)| **weight > 0.0) {
            let sum: f64 = row.iter().zip(&ratios).map(|(p, ratio)| p * ratio).sum();
            let share = weight / (all * sum.max(1e-300));
            next.iter_mut().zip(row.iter().zip(&ratios)).for_each(|(next, (p, ratio))| *next += p * ratio * share);
        }
        let moved: f64 = next.iter().zip(&target).map(|(a, b)| (a - b).abs()).sum();
        target = next;
        if moved < 1e-5 {
            break;
        }
    }
    target
}

/// How often groups are drawn again for the intervals.
const DRAWS: usize = 200;

/// 95% intervals of the target's mix, class by class: percentiles over 200 draws of whole groups with replacement. What the
/// source leaves unsure is not in them. `groups` numbers each target row's group.
pub fn prior_intervals(
    calibration: &Temperature,
    prior: &Prior,
    target: &[Vec<f32>],
    groups: &[usize],
    key: &Key,
) -> Vec<[f64; 2]> {
    let rows = calibration.apply_all(target);
    let (groups, count) = numbered(groups);
    let draw = |n: usize| {
        let mut rng = key.nth(n as u64).rng();
        let mut times = vec![0.0; count];
        (0..count).for_each(|_| times[rng.index(count)] += 1.0);
        most_likely(&prior.source, &rows, &groups.iter().map(|&group| times[group]).collect::<Vec<_>>())
    };
    let draws: Vec<Vec<f64>> = (0..DRAWS).into_par_iter().map(draw).collect();
    let of_class = |class: usize| {
        let mut shares: Vec<f64> = draws.iter().map(|draw| draw[class]).collect();
        shares.sort_by(f64::total_cmp);
        [shares[DRAWS / 40], shares[DRAWS - 1 - DRAWS / 40]]
    };
    (0..prior.source.len()).map(of_class).collect()
}

/// The target's mix from how often each class is predicted there (black-box shift estimation: Lipton, Wang and Smola,
/// "Detecting and correcting for label shift with black box predictors", 2018): the confusion matrix of the source is
/// solved for it, by least squares held a little to the source's own mix, as it may be singular; shares below 0 become 0.
pub fn black_box_prior(truth: &[usize], source: &[Vec<f32>], target: &[Vec<f32>]) -> Vec<f64> {
    let classes = source.first().map_or(0, Vec::len);
    let n = source.len().max(1) as f64;
    let mut joint = vec![vec![0.0; classes]; classes];
    let mut own = vec![0.0; classes];
    for (&truth, row) in truth.iter().zip(source) {
        joint[choose(row)][truth] += 1.0 / n;
        own[truth] += 1.0 / n;
    }
    let mut predicted = vec![0.0; classes];
    target.iter().for_each(|row| predicted[choose(row)] += 1.0 / target.len() as f64);
    // Weights w = 1 + v of the classes: joint * w = predicted.
    let off: Vec<f64> = (0..classes).map(|p| predicted[p] - joint[p].iter().sum::<f64>()).collect();
    let square = |i: usize, j: usize| (0..classes).map(|p| joint[p][i] * joint[p][j]).sum::<f64>();
    let held = 1e-6 + 1e-3 / n;
    let matrix =
        (0..classes).map(|i| (0..classes).map(|j| square(i, j) + if i == j { held } else { 0.0 }).collect()).collect();
    let right = (0..classes).map(|i| (0..classes).map(|p| joint[p][i] * off[p]).sum()).collect();
    let mut mix: Vec<f64> =
        solved(matrix, right).iter().zip(&own).map(|(v, own)| f64::max(0.0, (1.0 + v) * own)).collect();
    let sum: f64 = mix.iter().sum();
    mix.iter_mut().for_each(|share| *share /= sum.max(1e-12));
    mix
}

/// The mean probability of each class.
pub fn mean(rows: &Rows) -> Vec<f64> {
    let classes = rows.first().map_or(0, Vec::len);
    let n = rows.len().max(1) as f64;
    (0..classes).map(|class| rows.iter().map(|row| row[class]).sum::<f64>() / n).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Rng;

    /// Predictions of a calibrated classifier on ten classes that are Gaussian bells side by side, right in 90% of cases.
    fn predictions(mix: &[f64], n: usize, rng: &mut Rng) -> (Vec<usize>, Vec<Vec<f32>>) {
        (0..n)
            .map(|_| {
                let class = rng.weighted(mix);
                let x = class as f64 + 0.3 * rng.normal();
                let bell = |c: usize| (-(x - c as f64).powi(2) / (2.0 * 0.3 * 0.3)).exp();
                let sum: f64 = (0..mix.len()).map(bell).sum();
                (class, (0..mix.len()).map(|c| (bell(c) / sum) as f32).collect())
            })
            .unzip()
    }

    #[test]
    fn a_changed_mix_of_ten_classes_is_found_within_five_points_in_all() {
        let mut rng = Key::root(5).rng();
        let even = [0.1; 10];
        let tilted: Vec<f64> = (1..=10).map(|i| f64::from(i) / 55.0).collect();
        let (truth, source) = predictions(&even, 2000, &mut rng);
        let calibration = Temperature::fit_with_bias(&truth, &source);
        let mix = mean(&calibration.apply_all(&source));
        let (mut likely, mut black_box, mut held) = (Vec::new(), Vec::new(), 0);
        for repeat in 0..9 {
            let (classes, target) = predictions(&tilted, 1000, &mut rng);
            let found = estimate_prior(&calibration, &mix, &target);
            let real = |class| classes.iter().filter(|&&c| c == class).count() as f64 / 1000.0;
            let off =
                |mix: &[f64]| mix.iter().enumerate().map(|(class, share)| (share - real(class)).abs()).sum::<f64>();
            likely.push(off(&found.target));
            black_box.push(off(&black_box_prior(&truth, &source, &target)));
            if repeat > 3 {
                continue;
            }
            let alone: Vec<usize> = (0..1000).collect();
            let ranges = prior_intervals(&calibration, &found, &target, &alone, &Key::root(repeat));
            held += ranges.iter().zip(&tilted).filter(|([low, high], share)| *low <= **share && *share <= high).count();
        }
        likely.sort_by(f64::total_cmp);
        black_box.sort_by(f64::total_cmp);
        assert!(likely[4] < 0.05, "{likely:?}");
        assert!(black_box[4] < 0.08, "{black_box:?}");
        assert!((33..=40).contains(&held), "{held} of 40 intervals hold the mix that the samples were drawn from");
    }
}
