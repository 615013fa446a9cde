//! What the scores of K folds say together.

use serde::Serialize;

use super::metrics::student_975;
use super::{Estimate, FoldOutcome};

/// A score over folds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// Of the folds' scores.
    pub mean: f64,
    /// The folds' standard deviation, with K - 1 in the divisor.
    pub sd: f64,
    /// Lower end of the 95% interval of the mean.
    pub low: f64,
    /// Upper end of it.
    pub high: f64,
}

impl Spread {
    /// Of two or more folds. The folds' nets share most of their training images, so that the plain interval, sd / sqrt(K),
    /// promises too much: the variance is corrected as in Nadeau and Bengio, "Inference for the Generalization Error" (Machine
    /// Learning 52, 2003), sd^2 (1/K + validated/trained), with Student's t of K - 1 degrees of freedom.
    pub fn of(folds: &[FoldOutcome], score: impl Fn(&FoldOutcome) -> Estimate) -> Option<Self> {
        let values: Vec<f64> = folds.iter().map(|fold| score(fold).value).collect();
        let sum = |count: fn(&FoldOutcome) -> usize| folds.iter().map(count).sum::<usize>() as f64;
        // Copies are no new images.
        let (validated, trained) = (sum(|fold| fold.validation), sum(|fold| fold.train - fold.copies));
        over(&values, validated / trained)
    }
}

/// `per_trained`: images validated on for each that was trained on.
fn over(values: &[f64], per_trained: f64) -> Option<Spread> {
    let n = values.len() as f64;
    if values.len() < 2 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let reach = student_975(n - 1.0) * (variance * (1.0 / n + per_trained)).sqrt();
    Some(Spread { mean, sd: variance.sqrt(), low: mean - reach, high: mean + reach })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: sd 0.1, t 4.3027, and a variance of a third and a half instead of a third.
    #[test]
    fn folds_that_share_training_images_tell_less_than_independent_ones() {
        let spread = over(&[0.5, 0.6, 0.7], 0.5).unwrap();
        let reach = 4.3027 * 0.1 * (1.0f64 / 3.0 + 0.5).sqrt();
        assert!((spread.mean - 0.6).abs() < 1e-12 && (spread.sd - 0.1).abs() < 1e-12, "{spread:?}");
        assert!((spread.low - (0.6 - reach)).abs() < 1e-5 && (spread.high - (0.6 + reach)).abs() < 1e-5, "{spread:?}");
        assert_eq!(over(&[0.5], 0.5), None);
    }
}
