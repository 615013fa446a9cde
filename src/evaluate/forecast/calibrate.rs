//! Probabilities that mean what they say.

use super::Rows;

/// What probabilities are corrected by: `softmax(ln p / temperature + bias)`.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Temperature {
    /// Above 1 makes a net less sure.
    pub temperature: f64,
    /// One number a class; all 0 for plain temperature scaling.
    pub bias: Vec<f64>,
}

/// Probabilities are held above this before their logarithm is taken.
const LEAST: f64 = 1e-12;

/// How often temperature and biases are fitted in turn, and the steps of the latter.
const ROUNDS: usize = 4;
const STEPS: u32 = 60;

impl Temperature {
    /// The temperature that makes the truth most likely (Guo et al., "On calibration of modern neural networks", 2017),
    /// held to 0.05..=20.
    pub fn fit(truth: &[usize], probabilities: &[Vec<f32>]) -> Self {
        let classes = probabilities.first().map_or(0, Vec::len);
        let mut found = Self { temperature: 1.0, bias: vec![0.0; classes] };
        found.fit_temperature(truth, probabilities);
        found
    }

    /// Temperature and a bias a class (bias-corrected temperature scaling: Alexandari, Kundaje and Shrikumar, "Maximum
    /// likelihood with bias-corrected calibration is hard-to-beat at label shift adaptation", 2020), in turn: the mean
    /// likelihood is concave in both.
    pub fn fit_with_bias(truth: &[usize], probabilities: &[Vec<f32>]) -> Self {
        let mut found = Self::fit(truth, probabilities);
        for _ in 0..ROUNDS {
            found.fit_bias(truth, probabilities);
            found.fit_temperature(truth, probabilities);
        }
        found
    }

    /// The likelihood is concave in 1 / temperature: Newton's method finds its maximum.
    fn fit_temperature(&mut self, truth: &[usize], probabilities: &[Vec<f32>]) {
        let mut inverse = 1.0 / self.temperature;
        for _ in 0..50 {
            let (mut slope, mut curvature) = (0.0, 0.0);
            for (&truth, row) in truth.iter().zip(probabilities) {
                let logits: Vec<f64> = row.iter().map(|&p| f64::from(p).max(LEAST).ln()).collect();
                let shares = softmax(logits.iter().zip(&self.bias).map(|(logit, bias)| logit * inverse + bias));
                let mean: f64 = shares.iter().zip(&logits).map(|(p, l)| p * l).sum();
                let square: f64 = shares.iter().zip(&logits).map(|(p, l)| p * l * l).sum();
                slope += logits[truth] - mean;
                curvature += square - mean * mean;
            }
            if curvature <= 1e-12 {
                break;
            }
            // Steps are held so that one far step cannot leave the range for good.
            let next = (inverse + (slope / curvature).clamp(-inverse / 2.0, inverse)).clamp(0.05, 20.0);
            let moved = (next - inverse).abs();
            inverse = next;
            if moved < 1e-10 {
                break;
            }
        }
        self.temperature = 1.0 / inverse;
    }

    /// Gradient ascent with a falling step.
    fn fit_bias(&mut self, truth: &[usize], probabilities: &[Vec<f32>]) {
        let n = truth.len().max(1) as f64;
        for step in 0..STEPS {
            let mut slope = vec![0.0; self.bias.len()];
            for (&truth, row) in truth.iter().zip(probabilities) {
                for (class, p) in self.apply(row).into_iter().enumerate() {
                    slope[class] += f64::from(u8::from(class == truth)) - p;
                }
            }
            let rate = 4.0 * (1.0 - f64::from(step) / f64::from(STEPS));
            for (bias, slope) in self.bias.iter_mut().zip(slope) {
                // A class that never occurs would be pushed out for ever.
                *bias = (*bias + rate * slope / n).clamp(-5.0, 5.0);
            }
        }
    }

    /// Corrected probabilities.
    pub fn apply(&self, row: &[f32]) -> Vec<f64> {
        softmax(row.iter().zip(&self.bias).map(|(&p, bias)| f64::from(p).max(LEAST).ln() / self.temperature + bias))
    }

    /// Corrected probabilities of many samples.
    pub fn apply_all(&self, rows: &[Vec<f32>]) -> Rows {
        rows.iter().map(|row| self.apply(row)).collect()
    }
}

fn softmax(logits: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = logits.collect();
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    values.iter_mut().for_each(|value| *value = (*value - most).exp());
    let sum: f64 = values.iter().sum();
    values.iter_mut().for_each(|value| *value /= sum);
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    /// Truth drawn from known probabilities, which are then made too sure.
    fn too_sure(n: usize, by: f64, bias: &[f64]) -> (Vec<usize>, Vec<Vec<f32>>) {
        let mut rng = Key::root(3).rng();
        let (mut truth, mut rows) = (Vec::new(), Vec::new());
        for _ in 0..n {
            let logits: Vec<f64> = bias.iter().map(|_| 1.5 * rng.normal()).collect();
            let real = softmax(logits.iter().zip(bias).map(|(l, b)| l + b));
            truth.push(rng.weighted(&real));
            rows.push(softmax(logits.iter().map(|l| l * by)).into_iter().map(|p| p as f32).collect());
        }
        (truth, rows)
    }

    #[test]
    fn the_temperature_that_was_used_is_found() {
        for by in [0.4, 1.0, 3.0] {
            let (truth, rows) = too_sure(20_000, by, &[0.0; 5]);
            let found = Temperature::fit(&truth, &rows).temperature;
            assert!((found / by - 1.0).abs() < 0.04, "{by}: {found}");
        }
    }

    #[test]
    fn biases_of_classes_are_found() {
        let bias = [0.8, 0.0, -0.8];
        let (truth, rows) = too_sure(20_000, 2.0, &bias);
        let found = Temperature::fit_with_bias(&truth, &rows);
        assert!(((found.bias[0] - found.bias[2]) - 1.6).abs() < 0.12, "{found:?}");
    }

    #[test]
    fn nothing_to_learn_from_changes_nothing() {
        assert_eq!(Temperature::fit(&[], &[]).temperature, 1.0);
        let sure = Temperature::fit(&[0, 1], &[vec![1.0, 0.0], vec![0.0, 1.0]]);
        assert!(sure.apply(&[1.0, 0.0]).iter().all(|p| p.is_finite()));
    }
}
