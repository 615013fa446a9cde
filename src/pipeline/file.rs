//! Pipeline files: YAML to typed values, with the line of whatever is wrong.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::de::{self, DeserializeOwned, Deserializer};
use serde::{Deserialize, Serialize};

use super::{Encode, Steps, Target};

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
    /// How different copies must be.
    #[serde(default, deserialize_with = "checked_diversity")]
    pub diversity: Diversity,
    /// What is done to each copy.
    pub steps: Steps,
    /// Steps of single classes, instead of the ones above.
    #[serde(default)]
    pub classes: BTreeMap<String, ClassSteps>,
    /// How copies are written; as their sources, unless said otherwise.
    #[serde(default, deserialize_with = "checked_encode")]
    pub encode: Encode,
    /// What becomes of the originals' files.
    #[serde(default)]
    pub originals: Originals,
}

/// How the originals come into the result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Originals {
    /// A hard link to each, or a copy where the file system has no links: the result is a whole data set.
    #[default]
    Link,
    /// A copy of each: whatever is done to the one file leaves the other as it was.
    Copy,
    /// They stay where they are, and the manifest says where: the result holds copies alone.
    Leave,
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
    /// A number, max, mean, median, xK, {class: number}, [numbers in class order], {ratio: r}, {power: q},
    /// {`effective_number`: beta} or {`repeat_factor`: t}. Where the data has folds, in every fold's training part.
    pub target: Target,
    /// What becomes of a class that has more than its target.
    pub above: Above,
    /// The most copies of one original; more are refused. 0 means no limit.
    pub max_copies: u32,
    /// The fewest originals that a class may be copied from; fewer are refused. 0 means no limit.
    pub min_sources: usize,
}

impl Default for Balance {
    fn default() -> Self {
        Self { target: Target::Max, above: Above::Keep, max_copies: 20, min_sources: 0 }
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

/// How far a copy must look from its source and from its earlier siblings.
///
/// The distance is the root mean squared difference of 16 x 16 thumbnails in RGB, from 0 (look the same) to 255.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Diversity {
    /// A copy nearer than this is drawn again. 0 takes every copy as it comes.
    pub min_distance: f64,
    /// How often a copy may be drawn again; then the farthest draw is taken.
    pub redraws: u32,
}

impl Default for Diversity {
    fn default() -> Self {
        Self { min_distance: 2.0, redraws: 8 }
    }
}

fn checked_diversity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Diversity, D::Error> {
    let diversity = Diversity::deserialize(deserializer)?;
    match diversity.min_distance {
        0.0..=255.0 => Ok(diversity),
        other => Err(de::Error::custom(format!("min_distance must be from 0 to 255, got {other}"))),
    }
}

fn version_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        1 => Ok(1),
        other => Err(de::Error::custom(format!("this evenfold reads version 1 of pipeline files, got {other}"))),
    }
}

fn checked_encode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Encode, D::Error> {
    let encode = Encode::deserialize(deserializer)?;
    encode.check().map_err(de::Error::custom)?;
    Ok(encode)
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
            ("version: 1\nsteps: []\nbalance:\n  target: {ratio: 3}", "ratio must be above 0 and at most 1, got 3"),
            ("version: 1\nsteps: []\nbalance: {target: {cat: 2.5}}", "`cat`: a number of images must be whole"),
            ("version: 1\nsteps: []\nbalance: {target: [2, -1]}", "got -1"),
            ("version: 1\nsteps: []\nbalance: {target: x-2}", "got `x-2`"),
            ("version: 1\nsteps: []\ndiversity: {min_distance: -1}", "min_distance must be from 0 to 255, got -1"),
            ("version: 1\nsteps: []\nencode: {quality: 0}", "quality must be from 1 to 100"),
        ] {
            let error = parse(yaml).err().unwrap_or_else(|| panic!("{yaml} was accepted"));
            assert!(error.contains(part) && error.contains("line"), "{yaml}: {error}");
        }
    }
}
