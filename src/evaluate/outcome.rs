//! All that a run over folds found out, as plain values.

use serde::Serialize;

use super::forecast::{ESTIMATORS, Forecast, Guess};
use super::{Bin, ClassMetrics, Difference, Estimate, Histogram, Policy, ShiftTest, Weighing, per_class};
use crate::image::Frame;
use crate::leak::{Findings, Pair};
use crate::run::Skipped;
use crate::train::Epoch;

/// Scores of one split of the data.
#[derive(Clone, Debug, Serialize)]
pub struct Scored {
    /// Mean F1 over classes.
    pub macro_f1: Estimate,
    /// Share that is right.
    pub accuracy: Estimate,
    /// Mean negative log likelihood, in nats.
    pub log_loss: f64,
    /// All of [`METRICS`](super::METRICS), in their order.
    pub metrics: Vec<Estimate>,
    /// How often predictions of each confidence are right.
    pub reliability: Vec<Bin>,
    /// `counts[true][predicted]`
    pub confusion: Vec<Vec<u32>>,
}

impl Scored {
    /// Per class.
    pub fn per_class(&self) -> Vec<ClassMetrics> {
        per_class(&self.confusion)
    }
}

/// One fold's training and its worth on its own validation originals.
#[derive(Clone, Debug, Serialize)]
pub struct FoldOutcome {
    /// Its number, from 0.
    pub fold: i32,
    /// Images trained on.
    pub train: usize,
    /// How many of those are copies.
    pub copies: usize,
    /// Originals validated on.
    pub validation: usize,
    /// The epoch (from 1) whose weights were kept.
    pub best_epoch: usize,
    /// One entry an epoch; of several nets the first one's.
    pub epochs: Vec<Epoch>,
    /// Of all its nets together, with TTA, at the kept epoch.
    pub macro_f1: Estimate,
    /// Likewise.
    pub accuracy: Estimate,
    /// Whether an earlier run had trained it.
    pub found: bool,
}

/// One way to join predictions.
#[derive(Clone, Debug, Serialize)]
pub struct Joined {
    /// What is joined, in words.
    pub name: String,
    /// On which split.
    pub split: &'static str,
    /// Mean F1 over classes.
    pub macro_f1: Estimate,
    /// Share that is right.
    pub accuracy: Estimate,
}

/// A wrong out-of-fold prediction.
#[derive(Clone, Debug, Serialize)]
pub struct Mistake {
    /// Where the picture lies.
    pub file: std::path::PathBuf,
    /// Its path in the manifest.
    pub path: String,
    /// Its class.
    pub truth: usize,
    /// What it was taken for.
    pub predicted: usize,
    /// With which probability.
    pub confidence: f32,
}

/// How folds that were given leak.
#[derive(Clone, Debug, Serialize)]
pub struct GivenLeaks {
    /// By kind.
    pub findings: Vec<Findings>,
    /// Share of all images that have a relative on another side, 0 to 1.
    pub touched: f64,
    /// Pairs of relatives, and where their pictures lie.
    pub pairs: Vec<(Pair, [std::path::PathBuf; 2])>,
}

impl GivenLeaks {
    /// Their kinds, in words.
    pub fn kinds(&self) -> String {
        self.findings.iter().map(|found| found.kind.name().to_lowercase()).collect::<Vec<_>>().join(", ")
    }
}

/// An image, and how likely something is of it.
#[derive(Clone, Debug, Serialize)]
pub struct Named {
    /// Where the picture lies.
    pub file: std::path::PathBuf,
    /// Its path in the manifest.
    pub path: String,
    /// What the nets take it for.
    pub class: usize,
    /// 0 to 1.
    pub chance: f64,
}

/// A picture in the eyes of a net.
#[derive(Clone, Debug)]
pub struct Embedded {
    /// Its path in the manifest.
    pub path: String,
    /// On which split.
    pub split: &'static str,
    /// Its class; none where it is not known.
    pub truth: Option<usize>,
    /// What it was taken for.
    pub predicted: usize,
    /// What the classifier sees of it.
    pub features: Vec<f32>,
    /// Its middle square, a [`SPRITE_PX`](crate::record::SPRITE_PX) a side; none where it has gone.
    pub sprite: Option<Frame>,
}

/// The mix of classes on eval as the predictions tell it.
#[derive(Clone, Debug, Serialize)]
pub struct ClassMix {
    /// Of validation, by its calibrated predictions.
    pub validation: Vec<f64>,
    /// Most likely on eval (expectation maximisation).
    pub likely: Vec<f64>,
    /// 95% intervals of that, from whole groups.
    pub ranges: Vec<[f64; 2]>,
    /// By how often each class is predicted (BBSE), for comparison.
    pub black_box: Vec<f64>,
}

impl ClassMix {
    /// Classes whose share on eval is plainly another: its interval leaves out validation's share, and it moved by at
    /// least two points.
    pub fn changed(&self) -> Vec<usize> {
        let plain = |class: &usize| {
            let ([low, high], before) = (self.ranges[*class], self.validation[*class]);
            (before < low || before > high) && (self.likely[*class] - before).abs() >= 0.02
        };
        (0..self.likely.len()).filter(plain).collect()
    }
}

/// What something adds to a score.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Gain {
    /// So much.
    pub by: f64,
    /// Give or take this, where it could not be measured.
    pub unsure: f64,
}

