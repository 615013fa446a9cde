//! `evenfold train-eval`, the real binary: from folds to a report that Python agrees with.

use std::fs;
use std::path::{Path, PathBuf};

use evenfold::data::{Labels, Manifest};
use serde_json::Value;

use crate::support::{Ran, demo, evenfold, python};

const CONFIG: &str = "
model: test_efficientnet
image_size: 32
epochs: 2
batch_size: 16
lr: 3.0e-3
naive_folds: 1
self_test: 24
steps:
  - hflip
  - affine: {p: 0.5}
";

/// Three folds of the demo data's four largest classes, with a holdout.
pub fn folds(folder: &Path) -> PathBuf {
    let mut manifest = Manifest::open(&demo().join("train"), Labels::Required).unwrap();
    let rows = manifest.samples.iter().cloned().enumerate();
    let kept = rows.filter(|(_, s)| ["bottle", "bowl", "mug", "jar"].contains(&s.label.as_str()));
    let rows = kept.map(|(row, sample)| (sample, row)).collect();
    manifest = manifest.with_rows(rows);
    let all = folder.join("all.parquet");
    manifest.save(&all).unwrap();
    let folds = folder.join("folds.parquet");
    let args = [
        "split",
        "--folds",
        "3",
        "--stratified",
        "--holdout",
        "0.2",
        "--near-duplicates",
        "off",
        "--groups",
        "([a-z]+-[0-9]+)_",
        "--data",
    ];
    let ran: Ran = evenfold().args(args).arg(&all).arg("--out").arg(&folds).output().unwrap().into();
    ran.expect(0);
    folds
}

fn train_eval(folds: &Path, config: &Path, out: &Path, more: &[&str]) -> Ran {
    let mut command = evenfold();
    command.args(["train-eval", "--format", "json", "--folds"]).arg(folds).arg("--config").arg(config);
    command.arg("--out").arg(out).args(more).output().unwrap().into()
}

/// Eval images of the same four classes, with their labels in a file of their own.
fn eval(folder: &Path) -> (PathBuf, PathBuf) {
    let images = folder.join("eval");
    fs::create_dir_all(&images).unwrap();
    let labels = Manifest::open(&demo().join("eval_labels.csv"), Labels::Required).unwrap();
    let mut text = String::from("path,label,group\n");
    for sample in labels.samples.iter().filter(|s| ["bottle", "bowl", "mug", "jar"].contains(&s.label.as_str())) {
        let name = Path::new(&sample.path).file_name().unwrap().to_str().unwrap();
        fs::copy(labels.locate(sample), images.join(name)).unwrap();
        text += &format!("eval/{name},{},{}\n", sample.label, sample.group.as_deref().unwrap());
    }
    let file = folder.join("labels.csv");
    fs::write(&file, text).unwrap();
    (images, file)
}

#[test]
fn from_folds_to_a_report_that_python_agrees_with() {
    let folder = tempfile::tempdir().unwrap();
    let folds = folds(folder.path());
    let config = folder.path().join("train.yaml");
    fs::write(&config, CONFIG).unwrap();
    let (images, labels) = eval(folder.path());
    let out = folder.path().join("run");
    let more = ["--eval", images.to_str().unwrap(), "--eval-labels", labels.to_str().unwrap()];
    let first = train_eval(&folds, &config, &out, &more);
    assert!(first.code == 0 || first.code == 1, "{}", first.err);

    let report: Value = serde_json::from_slice(&fs::read(out.join("report.json")).unwrap()).unwrap();
    let splits: Vec<_> = report["scores"].as_array().unwrap().iter().map(|s| s["split"].as_str().unwrap()).collect();
    assert_eq!(splits, ["Naive random split", "Honest folds (out-of-fold)", "Holdout", "Eval"]);
    for score in report["scores"].as_array().unwrap() {
        let part = |name: &str| score["macro_f1"][name].as_f64().unwrap();
        assert!(part("low") <= part("value") && part("value") <= part("high") && part("n") > 50.0, "{score}");
    }
    assert_eq!(report["folds"].as_array().unwrap().len(), 3);
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains(report["verdict"]["sentence"].as_str().unwrap().split(';').next().unwrap()));
    let outside =
        regex::Regex::new(r#"(?i)(src|href)\s*=\s*["']?\s*(https?:)?//|url\(\s*["']?https?:|<script"#).unwrap();
    assert!(!outside.is_match(&page), "{:?}", outside.find(&page));

    // Run again: nothing is trained, and the answer is the same.
    let checkpoint = out.join("fold-1/checkpoint.safetensors");
    let before = fs::metadata(&checkpoint).unwrap().modified().unwrap();
    let again = train_eval(&folds, &config, &out, &more);
    assert_eq!(before, fs::metadata(&checkpoint).unwrap().modified().unwrap());
    let scores = |ran: &Ran| serde_json::from_str::<Value>(&ran.out).unwrap()["scores"].clone();
    assert_eq!(scores(&first), scores(&again));

    let Some(mut python) = python() else { return };
    let script = "
import json, sys, polars as pl
from pathlib import Path
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, log_loss
run = Path(sys.argv[1])
report = json.loads((run / 'report.json').read_text())
scores = {s['split']: s for s in report['scores']}
for name, split in [('oof', 'Honest folds (out-of-fold)'), ('holdout', 'Holdout'), ('eval', 'Eval')]:
    table = pl.read_parquet(run / f'{name}.parquet')
    classes = [c for c in table.columns if c.startswith('p_')]
    p = table.select(classes).to_numpy().astype(float)
    assert abs(p.sum(1) - 1).max() < 1e-5
    predicted = [classes[i][2:] for i in p.argmax(1)]
    assert predicted == table['predicted'].to_list()
    want, truth = scores[split], table['label'].to_list()
    assert abs(f1_score(truth, predicted, average='macro') - want['macro_f1']['value']) < 1e-12
    assert abs(accuracy_score(truth, predicted) - want['accuracy']['value']) < 1e-12
    assert abs(log_loss(truth, p / p.sum(1, keepdims=True), labels=[c[2:] for c in classes]) - want['log_loss']) < 1e-4
    assert want['macro_f1']['n'] == len(truth)
    if name == 'oof':
        assert confusion_matrix(truth, predicted).tolist() == report['confusion']['counts']
        assert set(table['fold']) == {0, 1, 2}
submission = pl.read_csv(run / 'submission.csv', schema_overrides={'path': pl.String})
assert submission['label'].to_list() == pl.read_parquet(run / 'eval.parquet')['predicted'].to_list()
";
    let ran: Ran = python.arg("-c").arg(script).arg(&out).output().unwrap().into();
    ran.expect(0);
}

