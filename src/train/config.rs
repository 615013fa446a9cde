//! Every number of `train-eval`, in one struct: the user's YAML file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ablation::{self, Further};
use super::{
    ClassWeights, CropMode, Error, Interpolation, LossKind, MODELS, Rule, Sampler, ScheduleKind, architecture, views,
};
use crate::pipeline::Steps;

/// The configuration of `evenfold train-eval`. Every key may be left out.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Version of this file's layout: 1.
    pub version: u32,
    /// The network, by timm's name: `efficientnet_b0` to `b7`, `efficientnetv2_s`, `m`, `l`, `rw_t`, `rw_s`; with
    /// `TensorFlow`'s padding `tf_efficientnet_b0` to `b7`, `tf_efficientnetv2_b0` to `b3`, `s`, `m`, `l`; or the tiny
    /// `test_efficientnet`.
    pub model: String,
    /// A safetensors file to start from, such as timm publishes; without it the weights are drawn at random. A
    /// classifier for another number of classes is left out. Where timm's `config.json` lies beside it, that gives
    /// `model`, `mean`, `std`, `crop_pct`, `crop_mode` and `interpolation`, unless they are given here.
    pub weights: Option<PathBuf>,
    /// Side of the square that the network sees, in pixels, 32 to 1024.
    pub image_size: u32,
    /// What becomes of a picture that is not square: `squash` shows all of it with its sides made equal, `center` its
    /// middle.
    pub crop_mode: CropMode,
    /// Share of the picture's side that predictions see, 0.5 to 1: it is resized to `image_size / crop_pct`, and its
    /// middle is cut out. Training sees all of it.
    pub crop_pct: f64,
    /// How pictures are resized: `bilinear` or `bicubic`.
    pub interpolation: Interpolation,
    /// Larger pictures are first reduced until their shorter side has this many pixels; transforms then work on that.
    /// Twice `image_size` where it is not given.
    pub load_px: Option<u32>,
    /// Mean of red, green and blue, 0 to 1, that is subtracted.
    pub mean: [f32; 3],
    /// Standard deviation of red, green and blue that is divided by.
    pub std: [f32; 3],
    /// Passes over the training images, at least 1.
    pub epochs: usize,
    /// Images a step, at least 2. An epoch is cut into batches of nearly equal size, none larger than this.
    pub batch_size: usize,
    /// How weights move: `adamw`, `sgd` (Nesterov) or `rmsproptf`.
    pub optimizer: Rule,
    /// Momentum of `sgd` and `rmsproptf`, 0 to below 1.
    pub momentum: f64,
    /// The highest learning rate.
    pub lr: f64,
    /// The lowest learning rate, which the last step has.
    pub min_lr: f64,
    /// How the learning rate goes: `cosine`, `one_cycle` or `{step: {epochs: 2.4, rate: 0.97}}`.
    pub schedule: ScheduleKind,
    /// Epochs in which the learning rate climbs; may be a fraction.
    pub warmup_epochs: f64,
    /// Weight decay, decoupled for `adamw`; not applied to biases and normalisation.
    pub weight_decay: f64,
    /// The learning rate of each layer is this times that of the next, up to the classifier; null for one rate.
    pub layer_decay: Option<f64>,
    /// In the first epochs, so many, the classifier alone learns: for weights that were trained on other classes.
    pub freeze_epochs: usize,
    /// Batches whose gradients are gathered for one step.
    pub accumulate: usize,
    /// Decay of a moving average of the weights, such as 0.999, which is then validated and kept; null for none.
    pub ema: Option<f64>,
    /// What convolutions are computed in while training: `fp32`, or with less memory and on newer graphics cards faster
    /// `bf16` or `fp16`.
    pub precision: Precision,
    /// Longest allowed gradient (2-norm over all weights); null for any.
    pub clip_grad_norm: Option<f64>,
    /// Chance that a feature before the classifier is dropped in training, 0 to below 1.
    pub dropout: f64,
    /// Chance that the last residual block is skipped in training; earlier blocks in proportion. 0 to below 1.
    pub drop_path: f64,
    /// Share of the target that is spread over all classes, 0 to below 1.
    pub label_smoothing: f64,
    /// `cross_entropy`, `{focal: {gamma: 2}}`, `{ldam: {max_margin: 0.5}}` or `{logit_adjusted: {tau: 1}}`; the last two
    /// favour rare classes.
    pub loss: LossKind,
    /// How much the examples of a class count in the loss: `none`, `inverse` or `{effective_number: 0.999}`.
    pub class_weights: ClassWeights,
    /// Which examples an epoch shows: `shuffle`, `class_balanced`, `square_root`, `{repeat_factor: 0.01}`, or
    /// `{balance: {target: {power: 0.5}}}` with a pipeline file's targets.
    pub sampler: Sampler,
    /// `class_weights` and `sampler` begin after so many epochs (deferred re-weighting).
    pub defer_epochs: usize,
    /// Pictures of a batch are blended; the shares are drawn from Beta(this, this). 0 for none.
    pub mixup: f64,
    /// A box of one picture is put into another; its area is drawn from Beta(this, this). With `mixup`, each batch has one
    /// of both. 0 for none.
    pub cutmix: f64,
    /// `image_size` of the first quarter of the epochs, from which it grows in three equal steps; null for one size.
    pub start_image_size: Option<u32>,
    /// Transforms of the training images, drawn anew each epoch.
    pub steps: Steps,
    /// Which weights are kept: those of the `last` epoch, `{average: n}` for the mean of those of the last n epochs, or those
    /// of the `best` epoch by validation macro-F1 (the later one of equals). To choose the epoch by the same validation images
    /// that are then scored makes the out-of-fold score a little too good; the holdout and eval scores are not touched by it.
    pub keep: Keep,
    /// Stop after this many epochs without a better validation macro-F1; null never stops.
    pub patience: Option<usize>,
    /// Everything drawn follows from it.
    pub seed: u64,
    /// Nets a fold: with `seed`, `seed + 1` and so on. An original is predicted by all nets that did not see it, weighed by
    /// Caruana's selection on out-of-fold log loss, or alike where that, with weights from the other folds, is not better.
    #[serde(skip_serializing_if = "is_zero")]
    pub seeds: usize,
    /// So many times the learning rate runs through its schedule (warm restarts, Loshchilov and Hutter 2017), the first time
    /// with the warm-up; the net at the end of each is one more of the fold's nets (snapshot ensembles, Huang et al. 2017).
    /// `epochs` must be a multiple of it. Training takes no longer, predicting so many times as long.
    pub cycles: usize,
    /// Threads of the network and of the making of batches; 0 for one a core.
    pub threads: usize,
    /// Decoded pictures kept in memory for the next epoch, in megabytes; 0 keeps none.
    pub cache_mb: u64,
    /// `auto` (CUDA where there is one), `cpu` or `cuda`.
    pub device: DeviceChoice,
    /// Views of a picture whose predictions are joined, each a list of transforms, the empty one the picture itself; or a
    /// preset: `none`, `flip`, `d4` (all mirrors and quarter turns), `ten_crop` (middle and corners, seven eighths of a side,
    /// and their mirrors), `scales` (0.9, 1, 1.15, and mirrors) or `mild` (mirror, 8° either way, darker, brighter).
    #[serde(deserialize_with = "views::read")]
    #[schemars(schema_with = "views::schema")]
    pub tta: Vec<Steps>,
    /// How the predictions of the views are joined: `mean` probability, `geometric` mean (the mean logit), `max` or
    /// `majority`.
    pub tta_join: Join,
    /// Whether a greedy search on out-of-fold predictions takes only those of the views that lower the log loss. Without
    /// it all are joined; in either case none are where they make the log loss worse.
    pub tta_search: bool,
    /// The images that will be judged.
    pub eval: Option<EvalData>,
    /// The mix of classes that the votes on eval are adjusted to: `as_trained`, `estimated` (from their predictions, without
    /// labels; for images whose classes look as in training, only more or fewer of each), or the share of each class, such as
    /// `{cat: 0.3, dog: 0.7}`.
    pub eval_prior: EvalPrior,
    /// Out-of-fold originals that are corrupted in 75 ways (15 kinds, 5 severities) to see how robust the nets are, and how
    /// well a score can be forecast without labels; the time is that of predicting 75 times as many pictures. 0 makes
    /// neither.
    pub self_test: u32,
    /// Further steps: with each list of them after `steps` the first fold's net is trained once more, and the report shows what
    /// that does to its errors on the originals of the self-test, corrupted as there. Names with lists of transforms, or
    /// `common` (eight lists: noise, blur, motion, light, compression, fog, turns, occlusion), or `none`. Each list costs a
    /// training of one fold.
    #[serde(deserialize_with = "ablation::read")]
    #[schemars(schema_with = "ablation::schema")]
    pub ablation: Further,
    /// How many folds of a naive random split to train beside the honest ones, to show what it would have promised.
    pub naive_folds: u32,
}

