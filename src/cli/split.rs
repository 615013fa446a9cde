use std::path::PathBuf;

use regex::Regex;
use serde_json::json;

use super::answer::{Answer, Failure, few};
use super::table::table;
use crate::data::{Labels, Manifest};
use crate::leak::hash_contents;
use crate::row;
use crate::run::Listener;
use crate::split::{Grouping, Options, Rule, Split, Strata, split};

/// Assigns folds that cannot leak
///
/// Rows that share a group, a source or their pixels stay together. Validation is `fold == k and origin == "original"`,
/// training is `fold != k and fold >= 0`; the holdout has fold -1.
#[derive(clap::Args)]
pub struct Args {
    /// How many folds
    #[arg(long, default_value_t = 5)]
    folds: usize,
    /// Spread every class evenly over the folds, not only the sizes
    #[arg(long)]
    stratified: bool,
    /// Folder per class, CSV or Parquet manifest (before or after `augment`)
    #[arg(long)]
    data: PathBuf,
    /// Folder that the paths of a CSV or Parquet manifest start from [default: the manifest's own]
    #[arg(long, value_name = "FOLDER")]
    images: Option<PathBuf>,
    /// Column whose values must not be separated, such as a person's id
    #[arg(long, value_name = "COLUMN", conflicts_with = "groups_from")]
    groups: Option<String>,
    /// Pattern on the path whose first capture (or whole match) must not be separated, such as `^([^/]+)_`
    #[arg(long, value_name = "REGEX")]
    groups_from: Option<Regex>,
    /// Let files of equal pixels be separated (they are joined otherwise)
    #[arg(long)]
    keep_duplicates_apart: bool,
    /// Share of the data to set aside before anything else, 0 to below 1
    #[arg(long, default_value_t = 0.0, value_name = "FRACTION")]
    holdout: f64,
    /// The seed of everything that is drawn
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The manifest to write
    #[arg(long, default_value = "folds.parquet", value_name = "FILE.parquet")]
    out: PathBuf,
}

pub fn run(args: &Args, listener: &dyn Listener) -> Result<Answer, Failure> {
    let mut manifest = Manifest::open_with(&args.data, args.images.as_deref(), Labels::Required)?;
    let grouping = match (&args.groups, &args.groups_from) {
        (Some(column), _) => Grouping::Values(manifest.column(column)?),
        (None, Some(pattern)) => Grouping::Path(pattern.clone()),
        (None, None) => Grouping::AsGiven,
    };
    let skipped = if args.keep_duplicates_apart {
        manifest.samples.iter_mut().for_each(|sample| sample.content_hash = None);
        Vec::new()
    } else {
        hash_contents(&mut manifest, listener)
    };
    // A picture that cannot be read can neither train nor validate.
    let unreadable: std::collections::HashSet<&str> = skipped.iter().map(|s| s.path.as_str()).collect();
    let readable =
        manifest.samples.iter().cloned().enumerate().filter(|(_, s)| !unreadable.contains(s.source.as_str()));
    let grouping = match grouping {
        Grouping::Values(values) => Grouping::Values(readable.clone().map(|(row, _)| values[row].clone()).collect()),
        other => other,
    };
    let rows = readable.map(|(row, sample)| (sample, row)).collect();
    let mut manifest = manifest.with_rows(rows);
    let asked = Options {
        folds: args.folds,
        repeats: 1,
        inner: None,
        stratified: args.stratified,
        strata: vec![Strata::new("label", manifest.samples.iter().map(|s| [s.label.as_str()]))],
        grouping,
        holdout: args.holdout,
        rule: Rule::Even,
        seed: args.seed,
    };
    let result = split(&mut manifest, &asked)?;
    if args.groups_from.is_some() && result.closure.ungrouped == manifest.samples.len() {
        let example = &manifest.samples[0].source;
        return Err(format!("--groups-from matches none of the paths, such as `{example}`").into());
    }
    manifest.save(&args.out)?;

    let mut text = evenness_table(&result);
    let closure = &result.closure;
    text += &format!(
        "\n{} images in {} groups that are never separated ({} of them hold more than one original).\n",
        manifest.samples.len(),
        closure.groups,
        closure.larger
    );
    for (count, why) in [
        (closure.by_group, "share a group that was given"),
        (closure.by_source, "share a source with their copies"),
        (closure.by_content, "show exactly the same pixels"),
    ] {
        if count > 0 {
            text += &format!("  {count} {why}\n");
        }
    }
    if (args.groups.is_some() || args.groups_from.is_some()) && closure.ungrouped > 0 {
        text += &format!("  {} have no group and stand for themselves\n", closure.ungrouped);
    }
    text += &evenness_text(&result);
    if closure.larger == 0 && args.groups.is_none() && args.groups_from.is_none() {
        text += "No groups were given. If several images show one person or object, say so with --groups or --groups-from: \
                 else the validation score will be too good.\n";
    }
    if !skipped.is_empty() {
        text += &format!("{} images cannot be read and were left out:\n", skipped.len());
        text += &few(skipped.iter().map(|s| format!("{}: {}", s.path, s.why)), 10);
    }
    let out = args.out.display();
    text += &format!("Folds: {out}\nNext: evenfold train-eval --folds {out}\n");
    let json = json!({"split": result, "images": manifest.samples.len(), "skipped": skipped, "folds": args.out});
    Ok(Answer { text, json, look: !skipped.is_empty() })
}

/// What the counts come to, and what to do where they cannot be better.
fn evenness_text(split: &Split) -> String {
    let e = &split.evenness;
    let mut text = format!(
        "Evenness J {:.4} (0 is perfect; no split of these groups is below {:.4}), worst class share off by {:.1} points, \
         largest fold {:.3} times the smallest, {} empty cells ({} unavoidable), {:.2}% of images misplaced.\n",
        e.j,
        e.j_bound,
        e.worst_class * 100.0,
        e.size_ratio,
        e.empty_cells,
        e.unavoidable_cells,
        e.misplaced * 100.0
    );
    if !split.scarce.is_empty() {
        let classes = split.scarce.iter().map(|(class, groups)| format!("{class} ({groups})"));
        text += &format!(
            "warning: fewer groups than folds in {}: some folds cannot have them; use fewer folds, merge the class with \
             another or collect more groups, and read its score out-of-fold, over all folds together\n",
            classes.collect::<Vec<_>>().join(", ")
        );
    }
    if !split.oversized.is_empty() {
        let groups = split.oversized.iter().map(|(group, images)| format!("{group} ({images} images)"));
        text += &format!("warning: {} larger than a fold should be:\n", plural(split.oversized.len(), "group"));
        text += &few(groups, 5);
        text += "  use fewer folds, or cut such a group up if its parts really are independent\n";
    }
    text
}

fn plural(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

fn evenness_table(split: &Split) -> String {
    let e = &split.evenness;
    let mut rows = vec![row!["class"]];
    rows[0].extend((0..e.counts.len()).map(|fold| format!("fold {fold}")));
    let holdout = split.holdout.iter().any(|&n| n > 0);
    if holdout {
        rows[0].push("holdout".into());
    }
    let line = |name: &str, count: &dyn Fn(&[u64]) -> u64| {
        let mut row = row![name];
        row.extend(e.counts.iter().map(|fold| count(fold).to_string()));
        if holdout {
            row.push(count(&split.holdout).to_string());
        }
        row
    };
    for (class, name) in split.classes.iter().enumerate() {
        rows.push(line(name, &|counts| counts[class]));
    }
    rows.push(line("all originals", &|counts| counts.iter().sum()));
    table(&rows)
}
