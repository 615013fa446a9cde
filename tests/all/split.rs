//! `evenfold split` and `evenfold audit`, the real binary.

use std::fs;
use std::path::Path;

use evenfold::data::{Labels, Manifest};

use crate::support::{Ran, demo, evenfold, python, root, shared};

/// Near-duplicates are looked for in `near.rs`.
fn split(data: &Path, out: &Path, more: &[&str]) -> Ran {
    let args = ["split", "--folds", "5", "--stratified", "--near-duplicates", "off", "--data"];
    evenfold().args(args).arg(data).arg("--out").arg(out).args(more).output().unwrap().into()
}

fn audit(folds: &Path) -> Ran {
    evenfold().args(["audit", "--near-duplicates", "off", "--format", "json"]).arg(folds).output().unwrap().into()
}

/// The demo data, every class brought to the size of the largest.
fn augment(out: &Path) {
    let args =
        ["augment".into(), "--pipeline".into(), root("pipelines/demo.yaml"), "--data".into(), demo().join("train")];
    Ran::from(evenfold().args(args).arg("--out").arg(out).output().unwrap()).expect(0);
}

const IDENTITY: &str = "([a-z]+-[0-9]+)_";

#[test]
fn augment_before_or_after_split_gives_the_same_honest_folds() {
    let folder = tempfile::tempdir().unwrap();
    let [even, before, after] = ["even", "before.parquet", "after.parquet"].map(|name| folder.path().join(name));
    augment(&even);
    split(&demo().join("train"), &before, &["--groups", IDENTITY]).expect(0);
    split(&even.join("samples.parquet"), &after, &["--groups", IDENTITY]).expect(0);
    audit(&before).expect(0);
    audit(&after).expect(0);
    let folds = |file: &Path| {
        let manifest = Manifest::open(file, Labels::Required).unwrap();
        let originals = manifest.samples.into_iter().filter(evenfold::data::Sample::is_original);
        originals.map(|s| (s.content_hash.unwrap(), s.fold)).collect::<std::collections::BTreeMap<_, _>>()
    };
    assert_eq!(folds(&before), folds(&after));
}

#[test]
fn a_split_made_the_entrants_way_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let even = folder.path().join("even");
    augment(&even);
    let mut manifest = Manifest::open(&even.join("samples.parquet"), Labels::Required).unwrap();
    for (i, sample) in manifest.samples.iter_mut().enumerate() {
        sample.fold = Some(i as i32 % 5);
    }
    let leaky = folder.path().join("leaky.parquet");
    manifest.save(&leaky).unwrap();
    let found: serde_json::Value = serde_json::from_str(&audit(&leaky).expect(1).out).unwrap();
    assert_eq!(found["leaks"][0]["kind"], "strayed_copy");
    assert!(found["leaks"][0]["pairs"].as_u64().unwrap() > 500, "{found}");
}

#[test]
fn persons_of_real_photos_stay_together() {
    let Some(data) = shared("mask18") else { return };
    let folder = tempfile::tempdir().unwrap();
    let folds = folder.path().join("folds.parquet");
    // The paths start from train/images, beside train.csv: said so, with what to type.
    let ran = split(&data.join("train.csv"), &folds, &["--groups", "person_id"]).expect(2);
    assert!(ran.err.contains("say so with --images"), "{}", ran.err);
    let images = data.join("train/images");
    let more = ["--groups", "person_id", "--holdout", "0.1", "--images", images.to_str().unwrap()];
    let ran = split(&data.join("train.csv"), &folds, &more).expect(0);
    assert!(ran.out.contains("groups that are never separated"), "{}", ran.out);
    audit(&folds).expect(0);
    let Some(mut python) = python() else { return };
    let script = "
import sys, polars as pl
rows = pl.read_parquet(sys.argv[1])
assert rows.group_by('person_id').agg(pl.col('fold').n_unique())['fold'].max() == 1
assert set(rows['fold'].unique()) == {-1, 0, 1, 2, 3, 4}, rows['fold'].unique()
sizes = rows.filter(pl.col('fold') >= 0).group_by('fold').len()['len']
assert sizes.max() / sizes.min() < 1.05, sizes
held = (rows['fold'] == -1).mean()
assert 0.08 < held < 0.12, held
assert rows.columns[-5:] == ['person_id', 'gender', 'age', 'age_bin', 'mask'], rows.columns
";
    let ran: Ran = python.arg("-c").arg(script).arg(&folds).output().unwrap().into();
    ran.expect(0);
}