/// The images that will be judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvalData {
    /// A folder, CSV or Parquet file.
    pub data: PathBuf,
    /// A CSV or Parquet file with `path,label`, where the labels are known but kept apart.
    #[serde(default)]
    pub labels: Option<PathBuf>,
}

/// Which mix of classes is taken for that of the images that will be judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EvalPrior {
    /// That of training.
    AsTrained,
    /// The likely one.
    Estimated,
    /// Shares of classes, made to sum to 1; those that are not named have none.
    #[serde(untagged)]
    Stated(BTreeMap<String, f64>),
}

impl EvalPrior {
    fn is_a_mix(&self) -> bool {
        let Self::Stated(shares) = self else { return true };
        shares.values().all(|share| *share >= 0.0 && share.is_finite()) && shares.values().any(|share| *share > 0.0)
    }
}

/// What numbers are computed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32 bits.
    Fp32,
    /// 16 bits with the range of 32 (bfloat16).
    Bf16,
    /// 16 bits (IEEE half), the loss scaled so that small gradients are not lost.
    Fp16,
}

/// Which weights are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// Of the epoch with the highest validation macro-F1; of equals the later.
    Best,
    /// Of the last epoch.
    Last,
    /// The mean of those of so many last epochs, with the statistics of batch normalisation measured anew on the training
    /// images (Izmailov et al. 2018, "Averaging weights leads to wider optima and better generalization").
    Average(usize),
}

