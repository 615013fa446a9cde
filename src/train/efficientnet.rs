//! The network: [`Architecture`] rows made into layers, with timm's names, shapes, initialisation and arithmetic.

mod onnx;

use tch::{Device, Kind, Tensor, no_grad};

use super::architecture::{Architecture, Kind as BlockKind, Stage};
use super::weights::{Init, Plan, Slot, Weights};
use super::{Config, Error, Precision, architecture};

/// What a net is made of, apart from its weights.
#[derive(Clone, Copy)]
pub struct NetOptions {
    /// Stages and widths.
    pub architecture: &'static Architecture,
    /// Classes that it tells apart.
    pub classes: usize,
    /// Chance that a feature before the classifier is dropped in training.
    pub dropout: f64,
    /// Chance that the last residual block is skipped in training; block i of n is with i/n of it.
    pub drop_path: f64,
    /// What convolutions are computed in while training, where that is not `f32`.
    pub half: Option<Kind>,
}

impl NetOptions {
    /// As configured.
    pub fn of(config: &Config, classes: usize) -> Result<Self, Error> {
        let architecture = architecture(&config.model)
            .ok_or_else(|| Error::Config(format!("`model`: there is no `{}`", config.model)))?;
        let half = match config.precision {
            Precision::Fp32 => None,
            Precision::Bf16 => Some(Kind::BFloat16),
            Precision::Fp16 => Some(Kind::Half),
        };
        Ok(Self { architecture, classes, dropout: config.dropout, drop_path: config.drop_path, half })
    }
}

/// A network with its weights.
pub struct Net {
    pub(super) weights: Weights,
    layers: Layers,
    options: NetOptions,
    device: Device,
}

/// A net for prediction: every batch normalisation is folded into the convolution before it (the same function up to
/// rounding, with fewer passes over memory).
pub struct Frozen<'a> {
    net: &'a Net,
    folded: Vec<Affine>,
}

struct Affine {
    weight: Tensor,
    bias: Tensor,
}

struct Layers {
    stem: Unit,
    blocks: Vec<Block>,
    head: Unit,
    classifier: [usize; 2],
}

/// Convolution and batch normalisation, then SiLU where `active`.
struct Unit {
    /// Its place among all units.
    number: usize,
    weight: usize,
    scale: usize,
    shift: usize,
    mean: usize,
    variance: usize,
    window: Window,
    eps: f64,
    active: bool,
}

#[derive(Clone, Copy)]
struct Window {
    kernel: i64,
    stride: i64,
    groups: i64,
    tensorflow: bool,
}

struct Block {
    before: Vec<Unit>,
    squeeze: Option<[usize; 4]>,
    after: Option<Unit>,
    residual: bool,
    drop_path: f64,
}

impl Net {
    /// A net with weights drawn from the seed as timm draws them: convolutions from N(0, 2 / fan-out), normalisation 1
    /// and 0, the classifier evenly from +-1/sqrt(classes), biases 0.
    pub fn new(options: NetOptions, seed: u64, device: Device) -> Result<Self, Error> {
        let (plan, layers) = Builder::build(&options);
        Ok(Self { weights: Weights::new(plan, seed, device)?, layers, options, device })
    }

    /// What it is made of.
    pub fn options(&self) -> NetOptions {
        self.options
    }

    /// Where it lies.
    pub fn device(&self) -> Device {
        self.device
    }

    /// How many numbers are learned.
    pub fn parameters(&self) -> i64 {
        self.weights.plan.parameters.iter().map(Slot::numel).sum()
    }

    /// Logits `[n, classes]` in training mode for pictures `[n, 3, side, side]`: batch statistics, dropout and drop
    /// path drawn from libtorch's generator, and the running statistics moved by a tenth.
    pub fn train(&self, pictures: &Tensor) -> Result<Tensor, Error> {
        self.forward(pictures, &self.pass(true))
    }

    /// As [`Net::train`], where the classifier alone learns: the rest is as it is when it predicts.
    pub(super) fn train_classifier(&self, pictures: &Tensor) -> Result<Tensor, Error> {
        let pass = self.pass(false);
        let features = no_grad(|| self.features(pictures, &pass))?;
        self.classify(&features, &self.pass(true))
    }

