//! `evenfold pack`: shards that the packages of other trainers read.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use evenfold::random::Key;

use crate::support::{Ran, demo, evenfold, python, run, tree};

/// The demo's training photos in four folds, packed into shards of a megabyte.
fn packed(folder: &Path, to: &str) -> PathBuf {
    let folds = folder.join("folds.parquet");
    if !folds.exists() {
        let photos = demo().join("train");
        let args = ["split", "--folds", "4", "--near-duplicates", "off", "--groups", "none", "--data"];
        Ran::from(evenfold().args(args).arg(photos).arg("--out").arg(&folds).output().unwrap()).expect(0);
    }
    let out = folder.join(to);
    pack(&folds, to, &out).expect(0);
    out
}

fn pack(data: &Path, to: &str, out: &Path) -> Ran {
    let args = ["pack", "--shard-mb", "1", "--to", to, "--data"];
    evenfold().args(args).arg(data).arg("--out").arg(out).output().unwrap().into()
}

fn check(script: &str, folder: &Path, shards: &Path) {
    let Some(mut python) = python() else { return };
    let ran: Ran = python.arg("-c").arg(script).arg(shards).arg(folder).output().unwrap().into();
    if ran.err.contains("ModuleNotFoundError") {
        eprintln!("skipped: an older Python environment; scripts/setup --test brings it up to date\n{}", ran.err);
        return;
    }
    ran.expect(0);
}

#[test]
fn webdataset_reads_every_picture_with_its_class_and_columns() {
    let folder = tempfile::tempdir().unwrap();
    let shards = packed(folder.path(), "webdataset");
    let script = "
import glob, json, sys, tarfile
from pathlib import Path
import polars as pl, webdataset
shards, folder = Path(sys.argv[1]), Path(sys.argv[2])
rows = {row['path']: row for row in pl.read_parquet(folder / 'folds.parquet').iter_rows(named=True)}
index = json.loads((shards / 'pack.json').read_text())
files = sorted(glob.glob(str(shards / '*.tar')))
assert [Path(file).name for file in files] == sorted(index['shards']) and len(files) > 1
classes = index['classes']
seen = set()
for sample in webdataset.WebDataset(files, shardshuffle=False):
    columns = json.loads(sample['json'])
    row = rows[columns['path']]
    assert all(columns[name] == row[name] for name in columns), columns
    assert classes[int(sample['cls'])] == row['label']
    assert sample['jpg'] == (folder / row['path']).read_bytes()
    seen.add(columns['path'])
assert seen == set(rows)
decoded = next(iter(webdataset.WebDataset(files, shardshuffle=False).decode('pil').to_tuple('jpg', 'cls')))
assert decoded[0].size[0] > 8 and isinstance(decoded[1], int)
first = tarfile.open(files[0])
labels = {json.loads(first.extractfile(member).read())['label'] for member in first if member.name.endswith('json')}
assert labels == set(classes), labels
";
    check(script, folder.path(), &shards);
}

#[test]
fn hugging_face_datasets_reads_an_image_column() {
    let folder = tempfile::tempdir().unwrap();
    let shards = packed(folder.path(), "parquet");
    let script = "
import glob, os, sys, tempfile
from pathlib import Path
os.environ['HF_HOME'] = tempfile.mkdtemp()
os.environ['HF_HUB_OFFLINE'] = '1'
import datasets, polars as pl
shards, folder = Path(sys.argv[1]), Path(sys.argv[2])
rows = pl.read_parquet(folder / 'folds.parquet')
data = datasets.load_dataset('parquet', data_files=sorted(glob.glob(str(shards / '*.parquet'))), split='train')
assert isinstance(data.features['image'], datasets.Image), data.features
assert data.features['label'].names == sorted(rows['label'].unique())
assert len(data) == len(rows)
wanted = {row['source']: row for row in rows.iter_rows(named=True)}
for row in data:
    row['image'].load()
    source = wanted[row['source']]
    assert row['image'].mode == 'RGB' and data.features['label'].int2str(row['label']) == source['label']
    assert (row['fold'], row['origin'], row['copy']) == (source['fold'], 'original', 0)
plain = pl.read_parquet(shards / 'shard-000000.parquet')
assert str(plain.schema['image']).replace(' ', '') == \"Struct({'bytes':Binary,'path':String})\", plain.schema
";
    check(script, folder.path(), &shards);
}

#[test]
fn only_missing_shards_are_written_again_and_to_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    for to in ["webdataset", "parquet"] {
        let shards = packed(folder.path(), to);
        let whole = tree(&shards);
        let (kept, lost) = (format!("shard-000000.{}", if to == "parquet" { "parquet" } else { "tar" }), "pack.json");
        fs::remove_file(shards.join(lost)).unwrap();
        let other = whole.keys().find(|name| name.to_string_lossy().starts_with("shard-000001")).unwrap();
        fs::remove_file(shards.join(other)).unwrap();
        let before = fs::metadata(shards.join(&kept)).unwrap().modified().unwrap();
        packed(folder.path(), to);
        assert!(tree(&shards) == whole);
        assert_eq!(fs::metadata(shards.join(&kept)).unwrap().modified().unwrap(), before);
    }
    // Other pictures are not mixed in.
    let refused = pack(&demo().join("train"), "parquet", &folder.path().join("parquet")).expect(2);
    assert!(refused.err.contains("choose another --out"), "{}", refused.err);
}

#[test]
fn a_killed_run_is_continued_to_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    for to in ["webdataset", "parquet"] {
        let whole = tree(&packed(folder.path(), to));
        let broken = folder.path().join(format!("{to}-broken"));
        let mut rng = Key::root(3).child(to).rng();
        let mut killed = 0;
        for _ in 0..5 {
            let mut run = evenfold();
            run.args(["pack", "--shard-mb", "1", "--to", to, "--data"]).arg(folder.path().join("folds.parquet"));
            run.arg("--out").arg(&broken).stdout(Stdio::null()).stderr(Stdio::null());
            let mut run = run.spawn().unwrap();
            std::thread::sleep(Duration::from_micros(rng.below(150_000)));
            killed += usize::from(run.try_wait().unwrap().is_none());
            // SIGKILL: nothing can be tidied up.
            let _ = run.kill();
            run.wait().unwrap();
        }
        assert!(killed > 0, "no run was killed while it worked");
        pack(&folder.path().join("folds.parquet"), to, &broken).expect(0);
        // Nor is anything left that a killed run was writing.
        assert!(tree(&broken) == whole);
    }
}

#[test]
fn files_that_are_no_pictures_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let class = folder.path().join("data/cat");
    fs::create_dir_all(&class).unwrap();
    fs::write(class.join("1.jpg"), b"hello").unwrap();
    fs::write(class.join("2.ppm"), b"P6\n1 1\n255\n\x01\x02\x03").unwrap();
    let out = folder.path().join("out");
    let ran = pack(&folder.path().join("data"), "webdataset", &out).expect(1);
    assert!(ran.out.contains("1 pictures of 1 classes") && ran.out.contains("cat/1.jpg"), "{}", ran.out);
    run(["pack"]).expect(2);
}
