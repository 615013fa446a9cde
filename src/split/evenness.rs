//! How even folds are, and how even they could be.

use serde::Serialize;

use super::Deck;
use super::bound::deviation_bound;

/// The counts behind a split, and what they come to. Originals only: copies follow their source. K is the number of
/// folds, N of samples, n of samples of a class; class terms are over classes that the folds have.
#[derive(Clone, Debug, Serialize)]
pub struct Evenness {
    /// `counts[fold][class]`
    pub counts: Vec<Vec<u64>>,
    /// Samples in each fold.
    pub sizes: Vec<u64>,
    /// Mean over classes of the standard deviation over folds of (count in fold / n), plus the standard deviation over
    /// folds of (size of fold / N). 0 is perfect.
    pub j: f64,
    /// No folds of these groups have a smaller J.
    pub j_bound: f64,
    /// The largest distance of a class's share in a fold from 1 / K.
    pub worst_class: f64,
    /// Size of the largest fold over that of the smallest.
    pub size_ratio: f64,
    /// Pairs of a fold and a class that it has none of.
    pub empty_cells: usize,
    /// As many of them as no folds of these groups avoid.
    pub unavoidable_cells: usize,
    /// Sum over folds and classes of the distance of the count from n / K, over N.
    pub misplaced: f64,
    /// The largest total variation distance between the classes of a fold and of all: 0 to 1.
    pub total_variation: f64,
    /// The largest Kullback-Leibler divergence of a fold's classes from those of all, in nats.
    pub divergence: f64,
}

/// Measures folds by the strata `first..first + classes` of the deck, those of one column.
pub fn evenness(deck: &Deck, fold_of: &[u32], folds: usize, strata: std::ops::Range<usize>) -> Evenness {
    let (first, classes) = (strata.start, strata.len());
    let (mut counts, mut sizes) = (vec![vec![0u64; classes]; folds], vec![0u64; folds]);
    let mut of_class: Vec<Vec<u64>> = vec![Vec::new(); classes];
    for (group, &fold) in fold_of.iter().enumerate() {
        let inside = deck.counts(group).iter().filter(|(stratum, _)| strata.contains(&(*stratum as usize)));
        for &(stratum, count) in inside {
            counts[fold as usize][stratum as usize - first] += u64::from(count);
            of_class[stratum as usize - first].push(count.into());
        }
        sizes[fold as usize] += u64::from(deck.size(group));
    }
    let present: Vec<usize> = (0..classes).filter(|&class| !of_class[class].is_empty()).collect();
    let total_of = |class: usize| deck.total_of(first + class) as f64;
    let (k, total) = (folds as f64, deck.total().max(1) as f64);
    let mean = |sum: f64| sum / present.len().max(1) as f64;
    let class_part = |class: usize| deviation(counts.iter().map(|fold| fold[class] as f64 / total_of(class)), k);
    let group_sizes: Vec<u64> = (0..deck.groups()).map(|group| deck.size(group).into()).collect();
    let each = || present.iter().flat_map(|&class| counts.iter().map(move |fold| (class, fold)));

    let marks = |fold: usize| counts[fold].iter().sum::<u64>().max(1) as f64;
    let all_marks = present.iter().map(|&class| total_of(class)).sum::<f64>();
    let shares = |fold: usize| {
        let counts = &counts[fold];
        present.iter().map(move |&class| (counts[class] as f64 / marks(fold), total_of(class) / all_marks))
    };
    Evenness {
        j: mean(present.iter().map(|&class| class_part(class)).sum())
            + deviation(sizes.iter().map(|&size| size as f64 / total), k),
        j_bound: mean(present.iter().map(|&class| deviation_bound(&of_class[class], folds)).sum())
            + deviation_bound(&group_sizes, folds),
        worst_class: each()
            .map(|(class, fold)| (fold[class] as f64 / total_of(class) - 1.0 / k).abs())
            .fold(0.0, f64::max),
        size_ratio: *sizes.iter().max().unwrap_or(&0) as f64 / *sizes.iter().min().unwrap_or(&1).max(&1) as f64,
        empty_cells: each().filter(|(class, fold)| fold[*class] == 0).count(),
        unavoidable_cells: present.iter().map(|&class| folds.saturating_sub(of_class[class].len())).sum(),
        misplaced: each().map(|(class, fold)| (fold[class] as f64 - total_of(class) / k).abs()).sum::<f64>() / total,
        total_variation: (0..folds)
            .map(|f| shares(f).map(|(p, q)| (p - q).abs()).sum::<f64>() / 2.0)
            .fold(0.0, f64::max),
        divergence: (0..folds)
            .map(|f| shares(f).filter(|(p, _)| *p > 0.0).map(|(p, q)| p * libm::log(p / q)).sum())
            .fold(0.0, f64::max),
        counts,
        sizes,
    }
}

/// The standard deviation of `k` values.
fn deviation(values: impl Iterator<Item = f64> + Clone, k: f64) -> f64 {
    let mean = values.clone().sum::<f64>() / k;
    (values.map(|v| (v - mean).powi(2)).sum::<f64>() / k).sqrt()
}
