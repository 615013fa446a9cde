//! Near-duplicates and the audit of splits that others made, by the real binary on real photos. Copies are made by Pillow
//! and OpenCV, splits by scikit-learn.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Ran, demo, evenfold, python, root, shared};

fn audit(args: &[&str]) -> Ran {
    evenfold().args(["audit", "--format", "json"]).args(args).output().unwrap().into()
}

fn leaks(ran: &Ran) -> Vec<Value> {
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    answer["leaks"].as_array().unwrap().clone()
}

fn kinds(ran: &Ran) -> Vec<String> {
    leaks(ran).iter().map(|leak| leak["kind"].as_str().unwrap().to_owned()).collect()
}

/// The first `each` photos of some classes of `../shared/data/trash150`.
fn photos(to: &Path, classes: &[&str], each: usize) -> bool {
    let Some(data) = shared("trash150") else { return false };
    for class in classes {
        let mut files: Vec<_> = fs::read_dir(data.join(class)).unwrap().map(|e| e.unwrap().path()).collect();
        files.sort();
        fs::create_dir_all(to.join(class)).unwrap();
        for file in &files[..each] {
            fs::copy(file, to.join(class).join(file.file_name().unwrap())).unwrap();
        }
    }
    true
}

#[test]
fn copies_by_other_tools_are_found_and_other_photos_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let (Some(mut python), true) = (python(), photos(folder.path(), &["glass", "metal", "cardboard"], 8)) else {
        return;
    };
    let kinds = ["mirrored left to right", "turned by 90°", "gamma 1.8", "rotated by 15°", "crop of 0.7 a side"];
    let mut script = python.arg(root("scripts/bench-near"));
    for kind in kinds {
        script = script.args(["--kind", kind]);
    }
    let script = script.args(["--photos", folder.path().to_str().unwrap()]);
    let ran: Ran = script.args(["--json", "--evenfold", env!("CARGO_BIN_EXE_evenfold")]).output().unwrap().into();
    let ran = ran.expect(0);
    let found: Value = serde_json::from_str(&ran.out).unwrap();
    for kind in kinds {
        let result = &found["kinds"][kind];
        assert!(result["recall"].as_f64().unwrap() >= 0.95, "{kind}: {result}");
        assert_eq!(result["false"], 0, "{kind}: {result}");
    }
}

/// Augmented first, then dealt out by scikit-learn's plain `StratifiedKFold`, with no word about sources.
#[test]
fn a_split_of_augmented_files_is_found_out_from_pixels_alone() {
    let folder = tempfile::tempdir().unwrap();
    let photos_folder = folder.path().join("photos");
    let (Some(mut python), true) = (python(), photos(&photos_folder, &["glass", "cardboard"], 25)) else { return };
    let pipeline = fs::read_to_string(root("pipelines/trashnet.yaml")).unwrap();
    let file = folder.path().join("pipeline.yaml");
    fs::write(&file, pipeline.replace("target: max ", "target: 100 ").replace("target: max\n", "target: 100\n"))
        .unwrap();
    let even = folder.path().join("even");
    let mut augment = evenfold();
    let ran =
        augment.arg("augment").arg("--pipeline").arg(&file).arg("--data").arg(&photos_folder).arg("--out").arg(&even);
    Ran::from(ran.output().unwrap()).expect(0);
    let script = "
import csv, json, subprocess, sys
import polars as pl
from sklearn.model_selection import StratifiedKFold
evenfold, even, leaky = sys.argv[1:]
rows = pl.read_parquet(even + '/samples.parquet').sort('path')
fold = [0] * len(rows)
for k, (_, test) in enumerate(StratifiedKFold(5, shuffle=True, random_state=0).split(rows['path'], rows['label'])):
    for i in test:
        fold[i] = k
with open(leaky, 'w', newline='') as file:
    out = csv.writer(file)
    out.writerow(['path', 'label', 'fold'])
    out.writerows(zip(rows['path'], rows['label'], fold))
ran = subprocess.run([evenfold, 'audit', leaky, '--images', even, '--groups', 'none', '--format', 'json'], capture_output=True, text=True)
assert ran.returncode == 1, ran.stderr
source, where = dict(zip(rows['path'], rows['source'])), dict(zip(rows['path'], fold))
spread = {}
for path, of in source.items():
    spread.setdefault(of, set()).add(where[path])
leaked = {path for path, of in source.items() if len(spread[of]) > 1}
sets, found = {}, set()
for leak in json.loads(ran.stdout)['leaks']:
    for member in leak['members']:
        if leak['kind'] != 'label_conflict':
            sets.setdefault((leak['kind'], member['set']), []).append(member['path'])
for paths in sets.values():
    for path in paths:
        # Right where another of its source lies in another fold.
        right = any(source[path] == source[o] and where[path] != where[o] for o in paths)
        found.add((path, right))
right = {path for path, ok in found if ok}
wrong = {path for path, ok in found if not ok} - right
print(json.dumps({'leaked': len(leaked), 'recall': len(right & leaked) / len(leaked), 'precision': len(right) / len(right | wrong)}))
";
    let arguments =
        [Path::new(env!("CARGO_BIN_EXE_evenfold")), &even, &folder.path().join("leaky.csv")].map(Path::to_path_buf);
    let ran: Ran = python.arg("-c").arg(script).args(arguments).output().unwrap().into();
    let ran = ran.expect(0);
    let result: Value = serde_json::from_str(&ran.out).unwrap();
    assert!(result["leaked"].as_u64().unwrap() > 150, "{result}");
    assert!(result["recall"].as_f64().unwrap() >= 0.95, "{result}");
    assert!(result["precision"].as_f64().unwrap() >= 0.99, "{result}");
}