/// How the probabilities of several views become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Join {
    /// The mean probability.
    #[default]
    Mean,
    /// The geometric mean, made to sum to 1; the same as the softmax of the mean logit.
    Geometric,
    /// The highest probability that any view gives, made to sum to 1.
    Max,
    /// The share of views that choose the class, ties broken by the mean probability.
    Majority,
}

/// Where the network runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeviceChoice {
    /// CUDA where there is one.
    Auto,
    /// The processor.
    Cpu,
    /// The first graphics card; an error where there is none.
    Cuda,
}

/// No configuration has 0: it stands for a single net's, which does not depend on how many there are.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(seeds: &usize) -> bool {
    *seeds == 0
}

impl Default for Config {
    fn default() -> Self {
        Self {
            version: 1,
            model: "efficientnet_b0".into(),
            weights: None,
            image_size: 224,
            crop_mode: CropMode::Squash,
            crop_pct: 1.0,
            interpolation: Interpolation::Bilinear,
            load_px: None,
            mean: [0.485, 0.456, 0.406],
            std: [0.229, 0.224, 0.225],
            epochs: 30,
            batch_size: 32,
            optimizer: Rule::AdamW,
            momentum: 0.9,
            lr: 1e-4,
            min_lr: 1e-6,
            schedule: ScheduleKind::Cosine,
            warmup_epochs: 1.0,
            weight_decay: 0.01,
            layer_decay: None,
            freeze_epochs: 0,
            accumulate: 1,
            ema: None,
            precision: Precision::Fp32,
            clip_grad_norm: None,
            dropout: 0.2,
            drop_path: 0.2,
            label_smoothing: 0.1,
            loss: LossKind::CrossEntropy,
            class_weights: ClassWeights::None,
            sampler: Sampler::Shuffle,
            defer_epochs: 0,
            mixup: 0.0,
            cutmix: 0.0,
            start_image_size: None,
            steps: Steps::default(),
            keep: Keep::Last,
            patience: None,
            seed: 42,
            seeds: 1,
            cycles: 1,
            threads: 0,
            cache_mb: 2048,
            device: DeviceChoice::Auto,
            tta: views::preset("flip").expect("a preset"),
            tta_join: Join::Mean,
            tta_search: false,
            eval: None,
            eval_prior: EvalPrior::AsTrained,
            self_test: 200,
            ablation: Further::new(),
            naive_folds: 0,
        }
    }
}

