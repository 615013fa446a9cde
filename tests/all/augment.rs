//! `evenfold augment`, the real binary, from folder to Parquet.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use evenfold::data::{Labels, Manifest, Sample};
use evenfold::image::{Frame, Scratch, decode, encode};
use evenfold::pipeline::{PipelineFile, Recipe, read_yaml};

use crate::support::{Ran, demo, evenfold, files, python, root, run, shared, tree};

pub fn augment(data: &Path, out: &Path, more: &[&str]) -> Ran {
    let pipeline = root("pipelines/trashnet.yaml");
    let args = ["augment".as_ref(), "--pipeline".as_ref(), pipeline.as_os_str(), "--data".as_ref(), data.as_os_str()];
    let out = ["--out".as_ref(), out.as_os_str()];
    evenfold().args(args).args(out).args(more).output().unwrap().into()
}

pub fn rows(out: &Path) -> Vec<Sample> {
    Manifest::open(&out.join("samples.parquet"), Labels::Required).unwrap().samples
}

pub fn counts(rows: &[Sample]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(row.label.clone()).or_insert(0) += 1;
    }
    counts
}

/// A small folder of photos: three classes of 8, 3 and 2 from the demo data.
pub fn small() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut classes: Vec<_> = fs::read_dir(demo().join("train")).unwrap().flatten().map(|e| e.path()).collect();
    classes.sort();
    for (class, count) in classes.iter().zip([8, 3, 2]) {
        let to = folder.path().join("data").join(class.file_name().unwrap());
        fs::create_dir_all(&to).unwrap();
        let mut photos: Vec<_> = fs::read_dir(class).unwrap().flatten().map(|e| e.path()).collect();
        photos.sort();
        for photo in photos.iter().take(count) {
            fs::copy(photo, to.join(photo.file_name().unwrap())).unwrap();
        }
    }
    folder
}

#[test]
fn every_class_reaches_exactly_its_target_on_real_photos() {
    let Some(data) = shared("trash150") else { return };
    let folder = tempfile::tempdir().unwrap();
    let ran = augment(&data, folder.path(), &["--format", "json"]).expect(0);
    let rows = rows(folder.path());
    assert_eq!(counts(&rows).into_values().collect::<Vec<_>>(), [402; 6]);
    let answer: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((answer["images"].as_u64(), answer["made"].as_u64()), (Some(2412), Some(659)));
    // Spread evenly: the copies of the sources of one class differ by at most one.
    let mut copies: HashMap<(&str, &str), usize> = HashMap::new();
    for row in &rows {
        *copies.entry((&row.label, &row.source)).or_insert(0) += usize::from(!row.is_original());
    }
    for class in counts(&rows).keys() {
        let of_class: Vec<_> = copies.iter().filter(|((label, _), _)| label == class).map(|(_, n)| *n).collect();
        assert!(of_class.iter().max().unwrap() - of_class.iter().min().unwrap() <= 1, "{class}");
    }
}

#[test]
fn one_thread_and_two_give_the_same_bytes() {
    let data = small();
    let [one, two] = ["one", "two"].map(|name| data.path().join(name));
    augment(&data.path().join("data"), &one, &["--jobs", "1"]).expect(0);
    augment(&data.path().join("data"), &two, &["--jobs", "2"]).expect(0);
    let bytes = |folder: &Path| {
        let mut files = tree(folder);
        // It remembers when the sources were changed last; nothing of the result is in it.
        files.remove(Path::new(".evenfold-augment.json"));
        files
    };
    assert!(bytes(&one) == bytes(&two));
    assert_eq!(bytes(&one).len(), 24 + 1);
}

#[test]
fn a_copy_is_its_recipe_applied_to_its_source() {
    let data = small();
    let out = data.path().join("out");
    augment(&data.path().join("data"), &out, &[]).expect(0);
    let pipeline: PipelineFile = read_yaml(&root("pipelines/trashnet.yaml")).unwrap();
    let copies: Vec<_> = rows(&out).into_iter().filter(|row| !row.is_original()).collect();
    assert_eq!(copies.len(), 11);
    for copy in copies {
        let recipe: Recipe = serde_json::from_str(copy.recipe.as_deref().unwrap()).unwrap();
        let mut frame: Frame = decode(&fs::read(out.join(&copy.source)).unwrap()).unwrap();
        recipe.apply(&mut frame, &mut Scratch::default());
        let mut bytes = Vec::new();
        encode(&frame, &pipeline.encode, &mut bytes).unwrap();
        assert!(bytes == fs::read(out.join(&copy.path)).unwrap(), "{}", copy.path);
        assert_eq!(copy.bytes, Some(bytes.len() as u64));
    }
}