/// The score to be expected on eval.
#[derive(Clone, Debug, Serialize)]
pub struct Forecasted {
    /// What each estimator says of single nets.
    pub guess: Guess,
    /// Each estimator's share in the blend, where there is one.
    pub shares: Option<[f64; ESTIMATORS.len()]>,
    /// Accuracy and macro-F1, with views and votes; `None` where nothing can be said.
    pub expected: Option<[Forecast; 2]>,
    /// Why nothing can be said.
    pub why_none: String,
    /// What views and votes add to accuracy and macro-F1: views as out-of-fold, votes as on the holdout, or without one as
    /// the nets' probabilities on eval tell it.
    pub gain: [Gain; 2],
    /// Share of eval images that two nets call alike; not in the blend, as the nets that did not leave an original out have
    /// trained on it, so that the self-test cannot judge it.
    pub agreement: Option<f64>,
    /// All eval images with their chance to be wrong, most likely first.
    pub likely_wrong: Vec<Named>,
}

/// What the nets are worth on worse pictures.
#[derive(Clone, Debug, Serialize)]
pub struct Robustness {
    /// Out-of-fold originals that were corrupted.
    pub originals: usize,
    /// What it cost.
    pub seconds: f64,
    /// Share of them that is wrong as they are.
    pub clean_error: f64,
    /// Each corruption with the share that is wrong at each severity, from 1.
    pub errors: Vec<(String, Vec<f64>)>,
    /// Mean over all corruptions and severities.
    pub mean_error: f64,
}

/// What one more list of steps in training does to the first fold's net.
#[derive(Clone, Debug, Serialize)]
pub struct Ablation {
    /// Its name in the configuration; empty for the net as configured.
    pub name: String,
    /// On the fold's originals as they are.
    pub macro_f1: f64,
    /// Mean share that is wrong over all corruptions and severities.
    pub mean_error: f64,
    /// The same for each family of corruptions.
    pub families: [(&'static str, f64); 4],
    /// By how much `mean_error` is less than that of the net as configured, with half of its 95% interval over groups of
    /// originals; what another seed would change is not in it.
    pub gain: Gain,
}

/// Validation originals beside eval images.
#[derive(Clone, Debug, Serialize)]
pub struct EvalComparison {
    /// Validation originals compared.
    pub validation_n: usize,
    /// Eval images compared.
    pub eval_n: usize,
    /// Most different first.
    pub differences: Vec<Difference>,
    /// Of image statistics, embeddings and probabilities.
    pub tests: Vec<ShiftTest>,
    /// Groups of validation and of eval.
    pub groups: [usize; 2],
    /// The eval images that look least like validation to the classifier of embeddings, with its chance that they are eval.
    pub most_shifted: Vec<Named>,
    /// Mean confidence of single nets out-of-fold.
    pub validation_confidence: f64,
    /// Mean confidence of single nets on eval.
    pub eval_confidence: f64,
    /// Both distributions.
    pub confidence: Histogram,
    /// Share of each class among the validation originals.
    pub validation_true: Vec<f64>,
    /// Share of each class among the out-of-fold predictions.
    pub validation_predicted: Vec<f64>,
    /// Share of each class among the eval predictions.
    pub eval_predicted: Vec<f64>,
    /// Share of each class among the eval labels, where they are known.
    pub eval_true: Option<Vec<f64>>,
}

/// Everything.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The classes, in the order of all tables.
    pub classes: Vec<String>,
    /// In their order.
    pub folds: Vec<FoldOutcome>,
    /// Each original by the nets that did not train on its group.
    pub out_of_fold: Scored,
    /// By the vote of all nets.
    pub holdout: Option<Scored>,
    /// By the vote of all nets, where eval labels are known.
    pub eval: Option<Scored>,
    /// What a plain random split over all images, copies too, would have promised; and how many of its folds were
    /// trained.
    pub naive: Option<(Scored, u32)>,
    /// Where folds were given that leak: `naive` then is what these promise.
    pub given: Option<GivenLeaks>,
    /// How voting and TTA did.
    pub joined: Vec<Joined>,
    /// Which views are joined.
    pub policy: Policy,
    /// How a fold's nets are weighed.
    pub weighing: Weighing,
    /// Each class's F1 out-of-fold, of the picture as it is and with the views that are joined.
    pub class_gain: Vec<[f64; 2]>,
    /// Originals, copies and holdout originals of each class.
    pub counts: Vec<[usize; 3]>,
    /// Groups that are never separated.
    pub groups: usize,
    /// Whether groups plainly hold more than one original each.
    pub grouped: bool,
    /// Images that could not be used.
    pub skipped: Vec<Skipped>,
    /// `None` without an eval set.
    pub comparison: Option<EvalComparison>,
    /// The mix of classes on eval, and the score to be expected there; `None` without an eval set.
    pub forecast: Option<(ClassMix, Forecasted)>,
    /// `None` without a self-test.
    pub robustness: Option<Robustness>,
    /// The first fold's net as configured, then with each list of further steps; empty where none were tried.
    pub ablation: Vec<Ablation>,
    /// Validation originals of the first fold, and eval images, as its net sees them: at most a thousand of each.
    #[serde(skip)]
    pub embedded: Vec<Embedded>,
    /// Most confident first.
    pub mistakes: Vec<Mistake>,
    /// Originals whose label is likely wrong, the plainest first.
    pub mislabelled: Vec<Mistake>,
    /// Wall-clock time of this run.
    pub seconds: f64,
}

impl Outcome {
    /// Whether folds that were given promise plainly more than honest ones: their score lies above the honest interval.
    pub fn is_inflated(&self) -> bool {
        let promised = self.naive.as_ref().map(|(naive, _)| naive.macro_f1.value);
        self.given.is_some() && promised.is_some_and(|promised| promised > self.out_of_fold.macro_f1.high)
    }
}
