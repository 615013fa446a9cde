use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use super::answer::{Answer, Failure};
use super::groups::Groups;
use super::judge::judged;
use super::table::table;
use super::training::{duration, layered};
use crate::data::{Labels, Manifest, read_file, write_atomically};
use crate::evaluate::{Estimate, Eval, Job, Outcome, Rehearsal, Spread, rehearse, run as run_folds};
use crate::image::{Frame, decode, file_hash};
use crate::pipeline::read_yaml;
use crate::record::{Point, Recorder, Run, heat};
use crate::report::{Report, Setting, Trust, assemble, summary, write};
use crate::row;
use crate::run::{Halt, Listener};
use crate::train::{Config, EvalData};

/// Trains one EfficientNet a fold and says whether the score can be trusted
///
/// Predicts out-of-fold, holdout and eval images with TTA, votes, compares validation with eval, and writes a run folder
/// with report.html. Folds that an earlier run has finished are not trained again. Exit code 1 if validation is not to be
/// trusted.
#[derive(clap::Args)]
pub struct Args {
    /// The manifest that `evenfold split` wrote; with `--judge` any CSV or Parquet file with a column `fold` or `split`
    #[arg(long, value_name = "FILE")]
    folds: PathBuf,
    /// Folder that the paths of the manifest start from [default: the manifest's own]
    #[arg(long, value_name = "FOLDER")]
    images: Option<PathBuf>,
    /// Configuration (see pipelines/*-train.yaml); every key has a default
    #[arg(long, value_name = "FILE.yaml")]
    config: Option<PathBuf>,
    /// Override one key of the configuration, such as `--set epochs=5`; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The images that you will be judged on: a folder, CSV or Parquet file [default: the configuration's `eval.data`]
    #[arg(long, value_name = "PATH")]
    eval: Option<PathBuf>,
    /// Folder that the paths of an eval CSV or Parquet file start from [default: the file's own]
    #[arg(long, value_name = "FOLDER")]
    eval_images: Option<PathBuf>,
    /// CSV or Parquet file with `path,label` of the eval images, where labels are known but kept apart
    #[arg(long, value_name = "FILE")]
    eval_labels: Option<PathBuf>,
    /// Column of the eval file whose values are not independent of one another [default: `group`]
    #[arg(long, value_name = "COLUMN")]
    eval_groups: Option<String>,
    /// The run folder
    #[arg(long, default_value = "runs/run", value_name = "FOLDER")]
    out: PathBuf,
    /// Train nothing: print the resolved configuration, the data of each fold, and the time (measured on a few batches) and
    /// memory that the run would take
    #[arg(long)]
    dry_run: bool,
    /// Judge folds that leak instead of refusing them: `evenfold audit` looks for leaks in the columns `fold` or `split`, own
    /// folds of the same images are trained beside those given, and the verdict says by how much these promise too much
    #[arg(long)]
    judge: bool,
    /// With `--judge`: what must not be on two sides, as in `evenfold audit`
    #[arg(long, value_name = "auto|none|COLUMN|REGEX", default_value = "auto", requires = "judge")]
    groups: Groups,
    /// Stop training after about this long, such as `90s`, `30m` or `2h`, shared among the folds; the same command goes on
    #[arg(long, value_name = "TIME", value_parser = duration)]
    time_limit: Option<Duration>,
}

/// The first Ctrl-C asks the training to end with a checkpoint; a second one ends the program.
fn end_on_signal(halt: &Halt) -> Result<(), Failure> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register_conditional_default(signal, halt.flag())?;
        signal_hook::flag::register(signal, halt.flag())?;
    }
    Ok(())
}

/// What OpenMP, libtorch and the C library read when they are loaded.
#[cfg(unix)]
const POLICIES: [(&str, &str); 3] = [
    // OpenMP's threads wait for one another by spinning, which starves the threads that make the batches and every other
    // program on the same cores: under load, training took three times as long.
    ("OMP_WAIT_POLICY", "passive"),
    // Each step makes and drops a gigabyte of layers, page by page: that was a quarter of the training of an efficientnet_b0
    // at 224 px. libtorch asks for huge pages, and what was freed stays at hand.
    ("THP_MEM_ALLOC_ENABLE", "1"),
    ("GLIBC_TUNABLES", "glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=8589934592"),
];