#[test]
fn groups_that_nobody_named_are_seen_said_and_kept_together() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("folds.parquet");
    let seen = |data: &Path, more: &[&str], code: i32| -> serde_json::Value {
        let quick = ["--keep-duplicates-apart", "--format", "json", "--quiet"];
        serde_json::from_str(&split(data, &out, &[&quick, more].concat()).expect(code).out).unwrap()
    };
    let found = seen(&demo().join("train"), &[], 1);
    assert_eq!(found["likely_groups"][0]["groups"], 120, "{found}");
    audit(&out).expect(0);
    assert_eq!(seen(&demo().join("train"), &["--groups", "none"], 0)["split"]["closure"]["larger"], 0);
    if let Some(tracks) = shared("gtsrb7") {
        let found = seen(&tracks.join("train.csv"), &[], 1);
        assert_eq!(found["likely_groups"][0]["place"]["column"], "track");
        assert_eq!(found["split"]["closure"]["groups"], 301);
        // Without the column, the names tell the same tracks.
        let bare = folder.path().join("bare.csv");
        let text = fs::read_to_string(tracks.join("train.csv")).unwrap();
        fs::write(
            &bare,
            text.lines().map(|line| line.rsplit_once(',').unwrap().0.to_owned() + "\n").collect::<String>(),
        )
        .unwrap();
        let again = seen(&bare, &["--images", tracks.to_str().unwrap()], 1);
        assert_eq!(again["likely_groups"][0]["per_folder"], true);
        assert_eq!(again["split"]["evenness"], found["split"]["evenness"]);
        assert_eq!(again["split"]["closure"]["groups"], 301);
    }
    if let Some(persons) = shared("mask18") {
        let images = persons.join("train/images");
        let found = seen(&persons.join("train.csv"), &["--images", images.to_str().unwrap()], 1);
        let places = found["likely_groups"].as_array().unwrap();
        assert_eq!(places[0]["place"]["column"], "person_id");
        assert!(places.iter().all(|place| place["groups"] == 600), "{found}");
    }
    if let Some(rubbish) = shared("trash150") {
        assert_eq!(seen(&rubbish, &[], 0)["likely_groups"], serde_json::json!([]));
    }
}

/// A manifest with one picture that is there, so that nothing but the table is read.
fn table(folder: &Path, name: &str, header: &str, rows: impl Iterator<Item = String>) -> std::path::PathBuf {
    fs::copy(root("tests/data/photo.png"), folder.join("0.png")).unwrap();
    let file = folder.join(name);
    let text: String = [header.to_owned()].into_iter().chain(rows).map(|row| row + "\n").collect();
    fs::write(&file, text).unwrap();
    file
}

fn split_table(data: &Path, more: &[&str]) -> Ran {
    let out = data.with_extension("parquet");
    split(data, &out, &[&["--keep-duplicates-apart", "--format", "json", "--quiet"], more].concat())
}

