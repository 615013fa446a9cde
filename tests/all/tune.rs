//! `evenfold tune`, the real binary, in studies that Optuna, its plots and its dashboard open.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Ran, evenfold, python};
use crate::train_eval::folds;

const CONFIG: &str = "
model: test_efficientnet
image_size: 32
epochs: 1
warmup_epochs: 0
tta: [[]]
batch_size: {choice: [16, 32]}
lr: {log: [1.0e-4, 3.0e-2]}
label_smoothing: {uniform: [0, 0.2, 0.1]}
sampler: {choice: {as_is: shuffle, even: {balance: {target: {power: {uniform: [0, 1]}}}}}}
steps:
  choice:
    none: []
    flip: [{hflip: {p: {uniform: [0, 1]}}}]
";

struct Place {
    folder: tempfile::TempDir,
    folds: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("tune.yaml"), CONFIG).unwrap();
        Self { folds: folds(folder.path()), folder }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn tune(&self, out: &str, trials: &str, more: &[&str]) -> Command {
        let mut command = evenfold();
        command.args(["tune", "--format", "json", "-j", "1", "--trials", trials, "--config"]);
        command.arg(self.at("tune.yaml")).arg("--folds").arg(&self.folds).arg("--out").arg(self.at(out)).args(more);
        command
    }

    /// The same command as another machine would give it, which shares nothing but the study's folder, mounted elsewhere:
    /// configuration and folds are copies, all paths are relative to a working folder of its own.
    fn elsewhere(&self, out: &str, trials: &str) -> (tempfile::TempDir, Command) {
        let machine = tempfile::tempdir().unwrap();
        for file in [&self.at("tune.yaml"), &self.folds] {
            fs::copy(file, machine.path().join(file.file_name().unwrap())).unwrap();
        }
        std::os::unix::fs::symlink(self.folder.path(), machine.path().join("mounted")).unwrap();
        let mut command = evenfold();
        command.args(["tune", "--quiet", "-j", "1", "--trials", trials, "--config", "tune.yaml"]);
        command.args(["--folds", "folds.parquet", "--out", &format!("mounted/{out}")]);
        command.current_dir(machine.path());
        (machine, command)
    }
}

fn ran(command: &mut Command) -> Ran {
    command.output().unwrap().into()
}

/// Runs a script of Python on the study's journal.
fn optuna(script: &str, journal: &Path) -> Option<Ran> {
    let head = "
import sys, warnings
warnings.simplefilter('ignore')
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
optuna.logging.set_verbosity(optuna.logging.ERROR)
storage = JournalStorage(JournalFileBackend(sys.argv[1]))
study = optuna.load_study(study_name='tune', storage=storage)
";
    let mut python = python()?;
    Some(ran(python.arg("-c").arg(format!("{head}{script}")).arg(journal)))
}

#[test]
fn training_takes_every_corner_of_the_demos_search() {
    let template = evenfold::pipeline::read_yaml(&crate::support::root("pipelines/demo-tune.yaml")).unwrap();
    let space = evenfold::tune::Space::new(&template).unwrap();
    assert_eq!(evenfold::tune::check(&space).unwrap(), 16);
}

#[test]
fn optuna_opens_the_study_and_train_eval_takes_its_best_values() {
    let place = Place::new();
    let answer = ran(&mut place.tune("study", "6", &["--sampler", "random"])).expect(0);
    let answer: Value = serde_json::from_str(&answer.out).unwrap();
    let out = place.at("study");
    for name in ["best.yaml", "trials.csv", "report.html", "report.json", "study.log"] {
        assert!(out.join(name).is_file(), "{name}");
    }
    // Run again: there are enough trials.
    let before = fs::read(out.join("study.log")).unwrap();
    ran(&mut place.tune("study", "6", &["--sampler", "random"])).expect(0);
    assert_eq!(before, fs::read(out.join("study.log")).unwrap());
    // Other folds or another configuration would make values that cannot be compared.
    let refused = ran(&mut place.tune("study", "7", &["--set", "epochs=2"])).expect(2);
    assert!(refused.err.contains("another configuration"), "{}", refused.err);

    // The best values give the best trial's score again.
    let mut again = evenfold();
    again
        .args(["train-eval", "--format", "json", "--folds"])
        .arg(&place.folds)
        .arg("--config")
        .arg(out.join("best.yaml"));
    let again = ran(again.arg("--out").arg(place.at("best")));
    let again: Value = serde_json::from_str(&again.out).unwrap();
    let report: Value = serde_json::from_slice(&fs::read(out.join("report.json")).unwrap()).unwrap();
    let best = answer["best"].as_u64().unwrap() as usize;
    assert_eq!(again["scores"][0]["macro_f1"]["value"], report["trials"][best]["values"][0]);

    let script = "
import json
report = json.load(open(sys.argv[1].replace('study.log', 'report.json')))
assert study.directions == [optuna.study.StudyDirection.MAXIMIZE] and study.metric_names == ['macro_f1']
assert len(study.trials) == 6 and all(t.state.is_finished() for t in study.trials)
best = study.best_trial
assert best.number == report['best'] and best.value == report['trials'][best.number]['values'][0]
for trial, ours in zip(study.trials, report['trials']):
    assert trial.params == ours['params'], (trial.params, ours['params'])
    assert ('steps.flip.0.hflip.p' in trial.params) == (trial.params['steps'] == 'flip')
    assert ('sampler.even.balance.target.power' in trial.params) == (trial.params['sampler'] == 'even')
    assert trial.datetime_complete >= trial.datetime_start
    if trial.state.name == 'COMPLETE':
        assert list(trial.intermediate_values) == [1, 2, 3] and trial.intermediate_values[3] == trial.value
assert isinstance(study.best_trial.distributions['lr'], optuna.distributions.FloatDistribution)
importances = optuna.importance.get_param_importances(study)
assert importances.keys() >= {'batch_size', 'lr', 'label_smoothing', 'steps', 'sampler'}, importances
assert all(abs(importances[name] - share) < 1e-9 for name, share in report['importances']), importances
plots = optuna.visualization
for plot in [plots.plot_optimization_history, plots.plot_parallel_coordinate, plots.plot_param_importances,
             plots.plot_slice, plots.plot_intermediate_values, plots.plot_timeline]:
    assert len(plot(study).data) > 0, plot
";
    if let Some(ran) = optuna(script, &out.join("study.log")) {
        ran.expect(0);
        dashboard(&out.join("study.log"));
    }
}

