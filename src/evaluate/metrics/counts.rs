//! Scores that follow from the confusion matrix. Each is scikit-learn's of the same name, with `zero_division=0`.

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

/// F1 over all classes together: for one label a sample, the share that is right. 0 for no samples.
pub fn micro_f1(counts: &[Vec<u32>]) -> f64 {
    accuracy(counts)
}

/// Mean F1, each class counting as often as it is true. 0 for no samples.
pub fn weighted_f1(counts: &[Vec<u32>]) -> f64 {
    let (sum, n) = per_class(counts)
        .into_iter()
        .fold((0.0, 0), |(sum, n), class| (sum + class.f1 * class.support as f64, n + class.support));
    sum / n.max(1) as f64
}

/// Mean recall over the classes that are true of some sample. 0 for no samples.
pub fn balanced_accuracy(counts: &[Vec<u32>]) -> f64 {
    let present = per_class(counts).into_iter().filter(|class| class.support > 0);
    let (sum, n) = present.fold((0.0, 0), |(sum, n), class| (sum + class.recall, n + 1));
    sum / f64::from(n.max(1))
}

/// Agreement beyond what the frequencies alone would give (Cohen 1960); 0 where chance alone would always agree, where
/// scikit-learn gives NaN.
pub fn cohen_kappa(counts: &[Vec<u32>]) -> f64 {
    let Margins { n, hits, truth, predicted } = Margins::of(counts);
    let by_chance = truth.iter().zip(&predicted).map(|(t, p)| t * p).sum::<f64>() / n.max(1.0);
    if n - by_chance > 0.0 { (hits - by_chance) / (n - by_chance) } else { 0.0 }
}

/// Matthews' correlation of truth and prediction for many classes (Gorodkin 2004); 0 where either never varies.
pub fn matthews(counts: &[Vec<u32>]) -> f64 {
    let Margins { n, hits, truth, predicted } = Margins::of(counts);
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let covariance = hits * n - dot(&truth, &predicted);
    let spread = (n * n - dot(&predicted, &predicted)) * (n * n - dot(&truth, &truth));
    if spread > 0.0 { covariance / spread.sqrt() } else { 0.0 }
}

struct Margins {
    n: f64,
    hits: f64,
    /// How often each class is true.
    truth: Vec<f64>,
    /// How often each class is predicted.
    predicted: Vec<f64>,
}

impl Margins {
    fn of(counts: &[Vec<u32>]) -> Self {
        let classes = per_class(counts);
        let hits: u32 = (0..counts.len()).map(|class| counts[class][class]).sum();
        Self {
            n: classes.iter().map(|class| class.support as f64).sum(),
            hits: f64::from(hits),
            truth: classes.iter().map(|class| class.support as f64).collect(),
            predicted: classes.iter().map(|class| class.predicted as f64).collect(),
        }
    }
}
