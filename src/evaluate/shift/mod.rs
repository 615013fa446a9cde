//! Whether two sets of pictures come from one source.

mod classifier;
mod deals;
mod distances;
mod principal;
mod ranks;

use serde::{Deserialize, Serialize};

use self::classifier::tell_apart;
use self::deals::{Deals, Tested};
use self::distances::{energy, kernel_inception, kolmogorov_smirnov, maximum_mean_discrepancy};
use super::STATISTICS;
use crate::random::Key;

/// One set: a vector of statistics a picture, and the number of the group that each picture is in.
pub struct Side<'a> {
    /// `values[picture][statistic]`
    pub values: &'a [[f64; 8]],
    /// Pictures of one number are not independent of one another.
    pub groups: &'a [usize],
}

/// Two sets as vectors of one kind. Both must hold something.
pub struct Space<'a> {
    /// Its first set, a row a picture.
    pub a: &'a [Vec<f32>],
    /// Its second set.
    pub b: &'a [Vec<f32>],
    /// The number of the group of each row of `a`; numbers need not be without gaps.
    pub groups_a: &'a [usize],
    /// Likewise of `b`.
    pub groups_b: &'a [usize],
}

/// What the vectors are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// [`STATISTICS`].
    Statistics,
    /// What a net hands to its last layer.
    Embeddings,
    /// Class probabilities.
    Probabilities,
}

/// One test of whether two sets are one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ShiftTest {
    /// What was compared.
    pub space: Kind,
    /// How.
    pub name: String,
    /// The distance that it measures; larger is more different.
    pub value: f64,
    /// What 95% of deals of the same groups to two sides stay at or below.
    pub chance: f64,
    /// The share of such deals that came to at least as much. Not corrected for the number of tests.
    pub p_value: f64,
    /// The value's 95% interval, where it has one.
    pub interval: Option<[f64; 2]>,
    /// Pictures that it looked at on either side.
    pub n: [usize; 2],
    /// Their groups.
    pub groups: [usize; 2],
}

/// Tests of one space, and how the second set's pictures look to the classifier between the sets.
pub struct Examined {
    /// In the order in which they are told.
    pub tests: Vec<ShiftTest>,
    /// Rows of the second set that were looked at, with the chance that they belong there and not to the first, most
    /// telling first; empty for probabilities, which are not classified.
    pub telling: Vec<(usize, f64)>,
}

/// Most pictures a side for what takes time in their square, or fits anew for every deal; beyond, whole groups are drawn
/// until there are as many.
const MOST: usize = 1000;

/// Most pictures a side for what takes a pass over all of them a class.
const MOST_SORTED: usize = 5000;

/// All tests that suit the space. The Fourier features of maximum mean discrepancy take every picture; the rest, beyond
/// 1,000 a side (Kolmogorov-Smirnov: 5,000), a sample of whole groups.
pub fn examine(kind: Kind, space: &Space, key: &Key) -> Examined {
    let few = Drawn::new(space, MOST, &key.child("few"));
    let test = |name: &str, Tested { value, p_value, chance, n, groups }: Tested| ShiftTest {
        space: kind,
        name: name.into(),
        value,
        chance,
        p_value,
        interval: None,
        n,
        groups,
    };
    let few_space = few.space();
    let mut found = Examined { tests: Vec::new(), telling: Vec::new() };
    match kind {
        Kind::Statistics => {}
        Kind::Embeddings => {
            found.tests.push(test("Maximum mean discrepancy", maximum_mean_discrepancy(space, key)));
            found.tests.push(test("Kernel inception distance", kernel_inception(&few_space, key)));
        }
        Kind::Probabilities => {
            let many = Drawn::new(space, MOST_SORTED, &key.child("many"));
            found.tests.push(test("Kolmogorov-Smirnov", kolmogorov_smirnov(&many.space(), key)));
            found.tests.push(test("Energy distance", energy(&few_space, key)));
        }
    }
    if kind != Kind::Probabilities {
        let apart = tell_apart(&few_space, key);
        let area = test("Classifier between the sets (AUC)", apart.tested);
        found.tests.push(ShiftTest { interval: Some(apart.interval), ..area });
        found.telling = few.rows_b.iter().copied().zip(apart.second).collect();
        found.telling.sort_by(|x, y| y.1.total_cmp(&x.1));
    }
    found
}

