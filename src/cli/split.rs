use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use clap::ValueEnum;
use serde::Serialize;
use serde_json::json;

use super::answer::{Answer, Failure, few};
use super::groups::{Groups, likely_text, some_match};
use super::near::{Model, Near};
use super::table::table;
use crate::data::{LIST_DELIMITER, Labels, Manifest, Sample};
use crate::leak::Link;
use crate::row;
use crate::run::{Listener, Skipped};
use crate::split::{Options, Rule, Split, Strata, split};

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
    /// What must not be separated: a column, such as a person's id, or a pattern on the path, whose first capture (or
    /// whole match) counts, such as `^([^/]+)_`; `auto` looks for what could be a group, keeps it together and says so;
    /// `none` takes all images as independent
    #[arg(long, alias = "groups-from", value_name = "auto|none|COLUMN|REGEX", default_value = "auto")]
    groups: Groups,
    /// Let files of equal pixels be separated, and near-duplicates (they are joined otherwise)
    #[arg(long)]
    keep_duplicates_apart: bool,
    /// Keep near-duplicates together (turned, mirrored, cropped, recoloured, encoded again): `on`, `off`, or how many of 63
    /// bits of the perceptual hash may differ on the shortlist
    #[arg(long, default_value = "on", value_name = "on|off|BITS")]
    near_duplicates: Near,
    #[command(flatten)]
    near_model: Model,
    /// Share of the data to set aside before anything else, 0 to below 1
    #[arg(long, default_value_t = 0.0, value_name = "FRACTION")]
    holdout: f64,
    /// Split anew as often, into columns `fold`, `fold_r2`, `fold_r3`, …
    #[arg(long, default_value_t = 1, value_name = "N")]
    repeats: usize,
    /// Split the training part of each fold k into as many folds again, into columns `fold_inner<k>`: nested
    /// cross-validation
    #[arg(long, value_name = "N")]
    inner: Option<usize>,
    /// Columns to spread evenly beside the label; numbers in bins of equal counts, such as `gender,age:5`
    #[arg(long, value_name = "COLUMN[:BINS]", value_delimiter = ',')]
    also: Vec<String>,
    /// The label is a number: spread as many bins of equal counts evenly
    #[arg(long, value_name = "BINS", conflicts_with = "delimiter")]
    bins: Option<usize>,
    /// An image may have several labels: `label` (or `labels`) holds them with this between [default: `|`, where there is a
    /// column `labels`]
    #[arg(long, value_name = "CHARACTER")]
    delimiter: Option<char>,
    /// Folds of another tool, to the row. `sklearn`: those of `StratifiedKFold(shuffle=False)`, by the order of rows
    #[arg(long, value_name = "TOOL", conflicts_with_all = ["holdout", "repeats", "inner", "also", "delimiter"])]
    compat: Option<Compat>,
    /// The seed of everything that is drawn
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The manifest to write
    #[arg(long, default_value = "folds.parquet", value_name = "FILE.parquet")]
    out: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Compat {
    Sklearn,
}

