//! Intervals by drawing whole groups again.

use rayon::prelude::*;

use super::confusion;
use crate::evaluate::Estimate;
use crate::random::{Key, normal_below, normal_quantile};

/// How often the groups are drawn.
const DRAWS: usize = 2000;

/// Most parts that the groups are cut into for the jackknife.
const SLICES: usize = 200;

/// 95% intervals of several scores by the cluster bootstrap: whole groups are drawn with replacement, 2,000 times, and the
/// percentiles corrected for bias and skewness (BCa: Efron, "Better bootstrap confidence intervals", 1987; Davison and
/// Hinkley 1997, sections 3.8 and 5.3.2). `groups` numbers each sample's group; `score` is told how often each sample
/// counts. Where few groups are known the percentiles lie further out, by Student's t (Hesterberg, "What teachers should
/// know about the bootstrap", 2015, section 5.5).
///
/// Draws in which a score is not finite (a class that it needs was not drawn) are left out of that score's interval.
/// With fewer than two groups nothing is known: the interval is all numbers.
pub fn intervals<const N: usize>(
    groups: &[usize],
    key: &Key,
    score: impl Fn(&[u32]) -> [f64; N] + Sync,
) -> [[f64; 2]; N] {
    let (groups, count) = numbered(groups);
    if count < 2 {
        return [[f64::NEG_INFINITY, f64::INFINITY]; N];
    }
    let of_times = |times: &[u32]| score(&groups.iter().map(|&group| times[group]).collect::<Vec<_>>());
    let draw = |n: usize| {
        let mut rng = key.nth(n as u64).rng();
        let mut times = vec![0; count];
        (0..count).for_each(|_| times[rng.index(count)] += 1);
        of_times(&times)
    };
    let draws: Vec<[f64; N]> = (0..DRAWS).into_par_iter().map(draw).collect();
    let values = of_times(&vec![1; count]);
    // The jackknife leaves out a group at a time, or a slice of them where there are many.
    let slices = count.min(SLICES);
    let without = |slice: usize| {
        of_times(&(0..count).map(|group| u32::from(group * slices / count != slice)).collect::<Vec<_>>())
    };
    let jackknife: Vec<[f64; N]> = (0..slices).into_par_iter().map(without).collect();
    let reach = student_975(count as f64 - 1.0) * (count as f64 / (count as f64 - 1.0)).sqrt();
    std::array::from_fn(|i| {
        let of = |rows: &[[f64; N]]| -> Vec<f64> { rows.iter().map(|row| row[i]).filter(|v| v.is_finite()).collect() };
        corrected(of(&draws), values[i], &of(&jackknife), reach)
    })
}

/// The ends of the interval among the draws: `reach` standard deviations out, moved by bias and skewness.
fn corrected(mut draws: Vec<f64>, value: f64, jackknife: &[f64], reach: f64) -> [f64; 2] {
    draws.sort_by(f64::total_cmp);
    let (below, level) = draws.iter().fold((0.0, 0.0), |(below, level), &draw| {
        (below + f64::from(u8::from(draw < value)), level + f64::from(u8::from(draw == value)))
    });
    // Half a draw at least on either side, so that the quantile is finite.
    let share = ((below + level / 2.0) / draws.len() as f64).clamp(0.5 / DRAWS as f64, 1.0 - 0.5 / DRAWS as f64);
    let bias = normal_quantile(share);
    let mean = jackknife.iter().sum::<f64>() / jackknife.len() as f64;
    let (square, cube) =
        jackknife.iter().map(|v| mean - v).fold((0.0, 0.0), |(square, cube), d| (square + d * d, cube + d * d * d));
    let skew = if square > 0.0 { cube / (6.0 * square.powf(1.5)) } else { 0.0 };
    [-reach, reach].map(|z| quantile(&draws, normal_below(bias + (bias + z) / (1.0 - skew * (bias + z)))))
}

/// A score that follows from the confusion matrix, with its interval.
pub fn estimate(
    truth: &[usize],
    predicted: &[usize],
    groups: &[usize],
    classes: usize,
    score: fn(&[Vec<u32>]) -> f64,
    key: &Key,
) -> Estimate {
    let value = score(&confusion(truth, predicted, classes));
    let [[low, high]] = intervals(groups, key, |weights| [score(&weighted(truth, predicted, classes, weights))]);
    Estimate { value, low: low.max(0.0), high: high.min(1.0), n: truth.len(), groups: numbered(groups).1 }
}

/// The confusion matrix with each sample counted as often as its weight says.
pub(super) fn weighted(truth: &[usize], predicted: &[usize], classes: usize, weights: &[u32]) -> Vec<Vec<u32>> {
    let mut counts = vec![vec![0; classes]; classes];
    for ((&t, &p), &weight) in truth.iter().zip(predicted).zip(weights) {
        counts[t][p] += weight;
    }
    counts
}

