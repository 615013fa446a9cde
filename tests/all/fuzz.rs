//! Bytes that nobody meant: mutated pictures, pipeline files, recipes, manifests and foreign pipelines end as a value or an error, in bounded time.
//!
//! A few thousand inputs here; `scripts/fuzz SECONDS` goes on with other seeds for as long as it is told.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use evenfold::data::{Labels, Manifest};
use evenfold::image::{DecodeError, Frame, Scratch, Shape, decode, dimensions};
use evenfold::pipeline::{PipelineFile, Recipe, Steps, import, read_yaml};
use evenfold::random::Key;

use crate::support::{files, root, shared};

/// Runs `check` on mutations of the seeds: as many as said, or for `FUZZ_SECONDS`.
fn fuzz(what: &str, seeds: &[Vec<u8>], inputs: u64, check: impl Fn(&[u8])) {
    let seconds = std::env::var("FUZZ_SECONDS").ok().map(|s| s.parse().expect("FUZZ_SECONDS: a whole number"));
    let first: u64 = std::env::var("FUZZ_SEED").map_or(0, |s| s.parse().expect("FUZZ_SEED: a whole number"));
    let (begin, mut done) = (Instant::now(), 0);
    let more = |done| seconds.map_or(done < inputs, |s| begin.elapsed() < Duration::from_secs(s));
    let mut slowest = Duration::ZERO;
    while more(done) {
        let key = Key::root(first).child(what).nth(done);
        let input = mutated(seeds, &key);
        // Where the process dies, this file holds the input that did it.
        let culprit = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{what}"));
        if seconds.is_some() {
            fs::write(&culprit, &input).unwrap();
        }
        let start = Instant::now();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(&input)));
        slowest = slowest.max(start.elapsed());
        if outcome.is_err() {
            fs::write(&culprit, &input).unwrap();
            panic!("{what}: input {done} of FUZZ_SEED {first} panicked; it is in {}", culprit.display());
        }
        done += 1;
    }
    println!("fuzz {what}: {done} inputs in {:.0?}, slowest {slowest:.0?}", begin.elapsed());
}

/// One of the seeds with some bytes changed, removed, repeated, cut off or taken from another seed.
fn mutated(seeds: &[Vec<u8>], key: &Key) -> Vec<u8> {
    let mut rng = key.rng();
    let mut bytes = seeds[rng.index(seeds.len())].clone();
    for _ in 0..=rng.below(6) {
        if bytes.is_empty() {
            break;
        }
        // Headers are where the decisions are.
        let reach = if rng.chance(0.5) { bytes.len().min(64) } else { bytes.len() };
        let at = rng.index(reach);
        let piece = at..(at + rng.index(16)).min(bytes.len());
        match rng.below(7) {
            0 => bytes[at] ^= 1 << rng.below(8),
            1 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][rng.index(5)],
            2 => drop(bytes.drain(piece)),
            3 => {
                let again = bytes[piece].to_vec();
                drop(bytes.splice(at..at, again));
            }
            4 => bytes.truncate(at),
            5 => {
                let other = &seeds[rng.index(seeds.len())];
                let from = rng.index(other.len());
                let taken = other[from..(from + piece.len()).min(other.len())].to_vec();
                drop(bytes.splice(at..at, taken));
            }
            _ => bytes[piece].iter_mut().for_each(|byte| *byte = rng.below(256) as u8),
        }
    }
    bytes
}

#[test]
fn mutated_pictures() {
    let mut paths = vec![root("tests/data/photo.png")];
    if let Some(odd) = shared("odd") {
        let mut more: Vec<_> = files(&odd).into_iter().map(|name| odd.join(name)).collect();
        more.sort();
        paths.extend(more);
    }
    let small = |path: &PathBuf| fs::read(path).ok().filter(|bytes| (1..20_000).contains(&bytes.len()));
    let mut seeds: Vec<Vec<u8>> = paths.iter().filter_map(small).collect();
    for format in [evenfold::image::Format::Jpeg, evenfold::image::Format::Png, evenfold::image::Format::Webp] {
        let encoding = evenfold::image::Encoding { format, ..evenfold::image::Encoding::default() };
        let frame = evenfold::image::Frame::filled(evenfold::image::Shape { width: 33, height: 17 }, [200, 30, 90]);
        let mut bytes = Vec::new();
        evenfold::image::encode(&frame, &encoding, &mut bytes).unwrap();
        seeds.push(bytes);
    }
    fuzz("picture", &seeds, 2000, |bytes| {
        let shape = dimensions(bytes);
        match (decode(bytes), shape) {
            (Ok(frame), Ok(shape)) => assert_eq!(frame.shape(), shape, "the header promised another shape"),
            (Err(DecodeError::Damaged { why, .. }), _) => assert!(!why.is_empty()),
            _ => {}
        }
    });
}

