//! All that a report says, as one plain struct. `report.json` is this struct; the page is made from nothing else.

use serde::{Deserialize, Serialize};

use crate::evaluate::Estimate;

/// The whole report.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Version of this layout: 1.
    pub version: u32,
    /// What was trained on, for the heading: the data's folder or file name.
    pub title: String,
    /// Program and version.
    pub made_by: String,
    /// The command line.
    pub command: String,
    /// When it was made, in UTC: `2026-11-24 03:15`.
    pub made_at: String,
    /// The answer, first.
    pub verdict: Verdict,
    /// What was scored, one row a split of the data, in the order of the page.
    pub scores: Vec<SplitScore>,
    /// Per class on the out-of-fold originals.
    pub per_class: Vec<ClassScore>,
    /// Of the out-of-fold originals.
    pub confusion: Confusion,
    /// Of the eval set, where its labels are known.
    pub eval_confusion: Option<Confusion>,
    /// One fold a row, with its curves.
    pub folds: Vec<Fold>,
    /// How voting and test-time augmentation did.
    pub ensembles: Vec<Ensemble>,
    /// What test-time augmentation and further nets cost and give, in words; empty where there is nothing to say.
    pub views: String,
    /// The data behind it all.
    pub data: DataSummary,
    /// Validation against eval; `None` without an eval set.
    pub shift: Option<Shift>,
    /// The score to be expected on eval; `None` without an eval set.
    pub forecast: Option<ScoreForecast>,
    /// Errors on corrupted pictures; `None` without a self-test.
    pub robustness: Option<Robustness>,
    /// What the leak check of the folds found.
    pub leaks: Vec<LeakFinding>,
    /// Pictures to look at.
    pub galleries: Vec<Gallery>,
    /// The resolved configuration, as name and value.
    pub config: Vec<(String, String)>,
    /// Machine, threads, libraries, as name and value.
    pub environment: Vec<(String, String)>,
}

/// How much the validation score may be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// No leak, no shift found.
    Holds,
    /// Something was seen that may cost points.
    Look,
    /// The score will not hold.
    DoNotTrust,
}

/// The answer in words.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Verdict {
    /// How much the validation score may be believed.
    pub trust: Trust,
    /// One sentence.
    pub sentence: String,
    /// What it rests on, a line each.
    pub reasons: Vec<String>,
}

/// The scores of one split of the data.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SplitScore {
    /// "Naive random split", "Honest folds (out-of-fold)", "Holdout", "Eval".
    pub split: String,
    /// What that means, in one short sentence.
    pub meaning: String,
    /// The split whose score is the honest estimate: drawn strongest.
    pub honest: bool,
    /// Mean F1 over classes.
    pub macro_f1: Estimate,
    /// Share that is right.
    pub accuracy: Estimate,
    /// Mean negative log likelihood, in nats.
    pub log_loss: f64,
    /// Every metric.
    pub metrics: Vec<MetricScore>,
    /// How often predictions of each confidence are right, from the least confidence to the most.
    pub reliability: Vec<Reliability>,
}

/// One metric of one split.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MetricScore {
    /// Its name, as scikit-learn's users know it.
    pub name: String,
    /// What it is.
    pub meaning: String,
    /// Which way is good.
    pub higher_is_better: bool,
    /// Its value.
    pub estimate: Estimate,
}

/// Predictions of about one confidence.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Reliability {
    /// How many.
    pub n: u32,
    /// Their mean confidence, 0 to 1.
    pub confidence: f64,
    /// The share that is right, 0 to 1.
    pub accuracy: f64,
}

/// Precision, recall and F1 of one class.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClassScore {
    /// The class.
    pub label: String,
    /// Of those called this class, the share that is.
    pub precision: f64,
    /// Of this class, the share that was called so.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
    /// How many samples are of this class.
    pub support: usize,
}

/// Counts by true class (row) and predicted class (column).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Confusion {
    /// The classes, in the order of rows and columns.
    pub labels: Vec<String>,
    /// `counts[true][predicted]`.
    pub counts: Vec<Vec<u32>>,
}

