//! What crosses a border of a split.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::{Link, duplicates, sets, sources};
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
    /// The same picture with other pixels: turned, mirrored, cropped, recoloured, encoded again.
    NearDuplicate,
    /// The same picture, exactly or nearly, under two labels, on whichever sides.
    LabelConflict,
}

impl Kind {
    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::StrayedCopy => "Copies away from their source",
            Self::SharedGroup => "Shared groups",
            Self::ExactDuplicate => "Exact duplicates",
            Self::NearDuplicate => "Near-duplicates",
            Self::LabelConflict => "One picture, two labels",
        }
    }

    /// The type of leakage after Kapoor and Narayanan, "Leakage and the reproducibility crisis in machine-learning-based
    /// science" (Patterns, 2023).
    pub fn taxonomy(self) -> &'static str {
        match self {
            Self::StrayedCopy => "L1.2: pre-processing on training and test set together",
            Self::SharedGroup => "L3.2: training and test samples are not independent",
            Self::ExactDuplicate => "L1.4: duplicates in the data",
            Self::NearDuplicate => "L1.4: duplicates in the data; L1.2 where they were made before the split",
            Self::LabelConflict => "none: no leak, but one of the labels is wrong",
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
    /// How much of a score these rows can be: if a model answers all of them from memory and would otherwise guess, in
    /// the part where that is most, from 0 to 1. The true gain lies below.
    pub inflation_at_most: f64,
    /// The first of each set, at most twenty.
    pub examples: Vec<Pair>,
    /// All of them.
    pub members: Vec<Member>,
}

/// A row with a relative on another side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Member {
    /// Its path.
    pub path: String,
    /// Where it lies.
    pub part: Part,
    /// Rows of one number belong together.
    pub set: usize,
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
    let found = checks.into_iter().map(|(kind, sets)| {
        let evidence = |a: usize, row: usize| match kind {
            Kind::StrayedCopy => common(&samples[a], &samples[row]).map(|original| format!("both show {original}")),
            Kind::SharedGroup => Some(format!("group {}", samples[row].group.as_deref().unwrap_or_default())),
            _ => Some("equal pixels".into()),
        };
        findings(kind, &sets, samples, parts, &evidence)
    });
    found.filter(|findings| findings.pairs > 0).collect()
}

/// An original that both show.
fn common<'a>(a: &'a Sample, b: &Sample) -> Option<&'a str> {
    a.originals().find(|original| b.originals().any(|other| other == *original))
}

/// Near-duplicates that lie in different parts.
pub fn near_findings(links: &[Link], samples: &[Sample], parts: &[Option<Part>]) -> Option<Findings> {
    let evidence = evidence_of(links);
    let findings = findings(Kind::NearDuplicate, &sets(links, samples), samples, parts, &evidence);
    (findings.pairs > 0).then_some(findings)
}

/// Pictures that occur, exactly or nearly, under two labels. Every label counts as a part.
pub fn conflicts(links: &[Link], samples: &[Sample]) -> Option<Findings> {
    let labels: Vec<Option<Part>> =
        samples.iter().map(|s| (!s.label.is_empty()).then(|| Part(s.label.clone()))).collect();
    let linked = evidence_of(links);
    let equal =
        |a: usize, b: usize| samples[a].content_hash.is_some() && samples[a].content_hash == samples[b].content_hash;
    let evidence = |a: usize, b: usize| linked(a, b).or_else(|| equal(a, b).then(|| "equal pixels".to_owned()));
    let mut together = duplicates(samples);
    let near = sets(links, samples);
    let joined: BTreeSet<usize> = near.iter().flatten().copied().collect();
    together.retain(|rows| rows.iter().all(|row| !joined.contains(row)));
    together.extend(near);
    let mut findings = findings(Kind::LabelConflict, &together, samples, &labels, &evidence);
    findings.inflation_at_most = 0.0;
    (findings.pairs > 0).then_some(findings)
}

/// What the link between two rows says, whichever of them it names first.
fn evidence_of(links: &[Link]) -> impl Fn(usize, usize) -> Option<String> {
    let between = |a: usize, b: usize| (a.min(b), a.max(b));
    let links: HashMap<_, _> = links.iter().map(|link| (between(link.a, link.b), link)).collect();
    move |a, b| links.get(&between(a, b)).map(|link| link.evidence())
}

