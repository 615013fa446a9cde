use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::json;

use super::answer::{Answer, Failure, few};
use super::audit_input::{Audited, folders, indices};
use super::augment::picture_encoding;
use super::groups::{Groups, likely_text, some_match};
use super::near::{Model, Near};
use super::table::table;
use crate::data::{Labels, Manifest, read_file, write_atomically};
use crate::evaluate::{Difference, compare, measure, numbered};
use crate::image::encode;
use crate::leak::{Findings, Kind, Pair, Part, check, conflicts, near_findings, parts, sheet};
use crate::random::Key;
use crate::row;
use crate::run::{Event, Listener};
use crate::split::Grouping;

/// The part of the images of `--eval`.
const EVAL: &str = "eval";

/// Finds leaks in anybody's split
///
/// Looks for pictures that lie on two sides: exact duplicates (by pixels), near-duplicates (turned, mirrored, cropped,
/// recoloured, encoded again), groups, copies away from their source; and for one picture under two labels. Shows pairs
/// as evidence. Exit code 1 on a leak.
#[derive(clap::Args)]
pub struct Args {
    /// Parquet or CSV manifest with a `fold` or `split` column; or two folders or more, such as `train val test`, or one
    /// that holds such folders; or, with `--indices`, what the indices count
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Folder that the paths of a manifest start from [default: the manifest's own]
    #[arg(long, value_name = "FOLDER")]
    images: Option<PathBuf>,
    /// Column that says which part a row is in [default: `fold`, else `split`]
    #[arg(long, value_name = "COLUMN")]
    split_column: Option<String>,
    /// Indices of rows as JSON: `{"train": [0, …], "test": […]}`, or a list of such (or of `[train, test]`) a fold, as
    /// scikit-learn's `split` gives them
    #[arg(long, value_name = "FILE.json", conflicts_with = "split_column")]
    indices: Option<PathBuf>,
    /// Pictures that the model will be judged on, as a part of their own
    #[arg(long, value_name = "FOLDER")]
    eval: Option<PathBuf>,
    /// What must not be on two sides: a column, or a pattern on the path, whose first capture (or whole match) counts;
    /// `auto` takes the column `group`, or looks for what could be a group; `none` takes all images as independent
    #[arg(long, value_name = "auto|none|COLUMN|REGEX", default_value = "auto")]
    groups: Groups,
    /// Look for near-duplicates: `on`, `off`, or how many of 63 bits of the perceptual hash may differ on the shortlist
    #[arg(long, default_value = "on", value_name = "on|off|BITS")]
    near_duplicates: Near,
    #[command(flatten)]
    near_model: Model,
    /// Write a contact sheet of the pairs
    #[arg(long, value_name = "FILE.png|.jpg")]
    sheet: Option<PathBuf>,
}

pub fn run(args: &Args, listener: &dyn Listener) -> Result<Answer, Failure> {
    // A wrong name is said before pictures are read.
    let encoding = args.sheet.as_deref().map(|file| picture_encoding("--sheet", file)).transpose()?;
    let mut audited = open(args)?;
    let named = args.paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ");
    let sides = audited.parts.iter().flatten().collect::<BTreeSet<_>>().len();
    let groups = args.groups.resolve(&audited.manifest, sides)?;
    some_match(&groups.grouping, &audited.manifest.samples)?;
    if let Some(eval) = &args.eval {
        audited.add(eval, EVAL)?;
    }
    let Audited { mut manifest, parts } = audited;
    name_groups(&mut manifest, groups.grouping);
    let (seen, links) = args.near_duplicates.look(&args.near_model, &mut manifest, listener)?;
    let mut findings = check(&manifest.samples, &parts);
    findings.extend(near_findings(&links, &manifest.samples, &parts));
    findings.extend(conflicts(&links, &manifest.samples));

    let mut text = format!("{} images in {named}\n", manifest.samples.len());
    text += &said(&findings, args.near_duplicates.is_on());
    text += &likely_text(&groups.likely, "looked for on two sides");
    let differs = if args.eval.is_some() { eval_differs(&manifest, &parts, listener) } else { Vec::new() };
    if !differs.is_empty() {
        text += &format!(
            "The eval images differ from the others: they are {} (L3.3: a test set that is not drawn from what the model is \
             made for). See evenfold compare.\n",
            differs.join(", ")
        );
    }
    if let (Some(file), Some(encoding)) = (&args.sheet, encoding)
        && let Some(sheet) = sheet(&findings, |path| read_file(&manifest.folder.join(path)).ok())
    {
        let mut bytes = Vec::new();
        encode(&sheet, &encoding, &mut bytes)?;
        write_atomically(file, &bytes)?;
        text += &format!("Contact sheet: {}\n", file.display());
    }
    if !seen.skipped.is_empty() {
        text += &format!("{} images cannot be read and were not compared:\n", seen.skipped.len());
        text += &few(seen.skipped.iter().map(|s| format!("{}: {}", s.path, s.why)), 10);
    }
    let look = !findings.is_empty() || !seen.skipped.is_empty() || !differs.is_empty();
    let json =
        json!({"leaks": findings, "eval_differs": differs, "likely_groups": groups.likely, "skipped": seen.skipped});
    Ok(Answer { text, json, look })
}

/// In what the eval images plainly differ from the others, in words.
fn eval_differs(manifest: &Manifest, parts: &[Option<Part>], listener: &dyn Listener) -> Vec<&'static str> {
    let side = |eval: bool| {
        let is_eval = |row: &usize| parts[*row].as_ref().is_some_and(|part| part.0 == EVAL);
        let rows: Vec<usize> = (0..manifest.samples.len())
            .filter(|row| manifest.samples[*row].is_original() && is_eval(row) == eval)
            .collect();
        let (groups, _) = numbered(rows.iter().map(|&row| manifest.samples[row].group_or_source()));
        listener.hear(Event::Started { what: "comparing with eval", total: rows.len() as u64 });
        let measured = measure(manifest, &rows, &groups, listener);
        listener.hear(Event::Finished { note: &format!("{} pictures", measured.rows.len()) });
        measured
    };
    let (others, eval) = (side(false), side(true));
    if others.rows.is_empty() || eval.rows.is_empty() {
        return Vec::new();
    }
    compare(&others.side(), &eval.side(), &Key::root(0)).iter().filter_map(Difference::in_words).collect()
}

