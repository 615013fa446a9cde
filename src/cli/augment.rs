use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::answer::{Answer, Failure, few};
use super::shard;
use super::table::table;
use crate::data::{Labels, Manifest, write_atomically};
use crate::image::{Encoding, Format, encode};
use crate::pipeline::{PipelineFile, read_yaml};
use crate::plan::{ClassPlan, identify, plan};
use crate::row;
use crate::run::{
    Cost, Diversity, Event, Listener, Shard, ShardSummary, Skipped, Summary, augment, augment_shard, estimate, preview,
};

/// Brings every class to its target with transformed copies
///
/// Writes pictures (a folder per class; the originals are linked in, copied or left, as the pipeline's `originals` says) and
/// `samples.parquet`, with the recipe of each copy. Run again, it does only what is missing; a killed run is continued by the same command.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    job: Job,
    /// Do one part of the work, on one of many machines that need not know of each other: I/N, such as 3/8; `auto` in a Slurm
    /// job array; `auto/N` in a Kubernetes Job of N indexed completions. `evenfold merge` joins the parts
    #[arg(long, value_name = "I/N", value_parser = shard::parse)]
    shard: Option<Shard>,
    /// Only print the plan
    #[arg(long, conflicts_with = "shard")]
    dry_run: bool,
    /// Only write a contact sheet of sources beside their first copies
    #[arg(long, value_name = "FILE.png|.jpg", conflicts_with = "shard")]
    preview: Option<PathBuf>,
}

/// What is to be done to which pictures: the same for a run, each of its shards and their merging.
#[derive(clap::Args)]
pub struct Job {
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
}

impl Job {
    /// The pictures, and what is done to them.
    pub fn open(&self) -> Result<(Manifest, PipelineFile), Failure> {
        let mut pipeline: PipelineFile = read_yaml(&self.pipeline)?;
        pipeline.seed = self.seed.unwrap_or(pipeline.seed);
        let data = self.data.clone().or(pipeline.data.clone());
        let data = data.ok_or("no data: give --data FOLDER, or `data:` in the pipeline file")?;
        let manifest = Manifest::open_with(&data, self.images.as_deref(), Labels::Required)?;
        pipeline.data = Some(data);
        Ok((manifest, pipeline))
    }

    /// The folder to write.
    pub fn out(&self, pipeline: &PipelineFile) -> Result<PathBuf, Failure> {
        let out = self.out.clone().or(pipeline.out.clone());
        let out = out.ok_or("no place for the result: give --out FOLDER, or `out:` in the pipeline file")?;
        pipeline.data.iter().try_for_each(|data| refuse_overlap(data, &out))?;
        Ok(out)
    }
}

pub fn run(args: &Args, listener: &dyn Listener) -> Result<Answer, Failure> {
    let (manifest, pipeline) = args.job.open()?;
    if let Some(file) = &args.preview {
        return write_preview(&manifest, &pipeline, file);
    }
    if args.dry_run {
        return dry_run(&manifest, &pipeline);
    }
    let out = args.job.out(&pipeline)?;
    if let Some(shard) = args.shard {
        return Ok(shard_answer(&augment_shard(&manifest, &pipeline, &out, shard, listener)?));
    }
    if let Some(text) = shard::array_without_shard() {
        listener.hear(Event::Warning { text: &text });
    }
    let summary = augment(&manifest, &pipeline, &out, listener)?;
    Ok(answer(&manifest, &pipeline, &summary))
}

/// The whole result, in a table and in lines.
pub fn answer(manifest: &Manifest, pipeline: &PipelineFile, summary: &Summary) -> Answer {
    let mut text = plan_table(&summary.classes, None);
    text +=
        &format!("\n{} images, {} copies made now, {} there before.\n", summary.images, summary.made, summary.found);
    if !manifest.ignored.is_empty() {
        let what = "are no pictures by their name, or have a name that is not UTF-8";
        text += &format!("{} files in {} {what}:\n", manifest.ignored.len(), manifest.folder.display());
        text += &few(manifest.ignored.iter().map(|path| path.display().to_string()), 3);
    }
    if !summary.animated.is_empty() {
        text += &format!("{} files are animated; the first frame of each was taken:\n", summary.animated.len());
        text += &few(summary.animated.iter().cloned(), 3);
    }
    text += &skipped("the others of their class made up for them", &summary.skipped);
    if !summary.diversity.is_empty() {
        text += &format!("\n{}", diversity_table(&summary.diversity, pipeline.diversity.min_distance));
    }
    let file = summary.manifest.display();
    let next = if manifest.folds() > 0 {
        format!("train-eval --folds {file}")
    } else {
        format!("split --folds 5 --stratified --data {file}")
    };
    text += &format!("Manifest: {file}\nNext: evenfold {next}\n");
    Answer::new(text, summary, !summary.skipped.is_empty())
}