/// Groups, by whatever names them, numbered in the order in which they first come, and how many there are.
pub fn numbered<T: Eq + std::hash::Hash>(groups: impl IntoIterator<Item = T>) -> (Vec<usize>, usize) {
    let mut numbers = std::collections::HashMap::new();
    let mut number = |group| {
        let next = numbers.len();
        *numbers.entry(group).or_insert(next)
    };
    let all = groups.into_iter().map(&mut number).collect();
    (all, numbers.len())
}

/// The 97.5% quantile of Student's t for a whole number of degrees of freedom (Abramowitz and Stegun 26.7.5, within 0.01 from
/// 4 on; the first three by name).
pub(in crate::evaluate) fn student_975(freedom: f64) -> f64 {
    const Z: f64 = 1.959_963_984_540_054;
    const FIRST: [f64; 3] = [12.706_205, 4.302_653, 3.182_446];
    if let Some(&exact) = FIRST.get(freedom as usize - 1) {
        return exact;
    }
    let [z3, z5, z7] = [Z.powi(3), Z.powi(5), Z.powi(7)];
    Z + (z3 + Z) / (4.0 * freedom)
        + (5.0 * z5 + 16.0 * z3 + 3.0 * Z) / (96.0 * freedom.powi(2))
        + (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * Z) / (384.0 * freedom.powi(3))
}

/// Of sorted values, between neighbours in a line (numpy's default).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = share * last as f64;
    let below = (place.floor() as usize).min(last);
    let above = (below + 1).min(last);
    sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64)
}

#[cfg(test)]
mod tests {
    use super::super::{accuracy, macro_f1};
    use super::*;
    use crate::random::Rng;

    /// Copies of one sample tell nothing new: with groups the interval stays as wide, without it shrinks.
    #[test]
    fn the_interval_respects_groups() {
        let truth: Vec<usize> = (0..350).map(|i| i / 7 % 2).collect();
        let predicted: Vec<usize> = (0..350).map(|i| if i / 7 % 3 == 0 { 1 - truth[i] } else { truth[i] }).collect();
        let key = Key::root(1);
        let width = |e: Estimate| e.high - e.low;
        let by_group = estimate(&truth, &predicted, &(0..350).map(|i| i / 7).collect::<Vec<_>>(), 2, accuracy, &key);
        let alone = estimate(&truth, &predicted, &(0..350).collect::<Vec<_>>(), 2, accuracy, &key);
        assert_eq!((by_group.groups, alone.groups), (50, 350));
        let ratio = width(by_group) / width(alone);
        assert!((2.0..3.4).contains(&ratio), "expected about the root of 7, got {ratio}");
    }

    #[test]
    fn students_t_is_that_of_the_tables() {
        for (freedom, wanted) in
            [(1.0, 12.7062), (2.0, 4.3027), (3.0, 3.1824), (4.0, 2.7764), (9.0, 2.2622), (29.0, 2.0452), (1e6, 1.95997)]
        {
            assert!((student_975(freedom) - wanted).abs() < 0.01, "{freedom}: {}", student_975(freedom));
        }
    }

    /// Truth and prediction of `groups` groups of 1 to 7 samples: a group has one class and is hard or easy as a whole.
    fn groups(groups: usize, rng: &mut Rng) -> [Vec<usize>; 3] {
        let [mut truth, mut predicted, mut of] = [Vec::new(), Vec::new(), Vec::new()];
        for group in 0..groups {
            let class = [0, 0, 0, 1, 1, 2][rng.index(6)];
            let right = if rng.chance(0.3) { 0.2 } else { 0.95 };
            for _ in 0..=rng.index(7) {
                truth.push(class);
                predicted.push(if rng.chance(right) { class } else { (class + 1 + rng.index(2)) % 3 });
                of.push(group);
            }
        }
        [truth, predicted, of]
    }

    type Score = fn(&[Vec<u32>]) -> f64;

    /// The share of intervals that hold the score of the whole population; 95% is what they promise.
    fn coverage(count: usize, repeats: u64) -> [f64; 2] {
        let [truth, predicted, _] = groups(200_000, &mut Key::root(9).rng());
        let population = confusion(&truth, &predicted, 3);
        [accuracy as Score, macro_f1].map(|score| {
            let wanted = score(&population);
            let holds = |n: u64| {
                let key = Key::root(n);
                let [truth, predicted, of] = groups(count, &mut key.rng());
                let found = estimate(&truth, &predicted, &of, 3, score, &key.child("bootstrap"));
                found.low <= wanted && wanted <= found.high
            };
            (0..repeats).filter(|&n| holds(n)).count() as f64 / repeats as f64
        })
    }

    /// 100 repeats have a standard error of 2 points; `EVENFOLD_LONG=1` takes 2,000.
    #[test]
    fn intervals_hold_what_they_promise() {
        let long = std::env::var_os("EVENFOLD_LONG").is_some();
        let repeats = if long { 2000 } else { 100 };
        for count in if long { vec![30, 100, 400] } else { vec![100] } {
            for found in coverage(count, repeats) {
                println!("coverage with {count} groups over {repeats} repeats: {found:.4}");
                assert!((0.95 - found).abs() < if long { 0.02 } else { 0.07 }, "{found}");
            }
        }
    }
}