    /// The gradient of a loss, flat; zeros for all but the classifier where that alone learns.
    pub(super) fn gradient(&self, loss: &Tensor, classifier: bool) -> Result<Tensor, Error> {
        // The classifier's tensors are the plan's last.
        let first = if classifier { self.layers.classifier[0] } else { 0 };
        let (still, learned) = self.weights.parameters.split_at(first);
        let mut gradients = still.iter().map(Tensor::f_zeros_like).collect::<Result<Vec<_>, _>>()?;
        gradients.extend(Tensor::f_run_backward(&[loss], learned, false, false)?);
        self.weights.flatten(&gradients)
    }

    /// Moves the running statistics by this share towards those of a batch, as in training, and nothing else.
    pub(super) fn measure(&self, pictures: &Tensor, share: f64) -> Result<(), Error> {
        let pass = Pass { share, ..self.pass(true) };
        no_grad(|| self.features(pictures, &pass)).map(drop)
    }

    fn pass(&self, train: bool) -> Pass<'_> {
        Pass { weights: &self.weights, folded: None, half: self.options.half, train, share: 0.1 }
    }

    /// The net as it predicts now.
    pub fn freeze(&self) -> Result<Frozen<'_>, Error> {
        let units = self.layers.units().map(|unit| no_grad(|| unit.fold(&self.weights)));
        Ok(Frozen { net: self, folded: units.collect::<Result<_, _>>()? })
    }

    fn forward(&self, pictures: &Tensor, pass: &Pass) -> Result<Tensor, Error> {
        self.classify(&self.features(pictures, pass)?, pass)
    }

    /// The last map of features.
    fn features(&self, pictures: &Tensor, pass: &Pass) -> Result<Tensor, Error> {
        self.features_of_stem(self.layers.stem.forward(pictures, pass)?, pass)
    }

    fn features_of_stem(&self, mut x: Tensor, pass: &Pass) -> Result<Tensor, Error> {
        for block in &self.layers.blocks {
            x = block.forward(&x, pass)?;
        }
        self.layers.head.forward(&x, pass)
    }

    fn classify(&self, features: &Tensor, pass: &Pass) -> Result<Tensor, Error> {
        let features = pooled(features)?.f_dropout(self.options.dropout, pass.train)?;
        let [weight, bias] = self.layers.classifier.map(|i| &self.weights.parameters[i]);
        Ok(features.f_linear(weight, Some(bias))?)
    }
}

/// The mean of each feature over its map: what the classifier sees.
fn pooled(features: &Tensor) -> Result<Tensor, Error> {
    Ok(features.f_mean_dim([2, 3].as_slice(), false, Kind::Float)?)
}

impl Frozen<'_> {
    fn pass(&self) -> Pass<'_> {
        Pass { weights: &self.net.weights, folded: Some(&self.folded), half: None, train: false, share: 0.0 }
    }

    /// Logits `[n, classes]` for pictures `[n, 3, side, side]`.
    pub fn logits(&self, pictures: &Tensor) -> Result<Tensor, Error> {
        no_grad(|| self.net.forward(pictures, &self.pass()))
    }

    /// What comes out of the stem, of the last convolution and of the whole.
    #[cfg(test)]
    pub(super) fn depths(&self, pictures: &Tensor) -> Result<[Tensor; 3], Error> {
        no_grad(|| {
            let pass = self.pass();
            let stem = self.net.layers.stem.forward(pictures, &pass)?;
            let features = self.net.features_of_stem(stem.copy(), &pass)?;
            let logits = self.net.classify(&features, &pass)?;
            Ok([stem, features, logits])
        })
    }

    /// What the classifier sees, `[n, head]`, for pictures `[n, 3, side, side]`.
    pub fn features(&self, pictures: &Tensor) -> Result<Tensor, Error> {
        no_grad(|| pooled(&self.net.features(pictures, &self.pass())?))
    }

    /// Where it lies.
    pub fn device(&self) -> Device {
        self.net.device
    }

    /// Classes that it tells apart.
    pub fn classes(&self) -> usize {
        self.net.options.classes
    }
}

/// What every layer needs to know of one pass through the net.
struct Pass<'a> {
    weights: &'a Weights,
    folded: Option<&'a [Affine]>,
    half: Option<Kind>,
    train: bool,
    /// By how much a batch moves the running statistics.
    share: f64,
}

