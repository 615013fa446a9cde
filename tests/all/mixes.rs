//! Mixes of originals: who may be mixed, what the manifest says of it, and that no later command is misled.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use evenfold::data::{Labels, Manifest, Sample};
use evenfold::pipeline::Recipe;

use crate::augment::{counts, rows, small};
use crate::robust::visible;
use crate::support::{Ran, evenfold, python, run};

const PIPELINE: &str = "version: 1\nseed: 5\nbalance: {target: 14}\nsteps:\n  - hflip: {p: 0.5}\n  - one_of:\n      \
    - cutmix\n      - mixup: {alpha: 1.0}\n      - cmo\n      - mosaic\n  - gamma: {p: 0.5}\nencode: {format: png}\n";

/// Two folds of the small data, and what `augment` makes of them into `out`.
fn mixed(folder: &Path, out: &str, more: &[&str]) -> Ran {
    let path = |name: &str| folder.join(name).display().to_string();
    fs::write(folder.join("mix.yaml"), PIPELINE).unwrap();
    if !folder.join("folds.parquet").exists() {
        let split = ["split", "--folds", "2", "--stratified", "--groups", "none", "--data"];
        let split = split.map(str::to_owned).into_iter().chain([path("data"), "--out".into(), path("folds.parquet")]);
        run(split).expect(0);
    }
    let args = ["augment", "--pipeline", &path("mix.yaml"), "--data", &path("folds.parquet"), "--out", &path(out)];
    evenfold().args(args).args(more).output().unwrap().into()
}

#[test]
fn mixes_stay_in_the_fold_of_all_their_originals_and_targets_are_exact() {
    let folder = small();
    mixed(folder.path(), "out", &[]).expect(0);
    let rows = rows(&folder.path().join("out"));
    assert_eq!(counts(&rows).into_values().collect::<Vec<_>>(), [14, 14, 14]);
    let by_path: HashMap<&str, &Sample> = rows.iter().map(|row| (row.path.as_str(), row)).collect();
    let mut soft = 0;
    for row in rows.iter().filter(|row| !row.is_original()) {
        let recipe: Recipe = serde_json::from_str(row.recipe.as_deref().unwrap()).unwrap();
        let (own, shares) = recipe.shares();
        assert_eq!(shares.len(), row.partners.len());
        assert!(own >= 0.5);
        let mut wanted = HashMap::from([(row.label.as_str(), own)]);
        for (partner, share) in row.partners.iter().zip(shares) {
            let partner = by_path[partner.as_str()];
            assert!(partner.is_original() && partner.fold == row.fold && partner.path != row.source);
            *wanted.entry(&partner.label).or_insert(0.0) += share;
        }
        if row.soft_label.is_empty() {
            assert!((wanted[row.label.as_str()] - 1.0).abs() < 1e-9, "{}", row.path);
            continue;
        }
        soft += 1;
        for (label, share) in &row.soft_label {
            assert!((wanted[label.as_str()] - share).abs() < 1e-9);
            assert!(*share <= row.soft_label[&row.label], "the label is not the class with the largest share");
        }
        assert!((row.soft_label.values().sum::<f64>() - 1.0).abs() < 1e-9);
    }
    assert!(soft > 5, "{soft} mixes of two classes");
    let audit = run(["audit".as_ref(), folder.path().join("out/samples.parquet").as_os_str()]);
    audit.expect(0);
}

#[test]
fn mixes_are_the_same_bytes_from_one_thread_or_two_and_after_a_break() {
    let folder = small();
    mixed(folder.path(), "one", &["--jobs", "1"]).expect(0);
    mixed(folder.path(), "two", &["--jobs", "2"]).expect(0);
    let bytes = |name: &str| visible(&folder.path().join(name));
    let whole = bytes("one");
    assert!(whole == bytes("two"));
    // As a killed run leaves it: some copies and no manifest.
    for (i, copy) in rows(&folder.path().join("two")).iter().filter(|row| !row.is_original()).enumerate() {
        if i % 3 == 0 {
            fs::remove_file(folder.path().join("two").join(&copy.path)).unwrap();
        }
    }
    fs::remove_file(folder.path().join("two/samples.parquet")).unwrap();
    mixed(folder.path(), "two", &[]).expect(0);
    assert!(whole == bytes("two"));
}

#[test]
fn shards_of_mixes_merge_to_the_same_bytes_with_a_damaged_picture_too() {
    let folder = small();
    mixed(folder.path(), "unused", &["--dry-run"]).expect(0);
    // After the split, so that only the decoder finds it.
    let victim = fs::read_dir(folder.path().join("data")).unwrap().next().map(first).unwrap();
    let bytes = fs::read(&victim).unwrap();
    fs::write(&victim, &bytes[..bytes.len() / 2]).unwrap();
    mixed(folder.path(), "whole", &[]).expect(1);
    for shard in ["2/2", "1/2"] {
        mixed(folder.path(), "parts", &["--shard", shard]).expect(0);
    }
    let path = |name: &str| folder.path().join(name).display().to_string();
    let merge = ["merge", "--pipeline", &path("mix.yaml"), "--data", &path("folds.parquet"), "--out", &path("parts")];
    run(merge).expect(1);
    assert!(visible(&folder.path().join("whole")) == visible(&folder.path().join("parts")));
}