pub fn run(args: &Args, listener: &dyn Listener) -> Result<Answer, Failure> {
    let mut manifest = Manifest::open_with(&args.data, args.images.as_deref(), Labels::Required)?;
    // What is asked for wrongly is said before pictures are read.
    args.groups.check(&manifest)?;
    strata(&manifest, args)?;
    let (skipped, links) = if args.keep_duplicates_apart {
        manifest.samples.iter_mut().for_each(|sample| sample.content_hash = None);
        (Vec::new(), Vec::new())
    } else {
        let (seen, links) = args.near_duplicates.look(&args.near_model, &mut manifest, listener)?;
        (seen.skipped, links)
    };
    let joined: Vec<Joined> = links.iter().map(|link| Joined::of(link, &manifest.samples)).collect();
    let (mut manifest, alike) = readable(manifest, &skipped, &links);
    let groups = args.groups.resolve(&manifest, args.folds)?;
    some_match(&groups.grouping, &manifest.samples)?;
    let asked = Options {
        folds: args.folds,
        repeats: args.repeats,
        inner: args.inner,
        stratified: args.stratified || args.compat.is_some() || !args.also.is_empty(),
        strata: strata(&manifest, args)?,
        grouping: groups.grouping,
        alike,
        holdout: args.holdout,
        rule: args.compat.map_or(Rule::Even, |Compat::Sklearn| Rule::Sklearn),
        seed: args.seed,
    };
    let result = split(&mut manifest, &asked)?;
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
        (closure.by_group, "share a group"),
        (closure.by_source, "share a source with their copies"),
        (closure.by_content, "show exactly the same pixels"),
        (closure.by_likeness, "are near-duplicates"),
    ] {
        if count > 0 {
            text += &format!("  {count} {why}\n");
        }
    }
    if closure.by_group > 0 && closure.ungrouped > 0 {
        text += &format!("  {} have no group and stand for themselves\n", closure.ungrouped);
    }
    text += &evenness_text(&result);
    text += &likely_text(&groups.likely, "kept together");
    if closure.by_group == 0 && matches!(args.groups, Groups::Auto) {
        text += "No groups were given, and none are seen in paths or columns. If several images show one person or object, say \
                 so with --groups: else the validation score will be too good.\n";
    }
    if !joined.is_empty() {
        text += "Near-duplicates that were joined:\n";
        let line = |j: &Joined| format!("{} and {}: {}", j.a, j.b, j.evidence);
        text += &few(joined.iter().map(line), 5);
    }
    if !skipped.is_empty() {
        text += &format!("{} images cannot be read and were left out:\n", skipped.len());
        text += &few(skipped.iter().map(|s| format!("{}: {}", s.path, s.why)), 10);
    }
    let out = args.out.display();
    text += &format!("Folds: {out}\nNext: evenfold train-eval --folds {out}\n");
    let look = !skipped.is_empty() || !groups.likely.is_empty();
    let json = json!({
        "split": result, "images": manifest.samples.len(), "likely_groups": groups.likely,
        "near_duplicates": joined, "skipped": skipped, "folds": args.out
    });
    Ok(Answer { text, json, look })
}

/// The rows whose pictures can be read, since others can neither train nor validate, and the pairs of them that are alike.
fn readable(manifest: Manifest, skipped: &[Skipped], links: &[Link]) -> (Manifest, Vec<[usize; 2]>) {
    let alike = links.iter().map(|link| [link.a, link.b]);
    if skipped.is_empty() {
        return (manifest, alike.collect());
    }
    let unreadable: HashSet<&str> = skipped.iter().map(|s| s.path.as_str()).collect();
    let rows = manifest.samples.iter().cloned().zip(0..);
    let rows: Vec<_> = rows.filter(|(sample, _)| !unreadable.contains(sample.source.as_str())).collect();
    let place: HashMap<usize, usize> = rows.iter().map(|&(_, row)| row).zip(0..).collect();
    let alike = alike.map(|pair| pair.map(|row| place[&row])).collect();
    (manifest.with_rows(rows), alike)
}

/// What is spread evenly: the label, the labels or bins of it, then the columns of `--also`.
fn strata(manifest: &Manifest, args: &Args) -> Result<Vec<Strata>, Failure> {
    let several = manifest.own_columns().iter().any(|column| column == "labels");
    let target = if let Some(bins) = args.bins {
        Strata::quantiles("label", &numbers(manifest, "label")?, bins)
    } else if several || args.delimiter.is_some() {
        let column = if several { "labels" } else { "label" };
        let delimiter = args.delimiter.unwrap_or(LIST_DELIMITER);
        let values = manifest.column(column)?;
        Strata::new(
            column,
            values.iter().map(|labels| labels.as_deref().unwrap_or_default().split(delimiter).map(str::trim)),
        )
    } else {
        Strata::new("label", manifest.samples.iter().map(|sample| [sample.label.as_str()]))
    };
    let mut strata = vec![target];
    for also in &args.also {
        strata.push(match also.rsplit_once(':') {
            Some((column, bins)) => {
                let bins = bins.parse().map_err(|_| format!("--also {also}: expected COLUMN or COLUMN:BINS"))?;
                Strata::quantiles(column, &numbers(manifest, column)?, bins)
            }
            None => values(manifest, also, args.folds)?,
        });
    }
    Ok(strata)
}

