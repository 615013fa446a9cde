//! `evenfold augment`, the real binary, from folder to Parquet.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use evenfold::data::{Labels, Manifest, Sample};
use evenfold::image::{Encoding, Format, Frame, Scratch, decode, encode};
use evenfold::pipeline::{PipelineFile, Recipe, read_yaml};

use crate::robust::visible;
use crate::support::{Ran, demo, evenfold, files, python, root, run, shared};

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
    assert!(visible(&one) == visible(&two));
    assert_eq!(visible(&one).len(), 24 + 1);
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
        let source = fs::read(out.join(&copy.source)).unwrap();
        let mut frame: Frame = decode(&source).unwrap();
        recipe.apply(&mut frame, &mut Scratch::default());
        let mut bytes = Vec::new();
        encode(&frame, &pipeline.encode.of(&copy.source, &source), &mut bytes).unwrap();
        assert!(bytes == fs::read(out.join(&copy.path)).unwrap(), "{}", copy.path);
        assert_eq!(copy.bytes, Some(bytes.len() as u64));
    }
}

/// Whether originals are linked, copied or left, the manifest leads to them, and copies have their source's format.
#[test]
fn originals_are_linked_copied_or_left_and_copies_keep_their_format() {
    let data = small();
    let photos = data.path().join("data");
    let first = photos.join(files(&photos).first().unwrap());
    let picture = decode(&fs::read(&first).unwrap()).unwrap();
    let png = Encoding { format: Format::Png, ..Encoding::default() };
    let mut bytes = Vec::new();
    encode(&picture, &png, &mut bytes).unwrap();
    fs::write(first.with_file_name("drawn.png"), bytes).unwrap();
    let pipeline = data.path().join("pipeline.yaml");
    let result = |originals: &str| {
        fs::write(
            &pipeline,
            format!("version: 1\nbalance: {{target: x3}}\noriginals: {originals}\nsteps: [hflip: {{p: 1}}, gamma: ]\n"),
        )
        .unwrap();
        let out = data.path().join(originals);
        let args: [&std::ffi::OsStr; 5] =
            ["augment".as_ref(), "--pipeline".as_ref(), pipeline.as_os_str(), "--data".as_ref(), photos.as_os_str()];
        for _ in 0..2 {
            Ran::from(evenfold().args(args).arg("--out").arg(&out).output().unwrap()).expect(0);
        }
        let (originals, copies): (Vec<_>, Vec<_>) = rows(&out).into_iter().partition(Sample::is_original);
        assert_eq!(copies.len(), 2 * originals.len());
        for copy in &copies {
            let (source, made) = (fs::read(out.join(&copy.source)).unwrap(), fs::read(out.join(&copy.path)).unwrap());
            assert_eq!(source[..2], made[..2], "{}", copy.path);
            assert_eq!(Path::new(&copy.source).extension(), Path::new(&copy.path).extension());
        }
        let row = rows(&out).iter().position(|row| !row.is_original()).unwrap().to_string();
        let manifest = out.join("samples.parquet");
        let again: [&std::ffi::OsStr; 4] = ["replay".as_ref(), manifest.as_os_str(), "--row".as_ref(), row.as_ref()];
        Ran::from(evenfold().args(again).arg("--out").arg(data.path().join("again")).output().unwrap()).expect(0);
        let links = |row: &Sample| {
            use std::os::unix::fs::MetadataExt;
            fs::metadata(out.join(&row.path)).unwrap().nlink()
        };
        let inside = originals.iter().filter(|row| !row.path.starts_with("..")).count();
        (inside, originals.len(), originals.iter().map(links).max().unwrap())
    };
    let (inside, all, _) = result("leave");
    assert!(inside == 0 && all > 2);
    // Nothing but the manifest and the copies.
    let is_picture = |file: &&PathBuf| file.extension().is_some_and(|end| end == "jpg" || end == "png");
    assert_eq!(files(&data.path().join("leave")).iter().filter(is_picture).count(), 2 * all);
    assert_eq!(result("copy"), (all, all, 1));
    assert_eq!(result("link"), (all, all, 2));
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
    assert!(visible(&whole) == visible(&broken));
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
    assert!(ran.out.contains("Nothing was written") && ran.out.contains("MB of copies") && !out.exists());
    // What it expects of the size is near what comes.
    let ran = augment(&photos, &out, &["--dry-run", "--format", "json"]).expect(0);
    let expected = serde_json::from_str::<serde_json::Value>(&ran.out).unwrap()["bytes"].as_f64().unwrap();
    let written = data.path().join("written");
    augment(&photos, &written, &[]).expect(0);
    let bytes: u64 = rows(&written).iter().filter(|row| !row.is_original()).filter_map(|row| row.bytes).sum();
    assert!((0.5..2.0).contains(&(expected / bytes as f64)), "{expected} bytes expected, {bytes} written");
    let sheet = data.path().join("sheet.png");
    augment(&photos, &out, &["--preview", sheet.to_str().unwrap()]).expect(0);
    assert!(!out.exists());
    let sheet = decode(&fs::read(sheet).unwrap()).unwrap();
    assert!(sheet.shape().width > 1000 && sheet.shape().height > 450);
}