/// What joins two rows, where it can be said.
type Evidence<'a> = &'a dyn Fn(usize, usize) -> Option<String>;

fn findings(
    kind: Kind,
    sets: &[Vec<usize>],
    samples: &[Sample],
    parts: &[Option<Part>],
    evidence: Evidence<'_>,
) -> Findings {
    let mut findings =
        Findings { kind, pairs: 0, touched: 0, inflation_at_most: 0.0, examples: Vec::new(), members: Vec::new() };
    for (number, set) in sets.iter().enumerate() {
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
        let member =
            |&(row, part): &(usize, &Part)| Member { path: samples[row].path.clone(), part: part.clone(), set: number };
        findings.members.extend(placed.iter().map(member));
        if findings.examples.len() < MOST_EXAMPLES {
            findings.examples.extend(examples(&placed, samples, evidence));
            findings.examples.truncate(MOST_EXAMPLES);
        }
    }
    findings.inflation_at_most = inflation(&findings.members, samples, parts);
    findings
}

const MOST_EXAMPLES: usize = 20;

/// The first row of a set that has a relative in another part, with one of each other part.
fn examples(placed: &[(usize, &Part)], samples: &[Sample], evidence: Evidence<'_>) -> Vec<Pair> {
    let pair = |(a, part_a): (usize, &Part), (b, part_b): (usize, &Part), evidence| Pair {
        a: samples[a].path.clone(),
        b: samples[b].path.clone(),
        part_a: part_a.clone(),
        part_b: part_b.clone(),
        evidence,
    };
    for (i, &(first, home)) in placed.iter().enumerate() {
        let mut named = BTreeSet::new();
        let mut found = Vec::new();
        for &(row, part) in &placed[i + 1..] {
            if part != home
                && !named.contains(part)
                && let Some(evidence) = evidence(first, row)
            {
                named.insert(part);
                found.push(pair((first, home), (row, part), evidence));
            }
        }
        if !found.is_empty() {
            return found;
        }
    }
    // Joined through others alone.
    let apart = placed.iter().find(|(_, part)| *part != placed[0].1);
    apart
        .map(|&(row, part)| pair(placed[0], (row, part), "both belong to others of the set".into()))
        .into_iter()
        .collect()
}

/// See [`Findings::inflation_at_most`]. A part named for training is not scored.
fn inflation(members: &[Member], samples: &[Sample], parts: &[Option<Part>]) -> f64 {
    let mut sizes: HashMap<&Part, (usize, usize)> = HashMap::new();
    parts.iter().flatten().for_each(|part| sizes.entry(part).or_default().1 += 1);
    for member in members {
        sizes.entry(&member.part).or_default().0 += 1;
    }
    let shares = sizes
        .iter()
        .filter(|(part, _)| {
            !part.0.rsplit('/').next().is_some_and(|name| name.to_ascii_lowercase().starts_with("train"))
        })
        .map(|(_, &(touched, all))| touched as f64 / all.max(1) as f64);
    let labels: BTreeSet<&str> = samples.iter().map(|s| s.label.as_str()).filter(|label| !label.is_empty()).collect();
    shares.fold(0.0, f64::max) * (1.0 - 1.0 / labels.len().max(2) as f64)
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
    fn a_mix_away_from_any_of_its_originals_is_found() {
        let mixed = |fold| Sample { partners: vec!["b".into()], ..copy("a", 1, fold) };
        assert_eq!(found(vec![row("a", 0), row("b", 0), mixed(0)]), []);
        assert_eq!(found(vec![row("a", 0), row("b", 1), mixed(0)]), [(Kind::StrayedCopy, 2, 3)]);
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

    #[test]
    fn what_a_link_says_is_shown_whichever_row_it_names_first() {
        for (a, b) in [(0, 1), (1, 0)] {
            let link = Link {
                a,
                b,
                mirrored: true,
                turned_deg: 0.0,
                scale: 1.0,
                corners: 9,
                hidden: 0.0,
                agreement: 1.0,
                correlation: 1.0,
            };
            let manifest = Manifest::new(".".into(), vec![row("a", 0), row("b", 1)]);
            let found = near_findings(std::slice::from_ref(&link), &manifest.samples, &parts(&manifest)).unwrap();
            assert_eq!(found.examples[0].evidence, link.evidence());
        }
    }
}
