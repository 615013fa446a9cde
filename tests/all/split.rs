//! `evenfold split` and `evenfold audit`, the real binary.

use std::fs;
use std::path::Path;

use evenfold::data::{Labels, Manifest};

use crate::support::{Ran, demo, evenfold, python, root, shared};

fn split(data: &Path, out: &Path, more: &[&str]) -> Ran {
    let args = ["split", "--folds", "5", "--stratified", "--data"];
    evenfold().args(args).arg(data).arg("--out").arg(out).args(more).output().unwrap().into()
}

fn audit(folds: &Path) -> Ran {
    evenfold().args(["audit", "--format", "json"]).arg(folds).output().unwrap().into()
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
    split(&demo().join("train"), &before, &["--groups-from", IDENTITY]).expect(0);
    split(&even.join("samples.parquet"), &after, &["--groups-from", IDENTITY]).expect(0);
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
fn two_runs_write_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two] = ["one.parquet", "two.parquet"].map(|name| folder.path().join(name));
    for out in [&one, &two] {
        split(&demo().join("train"), out, &["--groups-from", IDENTITY, "--seed", "4"]).expect(0);
    }
    assert!(fs::read(one).unwrap() == fs::read(two).unwrap());
}

#[test]
fn what_cannot_be_split_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("folds.parquet");
    let ran = split(&demo().join("train"), &out, &["--groups", "person"]).expect(2);
    assert!(ran.err.contains("no column `person`"), "{}", ran.err);
    let ran = split(&demo().join("train"), &out, &["--groups-from", "(no such thing)"]).expect(2);
    assert!(ran.err.contains("matches none of the paths"), "{}", ran.err);
    let ran = split(&demo().join("train"), &out, &["--groups-from", "^()"]).expect(2);
    assert!(ran.err.contains("groups that may be separated"), "{}", ran.err);
    assert!(!out.exists());
}
