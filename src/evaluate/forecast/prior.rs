//! The mix of classes in images without labels.

use super::Temperature;

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
        let ratio = |(target, source): (&f64, &f64)| if *source > 0.0 { target / source } else { 1.0 };
        let weighed = row.iter().zip(self.target.iter().zip(&self.source).map(ratio)).map(|(p, ratio)| p * ratio);
        let mut weighed: Vec<f64> = weighed.collect();
        let sum: f64 = weighed.iter().sum();
        if sum > 0.0 {
            weighed.iter_mut().for_each(|p| *p /= sum);
            weighed
        } else {
            row.to_vec()
        }
    }
}

/// The most likely mix by expectation maximisation (Saerens, Latinne and Decaestecker, "Adjusting the outputs of a
/// classifier to new a priori probabilities", 2002), on predictions calibrated with a bias a class on the source
/// (Alexandari et al. 2020). It takes the images of each class to look alike on both sides; the likelihood is concave, so
/// that the answer does not depend on the start.
pub fn estimate_prior(calibration: &Temperature, source: &[Vec<f32>], target: &[Vec<f32>]) -> Prior {
    let source_rows = calibration.apply_all(source);
    let target_rows = calibration.apply_all(target);
    let mut prior = Prior { source: mean(&source_rows), target: mean(&source_rows) };
    if target.is_empty() {
        return prior;
    }
    for _ in 0..500 {
        let next = mean(&target_rows.iter().map(|row| prior.adapt(row)).collect::<Vec<_>>());
        let moved: f64 = next.iter().zip(&prior.target).map(|(a, b)| (a - b).abs()).sum();
        prior.target = next;
        if moved < 1e-7 {
            break;
        }
    }
    prior
}

fn mean(rows: &[Vec<f64>]) -> Vec<f64> {
    let classes = rows.first().map_or(0, Vec::len);
    let n = rows.len().max(1) as f64;
    (0..classes).map(|class| rows.iter().map(|row| row[class]).sum::<f64>() / n).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Key, Rng};

    /// Predictions of a calibrated classifier on ten classes that are Gaussian bells side by side, right in 90% of cases.
    fn predictions(mix: &[f64], n: usize, rng: &mut Rng) -> (Vec<usize>, Vec<Vec<f32>>) {
        let drawn = |rng: &mut Rng| {
            let mut mark = rng.unit();
            mix.iter()
                .position(|p| {
                    mark -= p;
                    mark < 0.0
                })
                .unwrap_or(0)
        };
        (0..n)
            .map(|_| {
                let class = drawn(rng);
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
        let mut errors: Vec<f64> = (0..9)
            .map(|_| {
                let (classes, target) = predictions(&tilted, 1000, &mut rng);
                let found = estimate_prior(&calibration, &source, &target);
                let real = |class| classes.iter().filter(|&&c| c == class).count() as f64 / 1000.0;
                found.target.iter().enumerate().map(|(class, share)| (share - real(class)).abs()).sum()
            })
            .collect();
        errors.sort_by(f64::total_cmp);
        assert!(errors[4] < 0.05, "{errors:?}");
    }
}