#[test]
fn several_labels_numbers_and_further_columns_are_spread_evenly_with_groups() {
    let folder = tempfile::tempdir().unwrap();
    // 80 persons of 3 photos: two of five labels each, an age, a gender.
    let rows = (0..240).map(|i| {
        let person = i / 3;
        let labels = [["a", "b"], ["b", "c"], ["c", "d"], ["d", "e"]][(i * i + person) % 4].join("|");
        format!("{i}.png,{labels},p{person:02},{},{}", 20.0 + (person * 37 % 60) as f64 / 2.0, ["f", "m"][person % 2])
    });
    let data = table(folder.path(), "labels.csv", "path,label,person,age,gender", rows);
    let measured = |more: &[&str]| -> serde_json::Value {
        serde_json::from_str(&split_table(&data, &[&["--groups", "person"], more].concat()).expect(0).out).unwrap()
    };
    let several = measured(&["--delimiter", "|", "--also", "gender,age:4", "--repeats", "2", "--inner", "3"]);
    let split = &several["split"];
    assert_eq!(split["classes"], serde_json::json!(["a", "b", "c", "d", "e"]));
    assert!(split["evenness"]["worst_class"].as_f64().unwrap() < 0.05, "{split}");
    for also in split["also"].as_array().unwrap() {
        assert!(also["evenness"]["worst_class"].as_f64().unwrap() < 0.05, "{also}");
    }
    assert_eq!(split["also"][1]["values"].as_array().unwrap().len(), 4);
    assert_eq!(split["more"].as_array().unwrap().len(), 1 + 2 * 5);

    let ages = table(
        folder.path(),
        "ages.csv",
        "path,label,person",
        (0..240).map(|i| format!("{i}.png,{},p{:02}", 20.0 + f64::from(i * 37 % 101) / 2.0, i / 3)),
    );
    let ran = split_table(&ages, &["--groups", "person"]).expect(2);
    assert!(ran.err.contains("--bins"), "{}", ran.err);
    let ran = split_table(&ages, &["--groups", "person", "--bins", "5"]).expect(0);
    let bins: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(bins["split"]["classes"].as_array().unwrap().len(), 5);
    assert!(bins["split"]["evenness"]["worst_class"].as_f64().unwrap() < 0.03, "{bins}");
    let ran = split_table(&data, &["--groups", "person", "--also", "person"]).expect(2);
    assert!(ran.err.contains("too many to spread"), "{}", ran.err);
}

#[test]
fn a_labels_column_that_polars_wrote_is_a_list_of_labels() {
    let Some(mut python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    table(folder.path(), "unused.csv", "path,label", std::iter::empty());
    let data = folder.path().join("lists.parquet");
    let script = "
import sys, polars as pl
pl.DataFrame({'path': [f'{i}.png' for i in range(60)], 'labels': [['x', 'y'][: i % 3] + ['z'] for i in range(60)]}
             ).write_parquet(sys.argv[1])
";
    Ran::from(python.arg("-c").arg(script).arg(&data).output().unwrap()).expect(0);
    let out = folder.path().join("folds.parquet");
    let ran = split(&data, &out, &["--keep-duplicates-apart", "--format", "json", "--quiet"]).expect(0);
    let found: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(found["split"]["classes"], serde_json::json!(["x", "y", "z"]));
    assert_eq!(found["split"]["evenness"]["counts"][0], serde_json::json!([8, 4, 12]));
}

#[test]
fn the_compatible_folds_are_for_single_images_only() {
    let folder = tempfile::tempdir().unwrap();
    let rows = || (0..40).map(|i| format!("{i}.png,{},p{}", i % 3, i / 2));
    let data = table(folder.path(), "compat.csv", "path,label,person", rows());
    split_table(&data, &["--compat", "sklearn", "--groups", "none"]).expect(0);
    let folds = Manifest::open(&data.with_extension("parquet"), Labels::Required).unwrap().samples;
    let classes: Vec<u32> = (0..40).map(|i| i % 3).collect();
    let expected = evenfold::split::stratified_kfold(&classes, 5);
    assert!(folds.iter().zip(expected).all(|(sample, fold)| sample.fold == Some(fold as i32)));
    let ran = split_table(&data, &["--compat", "sklearn", "--groups", "person"]).expect(2);
    assert!(ran.err.contains("leave --compat out"), "{}", ran.err);
}

#[test]
fn two_runs_write_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = ["one.parquet", "two.parquet"].map(|name| folder.path().join(name));
    for out in [&one, &two] {
        split(&demo().join("train"), out, &["--groups", IDENTITY, "--seed", "4"]).expect(0);
    }
    assert!(fs::read(one).unwrap() == fs::read(two).unwrap());
}

#[test]
fn what_cannot_be_split_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("folds.parquet");
    let ran = split(&demo().join("train"), &out, &["--groups", "person"]).expect(2);
    assert!(ran.err.contains("no column `person`"), "{}", ran.err);
    let ran = split(&demo().join("train"), &out, &["--groups", "(no such thing)"]).expect(2);
    assert!(ran.err.contains("matches none of the paths"), "{}", ran.err);
    let ran = split(&demo().join("train"), &out, &["--groups", "^()"]).expect(2);
    assert!(ran.err.contains("groups that may be separated"), "{}", ran.err);
    assert!(!out.exists());
}