/// Starts the program anew with [`POLICIES`], which are read before `main`; what the user has set is kept.
#[cfg(unix)]
pub fn start_with_policies() {
    use std::os::unix::process::CommandExt;
    let mut unset = POLICIES.into_iter().filter(|(name, _)| std::env::var_os(name).is_none()).peekable();
    if let (Some(_), Ok(program)) = (unset.peek(), std::env::current_exe()) {
        // Comes back only where it failed, and then training is slower and nothing else.
        let _ = std::process::Command::new(program).args(std::env::args_os().skip(1)).envs(unset).exec();
    }
}

/// Other systems have no such policies.
#[cfg(not(unix))]
pub fn start_with_policies() {}

pub fn run(args: &Args, jobs: Option<usize>, listener: &dyn Listener) -> Result<Answer, Failure> {
    let mut config = configured(args)?;
    if let (0, Some(jobs)) = (config.threads, jobs) {
        config.threads = jobs;
    }
    let mut manifest = Manifest::open_with(&args.folds, args.images.as_deref(), Labels::Required)?;
    let given = if args.judge { judged(&mut manifest, &args.groups, config.seed, listener)? } else { None };
    let eval = config.eval.clone().map(|eval| eval_manifest(&eval, args)).transpose()?;
    let halt = Halt::default();
    let (out, time) = (args.out.as_path(), args.time_limit);
    let (eval, given) = (eval.as_ref(), given.as_ref());
    let job = Job { config: &config, manifest: &manifest, eval, given, out, halt: &halt, time, watch: None };
    if args.dry_run {
        let rehearsal = rehearse(&job, listener)?;
        let look = !rehearsal.skipped.is_empty();
        let json = json!({"config": config, "rehearsal": rehearsal});
        return Ok(Answer { text: rehearsed(&serde_saphyr::to_string(&config)?, &config, &rehearsal), json, look });
    }
    std::fs::create_dir_all(&args.out).map_err(|e| format!("{}: {e}", args.out.display()))?;
    let resolved = serde_saphyr::to_string(&config)?;
    write_atomically(&args.out.join("config.yaml"), resolved.as_bytes())?;
    let command = std::env::args().collect::<Vec<_>>().join(" ");
    let environment: Vec<(String, String)> =
        super::doctor::found().into_iter().map(|(part, what)| (part.to_owned(), what)).collect();
    let about = json!({
        "command": &command,
        "environment": environment.iter().cloned().collect::<BTreeMap<_, _>>(),
        "folds": {"path": &args.folds, "blake3": file_hash(&read_file(&args.folds)?)},
    });
    write_atomically(&args.out.join("environment.json"), serde_json::to_string_pretty(&about)?.as_bytes())?;

    end_on_signal(&halt)?;
    let name = args.out.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let recorder = Recorder::new(listener, &args.out, Run { name, config: serde_json::to_value(&config)? });
    let outcome = run_folds(&job, &recorder)?;
    recorder.pictures(out, &pictures(&outcome));
    recorder.points(out, "what the first fold's net sees", &COLUMNS, &points(&outcome));
    let setting = Setting {
        title: args.folds.display().to_string(),
        command,
        config: flat(&serde_json::to_value(&config)?),
        environment,
    };
    let report = assemble(&outcome, setting);
    write(&report, &args.out)?;
    let summary = serde_json::to_string_pretty(&summary(&outcome, &report.verdict.sentence))?;
    write_atomically(&args.out.join("summary.json"), summary.as_bytes())?;
    let look = report.verdict.trust != Trust::Holds || !outcome.skipped.is_empty();
    let json = json!({
        "verdict": report.verdict, "scores": report.scores, "ensembles": report.ensembles,
        "seconds": outcome.seconds, "skipped": outcome.skipped, "report": args.out.join("report.html"),
    });
    Ok(Answer { text: text(&outcome, &report, &args.out), json, look })
}