impl Layers {
    fn units(&self) -> impl Iterator<Item = &Unit> {
        let inner = self.blocks.iter().flat_map(|block| block.before.iter().chain(&block.after));
        std::iter::once(&self.stem).chain(inner).chain(std::iter::once(&self.head))
    }
}

impl Window {
    fn slide(self, x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor, Error> {
        let Self { stride, groups, .. } = self;
        let convolve = |x: &Tensor, pad: [i64; 2]| x.f_conv2d(weight, bias, [stride; 2], pad, [1; 2], groups);
        let [[top, bottom], [left, right]] = [2, 3].map(|dim| self.padding(x.size()[dim]));
        if top == bottom && left == right {
            return Ok(convolve(x, [top, left])?);
        }
        Ok(convolve(&x.f_constant_pad_nd([left, right, top, bottom])?, [0; 2])?)
    }

    /// Pixels before and after a side of so many.
    fn padding(self, side: i64) -> [i64; 2] {
        let Self { kernel, stride, .. } = self;
        if self.tensorflow && stride > 1 {
            let all = (((side + stride - 1) / stride - 1) * stride + kernel - side).max(0);
            return [all / 2, all - all / 2];
        }
        [(stride - 1 + kernel - 1) / 2; 2]
    }
}

impl Unit {
    fn forward(&self, x: &Tensor, pass: &Pass) -> Result<Tensor, Error> {
        let mut y = if let Some(folded) = pass.folded {
            let Affine { weight, bias } = &folded[self.number];
            self.window.slide(x, weight, Some(bias))?
        } else {
            let Weights { parameters, statistics, .. } = pass.weights;
            let weight = &parameters[self.weight];
            let slid = match pass.half {
                None => self.window.slide(x, weight, None)?,
                Some(half) => self.window.slide(&x.f_to_kind(half)?, &weight.f_to_kind(half)?, None)?,
            };
            slid.f_batch_norm(
                Some(&parameters[self.scale]),
                Some(&parameters[self.shift]),
                Some(&statistics[self.mean]),
                Some(&statistics[self.variance]),
                pass.train,
                pass.share,
                self.eps,
                true,
            )?
        };
        match (self.active, pass.train) {
            (false, _) => Ok(y),
            // The gradient needs the values before the SiLU.
            (true, true) => Ok(y.f_silu()?),
            (true, false) => Ok(y.f_silu_()?),
        }
    }