/// A column's values as they are, unless they are too many to be spread.
fn values(manifest: &Manifest, column: &str, folds: usize) -> Result<Strata, Failure> {
    let values = manifest.column(column)?;
    let strata = Strata::new(column, values.iter().map(|value| value.as_deref()));
    if strata.values.len() > 2 && strata.values.len() * folds > values.len() {
        return Err(format!(
            "--also {column}: {} values in {} images are too many to spread; if they are numbers, cut them into bins with \
             --also {column}:5",
            strata.values.len(),
            values.len()
        )
        .into());
    }
    Ok(strata)
}

/// A column of numbers.
fn numbers(manifest: &Manifest, column: &str) -> Result<Vec<Option<f64>>, Failure> {
    let number = |(row, value): (usize, Option<String>)| match value {
        None => Ok(None),
        Some(value) => match value.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => {
                Err(format!("row {}, column `{column}`: expected a number to cut into bins, got `{value}`", row + 1)
                    .into())
            }
        },
    };
    manifest.column(column)?.into_iter().enumerate().map(number).collect()
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
    for also in &split.also {
        text += &format!(
            "  {}: {} values, worst share off by {:.1} points\n",
            also.column,
            also.values.len(),
            also.evenness.worst_class * 100.0
        );
    }
    let more = split.more.iter().map(|fold| {
        let e = &fold.evenness;
        format!("{}: J {:.4} (no split below {:.4}), {} empty cells", fold.column, e.j, e.j_bound, e.empty_cells)
    });
    text += &few(more, 10);
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

/// Two near-duplicates.
#[derive(Serialize)]
struct Joined {
    a: String,
    b: String,
    evidence: String,
    #[serde(flatten)]
    link: Link,
}

impl Joined {
    fn of(link: &Link, samples: &[Sample]) -> Self {
        let [a, b] = [link.a, link.b].map(|row| samples[row].path.clone());
        Self { a, b, evidence: link.evidence(), link: link.clone() }
    }
}

/// Counts of classes in folds; of many classes, those that are spread least evenly.
fn evenness_table(split: &Split) -> String {
    const MOST: usize = 40;
    let e = &split.evenness;
    let mut rows = vec![row!["class"]];
    rows[0].extend((0..e.counts.len()).map(|fold| format!("fold {fold}")));
    let holdout = split.holdout_size > 0;
    if holdout {
        rows[0].push("holdout".into());
    }
    let line = |name: &str, of_fold: &dyn Fn(usize) -> u64, held: u64| {
        let mut row = row![name];
        row.extend((0..e.counts.len()).map(|fold| of_fold(fold).to_string()));
        if holdout {
            row.push(held.to_string());
        }
        row
    };
    let mut shown: Vec<usize> = (0..split.classes.len()).collect();
    if shown.len() > MOST {
        let off = |class: &usize| {
            let counts = e.counts.iter().map(|fold| fold[*class] as f64);
            let (least, most) = counts.clone().fold((f64::MAX, 0.0f64), |(a, b), n| (a.min(n), b.max(n)));
            (least - most) / counts.sum::<f64>().max(1.0)
        };
        shown.sort_by(|a, b| off(a).total_cmp(&off(b)));
        shown.truncate(MOST / 2);
    }
    for &class in &shown {
        rows.push(line(&split.classes[class], &|fold| e.counts[fold][class], split.holdout[class]));
    }
    if shown.len() < split.classes.len() {
        let rest = split.classes.len() - shown.len();
        rows.push(row![format!("… and {rest} classes that are spread more evenly")]);
    }
    rows.push(line("all originals", &|fold| e.sizes[fold], split.holdout_size));
    table(&rows)
}