#[test]
fn a_killed_run_is_continued_to_the_same_bytes() {
    let data = demo().join("train");
    let folder = tempfile::tempdir().unwrap();
    let [whole, broken] = ["whole", "broken"].map(|name| folder.path().join(name));
    augment(&data, &whole, &[]).expect(0);
    let pipeline = root("pipelines/trashnet.yaml");
    let mut killed = 0;
    for enough in [5, 60, 150] {
        let mut child = evenfold()
            .args(["augment", "--jobs", "1", "--pipeline"])
            .arg(&pipeline)
            .arg("--data")
            .arg(&data)
            .arg("--out")
            .arg(&broken)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begin = Instant::now();
        let made = || files(&broken).iter().filter(|path| path.to_string_lossy().contains("-1.")).count();
        while made() < enough && child.try_wait().unwrap().is_none() && begin.elapsed() < Duration::from_mins(1) {
            std::thread::sleep(Duration::from_millis(5));
        }
        killed += usize::from(child.try_wait().unwrap().is_none());
        // SIGKILL: nothing can be tidied up.
        let _ = child.kill();
        child.wait().unwrap();
    }
    assert!(killed > 0, "no run was killed while it worked");
    augment(&data, &broken, &[]).expect(0);
    let bytes = |folder: &Path| {
        let mut files = tree(folder);
        // What a killed run was writing is hidden; everything that can be seen must be equal.
        files.retain(|path, _| !path.file_name().unwrap().to_string_lossy().starts_with('.'));
        files
    };
    assert!(bytes(&whole) == bytes(&broken));
    let again = augment(&data, &broken, &["--format", "json"]).expect(0);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&again.out).unwrap()["made"], 0);
}

#[test]
fn damaged_pictures_are_listed_and_made_up_for() {
    let data = small();
    let class = fs::read_dir(data.path().join("data")).unwrap().flatten().map(|e| e.path()).max().unwrap();
    fs::write(class.join("broken.jpg"), b"\xff\xd8\xff\xe0 not a photo").unwrap();
    fs::write(class.join("empty.png"), b"").unwrap();
    fs::write(class.join("notes.txt"), b"hello").unwrap();
    let out = data.path().join("out");
    let ran = augment(&data.path().join("data"), &out, &["--format", "json"]).expect(1);
    let answer: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let skipped: Vec<_> = answer["skipped"].as_array().unwrap().iter().map(|s| s["path"].as_str().unwrap()).collect();
    assert_eq!(skipped.len(), 2, "{skipped:?}");
    assert!(counts(&rows(&out)).values().all(|&n| n == 8));
}

#[test]
fn what_cannot_be_done_is_refused_before_the_first_pixel() {
    let data = small();
    let photos = data.path().join("data");
    let out = data.path().join("out");
    // A result inside the data.
    let ran = augment(&photos, &photos.join("out"), &[]).expect(2);
    assert!(ran.err.contains("lie in one another"), "{}", ran.err);
    // A folder with somebody's files.
    fs::create_dir(&out).unwrap();
    fs::write(out.join("thesis.txt"), b"mine").unwrap();
    let ran = augment(&photos, &out, &[]).expect(2);
    assert!(ran.err.contains("not empty"), "{}", ran.err);
    // The result of another seed.
    let other = data.path().join("other");
    augment(&photos, &other, &[]).expect(0);
    let ran = augment(&photos, &other, &["--seed", "7"]).expect(2);
    assert!(ran.err.contains("another pipeline, seed or version"), "{}", ran.err);
    // Nothing there at all.
    let ran = augment(&data.path().join("nowhere"), &out, &[]).expect(2);
    assert!(ran.err.contains("no such file or folder"), "{}", ran.err);
    // More copies of one photo than are sensible.
    let pipeline = data.path().join("many.yaml");
    fs::write(&pipeline, "version: 1\nbalance: {target: 100, max_copies: 5}\nsteps: [hflip]\n").unwrap();
    let args = ["augment".as_ref(), "--pipeline".as_ref(), pipeline.as_os_str(), "--data".as_ref(), photos.as_os_str()];
    let fresh = data.path().join("fresh");
    let ran: Ran = evenfold().args(args).arg("--out").arg(&fresh).output().unwrap().into();
    assert!(ran.expect(2).err.contains("balance.max_copies allows 5"));
    // A misspelt step: with its line.
    fs::write(&pipeline, "version: 1\nsteps:\n  - hflip\n  - gausian_blur: {}\n").unwrap();
    let ran: Ran = evenfold().args(args).arg("--out").arg(&fresh).output().unwrap().into();
    let err = ran.expect(2).err;
    assert!(err.contains("line 4") && err.contains("did you mean `gaussian_blur`"), "{err}");
}