/// What is worth a look in `TensorBoard`: the confusion matrix and the surest mistakes.
fn pictures(outcome: &Outcome) -> Vec<(String, Frame)> {
    const MISTAKES: usize = 16;
    let mut pictures = vec![("confusion (rows: truth)".to_owned(), heat(&outcome.out_of_fold.confusion))];
    for (i, mistake) in outcome.mistakes.iter().take(MISTAKES).enumerate() {
        let [truth, predicted] = [mistake.truth, mistake.predicted].map(|class| &outcome.classes[class]);
        // A picture that has gone since is left out.
        if let Some(frame) = read_file(&mistake.file).ok().and_then(|bytes| decode(&bytes).ok()) {
            pictures.push((format!("mistakes/{:02} {truth} taken for {predicted}", i + 1), frame));
        }
    }
    pictures
}

/// What is known of a point in `TensorBoard`'s projector.
const COLUMNS: [&str; 4] = ["split", "label", "predicted", "path"];

fn points(outcome: &Outcome) -> Vec<Point<'_>> {
    let points = outcome.embedded.iter().map(|seen| {
        let class = |class: usize| outcome.classes[class].clone();
        let label = seen.truth.map_or_else(String::new, class);
        Point {
            features: &seen.features,
            cells: vec![seen.split.to_owned(), label, class(seen.predicted), seen.path.clone()],
            sprite: seen.sprite.as_ref(),
        }
    });
    points.collect()
}

/// All layers, then the flags of their own.
fn configured(args: &Args) -> Result<Config, Failure> {
    let given: Value = match &args.config {
        // Read as what it should be first: its errors say line and column.
        Some(file) => read_yaml::<Config>(file).and_then(|_| read_yaml(file))?,
        None => json!({}),
    };
    let mut config: Config =
        serde_json::from_value(layered(&given, &args.set)?).map_err(|e| format!("configuration: {e}"))?;
    if let Some(data) = &args.eval {
        config.eval = Some(EvalData { data: data.clone(), labels: None });
    }
    match (&mut config.eval, &args.eval_labels) {
        (Some(eval), Some(labels)) => eval.labels = Some(labels.clone()),
        (None, Some(_)) => return Err("--eval-labels needs --eval".into()),
        _ => {}
    }
    config.check()?;
    Ok(config)
}

/// The eval images, with labels and groups from a file of their own where there is one.
fn eval_manifest(eval: &EvalData, args: &Args) -> Result<Eval, Failure> {
    let mut manifest = Manifest::open_with(&eval.data, args.eval_images.as_deref(), Labels::Optional)?;
    if let Some(column) = &args.eval_groups {
        let groups = manifest.column(column)?;
        for (sample, group) in manifest.samples.iter_mut().zip(groups) {
            sample.group = group;
        }
    }
    let Some(file) = &eval.labels else { return Ok(Eval { manifest, from: eval.data.clone() }) };
    let labels = Manifest::open(file, Labels::Required)?;
    let real = |path: PathBuf| path.canonicalize().unwrap_or(path);
    let by_path: std::collections::HashMap<_, _> = labels.samples.iter().map(|s| (real(labels.locate(s)), s)).collect();
    let folder = manifest.folder.clone();
    let mut found = 0;
    for sample in &mut manifest.samples {
        if let Some(known) = by_path.get(&real(folder.join(&sample.path))) {
            sample.label.clone_from(&known.label);
            sample.group.clone_from(&known.group);
            found += 1;
        }
    }
    let all = manifest.samples.len();
    if found < all {
        let (labels, data) = (file.display(), eval.data.display());
        return Err(format!(
            "{labels} names {found} of the {all} images in {data}; its paths start from its own folder"
        )
        .into());
    }
    Ok(Eval { manifest, from: file.clone() })
}

/// Nested keys as `eval.data`.
fn flat(value: &Value) -> Vec<(String, String)> {
    let map = value.as_object().into_iter().flatten();
    map.map(|(key, value)| (key.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))).collect()
}

