//! Estimators of accuracy and macro-F1 on a target without labels.

use serde::{Deserialize, Serialize};

use super::transport::mean_cost;
use super::{Prior, Rows, Temperature, black_box_prior, estimate_prior, mean, prior_intervals};
use crate::evaluate::choose;
use crate::random::Key;

/// Where truth is known: a net's predictions of samples that it never saw.
pub struct Source<'a> {
    truth: &'a [usize],
    /// Calibrated.
    rows: Rows,
    raw: &'a [Vec<f32>],
    temperature: Temperature,
    with_bias: Temperature,
    /// The mix of classes by predictions that are calibrated with a bias a class.
    mix: Vec<f64>,
    accuracy: f64,
    macro_f1: f64,
}

impl<'a> Source<'a> {
    /// Calibrates on the source itself.
    pub fn new(truth: &'a [usize], probabilities: &'a [Vec<f32>]) -> Self {
        let temperature = Temperature::fit(truth, probabilities);
        let with_bias = Temperature::fit_with_bias(truth, probabilities);
        let (accuracy, macro_f1) = scores(truth, probabilities);
        Self {
            truth,
            rows: temperature.apply_all(probabilities),
            raw: probabilities,
            mix: mean(&with_bias.apply_all(probabilities)),
            with_bias,
            temperature,
            accuracy,
            macro_f1,
        }
    }

    /// What net's confidence is corrected by.
    pub fn temperature(&self) -> f64 {
        self.temperature.temperature
    }

    /// The likely mix of classes in a target.
    pub fn prior(&self, target: &[Vec<f32>]) -> Prior {
        estimate_prior(&self.with_bias, &self.mix, target)
    }

    /// 95% intervals of the likely mix, from whole groups of target rows.
    pub fn prior_intervals(&self, prior: &Prior, target: &[Vec<f32>], groups: &[usize], key: &Key) -> Vec<[f64; 2]> {
        prior_intervals(&self.with_bias, prior, target, groups, key)
    }

    /// The mix of classes by how often each is predicted, for comparison.
    pub fn black_box_prior(&self, target: &[Vec<f32>]) -> Vec<f64> {
        black_box_prior(self.truth, self.raw, target)
    }

    /// The target's probabilities as they should be for the mix of classes there.
    pub fn adapted(&self, prior: &Prior, target: &[Vec<f32>]) -> Rows {
        target.iter().map(|row| prior.adapt(&self.with_bias.apply(row))).collect()
    }
}

/// Accuracy and macro-F1 of predictions.
pub(in crate::evaluate) fn scores(truth: &[usize], probabilities: &[Vec<f32>]) -> (f64, f64) {
    let classes = probabilities.first().map_or(0, Vec::len);
    let predicted: Vec<usize> = probabilities.iter().map(|row| choose(row)).collect();
    let counts = crate::evaluate::confusion(truth, &predicted, classes);
    (crate::evaluate::accuracy(&counts), crate::evaluate::macro_f1(&counts))
}

/// Names and sources, in the order of [`Guess`].
pub const ESTIMATORS: [(&str, &str); 5] = [
    ("average confidence", "mean calibrated confidence, for the estimated mix of classes (CBPE for macro-F1)"),
    ("difference of confidences", "source score less the loss of mean confidence (Guillory et al. 2021)"),
    (
        "thresholded confidence",
        "share above the confidence that splits the source by its error (ATC, Garg et al. 2022)",
    ),
    ("thresholded entropy", "the same with negative entropy (ATC-NE)"),
    ("optimal transport", "cost of dealing predictions out to the estimated mix of classes (COT, Lu et al. 2023)"),
];

/// What each of [`ESTIMATORS`] says of a target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guess {
    /// Shares that are right, 0 to 1.
    pub accuracy: [f64; ESTIMATORS.len()],
    /// Mean F1 over classes, 0 to 1. The first follows from the expected confusion matrix (`NannyML`'s CBPE), the others
    /// move the source's macro-F1 in proportion to accuracy.
    pub macro_f1: [f64; ESTIMATORS.len()],
    /// Mean calibrated confidence of the target, 0 to 1: how far out it is.
    pub confidence: f64,
}

/// Guesses the scores of predictions whose truth is not known. Neither side may be empty.
pub fn guess(source: &Source, target: &[Vec<f32>]) -> Guess {
    let rows = source.temperature.apply_all(target);
    let prior = source.prior(target);
    let adapted = source.adapted(&prior, target);
    let predicted: Vec<usize> = target.iter().map(|row| choose(row)).collect();

    let confident = |rows: &Rows| rows.iter().map(|row| most(row)).sum::<f64>() / rows.len().max(1) as f64;
    let expected = expected_confusion(&adapted, &predicted);
    let (expected_accuracy, expected_f1) = expected_scores(&expected);
    let (before, confidence) = (confident(&source.rows), confident(&rows));
    let cost: Rows = rows.iter().map(|row| row.iter().map(|p| 1.0 - p).collect()).collect();
    let accuracy = [
        expected_accuracy,
        source.accuracy - (before - confidence),
        above_threshold(source, &rows, most),
        above_threshold(source, &rows, |row| row.iter().map(|p| p * p.max(1e-12).ln()).sum()),
        1.0 - mean_cost(&cost, &prior.target),
    ]
    .map(|accuracy| accuracy.clamp(0.0, 1.0));
    let ratio = source.macro_f1 / source.accuracy.max(1e-9);
    let mut macro_f1 = accuracy.map(|accuracy| (accuracy * ratio).clamp(0.0, 1.0));
    macro_f1[0] = expected_f1;
    Guess { accuracy, macro_f1, confidence }
}

