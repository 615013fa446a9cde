//! timm's RandAugment: its string, its operations, its magnitudes.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::op::Op;
use crate::kernel::Border;
use crate::random::Rng;
use crate::transform::Step;

/// In timm's order.
const OPS: [Op; 15] = [
    Op::AutoContrast,
    Op::Equalize,
    Op::Invert,
    Op::Rotate,
    Op::Posterize,
    Op::Solarize,
    Op::SolarizeAdd,
    Op::Color,
    Op::Contrast,
    Op::Brightness,
    Op::Sharpness,
    Op::ShearX,
    Op::ShearY,
    Op::TranslateX,
    Op::TranslateY,
];

/// What a string such as `rand-m9-n3-mstd0.5-inc1` says.
#[derive(Clone, Debug, PartialEq)]
pub struct Timm {
    /// m: how strong, 0 to `most`.
    magnitude: f64,
    /// n: how many operations.
    layers: usize,
    /// p: the chance of each.
    chance: f64,
    /// mstd: the magnitude's standard deviation; above 100 the magnitude is drawn evenly from 0 to m.
    std: f64,
    /// mmax: the largest magnitude.
    most: f64,
    /// inc: whether all operations grow stronger with the magnitude.
    increasing: bool,
}

impl Timm {
    /// Draws the steps: evenly chosen operations, each with its chance, at a magnitude with noise.
    pub fn draw(&self, border: Border, rng: &mut Rng) -> Vec<Step> {
        let mut steps = Vec::new();
        for _ in 0..self.layers {
            let op = OPS[rng.index(OPS.len())];
            if rng.chance(self.chance) {
                let level = if self.std > 100.0 {
                    rng.between(0.0, self.magnitude)
                } else {
                    self.magnitude + self.std * rng.normal()
                };
                let negative = rng.chance(0.5);
                steps.push(op.step(strength(op, level.clamp(0.0, self.most), self.increasing, negative), border));
            }
        }
        steps
    }
}

/// How strong an operation is at a level, of 10: timm's `LEVEL_TO_ARG`.
fn strength(op: Op, level: f64, increasing: bool, negative: bool) -> f64 {
    let part = level / 10.0;
    let sign = if negative { -1.0 } else { 1.0 };
    match op {
        Op::Rotate => sign * part * 30.0,
        Op::ShearX | Op::ShearY => sign * part * 0.3,
        Op::TranslateX | Op::TranslateY => sign * part * 0.45,
        Op::Color | Op::Contrast | Op::Brightness | Op::Sharpness if increasing => (1.0 + sign * part * 0.9).max(0.1),
        Op::Color | Op::Contrast | Op::Brightness | Op::Sharpness => part * 1.8 + 0.1,
        Op::Posterize => {
            let bits = (part * 4.0).trunc();
            (if increasing { 4.0 - bits } else { bits }).clamp(0.0, 8.0)
        }
        Op::Solarize => {
            let threshold = (part * 256.0).trunc().min(256.0);
            if increasing { 256.0 - threshold } else { threshold }
        }
        Op::SolarizeAdd => (part * 110.0).trunc().min(128.0),
        Op::AutoContrast | Op::Equalize | Op::Invert => 0.0,
    }
}

impl FromStr for Timm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut sections = text.split('-');
        if sections.next() != Some("rand") {
            return Err(format!(
                "a string of timm's RandAugment begins with `rand`, such as rand-m9-n2-mstd0.5, got `{text}`"
            ));
        }
        let mut timm = Self { magnitude: 10.0, layers: 2, chance: 0.5, std: 0.0, most: 10.0, increasing: false };
        for section in sections {
            let digits = section.find(|c: char| c.is_ascii_digit()).unwrap_or(section.len());
            let (key, value) = section.split_at(digits);
            let number: f64 = value.parse().map_err(|_| format!("`{section}` of `{text}` has no number"))?;
            let within = |most: f64| {
                if (0.0..=most).contains(&number) {
                    Ok(number)
                } else {
                    Err(format!("`{section}` of `{text}` must be from 0 to {most}"))
                }
            };
            match key {
                "m" => timm.magnitude = within(30.0)?,
                "n" => timm.layers = within(100.0)? as usize,
                "p" => timm.chance = within(1.0)?,
                "mstd" => timm.std = within(1e9)?,
                "mmax" => timm.most = within(30.0)?,
                // timm takes any number, 0 too, for yes.
                "inc" => timm.increasing = number > 0.0,
                _ => return Err(format!("`{section}` of `{text}`: m, n, p, mstd, mmax and inc are known")),
            }
        }
        Ok(timm)
    }
}

impl fmt::Display for Timm {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { magnitude, layers, chance, std, most, increasing } = self;
        write!(f, "rand-m{magnitude}-n{layers}-p{chance}-mstd{std}-mmax{most}-inc{}", u8::from(*increasing))
    }
}

impl Serialize for Timm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Timm {
    fn schema_name() -> Cow<'static, str> {
        "Timm".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^rand(-(m|n|p|mstd|mmax|inc)[0-9.]+)*$"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_read_and_written() {
        let timm: Timm = "rand-m9-n3-mstd0.5-inc1".parse().unwrap();
        assert_eq!(timm, Timm { magnitude: 9.0, layers: 3, chance: 0.5, std: 0.5, most: 10.0, increasing: true });
        assert_eq!(timm.to_string().parse(), Ok(timm));
        for (wrong, part) in
            [("rnd-m9", "begins with `rand`"), ("rand-m", "no number"), ("rand-q3", "are known"), ("rand-p3", "0 to 1")]
        {
            let error = wrong.parse::<Timm>().unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }

    /// Made by `scripts/policy_answers.py` from timm's functions.
    #[test]
    fn magnitudes_are_timms() {
        let answers: serde_json::Value =
            serde_json::from_str(include_str!("../../../../tests/data/policies.json")).unwrap();
        let mut compared = 0;
        for (op, plain, growing) in [
            (Op::Rotate, "Rotate", "Rotate"),
            (Op::Posterize, "Posterize", "PosterizeIncreasing"),
            (Op::Solarize, "Solarize", "SolarizeIncreasing"),
            (Op::SolarizeAdd, "SolarizeAdd", "SolarizeAdd"),
            (Op::Color, "Color", "ColorIncreasing"),
            (Op::Contrast, "Contrast", "ContrastIncreasing"),
            (Op::Brightness, "Brightness", "BrightnessIncreasing"),
            (Op::Sharpness, "Sharpness", "SharpnessIncreasing"),
            (Op::ShearX, "ShearX", "ShearX"),
            (Op::TranslateY, "TranslateYRel", "TranslateYRel"),
        ] {
            for (name, increasing) in [(plain, false), (growing, true)] {
                for (step, theirs) in answers["timm"][name].as_array().unwrap().iter().enumerate() {
                    for (negative, theirs) in [false, true].into_iter().zip(theirs.as_array().unwrap()) {
                        let ours = strength(op, step as f64 / 2.0, increasing, negative);
                        let theirs = theirs.as_f64().unwrap();
                        assert!((ours - theirs).abs() < 1e-9, "{name} at {}: {ours} for {theirs}", step as f64 / 2.0);
                        compared += 1;
                    }
                }
            }
        }
        assert!(compared > 800, "{compared}");
    }
}
