use std::path::{Path, PathBuf};

use serde_json::json;

use super::answer::{Answer, Failure, few};
use super::table::table;
use crate::data::{Labels, Manifest, write_atomically};
use crate::image::{Encoding, Format, encode};
use crate::pipeline::{PipelineFile, read_yaml};
use crate::plan::{ClassPlan, identify, plan};
use crate::row;
use crate::run::{Listener, augment, preview};

/// Brings every class to its target with transformed copies
///
/// Writes pictures (a folder per class; the originals are linked in) and `samples.parquet`, with the recipe of each
/// copy. Run again, it does only what is missing; a killed run is continued by the same command.
#[derive(clap::Args)]
pub struct Args {
    /// The pipeline file (see pipelines/ and `evenfold transforms`)
    #[arg(long, value_name = "FILE.yaml")]
    pipeline: PathBuf,
    /// Folder per class, CSV or Parquet manifest with `path,label` [default: the pipeline's `data`]
    #[arg(long)]
    data: Option<PathBuf>,
    /// Folder that the paths of a CSV or Parquet manifest start from [default: the manifest's own]
    #[arg(long, value_name = "FOLDER")]
    images: Option<PathBuf>,
    /// The folder to write [default: the pipeline's `out`]
    #[arg(long)]
    out: Option<PathBuf>,
    /// The seed of everything that is drawn [default: the pipeline's `seed`]
    #[arg(long)]
    seed: Option<u64>,
    /// Only print the plan
    #[arg(long)]
    dry_run: bool,
    /// Only write a contact sheet of sources beside their first copies
    #[arg(long, value_name = "FILE.png|.jpg")]
    preview: Option<PathBuf>,
}

pub fn run(args: &Args, listener: &dyn Listener) -> Result<Answer, Failure> {
    let mut pipeline: PipelineFile = read_yaml(&args.pipeline)?;
    pipeline.seed = args.seed.unwrap_or(pipeline.seed);
    let data = args.data.clone().or(pipeline.data.clone());
    let data = data.ok_or("no data: give --data FOLDER, or `data:` in the pipeline file")?;
    let manifest = Manifest::open_with(&data, args.images.as_deref(), Labels::Required)?;
    if let Some(file) = &args.preview {
        let sheet =
            preview(&manifest, &pipeline).ok_or_else(|| format!("{}: no picture can be read", data.display()))?;
        let format = match file.extension().and_then(|e| e.to_str()) {
            Some("png") => Format::Png,
            Some("jpg" | "jpeg") => Format::Jpeg,
            _ => return Err(format!("--preview {}: expected a name that ends in .png or .jpg", file.display()).into()),
        };
        let mut bytes = Vec::new();
        encode(&sheet, &Encoding { format, quality: 90, ..Encoding::default() }, &mut bytes)?;
        write_atomically(file, &bytes)?;
        let text = format!("Contact sheet: {}\n", file.display());
        return Ok(Answer::new(text, &json!({"preview": file}), false));
    }
    if args.dry_run {
        return dry_run(&manifest, &pipeline);
    }
    let out = args.out.clone().or(pipeline.out.clone());
    let out = out.ok_or("no place for the result: give --out FOLDER, or `out:` in the pipeline file")?;
    refuse_overlap(&data, &out)?;
    let summary = augment(&manifest, &pipeline, &out, listener)?;
    let mut text = plan_table(&summary.classes);
    text +=
        &format!("\n{} images, {} copies made now, {} there before.\n", summary.images, summary.made, summary.found);
    if !manifest.ignored.is_empty() {
        let what = "are no pictures by their name, or have a name that is not UTF-8";
        text += &format!("{} files in {} {what}:\n", manifest.ignored.len(), data.display());
        text += &few(manifest.ignored.iter().map(|path| path.display().to_string()), 3);
    }
    if !summary.skipped.is_empty() {
        text += &format!(
            "{} images could not be used; the others of their class made up for them:\n",
            summary.skipped.len()
        );
        text += &few(summary.skipped.iter().map(|s| format!("{}: {}", s.path, s.why)), 10);
    }
    let manifest = summary.manifest.display();
    text += &format!("Manifest: {manifest}\nNext: evenfold split --folds 5 --stratified --data {manifest}\n");
    let look = !summary.skipped.is_empty();
    Ok(Answer::new(text, &summary, look))
}

fn dry_run(manifest: &Manifest, pipeline: &PipelineFile) -> Result<Answer, Failure> {
    let ids: Vec<_> = identify(manifest, || {}).into_iter().map(Result::ok).collect();
    let plan = plan(&manifest.samples, &ids, &pipeline.balance, pipeline.seed)?;
    let text = format!("{}\nNothing was written.\n", plan_table(&plan.classes));
    Ok(Answer::new(text, &json!({"classes": plan.classes}), false))
}

fn plan_table(classes: &[ClassPlan]) -> String {
    let mut rows = vec![row!["class", "have", "target", "new copies", "left out", "after", "copies of one original"]];
    for c in classes {
        let spread = match (c.new / c.sources.max(1), c.copies_of_one as usize) {
            (low, high) if low == high => high.to_string(),
            (low, high) => format!("{low}–{high}"),
        };
        rows.push(row![c.label, c.have, c.target, c.new, c.left_out, c.after(), spread]);
    }
    table(&rows)
}

/// A result inside the data would be data the next time.
fn refuse_overlap(data: &Path, out: &Path) -> Result<(), Failure> {
    let resolved = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path));
    let (from, to) = (resolved(data)?, resolved(out)?);
    if data.is_dir() && (to.starts_with(&from) || from.starts_with(&to)) {
        let (out, data) = (out.display(), data.display());
        return Err(
            format!("--out {out} and the data {data} lie in one another: choose a folder beside the data").into()
        );
    }
    Ok(())
}