/// The first picture of a class's folder, from the folder of all classes.
fn first(class: std::io::Result<fs::DirEntry>) -> PathBuf {
    let class = class.unwrap();
    let mut photos: Vec<_> = fs::read_dir(class.path()).unwrap().flatten().map(|photo| photo.path()).collect();
    photos.sort();
    photos.swap_remove(0)
}

/// Copies that an earlier run drew from other originals are not those that a new run makes.
#[test]
fn mixes_are_made_anew_where_other_originals_may_be_partners() {
    let folder = small();
    mixed(folder.path(), "again", &[]).expect(0);
    let folds = folder.path().join("folds.parquet");
    let manifest = Manifest::open(&folds, Labels::Required).unwrap();
    let fewer = manifest.samples.iter().cloned().enumerate().filter(|(row, _)| *row != 2);
    manifest.with_rows(fewer.map(|(row, sample)| (sample, row)).collect()).save(&folds).unwrap();
    mixed(folder.path(), "again", &[]).expect(0);
    mixed(folder.path(), "fresh", &[]).expect(0);
    let (again, fresh) = (visible(&folder.path().join("again")), visible(&folder.path().join("fresh")));
    let left: BTreeMap<_, _> = again.into_iter().filter(|(path, _)| fresh.contains_key(path)).collect();
    assert!(left == fresh);
}

#[test]
fn a_mix_is_replayed_byte_for_byte() {
    let folder = small();
    mixed(folder.path(), "out", &[]).expect(0);
    let manifest = folder.path().join("out/samples.parquet");
    let rows = rows(&folder.path().join("out"));
    let mixes: Vec<_> = (0..rows.len()).filter(|&row| !rows[row].partners.is_empty()).collect();
    for row in mixes.into_iter().step_by(6) {
        let args = ["replay", manifest.to_str().unwrap(), "--row", &row.to_string(), "--format", "json"];
        let ran = run(args).expect(0);
        let answer: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        assert_eq!(answer["recorded"], answer["replayed"], "row {row}");
    }
}

#[test]
fn mixes_without_folds_or_groups_are_refused_before_the_first_pixel() {
    let folder = small();
    let pipeline = folder.path().join("mix.yaml");
    fs::write(&pipeline, PIPELINE).unwrap();
    let out = folder.path().join("out");
    let data = folder.path().join("data");
    for more in [vec![], vec!["--dry-run"], vec!["--preview", "sheet.png"]] {
        let args =
            ["augment".as_ref(), "--pipeline".as_ref(), pipeline.as_os_str(), "--data".as_ref(), data.as_os_str()];
        let ran: Ran = evenfold().args(args).arg("--out").arg(&out).args(more).output().unwrap().into();
        let ran = ran.expect(2);
        assert!(ran.err.contains("cutmix") && ran.err.contains("evenfold split"), "{}", ran.err);
    }
    assert!(!out.join("samples.parquet").exists());
}

/// A mix that strays from any of its originals is a leak.
#[test]
fn a_mix_whose_partner_validates_elsewhere_is_found_and_split_keeps_it_together() {
    let folder = small();
    mixed(folder.path(), "out", &[]).expect(0);
    let manifest = folder.path().join("out/samples.parquet");
    // Split again without a word of the folds: every mix must still lie where all of its originals do.
    let again = folder.path().join("again.parquet");
    let args = ["split", "--folds", "2", "--stratified", "--groups", "none", "--data"].map(std::ffi::OsString::from);
    run(args.into_iter().chain([manifest.into(), "--out".into(), again.clone().into()])).expect(0);
    let rows = Manifest::open(&again, Labels::Required).unwrap().samples;
    let fold_of: HashMap<&str, Option<i32>> = rows.iter().map(|row| (row.path.as_str(), row.fold)).collect();
    for row in &rows {
        for original in row.originals() {
            assert_eq!(fold_of[original], row.fold, "{} and {original}", row.path);
        }
    }
}

#[test]
fn polars_reads_soft_labels() {
    let Some(mut python) = python() else { return };
    let folder = small();
    mixed(folder.path(), "out", &[]).expect(0);
    let code = "import json, sys, polars as pl\n\
                rows = pl.read_parquet(sys.argv[1]).filter(pl.col('soft_label').is_not_null())\n\
                soft = [json.loads(s) for s in rows['soft_label']]\n\
                assert len(soft) > 5 and all(abs(sum(s.values()) - 1) < 1e-9 for s in soft)\n\
                assert all(max(s, key=s.get) == l or s[l] == 0.5 for s, l in zip(soft, rows['label']))\n\
                assert all(len(json.loads(p)) == 1 for p in rows['partners'])\n";
    let ran = python.args(["-c", code]).arg(folder.path().join("out/samples.parquet")).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}