/// Rendered bottles and boxes look alike; several photos of one of them may be near-duplicates, those of two may not.
#[test]
fn photos_of_two_things_of_the_demo_are_no_near_duplicates() {
    let folder = tempfile::tempdir().unwrap();
    for class in fs::read_dir(demo().join("train")).unwrap() {
        let class = class.unwrap();
        let mut files: Vec<_> = fs::read_dir(class.path()).unwrap().map(|e| e.unwrap().path()).collect();
        files.sort();
        let to = folder.path().join("photos").join(class.file_name());
        fs::create_dir_all(&to).unwrap();
        for file in &files[..16] {
            fs::copy(file, to.join(file.file_name().unwrap())).unwrap();
        }
    }
    let mut split = evenfold();
    split.args(["split", "--format", "json", "--data"]).arg(folder.path().join("photos"));
    let ran = Ran::from(split.arg("--out").arg(folder.path().join("folds.parquet")).output().unwrap());
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    let thing = |end: &Value| end.as_str().unwrap().rsplit_once('_').unwrap().0.to_owned();
    let found = answer["near_duplicates"].as_array().unwrap();
    let wrong: Vec<_> = found.iter().filter(|link| thing(&link["a"]) != thing(&link["b"])).collect();
    assert!(!found.is_empty() && wrong.is_empty(), "{wrong:?}");
}

#[test]
fn splits_in_folders_and_in_indices_are_audited() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for (part, classes) in [("train", ["glass", "metal"]), ("test", ["paper", "trash"])] {
        if !photos(&at("split").join(part), &classes, 6) {
            return;
        }
    }
    let split = at("split");
    let split = split.to_str().unwrap();
    assert!(kinds(&audit(&[split]).expect(0)).is_empty());
    // One picture under two labels, on two sides.
    let some = fs::read_dir(at("split/train/glass")).unwrap().next().unwrap().unwrap().path();
    fs::copy(&some, at("split/test/paper/again.jpg")).unwrap();
    let sheet = at("sheet.png");
    let ran = audit(&[split, "--sheet", sheet.to_str().unwrap()]).expect(1);
    assert_eq!(kinds(&ran), ["exact_duplicate", "label_conflict"]);
    assert!(leaks(&ran)[0]["inflation_at_most"].as_f64().unwrap() > 0.05, "{}", ran.out);
    assert!(evenfold::image::decode(&fs::read(&sheet).unwrap()).is_ok());
    let (train, test) = (at("split/train"), at("split/test"));
    let ran = audit(&[train.to_str().unwrap(), "--eval", test.to_str().unwrap()]).expect(1);
    assert_eq!(kinds(&ran), ["exact_duplicate", "label_conflict"]);

    // Twelve pictures, in the order of their paths; the fourth trains and tests.
    let indices = at("indices.json");
    let run = |json: &str| {
        fs::write(&indices, json).unwrap();
        audit(&[train.to_str().unwrap(), "--indices", indices.to_str().unwrap()])
    };
    run("[[[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]], [[6, 7, 8, 9, 10, 11], [0, 1, 2, 3, 4, 5]]]").expect(0);
    let ran = run(r#"{"train": [0, 1, 2, 3, 4], "test": [3, 5, 6]}"#).expect(1);
    assert_eq!(leaks(&ran)[0]["pairs"], 1, "{}", ran.out);
    let ran = run("[[[0, 1], [2, 3]], [[0, 2], [3]]]").expect(2);
    assert!(ran.err.contains("one split at a time"), "{}", ran.err);
    let ran = run(r#"{"train": [0, 99], "test": [1]}"#).expect(2);
    assert!(ran.err.contains("index 99, and there are 12 images"), "{}", ran.err);
}
