//! `evenfold train-eval`, the real binary: from folds to a report that Python agrees with.

use std::fs;
use std::path::{Path, PathBuf};

use evenfold::data::{Labels, Manifest};
use evenfold::image::{Encoding, Scratch, decode, encode};
use evenfold::pipeline::Steps;
use evenfold::random::Key;
use serde_json::Value;

use crate::support::{Ran, demo, evenfold, python};

pub const CONFIG: &str = "
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

pub fn train_eval(folds: &Path, config: &Path, out: &Path, more: &[&str]) -> Ran {
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

    // Other images are judged by the same nets, without training.
    let one: Vec<_> = fs::read_dir(&images).unwrap().take(1).map(|entry| entry.unwrap().path()).collect();
    let few = folder.path().join("few");
    fs::create_dir(&few).unwrap();
    fs::copy(&one[0], few.join("one.jpg")).unwrap();
    train_eval(&folds, &config, &out, &["--eval", few.to_str().unwrap()]);
    assert_eq!(before, fs::metadata(&checkpoint).unwrap().modified().unwrap());
    assert_eq!(Manifest::open(&out.join("submission.csv"), Labels::Required).unwrap().samples.len(), 1);
    train_eval(&folds, &config, &out, &more);

    a_net_proposes_near_duplicates(&images, &out);
    other_tools_read_the_run(&out);
    let Some(mut python) = python() else { return };
    let script = "
import json, sys, numpy as np, polars as pl
from pathlib import Path
from scipy.stats import t
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
        # What the folds say together, by scikit-learn and scipy.
        summary = json.loads((run / 'summary.json').read_text())
        assert summary['verdict'] == report['verdict']['sentence']
        assert {k: summary['out_of_fold']['macro_f1'][k] for k in want['macro_f1']} == want['macro_f1']
        for score, of in [('macro_f1', lambda p: f1_score(p['label'], p['predicted'], average='macro')),
                          ('accuracy', lambda p: accuracy_score(p['label'], p['predicted']))]:
            values = np.array([of(part) for _, part in sorted(table.group_by('fold'))])
            assert np.allclose(values, [fold[score]['value'] for fold in summary['folds']], rtol=0, atol=1e-12)
            spread = summary['over_folds'][score]
            originals = sum(f['train'] - f['copies'] for f in summary['folds'])
            correction = 1 / 3 + sum(f['validation'] for f in summary['folds']) / originals
            reach = t.ppf(0.975, 2) * values.std(ddof=1) * correction ** 0.5
            assert np.allclose([spread[k] for k in ['mean', 'sd', 'low', 'high']],
                               [values.mean(), values.std(ddof=1), values.mean() - reach, values.mean() + reach], rtol=0, atol=1e-6)
submission = pl.read_csv(run / 'submission.csv', schema_overrides={'path': pl.String})
assert submission['label'].to_list() == pl.read_parquet(run / 'eval.parquet')['predicted'].to_list()
";
    let ran: Ran = python.arg("-c").arg(script).arg(&out).output().unwrap().into();
    ran.expect(0);
}

