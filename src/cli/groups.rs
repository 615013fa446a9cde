use std::str::FromStr;

use regex::Regex;

use super::answer::Failure;
use crate::data::{Manifest, Sample};
use crate::row;
use crate::split::{Grouping, Likely, Place, likely_groups};

use super::table::table;

/// What `--groups` says.
#[derive(Clone)]
pub enum Groups {
    Auto,
    None,
    /// A column, or else a pattern on the path.
    Named(String),
}

impl FromStr for Groups {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::None),
            "" => Err("expected auto, none, a column or a pattern".into()),
            _ => Ok(Self::Named(text.into())),
        }
    }
}

/// A grouping, and the likely groups that were seen on the way.
pub struct Resolved {
    pub grouping: Grouping,
    /// What was seen where the user said nothing; the first is used.
    pub likely: Vec<Likely>,
}

impl Groups {
    /// Fails early on a column that is not there.
    pub fn check(&self, manifest: &Manifest) -> Result<(), Failure> {
        match self {
            Self::Named(name) => named(manifest, name).map(|_| ()),
            Self::Auto | Self::None => Ok(()),
        }
    }

    /// The groups of the manifest's rows, looked for where the user does not name them.
    pub fn resolve(&self, manifest: &Manifest, folds: usize) -> Result<Resolved, Failure> {
        let grouping = match self {
            Self::None => Grouping::Nothing,
            Self::Named(name) => named(manifest, name)?,
            Self::Auto if manifest.samples.iter().any(|sample| sample.group.is_some()) => Grouping::AsGiven,
            Self::Auto => {
                let columns =
                    manifest.own_columns().into_iter().map(|name| Ok((name.clone(), manifest.column(&name)?)));
                let likely = likely_groups(&manifest.samples, &columns.collect::<Result<Vec<_>, Failure>>()?, folds);
                let grouping = match likely.first().map(|likely| &likely.place) {
                    None => Grouping::Nothing,
                    Some(Place::Column(column)) => Grouping::Values(manifest.column(column)?),
                    Some(Place::Path(pattern, _)) => Grouping::Path(Regex::new(pattern)?),
                };
                return Ok(Resolved { grouping, likely });
            }
        };
        Ok(Resolved { grouping, likely: Vec::new() })
    }
}

/// A column of this name, or else a pattern. A word without any sign of a pattern was meant as a column.
fn named(manifest: &Manifest, name: &str) -> Result<Grouping, Failure> {
    let is_column = manifest.columns().iter().any(|column| column == name);
    if is_column || !name.contains(|c: char| r"()[]{}\^$*+?|".contains(c)) {
        return Ok(Grouping::Values(manifest.column(name)?));
    }
    let pattern = Regex::new(name).map_err(|e| format!("--groups `{name}` is neither a column nor a pattern: {e}"))?;
    Ok(Grouping::Path(pattern))
}

/// A pattern that matches nothing is a mistake.
pub fn some_match(grouping: &Grouping, samples: &[Sample]) -> Result<(), Failure> {
    match grouping {
        Grouping::Path(pattern) if !samples.iter().any(|sample| pattern.is_match(&sample.source)) => {
            let example = samples.first().map_or("", |sample| &sample.source);
            Err(format!("--groups `{pattern}` matches none of the paths, such as `{example}`").into())
        }
        _ => Ok(()),
    }
}

/// What was seen, how to say whether it is right, and in a word what is `done` with the first.
pub fn likely_text(likely: &[Likely], done: &str) -> String {
    let Some(used) = likely.first() else { return String::new() };
    let mut rows = vec![row!["likely group", "groups", "images each", "such as", ""]];
    for (place, likely) in likely.iter().enumerate() {
        let words = match &likely.place {
            Place::Column(column) => format!("column `{column}`"),
            Place::Path(_, words) if likely.per_folder => format!("{words}, in each folder"),
            Place::Path(_, words) => words.clone(),
        };
        let (least, most) = likely.sizes;
        let sizes = if least == most { least.to_string() } else { format!("{least} to {most}") };
        let mark = if place == 0 { done } else { "" };
        rows.push(row![words, likely.groups, sizes, likely.example, mark]);
    }
    let quoted = |likely: &Likely| match &likely.place {
        Place::Column(column) => column.clone(),
        Place::Path(pattern, _) => format!("'{pattern}'"),
    };
    let mut text =
        format!("Nobody said which images show one person or thing, but it seems to be written:\n{}", table(&rows));
    text += &format!("If the first is right, say --groups {}", quoted(used));
    for other in &likely[1..] {
        text += &format!("; for {}, say --groups {}", other.example, quoted(other));
    }
    text += "; if all images are independent, --groups none.\n";
    if used.per_folder {
        text += "Numbers start anew in each folder, as each folder is one class; if one number is one thing in all folders, give \
                 a pattern without the folders.\n";
    }
    text
}