#[test]
fn a_dry_run_says_what_it_would_do_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folds = folds(folder.path());
    let config = folder.path().join("train.yaml");
    fs::write(&config, CONFIG).unwrap();
    let out = folder.path().join("run");
    let dry = train_eval(&folds, &config, &out, &["--dry-run", "--set", "epochs=7"]).expect(0);
    assert!(!out.exists());
    let said: Value = serde_json::from_str(&dry.out).unwrap();
    assert_eq!((&said["config"]["epochs"], &said["config"]["image_size"]), (&7.into(), &32.into()));
    let manifest = Manifest::open(&folds, Labels::Required).unwrap();
    for (k, fold) in said["rehearsal"]["folds"].as_array().unwrap().iter().enumerate() {
        for (class, name) in manifest.classes().iter().enumerate() {
            let count = |keep: &dyn Fn(i32) -> bool| {
                manifest.samples.iter().filter(|s| s.label == *name && keep(s.fold.unwrap())).count()
            };
            assert_eq!(fold["validation"][class], count(&|fold| fold == k as i32));
            assert_eq!(fold["originals"][class], count(&|fold| fold >= 0 && fold != k as i32));
        }
        assert!(fold["seconds_an_epoch"].as_f64().unwrap() > 0.0);
    }
    let memory = said["rehearsal"]["memory_bytes"].as_f64();
    assert!(!cfg!(target_os = "linux") || memory.is_some_and(|bytes| bytes > 1e8), "{memory:?}");
}

#[test]
fn folds_that_leak_are_refused_with_a_pair() {
    let folder = tempfile::tempdir().unwrap();
    let folds = folds(folder.path());
    let config = folder.path().join("train.yaml");
    fs::write(&config, CONFIG).unwrap();
    let mut manifest = Manifest::open(&folds, Labels::Required).unwrap();
    let first = manifest.samples.iter().position(|s| s.fold == Some(0)).unwrap();
    manifest.samples[first].fold = Some(1);
    let leaky = folder.path().join("leaky.parquet");
    manifest.save(&leaky).unwrap();
    let ran = train_eval(&leaky, &config, &folder.path().join("run"), &[]).expect(2);
    assert!(ran.err.contains("the folds leak (Shared groups)"), "{}", ran.err);
}

#[test]
fn wrong_words_in_the_configuration_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let folds = folds(folder.path());
    let config = folder.path().join("train.yaml");
    let out = folder.path().join("run");
    fs::write(&config, "model: test_efficientnet\nlearning_rate: 1\n").unwrap();
    let ran = train_eval(&folds, &config, &out, &[]).expect(2);
    assert!(ran.err.contains("learning_rate") && ran.err.contains("line 2"), "{}", ran.err);
    fs::write(&config, "model: test_efficientnet\n").unwrap();
    for (set, said) in
        [("epochz=3", "no key `epochz`"), ("model=efficientnet_b9", "did you mean"), ("epochs=0", "at least 1")]
    {
        let ran = train_eval(&folds, &config, &out, &["--set", set]).expect(2);
        assert!(ran.err.contains(said), "{set}: {}", ran.err);
    }
}