/// Damaged pictures are no reason to look yet, or a scheduler would take the shard for failed and run it again.
fn shard_answer(summary: &ShardSummary) -> Answer {
    let ShardSummary { shard, originals, made, found, skipped: without } = summary;
    let mut text =
        format!("Shard {shard}: {originals} originals in place, {made} copies made now, {found} there before.\n");
    text += &skipped("the merging will make up for them", without);
    text += "Next, when all shards are done: evenfold merge, with the same --pipeline, --data and --out\n";
    Answer::new(text, summary, false)
}

fn skipped(outcome: &str, skipped: &[Skipped]) -> String {
    if skipped.is_empty() {
        return String::new();
    }
    let listed = few(skipped.iter().map(|s| format!("{}: {}", s.path, s.why)), 10);
    format!("{} images could not be used; {outcome}:\n{listed}", skipped.len())
}

fn write_preview(manifest: &Manifest, pipeline: &PipelineFile, file: &Path) -> Result<Answer, Failure> {
    let sheet =
        preview(manifest, pipeline)?.ok_or_else(|| format!("{}: no picture can be read", manifest.folder.display()))?;
    let encoding = picture_encoding("--preview", file)?;
    let mut bytes = Vec::new();
    encode(&sheet, &encoding, &mut bytes)?;
    write_atomically(file, &bytes)?;
    Ok(Answer::new(format!("Contact sheet: {}\n", file.display()), &json!({"preview": file}), false))
}

/// How a contact sheet is written, by its file's name.
pub fn picture_encoding(flag: &str, file: &Path) -> Result<Encoding, Failure> {
    let format = match file.extension().and_then(|e| e.to_str()) {
        Some("png") => Format::Png,
        Some("jpg" | "jpeg") => Format::Jpeg,
        _ => return Err(format!("{flag} {}: expected a name that ends in .png or .jpg", file.display()).into()),
    };
    Ok(Encoding { format, quality: 90, ..Encoding::default() })
}

fn dry_run(manifest: &Manifest, pipeline: &PipelineFile) -> Result<Answer, Failure> {
    let ids: Vec<_> = identify(manifest, || {}).into_iter().map(Result::ok).collect();
    let plan = plan(&manifest.samples, &ids, &pipeline.balance, pipeline.seed)?;
    let costs = estimate(manifest, &ids, pipeline, &plan)?;
    let bytes: u64 = costs.values().map(|cost| cost.bytes).sum();
    let threads = rayon::current_num_threads();
    let seconds = costs.values().map(|cost| cost.seconds).sum::<f64>() / threads as f64;
    let text = format!(
        "{}\nExpected, from two originals of each class: {:.1} MB of copies, {seconds:.1} s on {threads} threads. Nothing was written.\n",
        plan_table(&plan.classes, Some(&costs)),
        megabytes(bytes),
    );
    Ok(Answer::new(text, &json!({"classes": plan.classes, "costs": costs, "bytes": bytes, "seconds": seconds}), false))
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// `low–high`, or one number where the two are equal.
fn span<T: PartialEq + std::fmt::Display + Copy>(low: T, high: T) -> String {
    if low == high { high.to_string() } else { format!("{low}–{high}") }
}

fn plan_table(classes: &[ClassPlan], costs: Option<&BTreeMap<String, Cost>>) -> String {
    let mut heading = row!["class", "have", "target", "new copies", "left out", "after", "copies of one original"];
    let in_folds = classes.iter().any(|class| !class.training.is_empty());
    if in_folds {
        heading.push("training part of a fold".into());
    }
    if costs.is_some() {
        heading.extend(row!["MB", "processor s"]);
    }
    let mut rows = vec![heading];
    for c in classes {
        let [fewest, most] = c.copies_of_one;
        let mut row = row![c.label, c.have, c.target, c.new, c.left_out, c.after(), span(fewest, most)];
        if in_folds {
            let parts = || c.training.values().copied();
            row.push(span(parts().min().unwrap_or(0), parts().max().unwrap_or(0)));
        }
        if let Some(costs) = costs {
            let cost = costs.get(&c.label).copied().unwrap_or_default();
            row.extend([format!("{:.1}", megabytes(cost.bytes)), format!("{:.1}", cost.seconds)]);
        }
        rows.push(row);
    }
    table(&rows)
}

/// How far copies look from their source and siblings.
fn diversity_table(classes: &[Diversity], least: f64) -> String {
    let mut rows = vec![row!["class", "copies", "drawn again", "nearest", "5%", "median", "95%"]];
    for c in classes {
        let [nearest, low, _, median, _, high, _] = c.quantiles.map(|distance| format!("{distance:.1}"));
        rows.push(row![c.label, c.copies, c.redrawn, nearest, low, median, high]);
    }
    let mut text = format!("How far copies look from their source or nearest sibling (0 to 255):\n{}", table(&rows));
    let near: usize = classes.iter().map(|class| class.near).sum();
    if near > 0 {
        text += &format!(
            "{near} copies are nearer than {least} and show next to nothing new: give their steps wider ranges or a higher p.\n"
        );
    }
    text
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
