//! EfficientNets as data: a table of stages and two multipliers.
//!
//! The tables are those of timm 1.0 (`timm/models/efficientnet.py`), after Tan and Le, "EfficientNet" (ICML 2019) and
//! "`EfficientNetV2`" (ICML 2021).

/// What the blocks of a stage are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A plain convolution (timm: `cn`).
    Conv,
    /// Depthwise, squeeze-and-excite, pointwise (timm: `ds`).
    Separable,
    /// Convolution that widens, pointwise that narrows (timm: `er`).
    Fused,
    /// Pointwise that widens, depthwise, squeeze-and-excite, pointwise that narrows (timm: `ir`).
    Inverted,
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// What its blocks are.
    pub kind: Kind,
    /// How many, before the depth multiplier.
    pub repeats: i64,
    /// Side of the convolution that sees neighbours.
    pub kernel: i64,
    /// Stride of the first block; the others have 1.
    pub stride: i64,
    /// How much wider the inside of a block is than its input.
    pub expand: i64,
    /// Output channels, before the width multiplier.
    pub channels: i64,
}

const fn row(kind: Kind, repeats: i64, kernel: i64, stride: i64, expand: i64, channels: i64) -> Stage {
    Stage { kind, repeats, kernel, stride, expand, channels }
}

use Kind::{Conv, Fused, Inverted, Separable};

struct Family {
    stages: &'static [Stage],
    stem: i64,
    head: i64,
    /// Rounding a width down may not go below this share of it.
    round_limit: f64,
}

static V1: Family = Family {
    stages: &[
        row(Separable, 1, 3, 1, 1, 16),
        row(Inverted, 2, 3, 2, 6, 24),
        row(Inverted, 2, 5, 2, 6, 40),
        row(Inverted, 3, 3, 2, 6, 80),
        row(Inverted, 3, 5, 1, 6, 112),
        row(Inverted, 4, 5, 2, 6, 192),
        row(Inverted, 1, 3, 1, 6, 320),
    ],
    stem: 32,
    head: 1280,
    round_limit: 0.9,
};

static V2_BASE: Family = Family {
    stages: &[
        row(Conv, 1, 3, 1, 1, 16),
        row(Fused, 2, 3, 2, 4, 32),
        row(Fused, 2, 3, 2, 4, 48),
        row(Inverted, 3, 3, 2, 4, 96),
        row(Inverted, 5, 3, 1, 6, 112),
        row(Inverted, 8, 3, 2, 6, 192),
    ],
    stem: 32,
    head: 1280,
    round_limit: 0.0,
};

static V2_SMALL: Family = Family {
    stages: &[
        row(Conv, 2, 3, 1, 1, 24),
        row(Fused, 4, 3, 2, 4, 48),
        row(Fused, 4, 3, 2, 4, 64),
        row(Inverted, 6, 3, 2, 4, 128),
        row(Inverted, 9, 3, 1, 6, 160),
        row(Inverted, 15, 3, 2, 6, 256),
    ],
    stem: 24,
    head: 1280,
    round_limit: 0.9,
};

static V2_RW_SMALL: Family = Family {
    stages: &[
        row(Fused, 2, 3, 1, 1, 24),
        row(Fused, 4, 3, 2, 4, 48),
        row(Fused, 4, 3, 2, 4, 64),
        row(Inverted, 6, 3, 2, 4, 128),
        row(Inverted, 9, 3, 1, 6, 160),
        row(Inverted, 15, 3, 2, 6, 272),
    ],
    stem: 24,
    head: 1792,
    round_limit: 0.9,
};

static V2_MEDIUM: Family = Family {
    stages: &[
        row(Conv, 3, 3, 1, 1, 24),
        row(Fused, 5, 3, 2, 4, 48),
        row(Fused, 5, 3, 2, 4, 80),
        row(Inverted, 7, 3, 2, 4, 160),
        row(Inverted, 14, 3, 1, 6, 176),
        row(Inverted, 18, 3, 2, 6, 304),
        row(Inverted, 5, 3, 1, 6, 512),
    ],
    stem: 24,
    head: 1280,
    round_limit: 0.9,
};

static V2_LARGE: Family = Family {
    stages: &[
        row(Conv, 4, 3, 1, 1, 32),
        row(Fused, 7, 3, 2, 4, 64),
        row(Fused, 7, 3, 2, 4, 96),
        row(Inverted, 10, 3, 2, 4, 192),
        row(Inverted, 19, 3, 1, 6, 224),
        row(Inverted, 25, 3, 2, 6, 384),
        row(Inverted, 7, 3, 1, 6, 640),
    ],
    stem: 32,
    head: 1280,
    round_limit: 0.9,
};

static TEST: Family = Family {
    stages: &[
        row(Conv, 1, 3, 1, 1, 16),
        row(Fused, 1, 3, 2, 4, 24),
        row(Fused, 1, 3, 2, 4, 32),
        row(Inverted, 1, 3, 2, 4, 48),
        row(Inverted, 1, 3, 2, 4, 64),
    ],
    stem: 24,
    head: 256,
    round_limit: 0.0,
};

