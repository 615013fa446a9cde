//! Whether two sets of pictures come from one source.

use serde::{Deserialize, Serialize};

use super::STATISTICS;
use crate::random::Key;

/// One set: a vector of statistics a picture, and the number of the group that each picture is in.
pub struct Side<'a> {
    /// `values[picture][statistic]`
    pub values: &'a [[f64; 8]],
    /// Pictures of one number are not independent of one another.
    pub groups: &'a [usize],
}

/// One statistic on both sides.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Difference {
    /// Its place in [`STATISTICS`].
    pub statistic: usize,
    /// Mean over the first set.
    pub mean_a: f64,
    /// Mean over the second set.
    pub mean_b: f64,
    /// Second mean minus first, over the pooled standard deviation (Cohen's d); 0 where nothing varies.
    pub effect: f64,
    /// Chance of a difference of means at least as large if groups were dealt to the two sets at random; times the
    /// number of statistics (Bonferroni), at most 1.
    pub p_value: f64,
    /// Both distributions over the same bins.
    pub histogram: Histogram,
}

impl Difference {
    /// A difference that chance does not explain and that is plain to see.
    pub fn is_shift(&self) -> bool {
        self.p_value < 0.05 && self.effect.abs() >= 0.3
    }
}

/// Two distributions over the same bins.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Histogram {
    /// Bin borders: one more than bins.
    pub edges: Vec<f64>,
    /// Share of the first set in each bin.
    pub a: Vec<f64>,
    /// Share of the second set in each bin.
    pub b: Vec<f64>,
}

/// Compares two sets, the most different statistic first. The p-values come from 999 permutations of whole groups: by
/// permuting pictures, near-copies within a group would raise a false alarm nearly always.
pub fn compare(a: &Side, b: &Side, key: &Key) -> Vec<Difference> {
    let mut found: Vec<_> = (0..STATISTICS.len()).map(|k| difference(k, a, b, &key.nth(k as u64))).collect();
    found.sort_by(|x, y| y.effect.abs().total_cmp(&x.effect.abs()));
    found
}

fn difference(statistic: usize, a: &Side, b: &Side, key: &Key) -> Difference {
    let of = |side: &Side| -> Vec<f64> { side.values.iter().map(|v| v[statistic]).collect() };
    let (va, vb) = (of(a), of(b));
    let (mean_a, var_a) = moments(&va);
    let (mean_b, var_b) = moments(&vb);
    let (na, nb) = (va.len() as f64, vb.len() as f64);
    let pooled = ((var_a * na + var_b * nb) / (na + nb - 2.0).max(1.0)).sqrt();
    let effect = if pooled > 1e-12 { (mean_b - mean_a) / pooled } else { 0.0 };
    let p = permutation(&sums(&va, a.groups), &sums(&vb, b.groups), &mut key.rng());
    let p_value = (p * STATISTICS.len() as f64).min(1.0);
    Difference { statistic, mean_a, mean_b, effect, p_value, histogram: histogram(&va, &vb, 24, None) }
}

/// Mean and variance (over n).
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n)
}

/// Sum and count of each group.
fn sums(values: &[f64], groups: &[usize]) -> Vec<(f64, f64)> {
    let mut sums = vec![(0.0, 0.0); groups.iter().max().map_or(0, |most| most + 1)];
    for (value, &group) in values.iter().zip(groups) {
        sums[group].0 += value;
        sums[group].1 += 1.0;
    }
    sums.retain(|(_, n)| *n > 0.0);
    sums
}

fn permutation(a: &[(f64, f64)], b: &[(f64, f64)], rng: &mut crate::random::Rng) -> f64 {
    const PERMUTATIONS: u32 = 999;
    let mean = |groups: &[(f64, f64)]| {
        let (sum, n) = groups.iter().fold((0.0, 0.0), |(s, n), g| (s + g.0, n + g.1));
        sum / f64::max(n, 1.0)
    };
    let seen = (mean(a) - mean(b)).abs();
    let mut all = [a, b].concat();
    let mut at_least = 0;
    for _ in 0..PERMUTATIONS {
        rng.shuffle(&mut all);
        at_least += u32::from((mean(&all[..a.len()]) - mean(&all[a.len()..])).abs() >= seen - 1e-12);
    }
    f64::from(at_least + 1) / f64::from(PERMUTATIONS + 1)
}

/// Shares of both sets in equal bins from the least to the most value, or over the range given.
pub fn histogram(a: &[f64], b: &[f64], bins: usize, range: Option<(f64, f64)>) -> Histogram {
    let all = || a.iter().chain(b);
    let (low, high) = range.unwrap_or_else(|| {
        let low = all().copied().fold(f64::INFINITY, f64::min);
        let high = all().copied().fold(f64::NEG_INFINITY, f64::max);
        if low < high {
            (low, high)
        } else if low.is_finite() {
            (low - 0.5, low + 0.5)
        } else {
            (0.0, 1.0)
        }
    });
    let width = (high - low) / bins as f64;
    let shares = |values: &[f64]| {
        let mut shares = vec![0.0; bins];
        for value in values {
            let bin = ((value - low) / width).clamp(0.0, bins as f64 - 1.0) as usize;
            shares[bin] += 1.0 / values.len() as f64;
        }
        shares
    };
    Histogram { edges: (0..=bins).map(|i| low + width * i as f64).collect(), a: shares(a), b: shares(b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(groups: usize, each: usize, shift: f64, key: &Key) -> (Vec<[f64; 8]>, Vec<usize>) {
        let mut rng = key.rng();
        let (mut values, mut of) = (Vec::new(), Vec::new());
        for group in 0..groups {
            let centre = rng.normal() + shift;
            for _ in 0..each {
                values.push([centre + 0.05 * rng.normal(); 8]);
                of.push(group);
            }
        }
        (values, of)
    }

    fn p(shift: f64, seed: u64) -> f64 {
        let key = Key::root(seed);
        let (a, ga) = side(50, 7, 0.0, &key.child("a"));
        let (b, gb) = side(50, 7, shift, &key.child("b"));
        permutation(
            &sums(&a.iter().map(|v| v[0]).collect::<Vec<_>>(), &ga),
            &sums(&b.iter().map(|v| v[0]).collect::<Vec<_>>(), &gb),
            &mut key.rng(),
        )
    }

    /// 50 groups of 7 near-copies a side from one source: tests that permute pictures call a shift 90% of the time.
    #[test]
    fn false_alarms_on_near_copies_stay_at_the_nominal_rate() {
        let alarms = (0..400).filter(|&seed| p(0.0, seed) < 0.05).count();
        assert!((8..=34).contains(&alarms), "{alarms} of 400, expected about 20");
    }

    #[test]
    fn a_real_shift_is_found() {
        let found = (0..50).filter(|&seed| p(1.0, seed) < 0.05).count();
        assert!(found >= 48, "{found} of 50");
    }

    #[test]
    fn histograms_share_their_bins_and_sum_to_one() {
        let h = histogram(&[0.0, 1.0, 2.0], &[4.0], 4, None);
        assert_eq!(h.edges, [0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(h.b, [0.0, 0.0, 0.0, 1.0]);
        assert!((h.a.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert_eq!(histogram(&[3.0], &[3.0], 2, None).edges, [2.5, 3.0, 3.5]);
    }
}
