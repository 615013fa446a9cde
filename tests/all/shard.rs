//! `evenfold augment --shard` and `evenfold merge`: many machines, the same bytes.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::augment::{augment, small};
use crate::robust::visible;
use crate::support::{Ran, evenfold, files, root};

fn merge(data: &Path, out: &Path, more: &[&Path]) -> Ran {
    let mut run = evenfold();
    run.args(["merge", "--pipeline"])
        .arg(root("pipelines/trashnet.yaml"))
        .arg("--data")
        .arg(data)
        .arg("--out")
        .arg(out);
    if !more.is_empty() {
        run.arg("--from").args(more);
    }
    run.output().unwrap().into()
}

/// Three classes, and in each of the two small ones a file that begins as a picture and is none.
fn with_damaged() -> tempfile::TempDir {
    let folder = small();
    let mut classes: Vec<_> = fs::read_dir(folder.path().join("data")).unwrap().flatten().map(|e| e.path()).collect();
    classes.sort();
    for class in &classes[1..] {
        let photo = fs::read_dir(class).unwrap().flatten().map(|e| e.path()).min().unwrap();
        let bytes = fs::read(photo).unwrap();
        fs::write(class.join("cut.jpg"), &bytes[..bytes.len() / 2]).unwrap();
    }
    folder
}

#[test]
fn shards_in_any_order_are_merged_to_the_bytes_of_one_run() {
    let folder = with_damaged();
    let data = folder.path().join("data");
    let [whole, parts] = ["whole", "parts"].map(|name| folder.path().join(name));
    augment(&data, &whole, &[]).expect(1);
    for shard in ["2/3", "3/3"] {
        augment(&data, &parts, &["--shard", shard]).expect(0);
    }
    let missing = merge(&data, &parts, &[]).expect(2).err;
    assert!(missing.contains("1/3") && !missing.contains("2/3") && !missing.contains("3/3"), "{missing}");
    assert!(!parts.join("samples.parquet").exists());
    augment(&data, &parts, &["--shard", "1/3"]).expect(0);
    // A copy that somebody removed is a shard that is not complete.
    let copy = visible(&parts).into_keys().find(|path| path.to_string_lossy().ends_with("-2.jpg")).unwrap();
    fs::remove_file(parts.join(&copy)).unwrap();
    assert!(merge(&data, &parts, &[]).expect(2).err.contains("1 originals are not done"));
    for shard in ["1/3", "2/3", "3/3"] {
        augment(&data, &parts, &["--shard", shard]).expect(0);
    }
    let merged = merge(&data, &parts, &[]).expect(1);
    assert!(merged.out.contains("cut.jpg"), "{}", merged.out);
    assert!(visible(&parts) == visible(&whole));
    // Merged is finished: nothing is left to do for anybody.
    assert!(merge(&data, &parts, &[]).expect(1).out.contains(" 0 copies made now"));
    assert!(augment(&data, &parts, &[]).expect(1).out.contains(" 0 copies made now"));
    assert!(augment(&data, &parts, &["--shard", "2/3"]).expect(0).out.contains(" 0 copies made now"));
    assert!(visible(&parts) == visible(&whole));
}

#[test]
fn shards_in_folders_of_their_own_are_brought_together() {
    let folder = with_damaged();
    let data = folder.path().join("data");
    let [whole, together] = ["whole", "together"].map(|name| folder.path().join(name));
    augment(&data, &whole, &[]).expect(1);
    let own: Vec<_> = ["1/2", "2/2"].iter().map(|shard| (folder.path().join(&shard[..1]), shard)).collect();
    for (out, shard) in &own {
        augment(&data, out, &["--shard", shard]).expect(0);
    }
    assert!(merge(&data, &together, &[&own[0].0]).expect(2).err.contains("2/2"));
    merge(&data, &together, &[&own[0].0, &own[1].0]).expect(1);
    assert!(visible(&together) == visible(&whole));
    // What no shard was written to is refused, and so is another pipeline's.
    assert!(merge(&data, &folder.path().join("new"), &[&data]).expect(2).err.contains("holds no shard"));
    assert!(merge(&data, &folder.path().join("new"), &[]).expect(2).err.contains("--shard I/N"));
    let other = folder.path().join("other");
    augment(&data, &other, &["--shard", "1/2", "--seed", "5"]).expect(0);
    assert!(merge(&data, &folder.path().join("new"), &[&other]).expect(2).err.contains("another pipeline"));
}

/// Shards that run at once, are killed, and run again.
#[test]
fn killed_shards_are_continued_to_the_same_bytes() {
    let folder = with_damaged();
    let data = folder.path().join("data");
    let [whole, parts] = ["whole", "parts"].map(|name| folder.path().join(name));
    augment(&data, &whole, &[]).expect(1);
    let start = |shard: &str| {
        let mut run = evenfold();
        run.args(["augment", "--jobs", "1", "--shard", shard, "--pipeline"]).arg(root("pipelines/trashnet.yaml"));
        run.arg("--data")
            .arg(&data)
            .arg("--out")
            .arg(&parts)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut running = [start("1/2"), start("2/2")];
    let begin = Instant::now();
    let made = || files(&parts).iter().filter(|path| path.to_string_lossy().ends_with("-1.jpg")).count();
    while made() < 2 && begin.elapsed() < Duration::from_mins(1) {
        std::thread::sleep(Duration::from_millis(2));
    }
    for run in &mut running {
        // SIGKILL: nothing can be tidied up.
        let _ = run.kill();
        run.wait().unwrap();
    }
    for shard in ["1/2", "2/2"] {
        augment(&data, &parts, &["--shard", shard]).expect(0);
    }
    merge(&data, &parts, &[]).expect(1);
    assert!(visible(&parts) == visible(&whole));
}

#[test]
fn the_scheduler_says_which_shard_this_is() {
    let folder = small();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    let run = |shard: Option<&str>, variables: &[(&str, &str)]| -> Ran {
        let mut run = evenfold();
        run.args(["augment", "--pipeline"]).arg(root("pipelines/trashnet.yaml")).arg("--data").arg(&data);
        run.arg("--out").arg(&out).args(shard.map(|shard| ["--shard", shard]).into_iter().flatten());
        run.envs(variables.iter().copied()).output().unwrap().into()
    };
    let slurm = ["ID", "MIN", "MAX", "COUNT"].map(|name| format!("SLURM_ARRAY_TASK_{name}"));
    let slurm: Vec<_> = slurm.iter().map(String::as_str).zip(["5", "4", "5", "2"]).collect();
    assert!(run(Some("auto"), &slurm).expect(0).out.contains("Shard 2/2"));
    assert!(run(Some("auto/2"), &[("JOB_COMPLETION_INDEX", "0")]).expect(0).out.contains("Shard 1/2"));
    merge(&data, &out, &[]).expect(0);
    assert!(run(Some("auto"), &[]).expect(2).err.contains("say --shard I/N"));
    // An array whose tasks would all do everything is warned.
    assert!(run(None, &slurm).expect(0).err.contains("say --shard auto"));
}