/// [`examine`] of the image statistics. Both sides must hold something.
pub fn examine_statistics(a: &Side, b: &Side, key: &Key) -> Examined {
    let [rows_a, rows_b] =
        [a, b].map(|side| side.values.iter().map(|row| row.map(|x| x as f32).to_vec()).collect::<Vec<Vec<f32>>>());
    let space = Space { a: &rows_a, b: &rows_b, groups_a: a.groups, groups_b: b.groups };
    examine(Kind::Statistics, &space, &key.child("statistics"))
}

/// Which of several tests found something at a family-wise error of 5% (Holm 1979).
pub fn significant(tests: &[ShiftTest]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..tests.len()).collect();
    order.sort_by(|&i, &j| tests[i].p_value.total_cmp(&tests[j].p_value));
    let mut found = vec![false; tests.len()];
    for (rank, &at) in order.iter().enumerate() {
        if tests[at].p_value * (tests.len() - rank) as f64 > 0.05 {
            break;
        }
        found[at] = true;
    }
    found
}

/// The least difference of an image statistic, in standard deviations, that so many groups would show four times in five
/// at 5% over all statistics: (z(1 - 0.05 / 16) + z(0.8)) * sqrt(1 / a + 1 / b) (Cohen 1988, section 2.4). Pictures of one
/// group count once, which is cautious where they differ.
pub fn least_visible(groups: [usize; 2]) -> f64 {
    let tails =
        crate::random::normal_quantile(1.0 - 0.025 / STATISTICS.len() as f64) + crate::random::normal_quantile(0.8);
    tails * groups.map(|n| 1.0 / n.max(1) as f64).iter().sum::<f64>().sqrt()
}

impl<'a> Space<'a> {
    fn rows(&self) -> impl Iterator<Item = &'a [f32]> {
        self.a.iter().chain(self.b).map(Vec::as_slice)
    }
}

/// A part of a space, in whole groups.
struct Drawn {
    a: Vec<Vec<f32>>,
    b: Vec<Vec<f32>>,
    groups_a: Vec<usize>,
    groups_b: Vec<usize>,
    rows_b: Vec<usize>,
}

impl Drawn {
    fn new(space: &Space, most: usize, key: &Key) -> Self {
        let chosen = |groups: &[usize], label: &str| -> Vec<usize> {
            if groups.len() <= most {
                return (0..groups.len()).collect();
            }
            let mut order: Vec<usize> = groups.to_vec();
            order.sort_unstable();
            order.dedup();
            key.child(label).rng().shuffle(&mut order);
            let mut members: std::collections::HashMap<usize, Vec<usize>> = std::collections::HashMap::new();
            groups.iter().enumerate().for_each(|(row, &group)| members.entry(group).or_default().push(row));
            let mut rows = Vec::new();
            for group in order {
                let group = &members[&group];
                // One group at least, however large.
                if rows.is_empty() || rows.len() + group.len() <= most {
                    rows.extend(group);
                }
            }
            rows.sort_unstable();
            rows
        };
        let (rows_a, rows_b) = (chosen(space.groups_a, "a"), chosen(space.groups_b, "b"));
        Self {
            a: rows_a.iter().map(|&row| space.a[row].clone()).collect(),
            b: rows_b.iter().map(|&row| space.b[row].clone()).collect(),
            groups_a: rows_a.iter().map(|&row| space.groups_a[row]).collect(),
            groups_b: rows_b.iter().map(|&row| space.groups_b[row]).collect(),
            rows_b,
        }
    }

    fn space(&self) -> Space<'_> {
        Space { a: &self.a, b: &self.b, groups_a: &self.groups_a, groups_b: &self.groups_b }
    }
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
    /// Population stability index over the first set's tenths; above 0.25 is taken for a plain shift in credit scoring,
    /// where it comes from (Siddiqi 2006).
    pub stability: f64,
    /// Both distributions over the same bins.
    pub histogram: Histogram,
}

