//! What crosses a border of a split.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::{duplicates, sources};
use crate::data::{HOLDOUT, Manifest, Sample};

/// The part of the data that a row is in: a fold, the holdout, or what a `split` column says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Part(pub String);

/// How two rows on different sides belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A copy and its source, or two copies of one source.
    StrayedCopy,
    /// One group.
    SharedGroup,
    /// The same pixels.
    ExactDuplicate,
}

impl Kind {
    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::StrayedCopy => "Copies away from their source",
            Self::SharedGroup => "Shared groups",
            Self::ExactDuplicate => "Exact duplicates",
        }
    }

    /// The type of leakage after Kapoor and Narayanan, "Leakage and the reproducibility crisis in machine-learning-based
    /// science" (Patterns, 2023).
    pub fn taxonomy(self) -> &'static str {
        match self {
            Self::StrayedCopy => "L1.2: pre-processing on training and test set together",
            Self::SharedGroup => "L3.2: training and test samples are not independent",
            Self::ExactDuplicate => "L1.4: duplicates in the data",
        }
    }
}

/// Two rows that belong together and lie apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pair {
    /// Path of the one.
    pub a: String,
    /// Path of the other.
    pub b: String,
    /// Where the one lies.
    pub part_a: Part,
    /// Where the other lies.
    pub part_b: Part,
    /// What they share.
    pub evidence: String,
}

/// All pairs of one kind.
#[derive(Clone, Debug, Serialize)]
pub struct Findings {
    /// How they belong together.
    pub kind: Kind,
    /// Pairs of rows on different sides.
    pub pairs: usize,
    /// Rows with a relative on another side.
    pub touched: usize,
    /// The first of each set, at most twenty.
    pub examples: Vec<Pair>,
}

/// The part of each row: its `fold`, or else the column `split`; `None` where neither says.
pub fn parts(manifest: &Manifest) -> Vec<Option<Part>> {
    let by_name = manifest.column("split").ok();
    let of_row = |(row, sample): (usize, &Sample)| match sample.fold {
        Some(HOLDOUT) => Some(Part("holdout".into())),
        Some(fold) => Some(Part(format!("fold {fold}"))),
        None => by_name.as_ref().and_then(|names| names[row].clone()).map(Part),
    };
    manifest.samples.iter().enumerate().map(of_row).collect()
}

/// Looks for rows that belong together and lie in different parts. Only kinds with findings are returned.
pub fn check(samples: &[Sample], parts: &[Option<Part>]) -> Vec<Findings> {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, sample) in samples.iter().enumerate() {
        if let Some(group) = &sample.group {
            groups.entry(group).or_default().push(row);
        }
    }
    let checks = [
        (Kind::StrayedCopy, sources(samples)),
        (Kind::SharedGroup, groups.into_values().collect()),
        (Kind::ExactDuplicate, duplicates(samples)),
    ];
    let found = checks.into_iter().map(|(kind, sets)| findings(kind, &sets, samples, parts));
    found.filter(|findings| findings.pairs > 0).collect()
}

fn findings(kind: Kind, sets: &[Vec<usize>], samples: &[Sample], parts: &[Option<Part>]) -> Findings {
    let mut findings = Findings { kind, pairs: 0, touched: 0, examples: Vec::new() };
    for set in sets {
        let placed: Vec<(usize, &Part)> = set.iter().filter_map(|&row| Some((row, parts[row].as_ref()?))).collect();
        let mut sizes: HashMap<&Part, usize> = HashMap::new();
        for (_, part) in &placed {
            *sizes.entry(part).or_insert(0) += 1;
        }
        if sizes.len() < 2 {
            continue;
        }
        let same: usize = sizes.values().map(|n| n * (n - 1) / 2).sum();
        findings.pairs += placed.len() * (placed.len() - 1) / 2 - same;
        findings.touched += placed.len();
        let (first, home) = placed[0];
        let mut named = BTreeSet::new();
        for &(row, part) in &placed[1..] {
            if findings.examples.len() < 20 && part != home && named.insert(part) {
                findings.examples.push(Pair {
                    a: samples[first].path.clone(),
                    b: samples[row].path.clone(),
                    part_a: home.clone(),
                    part_b: part.clone(),
                    evidence: match kind {
                        Kind::StrayedCopy => format!("both come from {}", samples[row].source),
                        Kind::SharedGroup => format!("group {}", samples[row].group.as_deref().unwrap_or_default()),
                        Kind::ExactDuplicate => "equal pixels".into(),
                    },
                });
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Origin;

    fn row(path: &str, fold: i32) -> Sample {
        Sample { fold: Some(fold), ..Sample::original(path, "x") }
    }

    fn copy(of: &str, n: u32, fold: i32) -> Sample {
        let path = format!("{of}-{n}");
        Sample { origin: Origin::Copy, source: of.into(), copy: n, fold: Some(fold), ..Sample::original(path, "x") }
    }

    fn found(samples: Vec<Sample>) -> Vec<(Kind, usize, usize)> {
        let manifest = Manifest::new(".".into(), samples);
        let found = check(&manifest.samples, &parts(&manifest));
        found.into_iter().map(|f| (f.kind, f.pairs, f.touched)).collect()
    }

    #[test]
    fn a_clean_split_has_no_findings() {
        assert_eq!(found(vec![row("a", 0), copy("a", 1, 0), row("b", 1), copy("b", 1, 1)]), []);
    }

    #[test]
    fn copies_away_from_their_source_are_found_in_the_holdout_too() {
        let rows = vec![row("a", 0), copy("a", 1, 1), copy("a", 2, HOLDOUT), row("b", 1)];
        assert_eq!(found(rows), [(Kind::StrayedCopy, 3, 3)]);
    }

    #[test]
    fn groups_and_equal_pixels_on_two_sides_are_found() {
        let mut rows = vec![row("a", 0), row("b", 1), row("c", 1), row("d", 0)];
        rows[0].group = Some("ann".into());
        rows[1].group = Some("ann".into());
        rows[2].content_hash = Some("77".into());
        rows[3].content_hash = Some("77".into());
        assert_eq!(found(rows), [(Kind::SharedGroup, 1, 2), (Kind::ExactDuplicate, 1, 2)]);
    }
}
