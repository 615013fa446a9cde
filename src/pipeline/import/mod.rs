//! Pipelines that Albumentations saved (`A.save`, YAML or JSON, versions 1.4 to 2.0 and the later names with `_range`),
//! translated into ours.
//!
//! Nothing is dropped silently. Every key of a step is taken by its class's entry in classes/, or reported:
//! - what is drawn must be in the file, since defaults differ between versions (`A.save` writes all);
//! - a key that ours has no word for passes only at the values at which ours does the same, or where it is about masks, boxes
//!   or key points alone;
//! - what ours does a little differently is translated with a note.

mod classes;
mod given;
mod located;
mod write;

use std::fmt;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use super::Node;
use given::{Given, short};
use located::{Located, Place};

/// The key of a step's class.
const CLASS: &str = "__class_fullname__";

/// A pipeline of ours.
#[derive(Debug)]
pub struct Imported {
    /// The pipeline file.
    pub yaml: String,
    /// Transforms and blocks translated.
    pub steps: usize,
    /// What ours does a little differently.
    pub notes: Vec<Remark>,
}

/// Something about a step of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    place: Place,
    class: String,
    what: String,
}

impl Remark {
    /// As compilers print it.
    pub fn at(&self, path: &Path) -> String {
        format!("{}:{}:{}: {self}", path.display(), self.place.line, self.place.column)
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}", self.class, self.what)
    }
}

/// Why a file could not be translated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It could not be read, or is neither YAML nor JSON.
    #[error(transparent)]
    Read(#[from] super::Error),
    /// It is not what `A.save` writes.
    #[error("{}: not a pipeline that Albumentations saved (A.save): {what}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is missing.
        what: &'static str,
    },
    /// Steps or keys cannot be translated: all of them.
    #[error("{} cannot be translated, nothing was written:\n{}\nTake them out of the Albumentations pipeline and save it \
             again, or write these steps by hand (`evenfold transforms` lists ours)",
            count(remarks.len()), remarks.iter().map(|remark| remark.at(path)).collect::<Vec<_>>().join("\n"))]
    Untranslated {
        /// The file.
        path: PathBuf,
        /// Each of them, in the file's order.
        remarks: Vec<Remark>,
    },
}

fn count(n: usize) -> String {
    if n == 1 { "one thing".into() } else { format!("{n} things") }
}

/// Translates a file.
pub fn import(path: &Path) -> Result<Imported, Error> {
    let file: Located = super::read_yaml(path)?;
    let foreign = |what| Error::Foreign { path: path.into(), what };
    let root = file.get("transform").ok_or_else(|| foreign("there is no `transform`"))?;
    if root.get(CLASS).is_none() {
        return Err(foreign("`transform` has no `__class_fullname__`"));
    }
    let version = file.get("__version__").and_then(Located::text).unwrap_or("unknown");
    let mut translation =
        Translation { old: version.starts_with("1."), steps: 0, refused: Vec::new(), noted: Vec::new() };
    let seed = root.get("seed").and_then(|seed| seed.plain().as_u64());
    let step = translation.step(root);
    translation.noted.sort_by_key(|remark| remark.place);
    translation.refused.sort_by_key(|remark| remark.place);
    if !translation.refused.is_empty() {
        return Err(Error::Untranslated { path: path.into(), remarks: translation.refused });
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut yaml = format!("# Translated by `evenfold import` from {name}, saved by Albumentations {version}.\n");
    for note in &translation.noted {
        yaml += &format!("# line {}, {note}\n", note.place.line);
    }
    yaml += "version: 1\n";
    if let Some(seed) = seed {
        yaml += &format!("seed: {seed}\n");
    }
    let steps = match step {
        // The outermost block needs no block of its own.
        Some(step) if step["sequence"]["p"] == 1 => step["sequence"]["steps"].as_array().cloned().unwrap_or_default(),
        step => step.into_iter().collect(),
    };
    yaml += &if steps.is_empty() { "steps: []\n".into() } else { format!("steps:\n{}", write::steps(&steps, 2)) };
    Ok(Imported { yaml, steps: translation.steps, notes: translation.noted })
}

/// What has come together so far.
struct Translation {
    old: bool,
    steps: usize,
    refused: Vec<Remark>,
    noted: Vec<Remark>,
}

impl Translation {
    /// A step of ours for one of theirs; `None` where it has no part in a picture, or where it was refused.
    fn step(&mut self, step: &Located) -> Option<Json> {
        let full = step.get(CLASS).and_then(Located::text).unwrap_or("a step without a class");
        // Classes of the library itself are known by their last name.
        let class = full.rsplit('.').next().unwrap_or(full);
        let mut given = Given::new(class, step, self.old);
        let children = given.take("transforms").and_then(Located::items);
        let p = given.number(&["p"]);
        // Albumentations 1: applied whatever `p`.
        let always = given.take("always_apply").is_some_and(|always| always.plain() == true);
        let mut translated = if let Some(children) = children {
            let before = self.refused.len();
            let steps = children.iter().filter_map(|child| self.step(child)).collect::<Vec<_>>();
            // What was refused below is reported by itself.
            let all = steps.len() == children.len() || self.refused.len() > before;
            Some(classes::block(class, &mut given, steps, all)).filter(|_| self.refused.len() == before)
        } else {
            classes::transform(class, &mut given)
        };
        if translated.is_none() && children.is_none() {
            given.refuse(None, "no transform of ours does this");
            given.drop_rest();
        }
        given.close();
        translated = translated.filter(|step| !step.is_null() && given.refused.is_empty());
        if let Some(step) = &mut translated {
            if let Some(body) =
                step.as_object_mut().and_then(|map| map.values_mut().next()).and_then(Json::as_object_mut)
            {
                body.insert("p".into(), if always { json!(1) } else { short(p) });
                // What it holds comes last.
                if let Some(steps) = body.shift_remove("steps") {
                    body.insert("steps".into(), steps);
                }
            }
            match serde_json::from_value::<Node>(step.clone()) {
                Ok(_) => self.steps += 1,
                Err(why) => given.refuse(None, format!("ours does not allow it: {why}")),
            }
        }
        self.refused.append(&mut given.refused);
        self.noted.append(&mut given.noted);
        translated
    }
}
