//! The operations of AutoAugment and its successors, and how strong they are.

use crate::image::Shape;
use crate::kernel::Border;
use crate::random::Rng;
use crate::transform::colour::{
    auto_contrast, brightness, contrast, equalize, invert, posterize, saturation, sharpness, solarize, solarize_add,
};
use crate::transform::geometric::{rotate, shear, translate};
use crate::transform::{Range, Step};

/// An operation. What its strength is in is said beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Slope along the rows.
    ShearX,
    /// Slope along the columns.
    ShearY,
    /// Fraction of the width.
    TranslateX,
    /// Fraction of the height.
    TranslateY,
    /// Degrees.
    Rotate,
    /// Factor.
    Brightness,
    /// Factor.
    Color,
    /// Factor.
    Contrast,
    /// Factor.
    Sharpness,
    /// Bits.
    Posterize,
    /// Level.
    Solarize,
    /// Levels.
    SolarizeAdd,
    /// None.
    AutoContrast,
    /// None.
    Equalize,
    /// None.
    Invert,
}

/// What RandAugment and TrivialAugment choose from, in torchvision's order; `None` changes nothing.
pub const OPS_OR_NONE: [Option<Op>; 14] = [
    None,
    Some(Op::ShearX),
    Some(Op::ShearY),
    Some(Op::TranslateX),
    Some(Op::TranslateY),
    Some(Op::Rotate),
    Some(Op::Brightness),
    Some(Op::Color),
    Some(Op::Contrast),
    Some(Op::Sharpness),
    Some(Op::Posterize),
    Some(Op::Solarize),
    Some(Op::AutoContrast),
    Some(Op::Equalize),
];

impl Op {
    /// The step that does it with this strength.
    ///
    /// Shears are about the centre; torchvision's and timm's are about the upper left corner, which moves the picture as
    /// well.
    pub fn step(self, strength: f64, border: Border) -> Step {
        let (by, none) = (Range::new(strength, strength), Range::new(0.0, 0.0));
        let angle = libm::atan(strength).to_degrees();
        let slope = Range::new(angle, angle);
        match self {
            Self::ShearX => Step::Shear(shear::Shear { x_deg: slope, y_deg: none, border, p: 1.0 }),
            Self::ShearY => Step::Shear(shear::Shear { x_deg: none, y_deg: slope, border, p: 1.0 }),
            Self::TranslateX => Step::Translate(translate::Translate { x_frac: by, y_frac: none, border, p: 1.0 }),
            Self::TranslateY => Step::Translate(translate::Translate { x_frac: none, y_frac: by, border, p: 1.0 }),
            Self::Rotate => Step::Rotate(rotate::Rotate { rotate_deg: by, border, p: 1.0 }),
            Self::Brightness => Step::Brightness(brightness::Brightness { factor: by, p: 1.0 }),
            Self::Color => Step::Saturation(saturation::Saturation { factor: by, p: 1.0 }),
            Self::Contrast => Step::Contrast(contrast::Contrast { factor: by, p: 1.0 }),
            Self::Sharpness => Step::Sharpness(sharpness::Sharpness { factor: by, p: 1.0 }),
            Self::Posterize => Step::Posterize(posterize::Posterize { bits: by, p: 1.0 }),
            // A level is inverted from the threshold on: the next whole one where it is none.
            Self::Solarize => {
                let threshold = Range::new(strength.ceil(), strength.ceil());
                Step::Solarize(solarize::Solarize { threshold, p: 1.0 })
            }
            Self::SolarizeAdd => {
                let threshold = Range::new(128.0, 128.0);
                Step::SolarizeAdd(solarize_add::SolarizeAdd { addition: by, threshold, p: 1.0 })
            }
            Self::AutoContrast => Step::AutoContrast(auto_contrast::AutoContrast::default()),
            Self::Equalize => Step::Equalize(equalize::Equalize::default()),
            Self::Invert => Step::Invert(invert::Invert { p: 1.0 }),
        }
    }
}

/// How strong an operation is, by the paper: torchvision's `_augmentation_space`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// RandAugment and AutoAugment.
    Standard,
    /// TrivialAugment, wide.
    Wide,
    /// AugMix.
    AugMix,
}