    /// `scale * (w x - mean) / sqrt(variance + eps) + shift` as one weight and one bias.
    fn fold(&self, weights: &Weights) -> Result<Affine, Error> {
        let Weights { parameters, statistics, .. } = weights;
        let spread = statistics[self.variance].f_add_scalar(self.eps)?.f_sqrt()?;
        let factor = parameters[self.scale].f_div(&spread)?;
        let weight = parameters[self.weight].f_mul(&factor.f_view([-1, 1, 1, 1])?)?;
        let bias = parameters[self.shift].f_sub(&statistics[self.mean].f_mul(&factor)?)?;
        Ok(Affine { weight, bias })
    }
}

impl Block {
    fn forward(&self, input: &Tensor, pass: &Pass) -> Result<Tensor, Error> {
        let mut x = input.shallow_clone();
        for unit in &self.before {
            x = unit.forward(&x, pass)?;
        }
        if let Some(squeeze) = self.squeeze {
            x = squeezed(x, squeeze.map(|i| &pass.weights.parameters[i]), pass.train)?;
        }
        if let Some(after) = &self.after {
            x = after.forward(&x, pass)?;
        }
        if !self.residual {
            return Ok(x);
        }
        if pass.train && self.drop_path > 0.0 {
            x = x.f_mul(&survivors(&x, 1.0 - self.drop_path)?)?;
        }
        Ok(if pass.train { x.f_add(input)? } else { x.f_add_(input)? })
    }
}

/// Squeeze and excite: every channel times a gate between 0 and 1, told from the means of all channels.
fn squeezed(mut x: Tensor, [down, down_bias, up, up_bias]: [&Tensor; 4], train: bool) -> Result<Tensor, Error> {
    let point = |x: &Tensor, weight, bias| x.f_conv2d(weight, Some(bias), [1; 2], [0; 2], [1; 2], 1);
    let means = x.f_mean_dim([2, 3].as_slice(), true, Kind::Float)?;
    let gate = point(&point(&means, down, down_bias)?.f_silu()?, up, up_bias)?.f_sigmoid()?.f_to_kind(x.kind())?;
    Ok(if train { x.f_mul(&gate)? } else { x.f_mul_(&gate)? })
}

/// For each picture 0, or 1 / keep with chance `keep`: stochastic depth (Huang et al. 2016) that keeps the mean.
fn survivors(x: &Tensor, keep: f64) -> Result<Tensor, Error> {
    let mut mask = Tensor::f_empty([x.size()[0], 1, 1, 1], (x.kind(), x.device()))?;
    Ok(mask.f_bernoulli_float_(keep)?.f_div_scalar_(keep)?)
}

/// Turns the rows of an architecture into layers, and notes the tensors that they need.
struct Builder {
    plan: Plan,
    units: usize,
    eps: f64,
    tensorflow: bool,
}

impl Builder {
    fn build(options: &NetOptions) -> (Plan, Layers) {
        let model = options.architecture;
        let tensorflow = model.pads_like_tensorflow();
        let mut b = Self { plan: Plan::default(), units: 0, eps: model.norm_eps(), tensorflow };
        let stem = b.unit("", ["conv_stem", "bn1"], [3, model.stem()], [3, 2, 1], true);
        let total: i64 = model.stages().map(|stage| stage.repeats).sum();
        let mut blocks = Vec::new();
        let mut channels = model.stem();
        for (s, stage) in model.stages().enumerate() {
            for r in 0..stage.repeats {
                let drop_path = options.drop_path * blocks.len() as f64 / total as f64;
                let stride = if r == 0 { stage.stride } else { 1 };
                blocks.push(b.block(&format!("blocks.{s}.{r}."), Stage { stride, ..stage }, channels, drop_path));
                channels = stage.channels;
            }
        }
        let head = b.unit("", ["conv_head", "bn2"], [channels, model.head()], [1, 1, 1], true);
        let classes = options.classes as i64;
        let even = Init::Uniform(1.0 / (classes as f64).sqrt());
        let classifier = [
            b.plan.parameter("classifier.weight".into(), &[classes, model.head()], even),
            b.plan.parameter("classifier.bias".into(), &[classes], Init::Constant(0.0)),
        ];
        (b.plan, Layers { stem, blocks, head, classifier })
    }

    fn block(&mut self, at: &str, stage: Stage, input: i64, drop_path: f64) -> Block {
        let Stage { kind, kernel, stride, channels, .. } = stage;
        let inner = input * stage.expand;
        let (before, squeeze, after) = match kind {
            BlockKind::Conv => {
                (vec![self.unit(at, ["conv", "bn1"], [input, channels], [kernel, stride, 1], true)], None, None)
            }
            BlockKind::Separable => {
                let before = vec![self.unit(at, ["conv_dw", "bn1"], [input, input], [kernel, stride, input], true)];
                let squeeze = self.squeeze(at, input, input / 4);
                (before, Some(squeeze), Some(self.unit(at, ["conv_pw", "bn2"], [input, channels], [1, 1, 1], false)))
            }
            BlockKind::Fused => {
                let before = vec![self.unit(at, ["conv_exp", "bn1"], [input, inner], [kernel, stride, 1], true)];
                (before, None, Some(self.unit(at, ["conv_pwl", "bn2"], [inner, channels], [1, 1, 1], false)))
            }
            BlockKind::Inverted => {
                let before = vec![
                    self.unit(at, ["conv_pw", "bn1"], [input, inner], [1, 1, 1], true),
                    self.unit(at, ["conv_dw", "bn2"], [inner, inner], [kernel, stride, inner], true),
                ];
                let squeeze = self.squeeze(at, inner, input / 4);
                (before, Some(squeeze), Some(self.unit(at, ["conv_pwl", "bn3"], [inner, channels], [1, 1, 1], false)))
            }
        };
        Block { before, squeeze, after, residual: stride == 1 && input == channels, drop_path }
    }