#[test]
fn targets_hold_in_every_training_part_of_folds_made_before() {
    let data = demo().join("train");
    let folder = tempfile::tempdir().unwrap();
    let (folds, out) = (folder.path().join("folds.parquet"), folder.path().join("out"));
    let args = ["split", "--folds", "4", "--stratified", "--near-duplicates", "off", "--groups", "none", "--data"];
    Ran::from(evenfold().args(args).arg(&data).arg("--out").arg(&folds).output().unwrap()).expect(0);
    let ran = augment(&folds, &out, &["--format", "json"]).expect(0);
    let classes = serde_json::from_str::<serde_json::Value>(&ran.out).unwrap()["classes"].clone();
    let rows = rows(&out);
    let of_path: HashMap<_, _> = rows.iter().map(|row| (&row.path, row)).collect();
    assert!(rows.iter().all(|row| row.fold.is_some() && of_path[&row.source].fold == row.fold));
    let largest = counts(&rows).into_values().max().unwrap();
    assert!(counts(&rows).values().all(|&n| n == largest));
    for fold in 0..4 {
        let training: Vec<_> = rows.iter().filter(|row| row.trains(fold)).cloned().collect();
        let training = counts(&training);
        let said = |class: &serde_json::Value| class["training"][fold.to_string()].as_u64().unwrap() as usize;
        for class in classes.as_array().unwrap() {
            assert_eq!(training[class["label"].as_str().unwrap()], said(class), "fold {fold}");
        }
        // Exact but where a class's originals crowd a fold: stratified folds are even to within one.
        let (least, most) = (training.values().min().unwrap(), training.values().max().unwrap());
        assert!(most - least <= 1, "fold {fold}: {training:?}");
    }
}

/// Pipelines in which every other copy would be its source again.
const OFTEN_NOTHING: &str = "version: 1
balance: {target: 24}
steps:
  - hflip: {p: 0.3}
  - affine: {rotate_deg: [-15, 15], p: 0.3}
encode: {format: png}
";

#[test]
fn copies_that_show_nothing_new_are_drawn_again() {
    let data = small();
    let photos = data.path().join("data");
    let pipeline = data.path().join("often-nothing.yaml");
    let made = |name: &str, diversity: &str| {
        fs::write(&pipeline, format!("{OFTEN_NOTHING}{diversity}\n")).unwrap();
        let out = data.path().join(name);
        let args =
            ["augment".as_ref(), "--pipeline".as_ref(), pipeline.as_os_str(), "--data".as_ref(), photos.as_os_str()];
        let ran: Ran = evenfold().args(args).arg("--out").arg(&out).args(["--format", "json"]).output().unwrap().into();
        let answer: serde_json::Value = serde_json::from_str(&ran.expect(0).out).unwrap();
        (out.clone(), rows(&out), answer["diversity"].clone())
    };
    let nearest = |rows: &[Sample]| rows.iter().filter_map(|row| row.distance).fold(f32::INFINITY, f32::min);
    let (_, as_they_come, _) = made("as-they-come", "diversity: {min_distance: 0}");
    assert_eq!(nearest(&as_they_come), 0.0);
    assert!(as_they_come.iter().all(|row| row.attempt == 0));
    let (out, drawn_again, said) = made("drawn-again", "diversity: {min_distance: 2, redraws: 50}");
    assert!(nearest(&drawn_again) >= 2.0);
    let redrawn = drawn_again.iter().filter(|row| row.attempt > 0).count();
    let sum = |key: &str| said.as_array().unwrap().iter().map(|class| class[key].as_u64().unwrap()).sum::<u64>();
    assert!(redrawn > 5 && sum("redrawn") == redrawn as u64 && sum("near") == 0, "{said}");
    // A copy that was far enough stays what it was.
    let by_path: HashMap<_, _> = drawn_again.iter().map(|row| (&row.path, row)).collect();
    let unchanged = as_they_come.iter().filter(|row| by_path[&row.path].attempt == 0);
    assert!(unchanged.clone().count() > 20 && unchanged.clone().all(|row| by_path[&row.path].recipe == row.recipe));

    let Some(mut python) = python() else { return };
    let script = "
import sys, numpy as np, polars as pl
from pathlib import Path
from PIL import Image
out = Path(sys.argv[1])
small = lambda path: np.asarray(Image.open(out / path).convert('RGB').resize((16, 16), Image.BOX), float)
rows = pl.read_parquet(out / 'samples.parquet').sort('source', 'copy')
assert str(rows.schema['distance']) == 'Float32'
worst = 0
for _, family in rows.group_by('source', maintain_order=True):
    seen = [small(family['path'][0])]
    for path, distance in family.filter(pl.col('copy') > 0).select('path', 'distance').iter_rows():
        now = small(path)
        nearest = min(np.sqrt(((now - other) ** 2).mean()) for other in seen)
        worst = max(worst, abs(nearest - distance) / (1 + 0.1 * nearest))
        seen.append(now)
assert worst < 1, worst
";
    let ran: Ran = python.arg("-c").arg(script).arg(&out).output().unwrap().into();
    ran.expect(0);
}