impl Space {
    /// An operation's magnitude at `bin` of `bins`, in torchvision's units: pixels for translations, 1 less than the factor
    /// for enhancements. The second value says whether its sign is drawn.
    pub fn magnitude(self, op: Op, bin: usize, bins: usize, shape: Shape) -> (f64, bool) {
        let part = bin as f64 / (bins - 1) as f64;
        let wide = self == Self::Wide;
        let pixels = |side: usize| match self {
            Self::Standard => 150.0 / 331.0 * side as f64,
            Self::Wide => 32.0,
            Self::AugMix => side as f64 / 3.0,
        };
        match op {
            Op::ShearX | Op::ShearY => (part * if wide { 0.99 } else { 0.3 }, true),
            Op::TranslateX => (part * pixels(shape.width), true),
            Op::TranslateY => (part * pixels(shape.height), true),
            Op::Rotate => (part * if wide { 135.0 } else { 30.0 }, true),
            Op::Brightness | Op::Color | Op::Contrast | Op::Sharpness => (part * if wide { 0.99 } else { 0.9 }, true),
            Op::Posterize => {
                let (most, lost) = match self {
                    Self::Standard => (8.0, 4.0),
                    Self::Wide => (8.0, 6.0),
                    Self::AugMix => (4.0, 4.0),
                };
                (most - libm::rint(part * lost), false)
            }
            Op::Solarize => (255.0 * (1.0 - part), false),
            Op::SolarizeAdd | Op::AutoContrast | Op::Equalize | Op::Invert => (0.0, false),
        }
    }

    /// The step that does an operation with the magnitude at `bin` of `bins`; where it has a sign, that is drawn.
    pub fn drawn(self, op: Op, (bin, bins): (usize, usize), shape: Shape, border: Border, rng: &mut Rng) -> Step {
        let (magnitude, has_sign) = self.magnitude(op, bin, bins, shape);
        let signed = if has_sign && rng.chance(0.5) { -magnitude } else { magnitude };
        let strength = match op {
            // Whole pixels, as torchvision cuts them off.
            Op::TranslateX => signed.trunc() / shape.width as f64,
            Op::TranslateY => signed.trunc() / shape.height as f64,
            Op::Brightness | Op::Color | Op::Contrast | Op::Sharpness => 1.0 + signed,
            _ => signed,
        };
        op.step(strength, border)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [(&str, Op); 14] = [
        ("ShearX", Op::ShearX),
        ("ShearY", Op::ShearY),
        ("TranslateX", Op::TranslateX),
        ("TranslateY", Op::TranslateY),
        ("Rotate", Op::Rotate),
        ("Brightness", Op::Brightness),
        ("Color", Op::Color),
        ("Contrast", Op::Contrast),
        ("Sharpness", Op::Sharpness),
        ("Posterize", Op::Posterize),
        ("Solarize", Op::Solarize),
        ("AutoContrast", Op::AutoContrast),
        ("Equalize", Op::Equalize),
        ("Invert", Op::Invert),
    ];

    /// Made by `scripts/policy_answers.py` from torchvision.
    fn answers() -> serde_json::Value {
        serde_json::from_str(include_str!("../../../../tests/data/policies.json")).unwrap()
    }

    #[test]
    fn magnitudes_are_torchvisions() {
        let answers = answers();
        let shape = Shape { width: 331, height: 200 };
        let mut compared = 0;
        for (name, space, bins) in [
            ("AutoAugment", Space::Standard, 10),
            ("RandAugment", Space::Standard, 31),
            ("TrivialAugmentWide", Space::Wide, 31),
            ("AugMix", Space::AugMix, 10),
        ] {
            for (op_name, [magnitudes, signed]) in serde_json::from_value::<
                std::collections::BTreeMap<String, [serde_json::Value; 2]>,
            >(answers[name].clone())
            .unwrap()
            {
                let Some((_, op)) = NAMES.iter().find(|(known, _)| *known == op_name) else {
                    assert_eq!(op_name, "Identity");
                    continue;
                };
                let Ok(theirs) = serde_json::from_value::<Vec<f64>>(magnitudes) else { continue };
                for (bin, theirs) in theirs.into_iter().enumerate() {
                    let (ours, ours_signed) = space.magnitude(*op, bin, bins, shape);
                    assert!((ours - theirs).abs() < 1e-4, "{name} {op_name} {bin}: {ours} for {theirs}");
                    assert_eq!(ours_signed, signed.as_bool().unwrap());
                    compared += 1;
                }
            }
        }
        assert!(compared > 900, "{compared}");
    }

    #[test]
    fn tables_are_torchvisions() {
        use super::super::tables::{CIFAR10, IMAGENET, SVHN};
        let answers = answers();
        for (name, table) in [("imagenet", IMAGENET), ("cifar10", CIFAR10), ("svhn", SVHN)] {
            let ours: Vec<_> = table
                .iter()
                .map(|pair| {
                    pair.map(|(op, p, bin)| {
                        let (name, _) = NAMES.iter().find(|(_, known)| *known == op).unwrap();
                        serde_json::json!([name, p, bin])
                    })
                })
                .collect();
            assert_eq!(serde_json::json!(ours), answers["tables"][name], "{name}");
        }
    }
}
