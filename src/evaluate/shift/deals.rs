//! The one way to a p-value: whole groups are dealt anew to the two sets.

use rayon::prelude::*;

use crate::evaluate::numbered;
use crate::random::Key;

/// Two sets as groups: those of the first set are numbered first.
pub struct Deals {
    /// The group of each sample, the first set's samples first.
    pub of: Vec<usize>,
    /// Samples of each group.
    pub sizes: Vec<f64>,
    /// How many groups the first set has.
    first: usize,
    key: Key,
}

/// What a statistic came to, and what chance alone makes of it.
#[derive(Clone, Copy, Debug)]
pub struct Tested {
    /// Samples on either side.
    pub n: [usize; 2],
    /// Their groups.
    pub groups: [usize; 2],
    /// On the sets as they are.
    pub value: f64,
    /// The share of deals, this one counted, that came to at least as much.
    pub p_value: f64,
    /// What 95% of the deals stay at or below.
    pub chance: f64,
}

impl Deals {
    /// From the group of each sample on either side.
    pub fn new(a: &[usize], b: &[usize], key: &Key) -> Self {
        let ((a, first), (b, second)) = (numbered(a), numbered(b));
        let of: Vec<usize> = a.into_iter().chain(b.into_iter().map(|group| first + group)).collect();
        let mut sizes = vec![0.0; first + second];
        of.iter().for_each(|&group| sizes[group] += 1.0);
        Self { of, sizes, first, key: key.child("deals") }
    }

    /// Tests a statistic that is told, group by group, whether the group lies in the first set, and is larger the more the
    /// sets differ. By permuting samples instead of groups, near-copies within a group would raise a false alarm nearly
    /// always (Anderson, "A new method for non-parametric multivariate analysis of variance", 2001, on exchangeable
    /// units). Groups of one set should have about the sizes of the other's: between few large and many small ones the
    /// test is rough.
    pub fn test(&self, times: usize, statistic: impl Fn(&[bool]) -> f64 + Sync) -> Tested {
        let seen = self.seen();
        let value = statistic(&seen);
        let dealt = |n: usize| {
            let mut sides = seen.clone();
            self.key.nth(n as u64).rng().shuffle(&mut sides);
            statistic(&sides)
        };
        let mut deals: Vec<f64> = (0..times).into_par_iter().map(dealt).collect();
        // Sums in another order may differ in their last bits.
        let at_least = deals.iter().filter(|&&deal| deal >= value - 1e-9 * value.abs()).count();
        deals.sort_by(f64::total_cmp);
        let chance = deals.get((times * 95).div_ceil(100).saturating_sub(1)).copied().unwrap_or(value);
        let first = self.of.iter().filter(|group| **group < self.first).count();
        Tested {
            n: [first, self.of.len() - first],
            groups: [self.first, self.sizes.len() - self.first],
            value,
            p_value: (at_least + 1) as f64 / (times + 1) as f64,
            chance,
        }
    }

    /// Whether each group lies in the first set, as it really is.
    pub fn seen(&self) -> Vec<bool> {
        (0..self.sizes.len()).map(|group| group < self.first).collect()
    }

    /// Sums over the samples of each group, of some numbers a sample.
    pub fn sums(&self, width: usize, numbers: impl Fn(usize, &mut [f64])) -> Vec<f64> {
        let mut sums = vec![0.0; self.sizes.len() * width];
        for (sample, &group) in self.of.iter().enumerate() {
            numbers(sample, &mut sums[group * width..(group + 1) * width]);
        }
        sums
    }

    /// The difference between the means of the first and of the second set.
    pub fn apart(&self, sums: &[f64], width: usize, sides: &[bool]) -> Vec<f64> {
        let (mut a, mut b, mut na, mut nb) = (vec![0.0; width], vec![0.0; width], 0.0, 0.0);
        for ((row, &size), &first) in sums.chunks_exact(width).zip(&self.sizes).zip(sides) {
            let (sum, n) = if first { (&mut a, &mut na) } else { (&mut b, &mut nb) };
            sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
            *n += size;
        }
        a.iter().zip(&b).map(|(a, b)| a / f64::max(na, 1.0) - b / f64::max(nb, 1.0)).collect()
    }
}