#[test]
fn a_copy_is_made_again_from_its_source_and_recipe_alone() {
    let data = small();
    let out = data.path().join("out");
    augment(&data.path().join("data"), &out, &[]).expect(0);
    let manifest = out.join("samples.parquet");
    let rows = rows(&out);
    let again = data.path().join("again.jpg");
    let replay = |row: usize| {
        let args = ["replay".as_ref(), manifest.as_os_str(), "--out".as_ref(), again.as_os_str()];
        run(args.into_iter().map(std::ffi::OsStr::to_os_string).chain(["--row".into(), row.to_string().into()]))
    };
    let copies: Vec<usize> = (0..rows.len()).filter(|&row| !rows[row].is_original()).collect();
    for &row in &copies {
        let path = out.join(&rows[row].path);
        let written = fs::read(&path).unwrap();
        // The copy itself is not needed.
        fs::remove_file(&path).unwrap();
        assert!(replay(row).expect(0).out.contains("the very ones"));
        assert!(fs::read(&again).unwrap() == written, "{}", rows[row].path);
    }
    let original = (0..rows.len()).find(|row| !copies.contains(row)).unwrap();
    assert!(replay(original).expect(2).err.contains("is no copy"));
    assert!(replay(rows.len()).expect(2).err.contains("it has rows 0 to 23"));
    // A recipe that somebody changed: found by fuzzing, when it ended in a panic.
    let mut changed = Manifest::open(&manifest, Labels::Required).unwrap();
    let crop = r#"[{"random_resized_crop":{"left":9,"top":8,"width":9999,"height":9,"to":[9,9]}}]"#;
    changed.samples[copies[0]].recipe = Some(crop.into());
    let other = out.join("changed.parquet");
    changed.save(&other).unwrap();
    let args = ["replay".as_ref(), other.as_os_str(), "--row".as_ref()];
    let row = copies[0].to_string();
    assert!(run(args.into_iter().chain([row.as_ref()])).expect(2).err.contains("do not fit the picture"));
    // Another picture in the place of the source: said, not hidden.
    let source = out.join(&rows[copies[0]].source);
    let other = rows.iter().find(|row| row.is_original() && row.source != rows[copies[0]].source).unwrap();
    fs::remove_file(&source).unwrap();
    fs::copy(out.join(&other.path), &source).unwrap();
    assert!(replay(copies[0]).expect(1).out.contains("has probably been changed since"));
}

#[test]
fn python_reads_the_manifest_and_the_pictures() {
    let Some(mut python) = python() else { return };
    let data = small();
    let out = data.path().join("out");
    augment(&data.path().join("data"), &out, &[]).expect(0);
    let script = "
import json, sys, polars as pl, pandas as pd, pyarrow.parquet as pq
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
facts = json.loads(pq.read_metadata(out / 'samples.parquet').metadata[b'evenfold.augment'])
assert sorted(facts['before'].values()) == [2, 3, 8] and set(facts['after'].values()) == {8}, facts
assert abs(sum(facts['priors_before'].values()) - 1) < 1e-12 and set(facts['priors_after'].values()) == {1 / 3}, facts
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
