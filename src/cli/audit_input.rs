//! Splits that are not in a column: folders and lists of indices.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::answer::Failure;
use crate::data::{Labels, Manifest, Sample, relative_to};
use crate::leak::Part;

/// Rows and the part of each.
pub struct Audited {
    pub manifest: Manifest,
    pub parts: Vec<Option<Part>>,
}

impl Audited {
    /// Adds the pictures of a folder as a part; with labels where it has a folder a class.
    pub fn add(&mut self, folder: &Path, name: &str) -> Result<(), Failure> {
        let more = Manifest::open(folder, Labels::Required).or_else(|_| Manifest::open(folder, Labels::Optional))?;
        let mut rows: Vec<(Sample, usize)> = self.manifest.samples.iter().cloned().zip(0..).collect();
        for sample in &more.samples {
            let place = more.locate(sample);
            let path = relative_to(&place, &self.manifest.folder)
                .ok_or_else(|| format!("{}: its path is not UTF-8", place.display()))?;
            rows.push((Sample::original(path, sample.label.clone()), 0));
            self.parts.push(Some(Part(name.to_owned())));
        }
        self.manifest = self.manifest.with_rows(rows);
        Ok(())
    }
}

/// Each folder a part; one folder alone must hold folders that are named like parts.
pub fn folders(given: &[PathBuf], with_eval: bool) -> Result<Audited, Failure> {
    let mut folders = given.to_vec();
    if let [only] = &folders[..] {
        let below = below(only)?;
        if below.len() > 1 || (below.len() == 1 && with_eval) {
            folders = below;
        } else if !with_eval {
            return Err(format!(
                "{}: a split has two parts or more: give two folders, or one that holds folders such as train, val and test",
                only.display()
            )
            .into());
        }
    }
    let base = folders[0].parent().unwrap_or(Path::new("")).to_path_buf();
    let mut audited = Audited { manifest: Manifest::new(base, Vec::new()), parts: Vec::new() };
    for folder in &folders {
        if !folder.is_dir() {
            return Err(format!("{}: not a folder; give one manifest, or folders only", folder.display()).into());
        }
        let name =
            if given.len() == 1 { folder.file_name().map(|name| name.to_string_lossy().into_owned()) } else { None };
        audited.add(folder, &name.unwrap_or_else(|| folder.display().to_string()))?;
    }
    Ok(audited)
}

/// Folders in this one that are named like parts of a split.
fn below(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let named = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        path.is_dir()
            && ["train", "val", "test", "dev", "eval", "holdout", "fold"].iter().any(|part| name.starts_with(part))
    };
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(named).collect();
    found.sort();
    Ok(found)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Indices {
    One(Fold),
    Many(Vec<Fold>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Fold {
    Named {
        train: Vec<usize>,
        #[serde(alias = "val", alias = "validation")]
        test: Vec<usize>,
    },
    Pair(Vec<usize>, Vec<usize>),
}

impl Fold {
    fn sides(&self) -> [&[usize]; 2] {
        match self {
            Self::Named { train, test } | Self::Pair(train, test) => [train, test],
        }
    }
}

/// Rows by lists of indices. Of several folds each row is in the part that it tests; one that trains and tests in the
/// same fold is there twice.
pub fn indices(manifest: &Manifest, file: &Path) -> Result<Audited, Failure> {
    let at = |what: String| format!("{}: {what}", file.display());
    let text = std::fs::read_to_string(file).map_err(|e| at(e.to_string()))?;
    let folds = match serde_json::from_str(&text) {
        Ok(Indices::One(fold)) => vec![fold],
        Ok(Indices::Many(folds)) => folds,
        Err(_) => {
            return Err(at(
                "expected {\"train\": [0, …], \"test\": […]}, or a list of such, or of [[train], [test]], a fold"
                    .into(),
            )
            .into());
        }
    };
    let rows = manifest.samples.len();
    let all = folds.iter().flat_map(Fold::sides).flatten();
    if let Some(index) = all.clone().find(|&&index| index >= rows) {
        return Err(at(format!("index {index}, and there are {rows} images, counted from 0")).into());
    }
    let mut tested = BTreeSet::new();
    let mut placed: Vec<(usize, Part)> = Vec::new();
    for (number, fold) in folds.iter().enumerate() {
        let [train, test] = fold.sides().map(|side| side.iter().copied().collect::<BTreeSet<usize>>());
        let (name, other) = if folds.len() == 1 {
            ("test".to_owned(), "train".to_owned())
        } else {
            (format!("fold {number}"), format!("training of fold {number}"))
        };
        if !tested.is_disjoint(&test) {
            return Err(at(format!(
                "fold {number} tests images that an earlier fold tests too (repeated or shuffled splits): give one split \
                 at a time, as {{\"train\": […], \"test\": […]}}"
            ))
            .into());
        }
        placed.extend(train.intersection(&test).map(|&row| (row, Part(other.clone()))));
        placed.extend(test.iter().map(|&row| (row, Part(name.clone()))));
        tested.extend(test);
    }
    let trained: BTreeSet<usize> = folds.iter().flat_map(|fold| fold.sides()[0]).copied().collect();
    placed.extend(trained.difference(&tested).map(|&row| (row, Part("train".into()))));
    let (rows, parts) =
        placed.into_iter().map(|(row, part)| ((manifest.samples[row].clone(), row), Some(part))).unzip();
    Ok(Audited { manifest: manifest.with_rows(rows), parts })
}