    fn unit(
        &mut self,
        at: &str,
        [conv, norm]: [&str; 2],
        [input, output]: [i64; 2],
        [kernel, stride, groups]: [i64; 3],
        active: bool,
    ) -> Unit {
        let plan = &mut self.plan;
        let shape = [output, input / groups, kernel, kernel];
        self.units += 1;
        Unit {
            number: self.units - 1,
            weight: plan.parameter(format!("{at}{conv}.weight"), &shape, fan_out(output / groups, kernel)),
            scale: plan.parameter(format!("{at}{norm}.weight"), &[output], Init::Constant(1.0)),
            shift: plan.parameter(format!("{at}{norm}.bias"), &[output], Init::Constant(0.0)),
            mean: plan.statistic(format!("{at}{norm}.running_mean"), output, 0.0),
            variance: plan.statistic(format!("{at}{norm}.running_var"), output, 1.0),
            window: Window { kernel, stride, groups, tensorflow: self.tensorflow },
            eps: self.eps,
            active,
        }
    }

    fn squeeze(&mut self, at: &str, wide: i64, narrow: i64) -> [usize; 4] {
        let mut point = |name: &str, input: i64, output: i64| {
            let weight = format!("{at}se.{name}.weight");
            let bias = format!("{at}se.{name}.bias");
            [
                self.plan.parameter(weight, &[output, input, 1, 1], fan_out(output, 1)),
                self.plan.parameter(bias, &[output], Init::Constant(0.0)),
            ]
        };
        let ([a, b], [c, d]) = (point("conv_reduce", wide, narrow), point("conv_expand", narrow, wide));
        [a, b, c, d]
    }
}

/// He initialisation by the outputs that an input reaches (timm's `_init_weight_goog`).
fn fan_out(outputs: i64, kernel: i64) -> Init {
    Init::Normal((2.0 / (outputs * kernel * kernel) as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::super::MODELS;
    use super::*;

    /// Parameters for 1000 classes and tensors of the state dict, as `timm.create_model(name)` of timm 1.0.31 has them:
    /// `sum(p.numel() for p in m.parameters())`, `len(m.state_dict())`.
    const TIMM: &[(&str, i64, usize)] = &[
        ("efficientnet_b0", 5288548, 360),
        ("efficientnet_b1", 7794184, 508),
        ("efficientnet_b2", 9109994, 508),
        ("efficientnet_b3", 12233232, 574),
        ("efficientnet_b4", 19341616, 706),
        ("efficientnet_b5", 30389784, 854),
        ("efficientnet_b6", 43040704, 986),
        ("efficientnet_b7", 66347960, 1200),
        ("tf_efficientnet_b0", 5288548, 360),
        ("tf_efficientnet_b1", 7794184, 508),
        ("tf_efficientnet_b2", 9109994, 508),
        ("tf_efficientnet_b3", 12233232, 574),
        ("tf_efficientnet_b4", 19341616, 706),
        ("tf_efficientnet_b5", 30389784, 854),
        ("tf_efficientnet_b6", 43040704, 986),
        ("tf_efficientnet_b7", 66347960, 1200),
        ("tf_efficientnetv2_b0", 7139704, 420),
        ("tf_efficientnetv2_b1", 8141052, 516),
        ("tf_efficientnetv2_b2", 10096086, 538),
        ("tf_efficientnetv2_b3", 14358406, 626),
        ("efficientnetv2_s", 21458488, 782),
        ("efficientnetv2_m", 54139356, 1120),
        ("efficientnetv2_l", 118515272, 1548),
        ("tf_efficientnetv2_s", 21458488, 782),
        ("tf_efficientnetv2_m", 54139356, 1120),
        ("tf_efficientnetv2_l", 118515272, 1548),
        ("efficientnetv2_rw_t", 13649388, 760),
        ("efficientnetv2_rw_s", 23941296, 794),
        ("test_efficientnet", 356196, 88),
    ];

    #[test]
    fn every_model_has_the_parameters_and_tensors_of_timm() {
        assert_eq!(TIMM.len(), MODELS.len(), "a model without its numbers");
        for &(name, parameters, tensors) in TIMM {
            let options = NetOptions { architecture: architecture(name).unwrap(), classes: 1000, ..tiny() };
            let (plan, layers) = Builder::build(&options);
            assert_eq!(plan.parameters.iter().map(Slot::numel).sum::<i64>(), parameters, "{name}");
            // timm counts the batches of every normalisation in a tensor of its own.
            assert_eq!(plan.parameters.len() + plan.statistics.len() + layers.units().count(), tensors, "{name}");
        }
    }

    fn tiny() -> NetOptions {
        NetOptions {
            architecture: architecture("test_efficientnet").unwrap(),
            classes: 3,
            dropout: 0.0,
            drop_path: 0.0,
            half: None,
        }
    }

    fn picture() -> Tensor {
        tch::manual_seed(1);
        Tensor::randn([4, 3, 48, 48], (Kind::Float, Device::Cpu))
    }

    #[test]
    fn a_seed_gives_one_net_and_another_seed_another() {
        let logits = |seed| {
            let net = Net::new(tiny(), seed, Device::Cpu).unwrap();
            Vec::<f32>::try_from(net.freeze().unwrap().logits(&picture()).unwrap().view([-1])).unwrap()
        };
        assert_eq!(logits(1), logits(1));
        assert_ne!(logits(1), logits(2));
    }

    #[test]
    fn folding_the_normalisation_changes_no_prediction() {
        let net = Net::new(tiny(), 1, Device::Cpu).unwrap();
        for _ in 0..20 {
            let _ = net.train(&picture()).unwrap();
        }
        let plain = no_grad(|| net.forward(&picture(), &net.pass(false)));
        let folded = net.freeze().unwrap().logits(&picture()).unwrap();
        let apart = (plain.unwrap() - &folded).abs().max().double_value(&[]);
        assert!(apart < 1e-4 * folded.abs().max().double_value(&[]), "{apart}");
    }

    #[test]
    fn half_precision_is_near_and_learns() {
        let net = |half| Net::new(NetOptions { half, ..tiny() }, 1, Device::Cpu).unwrap();
        let (full, half) = (net(None), net(Some(Kind::BFloat16)));
        let [a, b] = [&full, &half].map(|net| net.train(&picture()).unwrap());
        let apart = (&a - &b).abs().max().double_value(&[]) / a.abs().max().double_value(&[]);
        assert!(apart > 0.0 && apart < 0.1, "{apart}");
        let gradients =
            [(full, a), (half, b)].map(|(net, logits)| net.gradient(&logits.square().sum(Kind::Float), false));
        let [a, b] = gradients.map(Result::unwrap);
        let cosine = (&a * &b).sum(Kind::Float) / (a.norm() * b.norm());
        assert!(b.kind() == Kind::Float && cosine.double_value(&[]) > 0.95, "{cosine:?}");
    }

    #[test]
    fn where_the_classifier_alone_learns_the_rest_has_no_gradient_and_keeps_its_statistics() {
        let net = Net::new(tiny(), 1, Device::Cpu).unwrap();
        let before = net.weights.snapshot().unwrap();
        let logits = net.train_classifier(&picture()).unwrap();
        let gradient = net.gradient(&logits.square().sum(Kind::Float), true).unwrap();
        let segments = net.weights.segments(None, true);
        let mut start = 0;
        for segment in segments {
            let norm = gradient.narrow(0, start, segment.length).norm().double_value(&[]);
            assert_eq!(norm > 0.0, segment.scale > 0.0, "{segment:?}");
            start += segment.length;
        }
        assert_eq!(start, net.parameters());
        assert!(before[1].equal(&net.weights.flat_statistics));
    }

    #[test]
    fn a_skipped_block_skips_whole_pictures_and_keeps_the_mean() {
        tch::manual_seed(3);
        let mask = survivors(&Tensor::zeros([10_000, 1, 1, 1], (Kind::Float, Device::Cpu)), 0.8).unwrap();
        assert!((mask.mean(Kind::Float).double_value(&[]) - 1.0).abs() < 0.02);
        let values: std::collections::BTreeSet<_> =
            Vec::<f32>::try_from(mask.view([-1])).unwrap().iter().map(|v| v.to_bits()).collect();
        assert_eq!(values, [0.0f32.to_bits(), (1.0f32 / 0.8).to_bits()].into());
    }
}