/// A second net a fold: the first stays, and Python finds the weights and what follows from them.
#[test]
fn nets_of_two_seeds_or_two_cycles_are_weighed_as_python_weighs_them() {
    let folder = tempfile::tempdir().unwrap();
    let folds = folds(folder.path());
    let config = folder.path().join("train.yaml");
    let text = CONFIG.replace("naive_folds: 1", "naive_folds: 0").replace("self_test: 24", "self_test: 6");
    fs::write(&config, format!("{text}tta: none\n")).unwrap();
    let out = folder.path().join("run");
    let changed = |net: &str| fs::metadata(out.join(net).join("checkpoint.safetensors")).unwrap().modified().unwrap();
    let one = train_eval(&folds, &config, &out, &[]);
    assert!(one.code < 2 && !out.join("fold-0/seed-1").exists(), "{}", one.err);
    let first = changed("fold-1");
    // Next to no time is one epoch; the same command trains on.
    let two = ["--set", "seeds=2"];
    let cut = train_eval(&folds, &config, &out, &[&two[..], &["--time-limit", "0s"]].concat());
    assert!(
        cut.code < 2 && cut.err.contains("fold 1 of 3, seed 2: its time was up after 1 of 2 epochs"),
        "{}",
        cut.err
    );
    let whole = train_eval(&folds, &config, &out, &two);
    assert!(whole.code < 2, "{}", whole.err);
    let further = changed("fold-1/seed-1");
    let again = train_eval(&folds, &config, &out, &two);
    assert_eq!((first, further), (changed("fold-1"), changed("fold-1/seed-1")));
    let said = |ran: &Ran, part: &str| serde_json::from_str::<Value>(&ran.out).unwrap()[part].clone();
    assert_eq!(said(&whole, "scores"), said(&again, "scores"));
    let rows = fs::read_to_string(out.join("fold-2/seed-1/results.csv")).unwrap();
    assert_eq!(rows.lines().count(), 3);
    let net =
        |name: &str| evenfold::train::load(&out.join(name).join("checkpoint.safetensors"), tch::Device::Cpu).unwrap();
    assert_eq!([net("fold-0").config.seed, net("fold-0/seed-1").config.seed], [42, 43]);
    weighed_as_python_weighs_them(&out, "seed-1");

    // One training's two cycles are two nets as well.
    let out = folder.path().join("cycles");
    let two = ["--set", "cycles=2"];
    let whole = train_eval(&folds, &config, &out, &two);
    assert!(whole.code < 2, "{}", whole.err);
    weighed_as_python_weighs_them(&out, "cycle-1");
    let last = || fs::metadata(out.join("fold-2/checkpoint.safetensors")).unwrap().modified().unwrap();
    let before = last();
    let again = train_eval(&folds, &config, &out, &two);
    assert_eq!((said(&whole, "scores"), before), (said(&again, "scores"), last()));
    // Without one of its nets a training is made again, with the same numbers.
    fs::remove_file(out.join("fold-2/cycle-1/checkpoint.safetensors")).unwrap();
    let mended = train_eval(&folds, &config, &out, &two);
    assert_eq!(said(&whole, "scores"), said(&mended, "scores"));
    assert!(last() > before && out.join("fold-2/cycle-1/checkpoint.safetensors").is_file());
    let model = folder.path().join("model.onnx");
    let exported: Ran = evenfold()
        .args(["export", "--cycle", "1", "--run"])
        .arg(&out)
        .arg("--out")
        .arg(&model)
        .output()
        .unwrap()
        .into();
    exported.expect(0);
}