impl Config {
    /// Says what is wrong with the numbers, if anything is.
    pub fn check(&self) -> Result<(), Error> {
        let wrong = |key: &str, expected: &str, got: &dyn std::fmt::Display| {
            Err(Error::Config(format!("`{key}` must be {expected}, got {got}")))
        };
        if self.version != 1 {
            return wrong("version", "1", &self.version);
        }
        self.check_model()?;
        if !(32..=1024).contains(&self.image_size) {
            return wrong("image_size", "from 32 to 1024", &self.image_size);
        }
        if !(0.5..=1.0).contains(&self.crop_pct) {
            return wrong("crop_pct", "from 0.5 to 1", &self.crop_pct);
        }
        self.check_steps().and_then(|()| self.check_colours())?;
        if self.load_px.is_some_and(|px| px < self.image_size) {
            return wrong("load_px", "at least `image_size`", &self.load_px.unwrap_or_default());
        }
        for (key, value, least) in [
            ("epochs", self.epochs, 1),
            ("batch_size", self.batch_size, 2),
            ("accumulate", self.accumulate, 1),
            ("seeds", self.seeds, 1),
            ("cycles", self.cycles, 1),
            ("patience", self.patience.unwrap_or(1), 1),
            ("tta", self.tta.len(), 1),
        ] {
            if value < least {
                return wrong(key, &format!("at least {least}"), &value);
            }
        }
        self.check_kept().and_then(|()| self.check_ablation())?;
        for (key, value) in [
            ("dropout", self.dropout),
            ("drop_path", self.drop_path),
            ("label_smoothing", self.label_smoothing),
            ("momentum", self.momentum),
            ("ema", self.ema.unwrap_or_default()),
            ("class_weights.effective_number", self.effective_number()),
        ] {
            if !(0.0..1.0).contains(&value) {
                return wrong(key, "from 0 to below 1", &value);
            }
        }
        let (step_epochs, step_rate) = match self.schedule {
            ScheduleKind::Step { epochs, rate } => (epochs, rate),
            _ => (1.0, 1.0),
        };
        for (key, value) in [
            ("lr", self.lr),
            ("clip_grad_norm", self.clip_grad_norm.unwrap_or(1.0)),
            ("layer_decay", self.layer_decay.unwrap_or(1.0)),
            ("schedule.step.epochs", step_epochs),
            ("schedule.step.rate", step_rate),
        ] {
            if !(value > 0.0 && value.is_finite()) {
                return wrong(key, "above 0", &value);
            }
        }
        for (key, value) in [
            ("min_lr", self.min_lr),
            ("warmup_epochs", self.warmup_epochs),
            ("weight_decay", self.weight_decay),
            ("mixup", self.mixup),
            ("cutmix", self.cutmix),
            ("loss", self.loss_number()),
        ] {
            if !(value >= 0.0 && value.is_finite()) {
                return wrong(key, "0 or more", &value);
            }
        }
        for (key, value) in [("layer_decay", self.layer_decay.unwrap_or(1.0)), ("schedule.step.rate", step_rate)] {
            if value > 1.0 {
                return wrong(key, "at most 1", &value);
            }
        }
        if let Some(start) = self.start_image_size.filter(|start| !(24..=self.image_size).contains(start)) {
            return wrong("start_image_size", "from 24 to `image_size`", &start);
        }
        for (key, epochs) in [("freeze_epochs", self.freeze_epochs), ("defer_epochs", self.defer_epochs)] {
            if epochs > self.epochs {
                return wrong(key, &format!("at most `epochs` ({})", self.epochs), &epochs);
            }
        }
        if self.min_lr > self.lr {
            return wrong("min_lr", &format!("at most `lr` ({})", self.lr), &self.min_lr);
        }
        if self.warmup_epochs >= self.epochs as f64 && self.warmup_epochs > 0.0 {
            return wrong("warmup_epochs", &format!("below `epochs` ({})", self.epochs), &self.warmup_epochs);
        }
        if !self.eval_prior.is_a_mix() {
            return wrong("eval_prior", "shares of 0 or more, one above 0", &serde_json::json!(self.eval_prior));
        }
        if self.device == DeviceChoice::Cuda && !tch::Cuda::is_available() {
            return Err(Error::Config("`device` is cuda, but libtorch sees no CUDA device: `evenfold doctor`".into()));
        }
        Ok(())
    }