impl Difference {
    /// A difference that chance does not explain and that is plain to see.
    pub fn is_shift(&self) -> bool {
        self.p_value < 0.05 && self.effect.abs() >= 0.3
    }

    /// What the second set's pictures are, beside the first's: `darker`; `None` where it is no shift.
    pub fn in_words(&self) -> Option<&'static str> {
        let statistic = &STATISTICS[self.statistic];
        self.is_shift().then_some(if self.effect > 0.0 { statistic.more } else { statistic.less })
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
    let p = difference_of_means(&va, a.groups, &vb, b.groups, key);
    let p_value = (p * STATISTICS.len() as f64).min(1.0);
    let (stability, histogram) = (stability(&va, &vb), histogram(&va, &vb, 24, None));
    Difference { statistic, mean_a, mean_b, effect, p_value, stability, histogram }
}

fn difference_of_means(a: &[f64], ga: &[usize], b: &[f64], gb: &[usize], key: &Key) -> f64 {
    let deals = Deals::new(ga, gb, key);
    let all: Vec<f64> = a.iter().chain(b).copied().collect();
    let sums = deals.sums(1, |sample, sum| sum[0] += all[sample]);
    deals.test(999, |sides| deals.apart(&sums, 1, sides)[0].abs()).p_value
}

/// Sum of (q - p) ln(q / p) over ten bins that hold a tenth of the first set each; half a picture at least is taken to lie
/// in each.
fn stability(a: &[f64], b: &[f64]) -> f64 {
    let mut sorted = a.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let mut edges: Vec<f64> = (1..10).map(|tenth| sorted[(last * tenth).div_ceil(10)]).collect();
    edges.dedup();
    let shares = |values: &[f64]| {
        let mut counts = vec![0.0; edges.len() + 1];
        values.iter().for_each(|value| counts[edges.partition_point(|edge| edge <= value)] += 1.0);
        counts.iter().map(|count| f64::max(*count, 0.5) / values.len().max(1) as f64).collect::<Vec<f64>>()
    };
    shares(a).iter().zip(shares(b)).map(|(p, q)| (q - p) * (q / p).ln()).sum()
}

