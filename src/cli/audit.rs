use std::path::PathBuf;

use regex::Regex;
use serde_json::json;

use super::answer::{Answer, Failure, few};
use super::table::table;
use crate::data::{Labels, Manifest};
use crate::leak::{check, hash_contents, parts};
use crate::row;
use crate::run::Listener;
use crate::split::{Grouping, close};

/// Finds leaks in anybody's split
///
/// Looks for exact duplicates (by pixels), groups and copies that lie on two sides of a `fold` or `split` column, and
/// shows pairs as evidence. Exit code 1 on a leak.
#[derive(clap::Args)]
pub struct Args {
    /// Parquet or CSV manifest with a `fold` or `split` column
    #[arg(value_name = "FILE")]
    manifest: PathBuf,
    /// Column whose values must not be on two sides [default: `group`]
    #[arg(long, value_name = "COLUMN", conflicts_with = "groups_from")]
    groups: Option<String>,
    /// Pattern on the path whose first capture (or whole match) must not be on two sides
    #[arg(long, value_name = "REGEX")]
    groups_from: Option<Regex>,
}

pub fn run(args: &Args, listener: &dyn Listener) -> Result<Answer, Failure> {
    let mut manifest = Manifest::open(&args.manifest, Labels::Required)?;
    let parts = parts(&manifest);
    if parts.iter().all(Option::is_none) {
        let found = manifest.columns().join(", ");
        return Err(format!(
            "{}: no column `fold` or `split` says which part a row is in; the file has {found}",
            args.manifest.display()
        )
        .into());
    }
    let grouping = match (&args.groups, &args.groups_from) {
        (Some(column), _) => Some(Grouping::Values(manifest.column(column)?)),
        (None, pattern) => pattern.clone().map(Grouping::Path),
    };
    if let Some(grouping) = grouping {
        // Only what the user named: sources and pixels have checks of their own.
        let bare = bare(&manifest);
        let named = close(&bare, &grouping);
        for (sample, name) in manifest.samples.iter_mut().zip(named.names(&bare, &grouping)) {
            sample.group = Some(name.to_owned());
        }
    }
    let skipped = hash_contents(&mut manifest, listener);
    let findings = check(&manifest.samples, &parts);

    let mut text = format!("{} images in {}\n", manifest.samples.len(), args.manifest.display());
    if findings.is_empty() {
        text += "No leak found: no copy is away from its source, no group and no exact duplicate is on two sides.\n";
    } else {
        let mut rows = vec![row!["leak", "pairs", "images", "kind (Kapoor and Narayanan 2023)"]];
        rows.extend(findings.iter().map(|f| row![f.kind.name(), f.pairs, f.touched, f.kind.taxonomy()]));
        text += &table(&rows);
        for finding in &findings {
            text += &format!("\n{}:\n", finding.kind.name());
            let pair = |p: &crate::leak::Pair| {
                format!("{} ({}) and {} ({}): {}", p.a, p.part_a.0, p.b, p.part_b.0, p.evidence)
            };
            text += &few(finding.examples.iter().map(pair), 5);
        }
        text += "\nA score measured across these borders is too good. Split again: evenfold split --folds 5 --stratified --data …\n";
    }
    if !skipped.is_empty() {
        text += &format!("{} images cannot be read and were not compared:\n", skipped.len());
        text += &few(skipped.iter().map(|s| format!("{}: {}", s.path, s.why)), 10);
    }
    let look = !findings.is_empty() || !skipped.is_empty();
    Ok(Answer { text, json: json!({"leaks": findings, "skipped": skipped}), look })
}

/// Rows of which only the path is known, so that nothing but the user's groups joins them.
fn bare(manifest: &Manifest) -> Vec<crate::data::Sample> {
    let original = |s: &crate::data::Sample| crate::data::Sample::original(s.path.clone(), s.label.clone());
    manifest.samples.iter().map(original).collect()
}