/// One fold's training.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fold {
    /// Its number, from 0.
    pub fold: i32,
    /// Images trained on, copies among them.
    pub train: usize,
    /// How many of those are copies.
    pub copies: usize,
    /// Originals validated on.
    pub validation: usize,
    /// The epoch (from 1) whose weights were kept.
    pub best_epoch: usize,
    /// On this fold's validation originals, at the kept epoch.
    pub macro_f1: Estimate,
    /// Likewise.
    pub accuracy: Estimate,
    /// One entry an epoch.
    pub epochs: Vec<Epoch>,
}

/// One pass over a fold's training images.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Epoch {
    /// From 1.
    pub epoch: usize,
    /// Mean loss on the training batches, augmented as they were.
    pub train_loss: f64,
    /// Mean cross-entropy on the validation originals.
    pub validation_loss: f64,
    /// On the validation originals.
    pub validation_macro_f1: f64,
    /// On the validation originals.
    pub validation_accuracy: f64,
    /// Learning rate at the end of the epoch.
    pub learning_rate: f64,
    /// Wall-clock time of the epoch, validation included.
    pub seconds: f64,
    /// Training images a second.
    pub images_per_second: f64,
}

/// One way to join predictions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ensemble {
    /// "One fold's model", "Soft vote of 5 folds", "Hard vote of 5 folds", with or without TTA.
    pub name: String,
    /// Which split it was measured on.
    pub split: String,
    /// Mean F1 over classes.
    pub macro_f1: Estimate,
    /// Share that is right.
    pub accuracy: Estimate,
}

/// The data behind a report.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DataSummary {
    /// One row a class.
    pub classes: Vec<ClassCount>,
    /// Groups that are never separated; `None` where none are known.
    pub groups: Option<usize>,
    /// Images that could not be used, with the reason.
    pub skipped: Vec<(String, String)>,
}

/// How many images a class has.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClassCount {
    /// The class.
    pub label: String,
    /// Images as they were given, without the holdout.
    pub originals: usize,
    /// Images that `augment` made.
    pub copies: usize,
    /// Originals set aside.
    pub holdout: usize,
}

/// How validation and eval images differ.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shift {
    /// In words, with what it may mean.
    pub sentence: String,
    /// Images compared.
    pub validation_n: usize,
    /// Images compared.
    pub eval_n: usize,
    /// Tests of whether both sides are one.
    pub tests: Vec<ShiftTest>,
    /// One entry an image statistic, most different first.
    pub statistics: Vec<Statistic>,
    /// Confidence in the predicted class.
    pub confidence: Confidence,
    /// Shares of the predicted classes.
    pub class_mix: Vec<ClassShare>,
}

/// One test of whether both sides come from one source.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ShiftTest {
    /// "Image statistics", "Embeddings", "Probabilities".
    pub space: String,
    /// How it measures.
    pub name: String,
    /// What it measured; larger is more different.
    pub value: f64,
    /// What 95% of deals of the same groups to two sides stay at or below.
    pub chance: f64,
    /// Of the test alone, by dealing groups anew.
    pub p_value: f64,
    /// Whether it found something, at 5% over all tests together (Holm).
    pub found: bool,
    /// The value's 95% interval, where it has one.
    pub interval: Option<[f64; 2]>,
}

/// The score to be expected without labels.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ScoreForecast {
    /// In words.
    pub sentence: String,
    /// Macro-F1 and accuracy, where something can be said.
    pub expected: Vec<Expected>,
    /// What each estimator says of single nets.
    pub estimators: Vec<Estimator>,
    /// How many eval images are to be expected to be wrong.
    pub wrong: Option<usize>,
}

/// A forecast of one score.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Expected {
    /// "macro-F1", "accuracy".
    pub score: String,
    /// To be expected.
    pub value: f64,
    /// Lower end of the 90% interval.
    pub low: f64,
    /// Upper end of the 90% interval.
    pub high: f64,
    /// Mean error of such forecasts on corruptions of families that they were not learnt from.
    pub mean_error: f64,
}