/// Mean and variance (over n).
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n)
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
    use crate::random::Rng;

    /// Groups of near-copies around centres in eight dimensions, which for probabilities are made to sum to 1.
    fn set(kind: Kind, groups: usize, each: usize, shift: f64, rng: &mut Rng) -> (Vec<Vec<f32>>, Vec<usize>) {
        let (mut rows, mut of) = (Vec::new(), Vec::new());
        for group in 0..groups {
            let centre: Vec<f64> = (0..8).map(|_| rng.normal() + shift).collect();
            for _ in 0..each {
                let mut row: Vec<f32> = centre.iter().map(|c| (c + 0.05 * rng.normal()) as f32).collect();
                if kind == Kind::Probabilities {
                    row[0] += 2.0 * shift as f32;
                    row.iter_mut().for_each(|x| *x = x.exp());
                    let sum: f32 = row.iter().sum();
                    row.iter_mut().for_each(|x| *x /= sum);
                }
                rows.push(row);
                of.push(group);
            }
        }
        (rows, of)
    }

    const KINDS: [Kind; 3] = [Kind::Statistics, Kind::Embeddings, Kind::Probabilities];

    /// How often each test of a kind is below 5%.
    fn alarms(kind: Kind, shift: f64, repeats: u64) -> Vec<(String, f64)> {
        let mut counts: Vec<(String, f64)> = Vec::new();
        for repeat in 0..repeats {
            let key = Key::root(repeat);
            let mut rng = key.child("data").rng();
            let ((a, groups_a), (b, groups_b)) = (set(kind, 50, 7, 0.0, &mut rng), set(kind, 50, 7, shift, &mut rng));
            let space = Space { a: &a, b: &b, groups_a: &groups_a, groups_b: &groups_b };
            for (at, test) in examine(kind, &space, &key).tests.into_iter().enumerate() {
                if counts.len() == at {
                    counts.push((test.name, 0.0));
                }
                counts[at].1 += f64::from(u8::from(test.p_value <= 0.05)) / repeats as f64;
            }
        }
        counts
    }

    /// 50 groups of 7 near-copies a side from one source: tests that permute pictures call a shift 90% of the time and more
    /// often. Over the 1,000 repeats of `EVENFOLD_LONG=1` the rate must lie in 3.5% to 6.5%.
    #[test]
    fn false_alarms_on_near_copies_stay_at_the_nominal_rate() {
        let long = std::env::var_os("EVENFOLD_LONG").is_some();
        let (repeats, range) = if long { (1000, 0.035..=0.065) } else { (20, 0.0..=0.25) };
        for kind in KINDS {
            for (name, rate) in alarms(kind, 0.0, repeats) {
                println!("{kind:?}, {name}: {:.1}% false alarms in {repeats}", rate * 100.0);
                assert!(range.contains(&rate), "{kind:?}, {name}: {rate}");
            }
        }
        let mean = |seed: u64| {
            let key = Key::root(seed);
            let mut rng = key.rng();
            let ((a, ga), (b, gb)) =
                (set(Kind::Statistics, 50, 7, 0.0, &mut rng), set(Kind::Statistics, 50, 7, 0.0, &mut rng));
            let first = |rows: &[Vec<f32>]| rows.iter().map(|row| f64::from(row[0])).collect::<Vec<_>>();
            difference_of_means(&first(&a), &ga, &first(&b), &gb, &key) <= 0.05
        };
        let alarms = (0..400).filter(|&seed| mean(seed)).count();
        assert!((8..=34).contains(&alarms), "{alarms} of 400, expected about 20");
    }

    #[test]
    fn a_real_shift_is_found_by_every_test() {
        for kind in KINDS {
            for (name, rate) in alarms(kind, 1.0, 6) {
                assert!(rate > 0.8, "{kind:?}, {name}: {rate}");
            }
        }
    }

    #[test]
    fn the_telling_pictures_are_those_that_were_changed() {
        let mut rng = Key::root(3).rng();
        let (a, groups_a) = set(Kind::Statistics, 100, 1, 0.0, &mut rng);
        let (mut b, groups_b) = set(Kind::Statistics, 100, 1, 0.0, &mut rng);
        b[..30].iter_mut().for_each(|row| row[2] += 4.0);
        let space = Space { a: &a, b: &b, groups_a: &groups_a, groups_b: &groups_b };
        let found = examine(Kind::Statistics, &space, &Key::root(1));
        let hits = found.telling[..30].iter().filter(|(row, _)| *row < 30).count();
        assert!(hits >= 24, "{hits} of 30");
        let [low, high] = found.tests[0].interval.unwrap();
        assert!(low < found.tests[0].value && found.tests[0].value < high, "{:?}", found.tests[0]);
    }

    #[test]
    fn beyond_the_limit_whole_groups_are_drawn() {
        let mut rng = Key::root(4).rng();
        let (a, groups_a) = set(Kind::Statistics, 60, 7, 0.0, &mut rng);
        let space = Space { a: &a, b: &a, groups_a: &groups_a, groups_b: &groups_a };
        let drawn = Drawn::new(&space, 100, &Key::root(1));
        assert_eq!(drawn.a.len(), 98);
        let mut sizes = std::collections::BTreeMap::new();
        drawn.groups_a.iter().for_each(|group| *sizes.entry(group).or_insert(0) += 1);
        assert!(sizes.values().all(|size| *size == 7));
    }

    #[test]
    fn holm_stops_at_the_first_that_is_not_small_enough() {
        let of = |p_value| ShiftTest {
            space: Kind::Statistics,
            name: String::new(),
            value: 0.0,
            chance: 0.0,
            p_value,
            interval: None,
            n: [1, 1],
            groups: [1, 1],
        };
        assert_eq!(significant(&[0.03, 0.01, 0.02].map(of)), [true; 3]);
        assert_eq!(significant(&[0.06, 0.01, 0.03].map(of)), [false, true, false]);
    }

    #[test]
    fn the_same_set_is_stable_and_a_moved_one_is_not() {
        let a: Vec<f64> = (0..1000).map(f64::from).collect();
        assert!(stability(&a, &a) < 1e-12);
        let moved: Vec<f64> = a.iter().map(|x| x + 300.0).collect();
        assert!(stability(&a, &moved) > 0.25);
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