    /// Pixels are brought to these.
    fn check_colours(&self) -> Result<(), Error> {
        let mean = self.mean.iter().find(|v| !v.is_finite()).map(|bad| ("mean", "three numbers", bad));
        let std = self.std.iter().find(|v| !(**v > 0.0 && v.is_finite())).map(|bad| ("std", "above 0", bad));
        match mean.or(std) {
            Some((key, expected, got)) => Err(Error::Config(format!("`{key}` must be {expected}, got {got}"))),
            None => Ok(()),
        }
    }

    /// The number, from 0, of the cycle in which an epoch, from 1, is.
    pub(super) fn cycle(&self, epoch: usize) -> usize {
        (epoch - 1) / self.cycle_epochs()
    }

    /// Epochs of a cycle.
    pub(super) fn cycle_epochs(&self) -> usize {
        self.epochs / self.cycles
    }

    /// A mean of weights needs as many epochs; it and cycles need to know which epoch is the last.
    fn check_kept(&self) -> Result<(), Error> {
        let refuse = |text: String| Err(Error::Config(text));
        let ending = match self.keep {
            Keep::Average(n) if !(1..=self.epochs).contains(&n) => {
                return refuse(format!("`keep.average` must be from 1 to `epochs`, got {n}"));
            }
            Keep::Average(_) => "keep: {average: n}",
            _ if self.cycles > 1 => "cycles",
            _ => return Ok(()),
        };
        if self.patience.is_some() {
            return refuse(format!("`patience` must be null with `{ending}`: the last epoch must be known"));
        }
        if self.cycles > 1 && self.keep != Keep::Last {
            return refuse("`keep` must be `last` with `cycles`: each cycle ends with a net".into());
        }
        if !self.epochs.is_multiple_of(self.cycles) {
            let Self { epochs, cycles, .. } = self;
            return refuse(format!("`epochs` must be a multiple of `cycles`, got {epochs} and {cycles}"));
        }
        Ok(())
    }

    /// What is tried is tried on corrupted originals, in folders of these names.
    fn check_ablation(&self) -> Result<(), Error> {
        let refuse = |text: &str| Err(Error::Config(text.into()));
        if self.self_test == 0 && !self.ablation.is_empty() {
            return refuse(
                "`self_test` must be above 0 with `ablation`: it is tried on the originals of the self-test",
            );
        }
        let plain = |name: &String| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if let Some(name) = self.ablation.keys().find(|name| !plain(name)) {
            return refuse(&format!("`ablation`: names are letters, digits and `_`, got `{name}`"));
        }
        Ok(())
    }