/// One way to guess a score without labels.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Estimator {
    /// Its name.
    pub name: String,
    /// What it is, with its source.
    pub meaning: String,
    /// What it says of the accuracy of a single net.
    pub accuracy: f64,
    /// What it says of the macro-F1 of a single net; `None` where it says nothing.
    pub macro_f1: Option<f64>,
    /// Its share in the forecast, 0 to 1.
    pub share: f64,
}

/// What the nets are worth on worse pictures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Robustness {
    /// In words.
    pub sentence: String,
    /// Share that is wrong under each corruption, severities 1 to 5.
    pub corruptions: Vec<Corrupted>,
    /// What further steps would do, in words.
    pub advice: String,
    /// The first fold's net as configured, then with each list of further steps; empty where none were tried.
    pub ablation: Vec<Ablated>,
}

/// A net trained with further steps.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ablated {
    /// Of the steps.
    pub name: String,
    /// On the fold's originals as they are.
    pub macro_f1: f64,
    /// Families of corruptions, each with the mean share that is wrong.
    pub families: Vec<(String, f64)>,
    /// Mean share that is wrong over all corruptions.
    pub mean: f64,
    /// By how much that is less than as configured, with half of its 95% interval; none for the net as configured, and no
    /// interval where all originals are of one group.
    pub gain: Option<(f64, Option<f64>)>,
}

/// One corruption.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Corrupted {
    /// Its name in ImageNet-C.
    pub name: String,
    /// Share that is wrong at each severity, from 1.
    pub errors: Vec<f64>,
    /// Their mean.
    pub mean: f64,
}

/// One image statistic on both sides.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Statistic {
    /// "Brightness", "Sharpness", ….
    pub name: String,
    /// What it measures, and its unit.
    pub meaning: String,
    /// Mean over validation originals.
    pub validation_mean: f64,
    /// Mean over eval images.
    pub eval_mean: f64,
    /// Difference of means over the pooled standard deviation (Cohen's d); above 0.5 is plain to see.
    pub effect: f64,
    /// By permutation of groups; `None` where it was not tested.
    pub p_value: Option<f64>,
    /// Population stability index.
    pub stability: f64,
    /// Both distributions over the same bins.
    pub histogram: Histogram,
}

/// Two distributions over the same bins.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Histogram {
    /// Bin borders: one more than bins.
    pub edges: Vec<f64>,
    /// Share of validation images in each bin; sums to 1.
    pub validation: Vec<f64>,
    /// Share of eval images in each bin; sums to 1.
    pub eval: Vec<f64>,
}

/// Confidence in the predicted class, on both sides.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Confidence {
    /// Mean over out-of-fold predictions, by the same number of models as on eval.
    pub validation_mean: f64,
    /// Mean over eval predictions.
    pub eval_mean: f64,
    /// Both distributions, 0 to 1.
    pub histogram: Histogram,
}

/// A class's share of the predictions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClassShare {
    /// The class.
    pub label: String,
    /// Share of the validation originals that are of this class.
    pub validation_true: f64,
    /// Share of the out-of-fold predictions.
    pub validation_predicted: f64,
    /// Share of the eval predictions.
    pub eval_predicted: f64,
    /// Share of the eval labels, where known.
    pub eval_true: Option<f64>,
    /// Most likely share on eval with its 95% interval, as the predictions tell it.
    pub eval_likely: Option<[f64; 3]>,
    /// The same by how often the class is predicted (BBSE).
    pub eval_black_box: Option<f64>,
}

/// One kind of leak.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LeakFinding {
    /// "Copies away from their source", "Shared groups", "Exact duplicates".
    pub kind: String,
    /// Pairs that cross a border between folds.
    pub pairs: usize,
    /// Images that have a relative on the other side.
    pub touched: usize,
    /// In words.
    pub sentence: String,
}

/// Some pictures with captions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Gallery {
    /// "Most confident mistakes", ….
    pub title: String,
    /// What to look for.
    pub meaning: String,
    /// The pictures.
    pub pictures: Vec<Picture>,
}

/// A small picture inside the report.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Picture {
    /// `data:image/jpeg;base64,…`, at most 128 pixels a side.
    pub data_uri: String,
    /// One or two short lines.
    pub caption: String,
    /// For a screen reader.
    pub alt: String,
}