/// The weights of a fold's two nets and what follows from them. `further` is the folder of the second one.
fn weighed_as_python_weighs_them(run: &Path, further: &str) {
    let Some(mut python) = python() else { return };
    let script = "
import json, sys, numpy as np, polars as pl
from pathlib import Path
from sklearn.metrics import f1_score
run = Path(sys.argv[1])
report = json.loads((run / 'report.json').read_text())
weighing = json.loads((run / 'summary.json').read_text())['weighing']
oof, holdout = (pl.read_parquet(run / f'{name}.parquet') for name in ['oof', 'holdout'])
columns = [c for c in oof.columns if c.startswith('p_')]
classes = [c[2:] for c in columns]
table = lambda rows: rows.select(columns).to_numpy().astype(float)
kept = [[json.loads((run / f'fold-{fold}' / net / 'result.json').read_text()) for net in ['', sys.argv[2]]] for fold in range(3)]
parts = [oof.filter(pl.col('fold') == fold) for fold in range(3)]
nets = [[np.array(net['validation']['plain'], np.float32).astype(float) for net in seeds] for seeds in kept]
truth = [part['label'].to_list() for part in parts]
right = [np.eye(len(classes))[[classes.index(label) for label in labels]] for labels in truth]
loss = lambda folds, weights: -np.log(np.concatenate(
    [(np.tensordot(weights[f], nets[f], 1) * right[f]).sum(1) for f in folds])).mean()

def select(folds):
    bag, best = [], (np.inf, None)
    for _ in range(50):
        shares = [np.bincount(bag + [seed], minlength=2) / (len(bag) + 1) for seed in range(2)]
        losses = [loss(folds, [share] * 3) for share in shares]
        bag.append(int(np.argmin(losses)))
        best = min(best, (min(losses), list(shares[bag[-1]])), key=lambda found: found[0])
    return best[1]

assert np.allclose(select([0, 1, 2]), weighing['selected'], rtol=0, atol=1e-12), weighing
others = [select([f for f in range(3) if f != fold]) for fold in range(3)]
assert np.allclose(others, weighing['by_others'], rtol=0, atol=1e-12), weighing
equal = [[0.5, 0.5]] * 3
assert abs(loss(range(3), equal) - weighing['equal_loss']) < 1e-12
assert abs(loss(range(3), others) - weighing['selected_loss']) < 1e-12
wins = weighing['selected_loss'] < weighing['equal_loss']
own, unseen = (others, weighing['selected']) if wins else (equal, equal[0])
for fold, part in enumerate(parts):
    assert abs(table(part) - np.tensordot(own[fold], nets[fold], 1)).max() < 1e-6
members = np.array([[net['holdout']['plain'] for net in seeds] for seeds in kept])
assert abs(table(holdout) - np.tensordot(unseen, members.mean(0), 1)).max() < 1e-6

ways = {(way['split'], way['name']): way['macro_f1']['value'] for way in report['ensembles']}
score = lambda truth, p: f1_score(truth, [classes[i] for i in p.argmax(1)], average='macro')
everyone = sum(truth, [])
for way, of_fold in [('One net', lambda f: nets[f][0]),
                     ('Soft vote of a fold\\'s 2 nets, one view', lambda f: np.tensordot([0.5, 0.5], nets[f], 1)),
                     ('Weighted vote of a fold\\'s 2 nets, one view, weights from the other folds',
                      lambda f: np.tensordot(others[f], nets[f], 1))]:
    assert abs(score(everyone, np.concatenate([of_fold(f) for f in range(3)])) - ways['Out-of-fold', way]) < 1e-12, way
for way, p in [('Soft vote of 6 nets', members.mean((0, 1))),
               ('Weighted vote of 6 nets, one view, weights from out-of-fold', np.tensordot(weighing['selected'], members.mean(0), 1))]:
    assert abs(score(holdout['label'].to_list(), p) - ways['Holdout', way]) < 1e-12, way
assert 'Caruana' in report['views']
";
    let ran: Ran = python.arg("-c").arg(script).arg(run).arg(further).output().unwrap().into();
    ran.expect(0);
}

/// What a net proposes is verified like all else: copies are found with it, each with its own source, and nothing more.
fn a_net_proposes_near_duplicates(images: &Path, run: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let (train, test) = (folder.path().join("train"), folder.path().join("test"));
    let mut files: Vec<_> = fs::read_dir(images).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in &files[..12] {
        let source = decode(&fs::read(file).unwrap()).unwrap();
        let mut copy = source.clone();
        let steps: Steps = serde_saphyr::from_str("- hflip: {p: 1}\n- brightness: {factor: 1.2}").unwrap();
        steps.draw(copy.shape(), &Key::root(1)).apply(&mut copy, &mut Scratch::default());
        for (part, picture) in [(&train, &source), (&test, &copy)] {
            let (mut bytes, name) = (Vec::new(), file.file_stem().unwrap().to_str().unwrap());
            encode(picture, &Encoding { quality: 80, ..Encoding::default() }, &mut bytes).unwrap();
            fs::create_dir_all(part.join("thing")).unwrap();
            fs::write(part.join("thing").join(format!("{name}.jpg")), bytes).unwrap();
        }
    }
    let audit = |more: &[&str]| -> Ran {
        let mut command = evenfold();
        command.args(["audit", "--groups", "none", "--format", "json"]).arg(&train).arg(&test);
        command.args(more).output().unwrap().into()
    };
    let found = |ran: &Ran| serde_json::from_str::<Value>(&ran.out).unwrap()["leaks"].clone();
    let (plain, with_net) = (audit(&[]).expect(1), audit(&["--near-model", run.to_str().unwrap()]).expect(1));
    assert!(found(&with_net)[0]["pairs"].as_u64().unwrap() >= 12, "{}", with_net.out);
    assert_eq!(found(&plain), found(&with_net));
    let nowhere = audit(&["--near-model", "nowhere"]);
    assert!(nowhere.code == 2 && nowhere.err.contains("nowhere/fold-0/checkpoint.safetensors"), "{}", nowhere.err);
}

/// `results.csv`, `TensorBoard`'s events and the W&B runs hold the same numbers, and the projector the same images, read by the
/// tools' own readers.
fn other_tools_read_the_run(run: &Path) {
    let Some(mut python) = python() else { return };
    let script = "
import csv, json, sys
from pathlib import Path
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from wandb.proto import wandb_internal_pb2
from wandb.sdk.internal.datastore import DataStore
run = Path(sys.argv[1])
measured = [json.loads(line) for line in (run / 'log.jsonl').read_text().splitlines()]
assert sum(line['event'] == 'measured' for line in measured) == 8
for fold in ['fold-0', 'fold-1', 'fold-2', 'naive-fold-0']:
    rows = list(csv.DictReader((run / fold / 'results.csv').open()))
    assert [row['epoch'] for row in rows] == ['1', '2']
    events = EventAccumulator(str(run / fold)).Reload()
    names = [name for name in rows[0] if name != 'epoch']
    assert sorted(events.Tags()['scalars']) == sorted(names)
    for name in names:
        for row, event in zip(rows, events.Scalars(name), strict=True):
            assert event.step == int(row['epoch'])
            assert abs(event.value - float(row[name])) <= 1e-6 * abs(float(row[name]))
    [path] = (run / fold).glob('wandb/offline-run-*/run-*.wandb')
    store, history, config = DataStore(), [], {}
    store.open_for_scan(str(path))
    while (data := store.scan_data()) is not None:
        record = wandb_internal_pb2.Record()
        record.ParseFromString(data)
        kind = record.WhichOneof('record_type')
        if kind == 'run':
            config = {item.key: json.loads(item.value_json) for item in record.run.config.update}
            assert record.run.run_id in path.name and record.run.run_group == 'run'
        if kind == 'history':
            history.append({item.key: json.loads(item.value_json) for item in record.history.item})
    assert config['model'] == 'test_efficientnet'
    assert [h['_step'] for h in history] == [1, 2]
    assert all(float(row[name]) == h[name] for row, h in zip(rows, history) for name in names)
images = EventAccumulator(str(run), size_guidance={'images': 0}).Reload()
assert 'confusion (rows: truth)' in images.Tags()['images']
for tag in images.Tags()['images']:
    [image] = images.Images(tag)
    assert image.encoded_image_string[:4] == b'\\x89PNG' and image.width > 0
import io, struct
import polars
from PIL import Image
from tensorboard.plugins import base_plugin
from tensorboard.plugins.projector.projector_plugin import ProjectorPlugin
from werkzeug.test import Client
projector = ProjectorPlugin(base_plugin.TBContext(logdir=str(run)))
name = 'what the first fold\\'s net sees'
ask = lambda app: Client(projector.get_plugin_apps()[app]).get('/', query_string={'run': '.', 'name': name})
[seen] = json.loads(ask('/info').data)['embeddings']
n, width = seen['tensorShape']
assert seen['tensorName'] == name and width > 8
numbers = struct.unpack(f'<{n * width}f', ask('/tensor').data)
assert len(set(numbers)) > n
heading, *lines = [line.split('\t') for line in ask('/metadata').text.splitlines()]
assert heading == ['split', 'label', 'predicted', 'path'] and len(lines) == n
oof = polars.read_parquet(run / 'oof.parquet').filter(polars.col('fold') == 0)
assert {(line[3], line[1]) for line in lines if line[0] == 'validation'} == set(oof.select('path', 'label').rows())
assert [line[0] for line in lines].count('eval') == polars.read_parquet(run / 'eval.parquet').height
sprite = Image.open(io.BytesIO(ask('/sprite_image').data))
assert sprite.width * sprite.height >= n * 32 * 32 and len(sprite.getcolors(1 << 20)) > n
";
    let ran: Ran = python.arg("-c").arg(script).arg(run).output().unwrap().into();
    ran.expect(0);
}

/// Ctrl-C while a fold trains, then the same command with next to no time.
#[cfg(unix)]
#[test]
fn a_run_that_is_stopped_leaves_a_checkpoint_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let folds = folds(folder.path());
    let config = folder.path().join("train.yaml");
    fs::write(&config, CONFIG.replace("epochs: 2", "epochs: 200").replace("naive_folds: 1", "naive_folds: 0")).unwrap();
    let out = folder.path().join("run");
    let mut command = evenfold();
    command.args(["train-eval", "--format", "json", "--folds"]).arg(&folds).arg("--config").arg(&config);
    command.arg("--out").arg(&out).stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    let log = out.join("log.jsonl");
    while !fs::read_to_string(&log).is_ok_and(|text| text.contains("\"measured\"")) {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let ran: Ran = child.wait_with_output().unwrap().into();
    let ran = ran.expect(2);
    assert!(ran.err.contains("was stopped in epoch") && ran.err.contains("last.safetensors"), "{}", ran.err);
    let last = out.join("fold-0/last.safetensors");
    assert_eq!(evenfold::train::load(&last, tch::Device::Cpu).unwrap().classes.len(), 4);

    let rows = || fs::read_to_string(out.join("fold-0/results.csv")).unwrap().lines().count();
    let before = rows();
    let ran = train_eval(&folds, &config, &out, &["--time-limit", "0s"]);
    assert!(ran.code < 2 && ran.err.contains("its time was up after"), "{}", ran.err);
    // One more epoch than before; where the signal came late, the one that it cut off is not counted.
    assert_eq!(rows(), before + 1);
}

/// Two paddings, two families: what onnxruntime says of the exported net is what it says itself.
#[test]
fn an_exported_net_gives_the_same_logits_in_onnxruntime() {
    use evenfold::train::{Config, Net, NetOptions, save};
    let folder = tempfile::tempdir().unwrap();
    for model in ["test_efficientnet", "tf_efficientnet_b0", "tf_efficientnetv2_b0"] {
        let run = folder.path().join(model);
        let config = Config { model: model.into(), image_size: 75, ..Config::default() };
        let classes: Vec<String> = ["a", "b", "c"].map(str::to_owned).into();
        let net = Net::new(NetOptions::of(&config, 3).unwrap(), 1, tch::Device::Cpu).unwrap();
        let pictures = tch::Tensor::randn([4, 3, 75, 75], (tch::Kind::Float, tch::Device::Cpu));
        // Statistics that a mistake would show in.
        (0..3).for_each(|_| drop(net.train(&pictures).unwrap()));
        save(&run.join("fold-1/checkpoint.safetensors"), &net, &config, &classes, 3).unwrap();
        let out = run.join("model.onnx");
        let ran: Ran = evenfold()
            .args(["export", "--fold", "1", "--run"])
            .arg(&run)
            .arg("--out")
            .arg(&out)
            .output()
            .unwrap()
            .into();
        ran.expect(0);
        let numbers = |tensor: &tch::Tensor| Vec::<f32>::try_from(tensor.contiguous().reshape([-1])).unwrap();
        let store = |name: &str, tensor: &tch::Tensor| {
            let bytes: Vec<u8> = numbers(tensor).iter().flat_map(|v| v.to_le_bytes()).collect();
            fs::write(run.join(name), bytes).unwrap();
        };
        store("pictures", &pictures);
        store("logits", &net.freeze().unwrap().logits(&pictures).unwrap());
        let Some(mut python) = python() else { return };
        let script = "
import json, sys, numpy as np, onnxruntime
from pathlib import Path
run = Path(sys.argv[1])
session = onnxruntime.InferenceSession(str(run / 'model.onnx'), providers=['CPUExecutionProvider'])
pictures = np.fromfile(run / 'pictures', np.float32).reshape(4, 3, 75, 75)
[logits] = session.run(['logits'], {'input': pictures})
ours = np.fromfile(run / 'logits', np.float32).reshape(4, 3)
apart = abs(ours - logits).max() / abs(ours).max()
assert apart < 1e-5, apart
assert json.loads(session.get_modelmeta().custom_metadata_map['classes']) == ['a', 'b', 'c']
";
        let ran: Ran = python.arg("-c").arg(script).arg(&run).output().unwrap().into();
        ran.expect(0);
    }
}

#[test]
fn a_dry_run_says_what_it_would_do_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folds = folds(folder.path());
    let config = folder.path().join("train.yaml");
    fs::write(&config, CONFIG).unwrap();
    let out = folder.path().join("run");
    let dry = train_eval(&folds, &config, &out, &["--dry-run", "--set", "epochs=7", "--set", "seeds=2"]).expect(0);
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
    let seconds = |part: &Value| part.as_f64().unwrap();
    let an_epoch: f64 =
        said["rehearsal"]["folds"].as_array().unwrap().iter().map(|f| seconds(&f["seconds_an_epoch"])).sum();
    // Two seeds and a naive fold beside three honest ones, seven epochs each.
    let wanted = an_epoch / 3.0 * f64::from(4 * 2 * 7);
    assert!((seconds(&said["rehearsal"]["seconds"]) / wanted - 1.0).abs() < 1e-9);
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

/// Somebody's own split: every photo dealt out by its place in the file, so that bursts of one object are torn apart.
#[test]
fn folds_that_leak_can_be_judged_beside_honest_ones() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("train.yaml");
    fs::write(&config, CONFIG).unwrap();
    let photos = Manifest::open(&demo().join("train"), Labels::Required).unwrap();
    let mut csv = String::from("path,label,split\n");
    let kept = photos.samples.iter().filter(|s| ["bottle", "bowl", "mug"].contains(&s.label.as_str()));
    for (row, sample) in kept.enumerate() {
        let part = if row % 4 == 0 { "val" } else { "train" };
        csv += &format!("{},{},{part}\n", photos.locate(sample).display(), sample.label);
    }
    let theirs = folder.path().join("theirs.csv");
    fs::write(&theirs, csv).unwrap();
    let out = folder.path().join("run");
    let ran = train_eval(&theirs, &config, &out, &["--judge", "--set", "self_test=0"]).expect(1);
    let said: Value = serde_json::from_str(&ran.out).unwrap();
    let sentence = said["verdict"]["sentence"].as_str().unwrap();
    assert!(sentence.contains("relative on another side (shared groups, near-duplicates)"), "{sentence}");
    assert_eq!(said["scores"][0]["split"], "The folds given");
    let report: Value = serde_json::from_slice(&fs::read(out.join("report.json")).unwrap()).unwrap();
    assert!(
        report["leaks"].as_array().unwrap().iter().all(|leak| leak["pairs"].as_u64() > Some(0)),
        "{}",
        report["leaks"]
    );
    let galleries = report["galleries"].as_array().unwrap();
    assert!(galleries.iter().any(|g| g["title"].as_str().unwrap().starts_with("Relatives on two sides")));
    // The honest folds are evenfold's own: a burst is in one of them.
    let folds = Manifest::open(&out.join("oof.parquet"), Labels::Required).unwrap();
    let mut of_burst = std::collections::HashMap::new();
    for sample in &folds.samples {
        let burst = sample.path.rsplit_once('_').unwrap().0.to_owned();
        assert_eq!(*of_burst.entry(burst).or_insert(sample.fold), sample.fold, "{}", sample.path);
    }
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