#[test]
fn a_dry_run_writes_nothing_and_a_preview_one_file() {
    let data = small();
    let photos = data.path().join("data");
    let out = data.path().join("out");
    let ran = augment(&photos, &out, &["--dry-run"]).expect(0);
    assert!(ran.out.contains("Nothing was written") && !out.exists());
    let sheet = data.path().join("sheet.png");
    augment(&photos, &out, &["--preview", sheet.to_str().unwrap()]).expect(0);
    assert!(!out.exists());
    let sheet = decode(&fs::read(sheet).unwrap()).unwrap();
    assert!(sheet.shape().width > 1000 && sheet.shape().height > 450);
}

#[test]
fn python_reads_the_manifest_and_the_pictures() {
    let Some(mut python) = python() else { return };
    let data = small();
    let out = data.path().join("out");
    augment(&data.path().join("data"), &out, &[]).expect(0);
    let script = "
import sys, polars as pl, pandas as pd
from pathlib import Path
from PIL import Image
out = Path(sys.argv[1])
rows = pl.read_parquet(out / 'samples.parquet')
kinds = {name: str(kind) for name, kind in rows.schema.items()}
assert kinds['path'] == kinds['label'] == kinds['recipe'] == 'String', kinds
assert (kinds['copy'], kinds['width'], kinds['bytes'], kinds['fold']) == ('UInt32', 'UInt32', 'UInt64', 'Int32'), kinds
assert rows.group_by('label').len()['len'].to_list() == [8, 8, 8]
assert (rows['origin'] == 'copy').sum() == 11 and rows.filter(pl.col('origin') == 'original')['recipe'].is_null().all()
for path, width, height, size in rows.select('path', 'width', 'height', 'bytes').iter_rows():
    with Image.open(out / path) as picture:
        picture.load()
        assert picture.size == (width, height), path
    assert (out / path).stat().st_size == size, path
assert len(pd.read_parquet(out / 'samples.parquet')) == 24
";
    let ran: Ran = python.arg("-c").arg(script).arg(&out).output().unwrap().into();
    ran.expect(0);
}

#[test]
fn a_csv_with_columns_of_its_own_keeps_them() {
    let data = small();
    let mut text = String::from("path,label,person\n");
    let manifest = Manifest::open(&data.path().join("data"), Labels::Required).unwrap();
    for (i, sample) in manifest.samples.iter().enumerate() {
        text += &format!("data/{},{},p{:03}\n", sample.path, sample.label, i / 2);
    }
    let csv = data.path().join("train.csv");
    fs::write(&csv, text).unwrap();
    let out = data.path().join("out");
    augment(&csv, &out, &[]).expect(0);
    let result = Manifest::open(&out.join("samples.parquet"), Labels::Required).unwrap();
    let persons = result.column("person").unwrap();
    let of_path: HashMap<_, _> =
        result.samples.iter().zip(&persons).map(|(s, p)| (s.path.clone(), p.clone())).collect();
    assert!(result.samples.iter().all(|s| of_path[&s.source] == of_path[&s.path] && of_path[&s.path].is_some()));
}

#[test]
fn help_and_unknown_words_exit_as_they_should() {
    assert!(run(["--help"]).expect(0).out.contains("augment"));
    run(["augmnt"]).expect(2);
}