    /// Steps work on one picture.
    fn check_steps(&self) -> Result<(), Error> {
        let views = self.tta.iter().map(|view| ("tta", view));
        let further = self.ablation.values().map(|steps| ("ablation", steps));
        let mut lists = std::iter::once(("steps", &self.steps)).chain(views).chain(further);
        if let Some((key, step)) = lists.find_map(|(key, steps)| Some((key, steps.mixing()?))) {
            return Err(Error::Config(format!(
                "`{key}` has `{step}`, which takes from other originals: for mixed batches set `mixup` or `cutmix` of this \
                 file, for mixed copies let `evenfold augment` make them"
            )));
        }
        Ok(())
    }

    fn check_model(&self) -> Result<(), Error> {
        if architecture(&self.model).is_some() {
            return Ok(());
        }
        let known = MODELS.iter().map(|model| model.name).collect::<Vec<_>>();
        let near = known
            .iter()
            .max_by(|a, b| strsim::jaro_winkler(a, &self.model).total_cmp(&strsim::jaro_winkler(b, &self.model)));
        let near = near.map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default();
        let known = known.join(", ");
        Err(Error::Config(format!("`model` must be one of {known}, got `{}`{near}", self.model)))
    }

    fn effective_number(&self) -> f64 {
        match self.class_weights {
            ClassWeights::EffectiveNumber(beta) => beta,
            _ => 0.0,
        }
    }

    fn loss_number(&self) -> f64 {
        match self.loss {
            LossKind::CrossEntropy => 0.0,
            LossKind::Focal { gamma: number }
            | LossKind::Ldam { max_margin: number }
            | LossKind::LogitAdjusted { tau: number } => number,
        }
    }

    /// The side of the square that is learned from in an epoch, from 1: it grows in four stages (Tan and Le 2021).
    pub fn side(&self, epoch: usize) -> usize {
        let end = self.image_size as usize;
        let start = self.start_image_size.map_or(end, |start| start as usize);
        let stage = ((epoch - 1) * 4 / self.epochs.max(1)).min(3);
        start + (end - start) * stage / 3
    }

    /// Where the network runs.
    pub fn device(&self) -> tch::Device {
        match self.device {
            DeviceChoice::Auto => tch::Device::cuda_if_available(),
            DeviceChoice::Cpu => tch::Device::Cpu,
            DeviceChoice::Cuda => tch::Device::Cuda(0),
        }
    }