fn said(findings: &[Findings], near: bool) -> String {
    let near = if near { ", no near-duplicate" } else { "" };
    if findings.is_empty() {
        return format!(
            "No leak found: no copy is away from its source, no group, no exact duplicate{near} is on two sides.\n"
        );
    }
    let mut rows = vec![row!["leak", "pairs", "images", "inflation at most", "kind (Kapoor and Narayanan 2023)"]];
    rows.extend(findings.iter().map(|f| {
        let points = format!("{:.1} points", f.inflation_at_most * 100.0);
        row![f.kind.name(), f.pairs, f.touched, points, f.kind.taxonomy()]
    }));
    let mut text = table(&rows);
    for finding in findings {
        text += &format!("\n{}:\n", finding.kind.name());
        let pair = |p: &Pair| format!("{} ({}) and {} ({}): {}", p.a, p.part_a.0, p.b, p.part_b.0, p.evidence);
        text += &few(finding.examples.iter().map(pair), 5);
    }
    if findings.iter().any(|f| f.kind != Kind::LabelConflict) {
        text += "\nA score measured across these borders is too good: by so many points at most as a model that would \
                 otherwise guess gains by remembering. Split again: evenfold split --folds 5 --stratified --data …\n";
    }
    text
}

/// The rows, and the part of each.
fn open(args: &Args) -> Result<Audited, Failure> {
    let [first, rest @ ..] = &args.paths[..] else { unreachable!("clap asks for one path") };
    let audited = if let Some(file) = &args.indices {
        if !rest.is_empty() {
            return Err("--indices counts the rows of one folder or manifest: give one".into());
        }
        indices(&Manifest::open_with(first, args.images.as_deref(), Labels::Optional)?, file)?
    } else if first.is_dir() {
        folders(&args.paths, args.eval.is_some())?
    } else if rest.is_empty() {
        let manifest = Manifest::open_with(first, args.images.as_deref(), Labels::Optional)?;
        let parts = match &args.split_column {
            Some(column) => manifest.column(column)?.into_iter().map(|part| part.map(Part)).collect(),
            None => parts(&manifest),
        };
        if parts.iter().all(Option::is_none) {
            let found = manifest.columns().join(", ");
            return Err(format!(
                "{}: no column `fold` or `split` says which part a row is in; name one with --split-column; the file has {found}",
                first.display()
            )
            .into());
        }
        Audited { manifest, parts }
    } else {
        return Err("give one manifest, or two folders or more".into());
    };
    Ok(audited)
}

/// Gives each row the group that the user's column or pattern, or the likely one, says.
pub fn name_groups(manifest: &mut Manifest, mut grouping: Grouping) {
    if matches!(grouping, Grouping::AsGiven) {
        return;
    }
    if let Grouping::Values(values) = &mut grouping {
        // The eval images have no such column.
        values.resize(manifest.samples.len(), None);
    }
    for (row, sample) in manifest.samples.iter_mut().enumerate() {
        sample.group = grouping.of(row, sample).map(str::to_owned);
    }
}