fn most(row: &[f64]) -> f64 {
    row.iter().copied().fold(0.0, f64::max)
}

/// The threshold below which as many source samples lie as are wrong; the share of the target that lies above it.
fn above_threshold(source: &Source, target: &Rows, score: impl Fn(&[f64]) -> f64) -> f64 {
    let mut scores: Vec<f64> = source.rows.iter().map(|row| score(row)).collect();
    scores.sort_by(f64::total_cmp);
    let wrong = ((1.0 - source.accuracy) * source.truth.len() as f64).round() as usize;
    let threshold = scores.get(wrong).copied().unwrap_or(f64::INFINITY);
    target.iter().filter(|row| score(row) >= threshold).count() as f64 / target.len().max(1) as f64
}

/// `counts[true][predicted]`, where truth is taken as drawn from the probabilities.
pub(super) fn expected_confusion(rows: &Rows, predicted: &[usize]) -> Rows {
    let classes = rows.first().map_or(0, Vec::len);
    let mut counts = vec![vec![0.0; classes]; classes];
    for (row, &predicted) in rows.iter().zip(predicted) {
        row.iter().enumerate().for_each(|(class, p)| counts[class][predicted] += p);
    }
    counts
}

/// Accuracy and macro-F1 of expected counts.
pub(super) fn expected_scores(counts: &Rows) -> (f64, f64) {
    let n: f64 = counts.iter().flatten().sum();
    let hits: f64 = (0..counts.len()).map(|class| counts[class][class]).sum();
    let f1 = |class: usize| {
        let support: f64 = counts[class].iter().sum();
        let predicted: f64 = counts.iter().map(|row| row[class]).sum();
        // A class of less than half a sample will hardly be there.
        (support >= 0.5 || predicted >= 0.5).then(|| 2.0 * counts[class][class] / (support + predicted))
    };
    let present: Vec<f64> = (0..counts.len()).filter_map(f1).collect();
    (hits / n.max(1e-12), present.iter().sum::<f64>() / present.len().max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Key, Rng};

    /// Three classes as bells on a line, seen through noise: predictions of the best classifier for noise 0.4, made
    /// too sure, as nets are.
    fn seen(mix: [f64; 3], noise: f64, n: usize, rng: &mut Rng) -> (Vec<usize>, Vec<Vec<f32>>) {
        (0..n)
            .map(|_| {
                let class = rng.weighted(&mix);
                let x = class as f64 + noise * rng.normal();
                let bell = |c: usize| (-2.0 * (x - c as f64).powi(2) / (2.0 * 0.4 * 0.4)).exp();
                let sum: f64 = (0..3).map(bell).sum();
                (class, (0..3).map(|c| (bell(c) / sum) as f32).collect())
            })
            .unzip()
    }

    const EVEN: [f64; 3] = [1.0 / 3.0; 3];

    #[test]
    fn without_a_shift_every_estimator_is_near_the_truth() {
        let mut rng = Key::root(1).rng();
        let (truth, source) = seen(EVEN, 0.4, 3000, &mut rng);
        let source = Source::new(&truth, &source);
        let (truth, target) = seen(EVEN, 0.4, 3000, &mut rng);
        let found = guess(&source, &target);
        let (accuracy, f1) = scores(&truth, &target);
        for (name, (a, f)) in ESTIMATORS.iter().zip(found.accuracy.iter().zip(found.macro_f1)) {
            // Transport gives a lower bound of the accuracy even without a shift (its paper's theorem 1).
            let allowed = if name.0 == "optimal transport" { 0.12 } else { 0.03 };
            assert!((a - accuracy).abs() < allowed, "{}: {a}, truth {accuracy}", name.0);
            assert!((f - f1).abs() < allowed, "{}: {f}, truth {f1}", name.0);
        }
    }

    #[test]
    fn the_mix_of_classes_alone_moves_the_first_guess_little_from_the_truth() {
        let mut rng = Key::root(2).rng();
        let (truth, source) = seen(EVEN, 0.4, 3000, &mut rng);
        let source = Source::new(&truth, &source);
        let (truth, target) = seen([0.8, 0.15, 0.05], 0.4, 3000, &mut rng);
        let found = guess(&source, &target);
        let (accuracy, f1) = scores(&truth, &target);
        assert!((found.accuracy[0] - accuracy).abs() < 0.03, "{} for {accuracy}", found.accuracy[0]);
        assert!((found.macro_f1[0] - f1).abs() < 0.04, "{} for {f1}", found.macro_f1[0]);
        assert!((source.prior(&target).target[0] - 0.8).abs() < 0.03);
    }
}