/// The dashboard's own server, asked as its page asks it.
fn dashboard(journal: &Path) {
    let script = "
import json, sys, threading, urllib.request
from wsgiref.simple_server import WSGIRequestHandler, make_server
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
import optuna_dashboard
class Quiet(WSGIRequestHandler):
    def log_message(self, *args): pass
app = optuna_dashboard.wsgi(JournalStorage(JournalFileBackend(sys.argv[1])))
server = make_server('127.0.0.1', 0, app, handler_class=Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
ask = lambda path: json.load(urllib.request.urlopen(f'http://127.0.0.1:{server.server_port}/api/{path}'))
studies = ask('studies')['study_summaries']
assert [s['study_name'] for s in studies] == ['tune'], studies
detail = ask(f\"studies/{studies[0]['study_id']}\")
assert len(detail['trials']) == 6 and len(detail['best_trials']) == 1, detail
";
    let ran: Ran = ran(python().expect("asked before").arg("-c").arg(script).arg(journal));
    ran.expect(0);
}

#[test]
fn killed_and_joined_by_others_the_study_comes_to_its_end() {
    let place = Place::new();
    let journal = place.at("study/study.log");
    let start = |command: &mut Command| command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut first = start(&mut place.tune("study", "12", &[]));
    wait(&mut first, || fs::read_to_string(&journal).is_ok_and(|text| text.contains("\"param_name\"")));
    first.kill().unwrap();
    first.wait().unwrap();

    // Two other machines of ours and a worker of Python's own.
    let mut machines = [0; 2].map(|_| place.elsewhere("study", "12"));
    let mut others: Vec<Child> = machines.iter_mut().map(|(_, command)| start(command)).collect();
    let script = "
def objective(trial):
    trial.suggest_float('lr', 1e-4, 3e-2, log=True)
    trial.suggest_categorical('batch_size', [16, 32])
    return 0.01
study.optimize(objective, n_trials=3)
assert sum(t.value == 0.01 for t in study.trials) == 3
";
    let joined = optuna(script, &journal);
    for other in &mut others {
        assert!(other.wait().unwrap().success());
    }
    ran(&mut place.tune("study", "12", &[])).expect(0);
    let python = joined.map(|ran| ran.expect(0)).is_some();
    let report: Value = serde_json::from_slice(&fs::read(place.at("study/report.json")).unwrap()).unwrap();
    let trials = report["trials"].as_array().unwrap();
    let failed = trials.iter().filter(|trial| trial["state"] == "fail").count();
    assert_eq!(failed, 1, "the killed trial alone");
    assert!((12..=15).contains(&(trials.len() - failed)), "Python's count beside the 12 or among them");
    assert_eq!(trials.iter().filter(|trial| trial["values"][0] == 0.01).count(), if python { 3 } else { 0 });
    let carried: Vec<_> =
        trials.iter().filter(|t| t["state"] != "fail" && t["params"] == trials[0]["params"]).collect();
    assert_eq!(carried.len(), 1, "with the same values");
    let text = fs::read_to_string(&journal).unwrap();
    let worker = |line: &str| serde_json::from_str::<Value>(line).unwrap()["worker_id"].as_str().unwrap().to_owned();
    let told = text.lines().filter(|line| line.contains("\"op_code\":7"));
    let workers: std::collections::HashSet<String> = told.map(worker).collect();
    assert_eq!(workers.iter().filter(|name| name.starts_with("evenfold")).count(), 2, "both machines trained");
}

#[track_caller]
fn wait(child: &mut Child, done: impl Fn() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_mins(2) && child.try_wait().unwrap().is_none(), "it never came");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn two_objectives_and_a_time_limit() {
    let place = Place::new();
    let two = ["--objective", "macro_f1", "--objective", "images_per_second"];
    ran(&mut place.tune("two", "3", &two)).expect(0);
    let script = "
assert len(study.trials) == 3 and len(study.best_trials) >= 1
assert study.metric_names == ['macro_f1', 'images_per_second'] and all(t.values[1] > 1 for t in study.trials)
";
    optuna(script, &place.at("two/study.log")).map(|ran| ran.expect(0));
    let refused = ran(&mut place.tune("two", "3", &[&two[..], &["--pruner", "asha"]].concat())).expect(2);
    assert!(refused.err.contains("--pruner"), "{}", refused.err);

    // Time was up within the first trial: it waits for the next run.
    let stopped = ran(&mut place.tune("late", "1", &["--time-limit", "0.001s"])).expect(1);
    assert!(stopped.out.contains("\"best\":null"), "{}", stopped.out);
}
