//! How even folds are.

use serde::Serialize;

use crate::data::Sample;

/// The counts behind a split, and what they come to. Originals only: copies follow their source.
#[derive(Clone, Debug, Serialize)]
pub struct Evenness {
    /// The classes, in the order of `counts`.
    pub classes: Vec<String>,
    /// `counts[fold][class]`
    pub counts: Vec<Vec<usize>>,
    /// Originals in the holdout, by class.
    pub holdout: Vec<usize>,
    /// Mean over classes of the standard deviation over folds of (count in fold / count of class), plus the standard
    /// deviation over folds of (size of fold / size of all). 0 is perfect.
    pub j: f64,
    /// The largest distance of a class's share in a fold from 1 / K.
    pub worst_class: f64,
    /// Size of the largest fold over that of the smallest.
    pub size_ratio: f64,
    /// Pairs of a fold and a class that it has none of.
    pub empty_cells: usize,
}

/// Measures a split into `folds` folds.
pub fn evenness(samples: &[Sample], classes: &[String], folds: usize) -> Evenness {
    let mut counts = vec![vec![0usize; classes.len()]; folds];
    let mut holdout = vec![0; classes.len()];
    for sample in samples.iter().filter(|sample| sample.is_original()) {
        let Ok(class) = classes.binary_search(&sample.label) else { continue };
        match sample.fold {
            Some(fold) if fold >= 0 && (fold as usize) < folds => counts[fold as usize][class] += 1,
            Some(_) => holdout[class] += 1,
            None => {}
        }
    }
    let totals: Vec<usize> = (0..classes.len()).map(|class| counts.iter().map(|fold| fold[class]).sum()).collect();
    let sizes: Vec<usize> = counts.iter().map(|fold| fold.iter().sum()).collect();
    let shares = |class: usize| -> Vec<f64> {
        counts.iter().map(|fold| fold[class] as f64 / totals[class].max(1) as f64).collect()
    };
    let present: Vec<usize> = (0..classes.len()).filter(|&class| totals[class] > 0).collect();
    let total = sizes.iter().sum::<usize>().max(1) as f64;
    let class_part: f64 = present.iter().map(|&class| deviation(&shares(class))).sum();
    let size_part = deviation(&sizes.iter().map(|&size| size as f64 / total).collect::<Vec<_>>());
    let worst = present.iter().flat_map(|&class| shares(class)).map(|share| (share - 1.0 / folds as f64).abs());
    Evenness {
        j: class_part / present.len().max(1) as f64 + size_part,
        worst_class: worst.fold(0.0, f64::max),
        size_ratio: *sizes.iter().max().unwrap_or(&0) as f64 / *sizes.iter().min().unwrap_or(&1).max(&1) as f64,
        empty_cells: present.iter().map(|&class| counts.iter().filter(|fold| fold[class] == 0).count()).sum(),
        classes: classes.to_vec(),
        counts,
        holdout,
    }
}

fn deviation(values: &[f64]) -> f64 {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt()
}
