//! The list of metrics, and predictions that they are computed from.

use super::bootstrap::{intervals, numbered, weighted};
use super::probabilities::{descending, weighted_auc, weighted_brier, weighted_calibration_error, weighted_log_loss};
use super::{accuracy, balanced_accuracy, cohen_kappa, macro_f1, matthews, micro_f1, weighted_f1};
use crate::evaluate::{Estimate, choose};
use crate::random::Key;

/// Predictions beside the truth.
pub struct Judged<'a> {
    pub(super) truth: &'a [usize],
    pub(super) predicted: Vec<usize>,
    pub(super) probabilities: &'a [Vec<f32>],
    classes: usize,
    /// For each class the samples by falling probability.
    pub(super) orders: Vec<Vec<u32>>,
}

impl<'a> Judged<'a> {
    /// Probabilities a row a sample, a column a class; the most probable class is the prediction.
    pub fn new(truth: &'a [usize], probabilities: &'a [Vec<f32>]) -> Self {
        let classes = probabilities.first().map_or(0, Vec::len);
        let predicted = probabilities.iter().map(|row| choose(row)).collect();
        let orders = (0..classes).map(|class| descending(probabilities, class)).collect();
        Self { truth, predicted, probabilities, classes, orders }
    }

    fn counts(&self, weights: &[u32]) -> Vec<Vec<u32>> {
        weighted(self.truth, &self.predicted, self.classes, weights)
    }
}

/// A score.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// For headings and keys.
    pub name: &'static str,
    /// What it is, with its source where there are several of the name.
    pub meaning: &'static str,
    /// Which way is good.
    pub higher_is_better: bool,
    of: Of,
}

#[derive(Clone, Copy, Debug)]
enum Of {
    Counts(fn(&[Vec<u32>]) -> f64),
    Probabilities(fn(&Judged, &[u32]) -> f64),
}

impl Metric {
    /// Its value on some predictions; NaN where it is not defined on them.
    pub fn of(&self, judged: &Judged) -> f64 {
        let weights = vec![1; judged.truth.len()];
        self.weighted(judged, &weights, &judged.counts(&weights))
    }

    /// Likewise with each sample counted as often as its weight says.
    fn weighted(&self, judged: &Judged, weights: &[u32], counts: &[Vec<u32>]) -> f64 {
        match self.of {
            Of::Counts(score) => score(counts),
            Of::Probabilities(score) => score(judged, weights),
        }
    }
}

/// Every metric, in the order of tables.
pub const METRICS: [Metric; 11] = [
    counted("macro_f1", "mean F1 over the classes", macro_f1),
    counted("accuracy", "share that is right", accuracy),
    counted("balanced_accuracy", "mean recall over the classes", balanced_accuracy),
    counted("weighted_f1", "mean F1, each class by its number of samples", weighted_f1),
    counted("micro_f1", "F1 over all classes together; for one label a sample the accuracy", micro_f1),
    counted("cohen_kappa", "agreement beyond chance (Cohen 1960)", cohen_kappa),
    counted("matthews", "correlation of truth and prediction (Gorodkin 2004)", matthews),
    by_probability("macro_auc", "mean area under the ROC curve, one class against the rest", true, weighted_auc),
    by_probability("log_loss", "mean negative log likelihood, in nats", false, weighted_log_loss),
    by_probability(
        "brier",
        "mean squared distance of probabilities and truth, 0 to 2 (Brier 1950)",
        false,
        weighted_brier,
    ),
    by_probability(
        "calibration_error",
        "mean distance of confidence and accuracy over 15 equal bins (ECE, Guo et al. 2017)",
        false,
        weighted_calibration_error,
    ),
];

const fn counted(name: &'static str, meaning: &'static str, of: fn(&[Vec<u32>]) -> f64) -> Metric {
    Metric { name, meaning, higher_is_better: true, of: Of::Counts(of) }
}

const fn by_probability(
    name: &'static str,
    meaning: &'static str,
    higher_is_better: bool,
    of: fn(&Judged, &[u32]) -> f64,
) -> Metric {
    Metric { name, meaning, higher_is_better, of: Of::Probabilities(of) }
}

/// All of [`METRICS`] with 95% intervals from whole groups (see [`intervals`]). A metric that is not defined on the
/// samples at hand, such as the area under a curve where one class alone is true, is NaN.
pub fn estimates(judged: &Judged, groups: &[usize], key: &Key) -> [Estimate; METRICS.len()] {
    let all = |weights: &[u32]| {
        let counts = judged.counts(weights);
        METRICS.map(|metric| metric.weighted(judged, weights, &counts))
    };
    let n = judged.truth.len();
    let values = all(&vec![1; n]);
    let ranges = intervals(groups, key, all);
    let groups = numbered(groups).1;
    std::array::from_fn(|i| Estimate { value: values[i], low: ranges[i][0], high: ranges[i][1], n, groups })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Case {
        name: String,
        truth: Vec<usize>,
        /// In 1/1024, so that they are the same numbers in 32 and 64 bits.
        probabilities: Vec<Vec<f32>>,
        answers: std::collections::BTreeMap<String, Option<f64>>,
    }

    /// `tests/data/metrics.json` is made by `scripts/metrics_answers.py`.
    #[test]
    fn scores_are_those_of_scikit_learn_and_torchmetrics() {
        let cases: Vec<Case> = serde_json::from_str(include_str!("../../../tests/data/metrics.json")).unwrap();
        assert!(cases.len() >= 10);
        for case in cases {
            let probabilities: Vec<Vec<f32>> =
                case.probabilities.iter().map(|row| row.iter().map(|p| p / 1024.0).collect()).collect();
            let judged = Judged::new(&case.truth, &probabilities);
            let groups: Vec<usize> = (0..case.truth.len()).collect();
            for (metric, found) in METRICS.iter().zip(estimates(&judged, &groups, &Key::root(1))) {
                match case.answers[metric.name] {
                    // torchmetrics counts in 32 bits.
                    Some(wanted) if metric.name == "calibration_error" => {
                        assert!(
                            (found.value - wanted).abs() < 1e-6,
                            "{} of {}: {found:?}, {wanted}",
                            metric.name,
                            case.name
                        );
                    }
                    Some(wanted) => {
                        assert!(
                            (found.value - wanted).abs() < 1e-12,
                            "{} of {}: {found:?}, {wanted}",
                            metric.name,
                            case.name
                        );
                    }
                    None => assert!(!found.value.is_finite(), "{} of {}: {found:?}", metric.name, case.name),
                }
            }
        }
    }
}