    /// Threads to use: as configured, or one a core.
    pub fn threads(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            given => given,
        }
    }

    /// The shorter side to which larger pictures are reduced when they are loaded.
    pub fn load_px(&self) -> u32 {
        self.load_px.unwrap_or(2 * self.image_size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_allowed_and_survive_yaml() {
        let config = Config::default();
        config.check().unwrap();
        let again: Config = serde_saphyr::from_str(&serde_saphyr::to_string(&config).unwrap()).unwrap();
        assert_eq!(serde_json::to_value(again).unwrap(), serde_json::to_value(config).unwrap());
    }

    #[test]
    fn each_wrong_number_is_refused_by_name() {
        type Spoil = fn(&mut Config);
        let table: [(&str, Spoil); 30] = [
            ("version", |c| c.version = 2),
            ("model", |c| c.model = "efficientnet_b9".into()),
            ("image_size", |c| c.image_size = 8),
            ("load_px", |c| c.load_px = Some(100)),
            ("keep.average", |c| c.keep = Keep::Average(c.epochs + 1)),
            ("patience", |c| (c.keep, c.patience) = (Keep::Average(1), Some(3))),
            ("ablation", |c| drop(c.ablation.insert("../up".into(), Steps::default()))),
            ("self_test", |c| (_, c.self_test) = (c.ablation.insert("own".into(), Steps::default()), 0)),
            ("cycles", |c| c.cycles = 0),
            ("cycles", |c| (c.epochs, c.cycles) = (7, 2)),
            ("cycles", |c| (c.cycles, c.keep) = (2, Keep::Best)),
            ("patience", |c| (c.cycles, c.patience) = (2, Some(3))),
            ("steps", |c| c.steps = serde_saphyr::from_str("[one_of: [hflip, cutmix]]").unwrap()),
            ("epochs", |c| c.epochs = 0),
            ("batch_size", |c| c.batch_size = 1),
            ("dropout", |c| c.dropout = 1.0),
            ("lr", |c| c.lr = f64::NAN),
            ("min_lr", |c| c.min_lr = 1.0),
            ("warmup_epochs", |c| c.warmup_epochs = 30.0),
            ("std", |c| c.std = [0.2, 0.0, 0.2]),
            ("tta", |c| c.tta.clear()),
            ("crop_pct", |c| c.crop_pct = 0.2),
            ("accumulate", |c| c.accumulate = 0),
            ("seeds", |c| c.seeds = 0),
            ("ema", |c| c.ema = Some(1.0)),
            ("layer_decay", |c| c.layer_decay = Some(1.5)),
            ("schedule.step.rate", |c| c.schedule = ScheduleKind::Step { epochs: 1.0, rate: 0.0 }),
            ("loss", |c| c.loss = LossKind::Focal { gamma: -1.0 }),
            ("start_image_size", |c| c.start_image_size = Some(512)),
            ("freeze_epochs", |c| c.freeze_epochs = 31),
        ];
        for (key, spoil) in table {
            let mut config = Config::default();
            spoil(&mut config);
            let said = config.check().unwrap_err().to_string();
            assert!(said.contains(&format!("`{key}`")), "{key}: {said}");
        }
    }

    #[test]
    fn the_choices_are_written_as_their_docs_say() {
        let text = "
optimizer: rmsproptf
schedule: {step: {epochs: 2.4, rate: 0.97}}
loss: {logit_adjusted: {tau: 1}}
class_weights: {effective_number: 0.999}
sampler: {repeat_factor: 0.01}
precision: bf16
crop_mode: center
interpolation: bicubic
";
        let config: Config = serde_saphyr::from_str(text).unwrap();
        config.check().unwrap();
        assert_eq!(config.schedule, ScheduleKind::Step { epochs: 2.4, rate: 0.97 });
        assert_eq!(config.loss, LossKind::LogitAdjusted { tau: 1.0 });
        assert_eq!(config.sampler, Sampler::RepeatFactor(0.01));
        for plain in [
            "loss: cross_entropy",
            "sampler: {balance: {target: {power: 0.5}, above: trim}}",
            "class_weights: inverse",
            "schedule: one_cycle",
        ] {
            serde_saphyr::from_str::<Config>(plain).unwrap().check().unwrap();
        }
    }

    #[test]
    fn the_size_grows_in_four_stages() {
        let config = Config { epochs: 8, image_size: 224, start_image_size: Some(128), ..Config::default() };
        assert_eq!(
            (1..=8).map(|epoch| config.side(epoch)).collect::<Vec<_>>(),
            [128, 128, 160, 160, 192, 192, 224, 224]
        );
        assert_eq!(Config::default().side(1), 224);
    }

    #[test]
    fn what_one_net_depends_on_is_written_without_the_number_of_nets() {
        let keys = |seeds| serde_json::to_value(Config { seeds, ..Config::default() }).unwrap().get("seeds").cloned();
        assert_eq!((keys(0), keys(1)), (None, Some(1.into())));
    }

    #[test]
    fn an_unknown_key_is_an_error() {
        assert!(serde_saphyr::from_str::<Config>("learning_rate: 0.1").is_err());
    }
}
