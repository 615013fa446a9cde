//! Scores of probabilities.

use serde::{Deserialize, Serialize};

use super::Judged;

/// Mean negative log likelihood in nats, with probabilities held to at least 2.2e-16 (scikit-learn's `log_loss` of 64-bit
/// numbers). 0 for no samples.
pub fn log_loss(truth: &[usize], probabilities: &[Vec<f32>]) -> f64 {
    mean(truth, probabilities, &vec![1; truth.len()], surprise)
}

fn surprise(truth: usize, row: &[f32]) -> f64 {
    -f64::from(row[truth]).clamp(f64::EPSILON, 1.0).ln()
}

fn mean(truth: &[usize], probabilities: &[Vec<f32>], weights: &[u32], of: impl Fn(usize, &[f32]) -> f64) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for ((&truth, row), &weight) in truth.iter().zip(probabilities).zip(weights) {
        sum += of(truth, row) * f64::from(weight);
        n += f64::from(weight);
    }
    if n > 0.0 { sum / n } else { 0.0 }
}

pub(super) fn weighted_log_loss(judged: &Judged, weights: &[u32]) -> f64 {
    mean(judged.truth, judged.probabilities, weights, surprise)
}

/// Mean squared distance between probabilities and truth, summed over classes.
pub(super) fn weighted_brier(judged: &Judged, weights: &[u32]) -> f64 {
    mean(judged.truth, judged.probabilities, weights, |truth, row| {
        let distance = |(class, &p): (usize, &f32)| (f64::from(p) - f64::from(u8::from(class == truth))).powi(2);
        row.iter().enumerate().map(distance).sum()
    })
}

const BINS: usize = 15;

/// The samples of one range of confidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// How many.
    pub n: u32,
    /// Mean probability of the predicted class.
    pub confidence: f64,
    /// Share that is right.
    pub accuracy: f64,
}

/// What a reliability diagram shows: 15 equal ranges of confidence from 0 to 1.
pub fn reliability(judged: &Judged) -> Vec<Bin> {
    bins(judged, &vec![1; judged.truth.len()]).to_vec()
}

fn bins(judged: &Judged, weights: &[u32]) -> [Bin; BINS] {
    let mut bins = [Bin::default(); BINS];
    for (i, &weight) in weights.iter().enumerate() {
        let predicted = judged.predicted[i];
        let confidence = f64::from(judged.probabilities[i][predicted]);
        let bin = &mut bins[((confidence * BINS as f64) as usize).min(BINS - 1)];
        bin.n += weight;
        bin.confidence += confidence * f64::from(weight);
        bin.accuracy += f64::from(u32::from(predicted == judged.truth[i]) * weight);
    }
    for bin in &mut bins {
        let n = f64::from(bin.n.max(1));
        (bin.confidence, bin.accuracy) = (bin.confidence / n, bin.accuracy / n);
    }
    bins
}

/// Mean distance between confidence and accuracy over the bins (Guo et al., "On calibration of modern neural networks",
/// 2017).
pub(super) fn weighted_calibration_error(judged: &Judged, weights: &[u32]) -> f64 {
    let bins = bins(judged, weights);
    let n: u32 = bins.iter().map(|bin| bin.n).sum();
    bins.iter().map(|bin| f64::from(bin.n) * (bin.accuracy - bin.confidence).abs()).sum::<f64>() / f64::from(n.max(1))
}

/// Samples by falling probability of a class.
pub(super) fn descending(probabilities: &[Vec<f32>], class: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..probabilities.len() as u32).collect();
    order.sort_by(|&a, &b| probabilities[b as usize][class].total_cmp(&probabilities[a as usize][class]));
    order
}

/// Mean area under the ROC curve, one class against the rest, over the classes that are true of some samples and not of
/// all (scikit-learn's `roc_auc_score(multi_class="ovr", average="macro")`). NaN where there is no such class.
pub(super) fn weighted_auc(judged: &Judged, weights: &[u32]) -> f64 {
    let areas = judged.orders.iter().enumerate().filter_map(|(class, order)| area(judged, weights, class, order));
    let (sum, n) = areas.fold((0.0, 0), |(sum, n), area| (sum + area, n + 1));
    if n > 0 { sum / f64::from(n) } else { f64::NAN }
}

/// The chance that a sample of the class is ranked before one of another class; equals count half.
fn area(judged: &Judged, weights: &[u32], class: usize, order: &[u32]) -> Option<f64> {
    let (mut before, mut hits, mut won) = (0u64, 0u64, 0u64);
    for equal in
        order.chunk_by(|&a, &b| judged.probabilities[a as usize][class] == judged.probabilities[b as usize][class])
    {
        let (mut of_class, mut others) = (0, 0);
        for &sample in equal {
            let weight = u64::from(weights[sample as usize]);
            if judged.truth[sample as usize] == class { of_class += weight } else { others += weight }
        }
        // In halves: those of the class that came before, and half of those that are level.
        won += others * (2 * before + of_class);
        before += of_class;
        hits += of_class;
    }
    let misses = weights.iter().map(|&weight| u64::from(weight)).sum::<u64>() - hits;
    (hits > 0 && misses > 0).then(|| won as f64 / (2 * hits * misses) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_loss_is_the_mean_of_the_logs() {
        let loss = log_loss(&[0, 1], &[vec![0.5, 0.5], vec![0.75, 0.25]]);
        assert!((loss - f64::midpoint(2f64.ln(), 4f64.ln())).abs() < 1e-12);
    }

    #[test]
    fn weights_count_as_copies_would() {
        let truth = [0, 1, 2, 1];
        let rows = [vec![0.5, 0.3, 0.2], vec![0.1, 0.6, 0.3], vec![0.4, 0.4, 0.2], vec![0.9, 0.05, 0.05]];
        let times = [2, 0, 3, 1];
        let copied = |i: &usize| std::iter::repeat_n(*i, times[*i] as usize);
        let order: Vec<usize> = (0..4usize).flat_map(|i| copied(&i)).collect();
        let truths: Vec<usize> = order.iter().map(|&i| truth[i]).collect();
        let copies: Vec<Vec<f32>> = order.iter().map(|&i| rows[i].clone()).collect();
        let (weighted, copied) = (Judged::new(&truth, &rows), Judged::new(&truths, &copies));
        for score in [weighted_auc, weighted_brier, weighted_log_loss, weighted_calibration_error] {
            assert!((score(&weighted, &times) - score(&copied, &[1; 6])).abs() < 1e-12);
        }
    }
}
