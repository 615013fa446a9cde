//! Scores from counts.

use super::Estimate;
use crate::random::Key;

/// `counts[true][predicted]`
pub fn confusion(truth: &[usize], predicted: &[usize], classes: usize) -> Vec<Vec<u32>> {
    let mut counts = vec![vec![0; classes]; classes];
    for (&t, &p) in truth.iter().zip(predicted) {
        counts[t][p] += 1;
    }
    counts
}

/// Precision, recall and F1 of one class; 0 where they are 0 / 0 (scikit-learn's `zero_division=0`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassMetrics {
    /// Of those called this class, the share that is.
    pub precision: f64,
    /// Of this class, the share that was called so.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
    /// How many are of this class.
    pub support: usize,
    /// How many were called this class.
    pub predicted: usize,
}

/// The metrics of every class.
pub fn per_class(counts: &[Vec<u32>]) -> Vec<ClassMetrics> {
    let ratio = |part: u32, of: u32| if of == 0 { 0.0 } else { f64::from(part) / f64::from(of) };
    let of_class = |class: usize| {
        let hits = counts[class][class];
        let support: u32 = counts[class].iter().sum();
        let predicted: u32 = counts.iter().map(|row| row[class]).sum();
        ClassMetrics {
            precision: ratio(hits, predicted),
            recall: ratio(hits, support),
            f1: ratio(2 * hits, support + predicted),
            support: support as usize,
            predicted: predicted as usize,
        }
    };
    (0..counts.len()).map(of_class).collect()
}

/// Mean F1 over the classes that occur in truth or prediction: `sklearn.metrics.f1_score(average="macro")`. 0 for no
/// samples.
pub fn macro_f1(counts: &[Vec<u32>]) -> f64 {
    let present = per_class(counts).into_iter().filter(|class| class.support + class.predicted > 0);
    let (sum, n) = present.fold((0.0, 0), |(sum, n), class| (sum + class.f1, n + 1));
    sum / f64::from(n.max(1))
}

/// Share that is right; 0 for no samples.
pub fn accuracy(counts: &[Vec<u32>]) -> f64 {
    let hits: u32 = counts.iter().enumerate().map(|(class, row)| row[class]).sum();
    let all: u32 = counts.iter().flatten().sum();
    f64::from(hits) / f64::from(all.max(1))
}

/// Mean negative log likelihood in nats, with probabilities held to at least one in a billion.
pub fn log_loss(truth: &[usize], probabilities: &[Vec<f32>]) -> f64 {
    let losses = truth.iter().zip(probabilities).map(|(&t, row)| -f64::from(row[t]).max(1e-9).ln());
    losses.sum::<f64>() / truth.len().max(1) as f64
}

/// A score with a 95% interval by the cluster bootstrap: whole groups are drawn with replacement, 1,000 times, and the
/// 2.5th and 97.5th percentiles taken (Davison and Hinkley 1997, section 3.8). `groups` numbers each sample's group.
pub fn estimate(
    truth: &[usize],
    predicted: &[usize],
    groups: &[usize],
    classes: usize,
    score: fn(&[Vec<u32>]) -> f64,
    key: &Key,
) -> Estimate {
    const DRAWS: usize = 1000;
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); groups.iter().max().map_or(0, |most| most + 1)];
    groups.iter().enumerate().for_each(|(sample, &group)| members[group].push(sample));
    members.retain(|group| !group.is_empty());
    let value = score(&confusion(truth, predicted, classes));
    let (n, groups) = (truth.len(), members.len());
    if groups < 2 {
        return Estimate { value, low: 0.0, high: 1.0, n, groups };
    }
    let mut rng = key.rng();
    let mut draws: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let mut counts = vec![vec![0; classes]; classes];
            for _ in 0..groups {
                for &sample in &members[rng.index(groups)] {
                    counts[truth[sample]][predicted[sample]] += 1;
                }
            }
            score(&counts)
        })
        .collect();
    draws.sort_by(f64::total_cmp);
    Estimate { value, low: draws[DRAWS / 40], high: draws[DRAWS - 1 - DRAWS / 40], n, groups }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUTH: [usize; 10] = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2];
    const PREDICTED: [usize; 10] = [0, 0, 1, 3, 1, 1, 0, 2, 2, 1];

    /// `f1_score(TRUTH, PREDICTED, average="macro")` and so on of scikit-learn 1.7; class 3 is predicted but never true,
    /// class 4 neither.
    #[test]
    fn scores_are_those_of_scikit_learn() {
        let counts = confusion(&TRUTH, &PREDICTED, 5);
        assert!((macro_f1(&counts) - 0.485_714_285_714_285_7).abs() < 1e-12, "{}", macro_f1(&counts));
        assert!((accuracy(&counts) - 0.6).abs() < 1e-12);
        let classes = per_class(&counts);
        assert!((classes[0].precision - 2.0 / 3.0).abs() < 1e-12 && (classes[0].recall - 0.5).abs() < 1e-12);
        assert_eq!((classes[3].f1, classes[3].support, classes[4].f1), (0.0, 0, 0.0));
    }

    #[test]
    fn log_loss_is_the_mean_of_the_logs() {
        let loss = log_loss(&[0, 1], &[vec![0.5, 0.5], vec![0.75, 0.25]]);
        assert!((loss - f64::midpoint(2f64.ln(), 4f64.ln())).abs() < 1e-12);
    }

    /// Copies of one sample tell nothing new: with groups the interval stays as wide, without it shrinks.
    #[test]
    fn the_interval_respects_groups() {
        let truth: Vec<usize> = (0..350).map(|i| i / 7 % 2).collect();
        let predicted: Vec<usize> = (0..350).map(|i| if i / 7 % 3 == 0 { 1 - truth[i] } else { truth[i] }).collect();
        let key = Key::root(1);
        let width = |e: Estimate| e.high - e.low;
        let by_group = estimate(&truth, &predicted, &(0..350).map(|i| i / 7).collect::<Vec<_>>(), 2, accuracy, &key);
        let alone = estimate(&truth, &predicted, &(0..350).collect::<Vec<_>>(), 2, accuracy, &key);
        assert_eq!((by_group.groups, alone.groups), (50, 350));
        let ratio = width(by_group) / width(alone);
        assert!((2.0..3.4).contains(&ratio), "expected about the root of 7, got {ratio}");
    }
}