#[test]
fn mutated_pipeline_files() {
    let mut seeds: Vec<_> = fs::read_dir(root("pipelines")).unwrap().flatten().map(|entry| entry.path()).collect();
    seeds.retain(|path| path.extension().is_some_and(|e| e == "yaml"));
    seeds.sort();
    let seeds: Vec<_> = seeds.iter().map(|path| fs::read(path).unwrap()).collect();
    fuzz(
        "pipeline",
        &seeds,
        1500,
        with_file("pipeline.yaml", |path| {
            if let Err(error) = read_yaml::<PipelineFile>(path) {
                assert!(!error.to_string().is_empty());
            }
        }),
    );
}

#[test]
fn mutated_foreign_pipelines() {
    let folder = root("tests/data/albumentations");
    let mut seeds: Vec<_> = files(&folder).into_iter().map(|name| folder.join(name)).collect();
    seeds.sort();
    for extension in ["json", "yaml"] {
        let of_kind = seeds.iter().filter(|path| path.extension().is_some_and(|e| e == extension));
        let seeds: Vec<_> = of_kind.map(|path| fs::read(path).unwrap()).collect();
        let name = if extension == "json" { "saved.json" } else { "saved.yaml" };
        fuzz(
            &format!("import-{extension}"),
            &seeds,
            500,
            with_file(name, |path| match import(path) {
                Ok(imported) => drop(serde_saphyr::from_str::<PipelineFile>(&imported.yaml).unwrap()),
                Err(error) => assert!(!error.to_string().is_empty()),
            }),
        );
    }
}

/// A recipe comes back from a manifest, which anybody may have written.
#[test]
fn mutated_recipes() {
    let shape = Shape { width: 24, height: 17 };
    let text = fs::read_to_string(root("pipelines/bench-augment.yaml")).unwrap();
    let pipeline: PipelineFile = serde_saphyr::from_str(&text).unwrap();
    let more: Steps = serde_saphyr::from_str(
        "[random_resized_crop: , coarse_dropout: , rand_augment: , gamma: , elastic: , rain: , downscale: ]",
    )
    .unwrap();
    let seeds = (0..24).map(|i| {
        let steps = if i % 2 == 0 { &pipeline.steps } else { &more };
        serde_json::to_vec(&steps.draw(shape, &Key::root(i))).unwrap()
    });
    let seeds: Vec<_> = seeds.collect();
    fuzz("recipe", &seeds, 2000, |bytes| {
        if let Ok(recipe) = serde_json::from_slice::<Recipe>(bytes) {
            let mut frame = Frame::filled(shape, [200, 30, 90]);
            if let Err(why) = recipe.try_apply(&mut frame, &mut Scratch::default()) {
                assert!(!why.is_empty());
            }
        }
    });
}

#[test]
fn mutated_manifests() {
    let folder = tempfile::tempdir().unwrap();
    let csv = b"path,label,person,fold,copy,origin,source\na/1.jpg,a,7,0,0,original,a/1.jpg\n\"b/2,3.jpg\",b,\"x\"\"y\",1,1,copy,b/2.jpg\n";
    fs::write(folder.path().join("seed.csv"), csv).unwrap();
    fuzz("csv", &[csv.to_vec()], 1500, with_file("manifest.csv", open));
    let parquet = folder.path().join("seed.parquet");
    Manifest::open(&folder.path().join("seed.csv"), Labels::Required).unwrap().save(&parquet).unwrap();
    fuzz("parquet", &[fs::read(parquet).unwrap()], 700, with_file("manifest.parquet", open));
}

/// Found by `scripts/fuzz`: the header of a page of `path` claims -2 values, for which the reader would ask for 2^61 bytes and
/// end the process.
#[test]
fn a_page_that_claims_more_than_its_column_has_is_an_error() {
    let error = Manifest::open(&root("tests/data/damaged.parquet"), Labels::Required).err().unwrap().to_string();
    assert!(error.contains("a page of column `path`"), "{error}");
}

fn open(path: &Path) {
    for labels in [Labels::Required, Labels::Optional] {
        if let Err(error) = Manifest::open(path, labels) {
            assert!(!error.to_string().is_empty());
        }
    }
}

/// Writes the input to a file of this name, for readers that take a path.
fn with_file(name: &'static str, check: impl Fn(&Path)) -> impl Fn(&[u8]) {
    let folder = tempfile::tempdir().unwrap();
    move |bytes| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        check(&path);
    }
}
