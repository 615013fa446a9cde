//! Pipeline files: YAML to typed values, with the line of whatever is wrong.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::Steps;
use crate::image::Encoding;

/// Why a YAML file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It could not be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something in it is wrong; the text holds line, column and the lines around it.
    #[error("{}: {text}", path.display())]
    Yaml {
        /// The file.
        path: PathBuf,
        /// Where and what.
        text: String,
    },
}

/// Reads a YAML file into a typed value.
pub fn read_yaml<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Io { path: path.into(), source })?;
    serde_saphyr::from_str(&text).map_err(|e| Error::Yaml { path: path.into(), text: e.to_string() })
}

/// What `augment` is to do: the layout of `pipelines/*.yaml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PipelineFile {
    /// Version of this layout: 1.
    #[serde(deserialize_with = "version_one")]
    pub version: u32,
    /// Folder per class, CSV or Parquet manifest; relative to the working directory. `--data` wins over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// The folder to write. `--out` wins over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out: Option<PathBuf>,
    /// The seed of everything that is drawn. `--seed` wins over it.
    #[serde(default)]
    pub seed: u64,
    /// How many images each class should have.
    #[serde(default)]
    pub balance: Balance,
    /// What is done to each copy.
    pub steps: Steps,
    /// Steps of single classes, instead of the ones above.
    #[serde(default)]
    pub classes: BTreeMap<String, ClassSteps>,
    /// How copies are written.
    #[serde(default, deserialize_with = "checked_encoding")]
    pub encode: Encoding,
}

/// What differs for one class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassSteps {
    /// What is done to each copy of this class.
    pub steps: Steps,
}

/// How many images each class should have after `augment`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Balance {
    /// A number, max, mean, median, or {class: number}.
    pub target: Target,
    /// What becomes of a class that has more than its target.
    pub above: Above,
    /// The most copies of one original; more are refused. 0 means no limit.
    pub max_copies: u32,
}

impl Default for Balance {
    fn default() -> Self {
        Self { target: Target::Max, above: Above::Keep, max_copies: 20 }
    }
}

/// What becomes of a class that has more images than its target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Above {
    /// All stay.
    #[default]
    Keep,
    /// As many as the target, evenly over groups where there are any, are taken.
    Trim,
}

/// How many images a class should have.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// The same number for all.
    Number(usize),
    /// As many as the largest class.
    Max,
    /// The mean over classes, rounded.
    Mean,
    /// The median over classes, rounded.
    Median,
    /// A number for each class named; the others stay as they are.
    PerClass(BTreeMap<String, usize>),
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(n) => n.serialize(serializer),
            Self::Max => "max".serialize(serializer),
            Self::Mean => "mean".serialize(serializer),
            Self::Median => "median".serialize(serializer),
            Self::PerClass(targets) => targets.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TargetVisitor;
        impl<'de> Visitor<'de> for TargetVisitor {
            type Value = Target;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a whole number, max, mean, median, or {class: number}")
            }

            fn visit_u64<E: de::Error>(self, n: u64) -> Result<Target, E> {
                Ok(Target::Number(n as usize))
            }

            fn visit_i64<E: de::Error>(self, n: i64) -> Result<Target, E> {
                usize::try_from(n)
                    .map(Target::Number)
                    .map_err(|_| E::custom(format!("target must not be below 0, got {n}")))
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Target, E> {
                match name {
                    "max" => Ok(Target::Max),
                    "mean" => Ok(Target::Mean),
                    "median" => Ok(Target::Median),
                    other => Err(E::custom(format!(
                        "target must be a number, max, mean, median or {{class: number}}, got `{other}`"
                    ))),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Target, A::Error> {
                BTreeMap::deserialize(de::value::MapAccessDeserializer::new(map)).map(Target::PerClass)
            }
        }
        deserializer.deserialize_any(TargetVisitor)
    }
}

impl JsonSchema for Target {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Target".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "oneOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "enum": ["max", "mean", "median"]},
                {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}}
            ]
        })
    }
}

fn version_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        1 => Ok(1),
        other => Err(de::Error::custom(format!("this evenfold reads version 1 of pipeline files, got {other}"))),
    }
}

fn checked_encoding<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Encoding, D::Error> {
    let encoding = Encoding::deserialize(deserializer)?;
    encoding.check().map_err(de::Error::custom)?;
    Ok(encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(yaml: &str) -> Result<PipelineFile, String> {
        serde_saphyr::from_str(yaml).map_err(|e| e.to_string())
    }

    #[test]
    fn the_example_of_the_design_is_read() {
        let file = parse(
            "version: 1\ndata: data/trashnet\nout: out/even\nseed: 42\nbalance:\n  target: {trash: 594, glass: 501}\n  \
             above: keep\n  max_copies: 20\nsteps:\n  - hflip: {p: 0.5}\n  - one_of:\n      - gaussian_blur: {sigma: [0.5, 1.5]}\n      \
             - gauss_noise: {std: [5, 15]}\nclasses:\n  trash: {steps: [vflip]}\nencode: {format: jpeg, quality: 95}\n",
        )
        .unwrap();
        assert_eq!(file.balance.target, Target::PerClass([("trash".into(), 594), ("glass".into(), 501)].into()));
        assert_eq!(file.classes["trash"].steps.nodes().len(), 1);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for (yaml, part) in [
            ("version: 2\nsteps: []", "version 1"),
            ("version: 1\nsteps: []\nstpes: []", "stpes"),
            ("version: 1\nsteps: []\nbalance: {target: most}", "got `most`"),
            ("version: 1\nsteps: []\nbalance: {target: -3}", "below 0"),
            ("version: 1\nsteps: []\nencode: {quality: 0}", "quality must be from 1 to 100"),
        ] {
            let error = parse(yaml).err().unwrap_or_else(|| panic!("{yaml} was accepted"));
            assert!(error.contains(part) && error.contains("line"), "{yaml}: {error}");
        }
    }
}
