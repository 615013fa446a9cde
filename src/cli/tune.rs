use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use serde_json::{Value, json};

use super::answer::{Answer, Failure};
use super::table::table;
use super::training::{duration, layered};
use crate::data::{Labels, Manifest, write_atomically};
use crate::pipeline::read_yaml;
use crate::report::{Tuning, write_tuning};
use crate::row;
use crate::run::Listener;
use crate::tune::{
    self, Goal, PruneAt, Pruner, Sampler, Search, Space, State, Study, Task, check, configuration, run as search,
};

/// Searches for the best values of a train-eval configuration
///
/// Any value of the configuration may be a range: `{log: [1e-5, 1e-2]}`, `{uniform: [0, 0.5]}`, `{int: [5, 30]}`,
/// `{log_int: [8, 64]}` or `{choice: [a, b]}`, whose options may hold ranges of their own. A trial trains a net a fold; its
/// value is that of all out-of-fold predictions together. The study is an Optuna journal (OUT/study.log): run the command
/// again to go on after a kill, run it many times at once, on machines that share the folder, to go faster.
/// OUT/best.yaml is a configuration for `evenfold train-eval`. Exit code 1 if no trial came to its end.
#[derive(clap::Args)]
pub struct Args {
    /// A train-eval configuration with ranges in it (see pipelines/demo-tune.yaml)
    #[arg(long, value_name = "FILE.yaml")]
    config: PathBuf,
    /// Override one key of the configuration, such as `--set epochs=5` or `--set 'lr={log: [1e-5, 1e-2]}'`; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The manifest that `evenfold split` wrote
    #[arg(long, value_name = "FILE.parquet")]
    folds: PathBuf,
    /// Trials of the study in all, those of other processes and of earlier runs too
    #[arg(long, value_name = "N")]
    trials: usize,
    /// When this process stops, such as `90m` or `8h`; a trial under way is put back in line
    #[arg(long, value_name = "TIME", value_parser = duration)]
    time_limit: Option<Duration>,
    /// What is to be made good: a metric of the report or `images_per_second`; given twice, both at once
    #[arg(long, value_name = "NAME", default_value = "macro_f1", value_parser = goal)]
    objective: Vec<Goal>,
    /// How values are chosen
    #[arg(long, value_enum, default_value_t = SamplerName::Tpe)]
    sampler: SamplerName,
    /// Which trials are stopped early [default: median; none with two objectives]
    #[arg(long, value_enum)]
    pruner: Option<PrunerName>,
    /// Whether trials may be stopped after folds or after epochs
    #[arg(long, value_enum, default_value_t = PruneAtName::Fold)]
    prune_at: PruneAtName,
    /// The study's name inside its journal
    #[arg(long, value_name = "NAME", default_value = "tune")]
    study: String,
    /// Seed of the values that are drawn; trials train with the configuration's own
    #[arg(long, value_name = "N", default_value_t = 42)]
    seed: u64,
    /// The study's folder
    #[arg(long, default_value = "runs/tune", value_name = "FOLDER")]
    out: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SamplerName {
    /// Tree-structured Parzen estimator, multivariate
    Tpe,
    /// Evenly from the ranges
    Random,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PrunerName {
    /// Worse than the median of complete trials at the same step
    Median,
    /// Asynchronous successive halving: the best quarter goes on at steps 1, 4, 16, …
    Asha,
    /// Successive halving in brackets
    Hyperband,
    /// None
    None,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PruneAtName {
    /// After each fold
    Fold,
    /// After each epoch of each fold
    Epoch,
}

fn goal(name: &str) -> Result<Goal, String> {
    Goal::named(name).map_err(|known| format!("there are {}", known.join(", ")))
}

pub fn run(args: &Args, jobs: Option<usize>, listener: &dyn Listener) -> Result<Answer, Failure> {
    let begun = Instant::now();
    if args.objective.len() > 2 {
        return Err("at most two objectives can be searched for at once".into());
    }
    let space = Space::new(&template(args, jobs)?).map_err(|e| format!("{}: {e}", args.config.display()))?;
    if space.all().is_empty() {
        let file = args.config.display();
        return Err(format!("{file}: no value is a range, such as `lr: {{log: [1e-5, 1e-2]}}`").into());
    }
    let epochs = check(&space).map_err(|e| format!("{}: {e}", args.config.display()))?;
    let manifest = Manifest::open_with(&args.folds, None, Labels::Required)?;
    let prune_at = if args.prune_at == PruneAtName::Epoch { PruneAt::Epoch } else { PruneAt::Fold };
    let most = manifest.folds() * if prune_at == PruneAt::Epoch { epochs } else { 1 };
    let objectives: Vec<_> = args.objective.iter().map(|goal| (goal.name().to_owned(), goal.direction())).collect();
    let on_the_way = matches!(args.objective.as_slice(), [Goal::Metric(_)]);
    let bytes = std::fs::read(&args.folds).map_err(|e| format!("{}: {e}", args.folds.display()))?;
    let task = Task {
        search: &Search {
            name: &args.study,
            objectives: &objectives,
            setting: json!({"config": essence(space.fixed()), "folds": blake3::hash(&bytes).to_hex().as_str()}),
            space: &space,
            sampler: if args.sampler == SamplerName::Tpe { Sampler::Tpe } else { Sampler::Random },
            pruner: match args.pruner {
                Some(PrunerName::None) => Pruner::None,
                None if !on_the_way => Pruner::None,
                Some(_) if !on_the_way => {
                    return Err("trials can be stopped early by one metric alone: leave out --pruner".into());
                }
                None | Some(PrunerName::Median) => Pruner::Median,
                Some(PrunerName::Asha) => Pruner::Asha,
                Some(PrunerName::Hyperband) => Pruner::Hyperband { most },
            },
            seed: args.seed,
        },
        goals: &args.objective,
        manifest: &manifest,
        journal: &args.out.join("study.log"),
        trials: args.trials,
        until: args.time_limit.map(|limit| begun + limit),
        prune_at,
    };
    let mut last = None;
    search(&task, listener, |study| {
        let tuning = Tuning::new(study, &space, &objectives, args.config.display().to_string());
        leave(&tuning, study, &space, &args.out)?;
        last = Some(tuning);
        Ok(())
    })?;
    let tuning = last.ok_or("the study was not looked at")?;
    let look = tuning.best.is_none();
    let json = json!({"study": args.out.join("study.log"), "best": tuning.best, "counts": tuning.counts,
        "importances": tuning.importances, "report": args.out.join("report.html")});
    Ok(Answer { text: text(&tuning, args), json, look })
}

/// The configuration with its ranges.
fn template(args: &Args, jobs: Option<usize>) -> Result<Value, Failure> {
    let given: Value = read_yaml(&args.config)?;
    if !given.is_object() {
        return Err(format!("{}: expected `key: value` lines", args.config.display()).into());
    }
    let mut values = layered(&given, &args.set)?;
    if let (Some(0), Some(jobs)) = (values["threads"].as_u64(), jobs) {
        values["threads"] = json!(jobs);
    }
    Ok(values)
}

/// A configuration without what no trial's value depends on, which processes of one study may differ in.
fn essence(mut config: Value) -> Value {
    if let Some(map) = config.as_object_mut() {
        map.retain(|key, _| !["threads", "cache_mb", "device", "eval", "naive_folds"].contains(&key.as_str()));
    }
    config
}

/// What the study has come to: best.yaml, trials.csv and the report.
fn leave(tuning: &Tuning, study: &Study, space: &Space, out: &Path) -> Result<(), tune::Error> {
    if let Some((best, point)) = study.best(space).and_then(|best| Some((best, space.point(best)?))) {
        let wrong = |why: String| tune::Error::Point { at: format!("the best trial, {}", best.number), why };
        let config = configuration(space, &point).map_err(wrong)?;
        let yaml = serde_saphyr::to_string(&config).map_err(|e| wrong(e.to_string()))?;
        write_atomically(&out.join("best.yaml"), yaml.as_bytes())?;
    }
    Ok(write_tuning(tuning, out)?)
}

fn text(tuning: &Tuning, args: &Args) -> String {
    const MOST: usize = 10;
    let mut heading = row!["trial"];
    heading.extend(tuning.objectives.iter().cloned());
    heading.extend(tuning.parameters.iter().map(|parameter| parameter.name.clone()));
    let mut rows = vec![heading];
    let mut complete: Vec<_> = tuning.ended(State::Complete).collect();
    complete.sort_by(|a, b| tuning.losses(a)[0].total_cmp(&tuning.losses(b)[0]));
    for trial in complete.iter().take(MOST) {
        let mut cells = row![trial.number];
        cells.extend(trial.values.iter().map(|value| format!("{value:.4}")));
        cells.extend(tuning.parameters.iter().map(|p| trial.params.get(&p.name).map_or_else(String::new, short)));
        rows.push(cells);
    }
    let mut text = if complete.is_empty() { String::new() } else { table(&rows) + "\n" };
    text += &format!("{}\n", tuning.sentence);
    let (study, report) = (args.out.join("study.log"), args.out.join("report.html"));
    if tuning.best.is_some() {
        let (best, folds) = (args.out.join("best.yaml"), args.folds.display());
        text += &format!("Next: evenfold train-eval --config {} --folds {folds}\n", best.display());
    }
    text += &format!("Study: {} (optuna-dashboard opens it)\nReport: {}\n", study.display(), report.display());
    text
}

fn short(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_f64() => {
            let value = number.as_f64().unwrap_or_default();
            if value != 0.0 && value.abs() < 1e-3 { format!("{value:.2e}") } else { format!("{value:.4}") }
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