/// Whose padding and normalisation a model has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// `PyTorch`'s: padding alike on both sides, eps 1e-5.
    Native,
    /// `TensorFlow`'s, whose weights were ported: padding as the picture's size asks for, eps 1e-3.
    TensorFlow,
}

use Origin::{Native, TensorFlow};

/// One model: a family's table and its multipliers.
pub struct Architecture {
    /// timm's name for it.
    pub name: &'static str,
    family: &'static Family,
    origin: Origin,
    width: f64,
    depth: f64,
}

const fn model(name: &'static str, family: &'static Family, origin: Origin, width: f64, depth: f64) -> Architecture {
    Architecture { name, family, origin, width, depth }
}

/// Every model that can be trained.
pub static MODELS: &[Architecture] = &[
    model("efficientnet_b0", &V1, Native, 1.0, 1.0),
    model("efficientnet_b1", &V1, Native, 1.0, 1.1),
    model("efficientnet_b2", &V1, Native, 1.1, 1.2),
    model("efficientnet_b3", &V1, Native, 1.2, 1.4),
    model("efficientnet_b4", &V1, Native, 1.4, 1.8),
    model("efficientnet_b5", &V1, Native, 1.6, 2.2),
    model("efficientnet_b6", &V1, Native, 1.8, 2.6),
    model("efficientnet_b7", &V1, Native, 2.0, 3.1),
    model("tf_efficientnet_b0", &V1, TensorFlow, 1.0, 1.0),
    model("tf_efficientnet_b1", &V1, TensorFlow, 1.0, 1.1),
    model("tf_efficientnet_b2", &V1, TensorFlow, 1.1, 1.2),
    model("tf_efficientnet_b3", &V1, TensorFlow, 1.2, 1.4),
    model("tf_efficientnet_b4", &V1, TensorFlow, 1.4, 1.8),
    model("tf_efficientnet_b5", &V1, TensorFlow, 1.6, 2.2),
    model("tf_efficientnet_b6", &V1, TensorFlow, 1.8, 2.6),
    model("tf_efficientnet_b7", &V1, TensorFlow, 2.0, 3.1),
    model("tf_efficientnetv2_b0", &V2_BASE, TensorFlow, 1.0, 1.0),
    model("tf_efficientnetv2_b1", &V2_BASE, TensorFlow, 1.0, 1.1),
    model("tf_efficientnetv2_b2", &V2_BASE, TensorFlow, 1.1, 1.2),
    model("tf_efficientnetv2_b3", &V2_BASE, TensorFlow, 1.2, 1.4),
    model("efficientnetv2_s", &V2_SMALL, Native, 1.0, 1.0),
    model("efficientnetv2_m", &V2_MEDIUM, Native, 1.0, 1.0),
    model("efficientnetv2_l", &V2_LARGE, Native, 1.0, 1.0),
    model("tf_efficientnetv2_s", &V2_SMALL, TensorFlow, 1.0, 1.0),
    model("tf_efficientnetv2_m", &V2_MEDIUM, TensorFlow, 1.0, 1.0),
    model("tf_efficientnetv2_l", &V2_LARGE, TensorFlow, 1.0, 1.0),
    model("efficientnetv2_rw_t", &V2_SMALL, Native, 0.8, 0.9),
    model("efficientnetv2_rw_s", &V2_RW_SMALL, Native, 1.0, 1.0),
    model("test_efficientnet", &TEST, Native, 1.0, 1.0),
];

/// The model of this name.
pub fn architecture(name: &str) -> Option<&'static Architecture> {
    MODELS.iter().find(|model| model.name == name)
}

impl Architecture {
    /// Channels after the first convolution.
    pub fn stem(&self) -> i64 {
        self.wide(self.family.stem)
    }

    /// Channels before the classifier.
    pub fn head(&self) -> i64 {
        self.wide(self.family.head)
    }

    /// The stages with the multipliers applied.
    pub fn stages(&self) -> impl Iterator<Item = Stage> {
        self.family.stages.iter().map(|stage| Stage {
            repeats: (stage.repeats as f64 * self.depth).ceil() as i64,
            channels: self.wide(stage.channels),
            ..*stage
        })
    }

    /// Added to the variance by batch normalisation.
    pub fn norm_eps(&self) -> f64 {
        if self.origin == TensorFlow { 1e-3 } else { 1e-5 }
    }

    /// Whether strided convolutions pad as `TensorFlow` does: as much as the picture's size asks for, the odd pixel at
    /// the right and at the bottom.
    pub fn pads_like_tensorflow(&self) -> bool {
        self.origin == TensorFlow
    }

    /// timm's `round_channels`: to the nearest multiple of 8, but not below `round_limit` of the exact number.
    fn wide(&self, channels: i64) -> i64 {
        let exact = channels as f64 * self.width;
        let rounded = ((exact + 4.0) as i64 / 8 * 8).max(8);
        if (rounded as f64) < self.family.round_limit * exact { rounded + 8 } else { rounded }
    }
}