fn rehearsed(yaml: &str, config: &Config, rehearsal: &Rehearsal) -> String {
    let mut heading = row!["fold", "part"];
    heading.extend(rehearsal.classes.iter().cloned());
    heading.extend(row!["all", "epoch"]);
    let mut rows = vec![heading];
    let mut line = |fold: String, part: &str, counts: &[usize], all: usize, epoch: String| {
        let mut cells = row![fold, part];
        cells.extend(counts.iter().map(usize::to_string));
        cells.extend(row![all, epoch]);
        rows.push(cells);
    };
    let sum = |counts: &[usize]| counts.iter().sum::<usize>();
    for fold in &rehearsal.folds {
        let epoch = format!("{:.1} s", fold.seconds_an_epoch);
        line(fold.fold.to_string(), "train, originals", &fold.originals, sum(&fold.originals), epoch);
        if sum(&fold.copies) > 0 {
            line(String::new(), "train, copies", &fold.copies, sum(&fold.copies), String::new());
        }
        line(String::new(), "validation", &fold.validation, sum(&fold.validation), String::new());
    }
    if sum(&rehearsal.holdout) > 0 {
        line(String::new(), "holdout", &rehearsal.holdout, sum(&rehearsal.holdout), String::new());
    }
    if let Some((counts, all)) = &rehearsal.eval {
        line(String::new(), "eval (labels known)", counts, *all, String::new());
    }
    let minutes = rehearsal.seconds / 60.0;
    let (epochs, rate) = (config.epochs, 1.0 / rehearsal.seconds_an_image);
    let seeds = if config.seeds == 1 { String::new() } else { format!("{} seeds of ", config.seeds) };
    let further = config.ablation.len();
    let further = if further == 0 { String::new() } else { format!(" and {further} more trainings of one fold") };
    let nets = format!("{seeds}all folds{further}");
    let memory = rehearsal.memory_bytes.map_or_else(
        || "not known on this system".to_owned(),
        |bytes| format!("{:.1} GB, with up to {} MB of pictures kept", bytes as f64 / 1e9, config.cache_mb),
    );
    let mut text = format!("{yaml}\n{}\n", table(&rows));
    text +=
        &format!("Time: about {minutes:.1} min for {epochs} epochs of {nets} ({rate:.0} images/s on a few batches)\n");
    text += &format!("Memory: {memory}\n");
    if !rehearsal.skipped.is_empty() {
        text += &format!("{} images cannot be used (--format json lists them).\n", rehearsal.skipped.len());
    }
    text + "Nothing was trained or written: leave out --dry-run to run it.\n"
}

fn text(outcome: &Outcome, report: &Report, out: &Path) -> String {
    let say = |e: &Estimate| format!("{:.3} ({:.3} to {:.3})", e.value, e.low, e.high);
    let mut rows = vec![row!["split", "macro-F1 (95% interval)", "accuracy", "images", "groups"]];
    rows.extend(
        report
            .scores
            .iter()
            .map(|s| row![s.split, say(&s.macro_f1), say(&s.accuracy), s.macro_f1.n, s.macro_f1.groups]),
    );
    let mut text = table(&rows);
    if let Some(over) = Spread::of(&outcome.folds, |fold| fold.macro_f1) {
        text += &format!(
            "\nOver {} folds: macro-F1 {:.3}, standard deviation {:.3}, 95% interval of the mean {:.3} to {:.3}.\n",
            outcome.folds.len(),
            over.mean,
            over.sd,
            over.low,
            over.high
        );
    }
    let found = outcome.folds.iter().filter(|fold| fold.found).count();
    if found > 0 {
        text += &format!("\n{found} of {} folds were trained by an earlier run.\n", outcome.folds.len());
    }
    let mark = match report.verdict.trust {
        Trust::Holds => "The validation score may be believed",
        Trust::Look => "Look before you believe the validation score",
        Trust::DoNotTrust => "The validation score will not hold",
    };
    text += &format!("\n{mark}. {}\n", report.verdict.sentence);
    if !outcome.skipped.is_empty() {
        text += &format!("{} images could not be used; the report lists them.\n", outcome.skipped.len());
    }
    text += &format!("Report: {}\n", out.join("report.html").display());
    text
}
