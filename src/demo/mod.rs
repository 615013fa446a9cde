//! The demo data: rendered photos with the structure that makes validation scores lie, known exactly because we made it.
//!
//! Eight lopsided classes of tableware; training shows each object several times in one scene by day; eval shows other
//! objects in the evening. [`make`] writes:
//!
//! ```text
//! DIR/train/mug/mug-017_3.jpg   class folder / identity _ frame
//! DIR/eval/000123.jpg           names say nothing
//! DIR/eval_labels.csv           path,label,group of the eval pictures
//! DIR/README.md                 what this is; written last, so that it marks the folder as complete
//! ```

mod backdrop;
mod camera;
mod lens;
mod light;
mod material;
mod mesh;
mod noise;
mod plan;
mod raster;
mod render;
mod scene;
mod shape;
mod vector;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use rayon::prelude::*;

use crate::data::{Error, write_atomically, write_whole};
use crate::image::{Encoding, Format, JPEG_BACKEND, Subsampling, encode};
use crate::run::{Event, Listener};

use backdrop::Setting;
use plan::Sitter;
use scene::Identity;

/// The version of the drawing: raised when the same seed begins to give other pictures.
const VERSION: u32 = 1;

/// Tells which seed a folder was begun with, so that a killed run can be continued; hidden, so that no walk meets it.
const BEGUN: &str = ".evenfold-demo";

const ENCODING: Encoding = Encoding { format: Format::Jpeg, quality: 92, subsampling: Subsampling::Half };

/// What lies in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Training pictures a class.
    pub train: BTreeMap<String, usize>,
    /// Eval pictures a class.
    pub eval: BTreeMap<String, usize>,
    /// Objects in training.
    pub train_identities: usize,
    /// Objects in eval, none of which is in training.
    pub eval_identities: usize,
    /// Pictures rendered by this call; 0 where all of them were there.
    pub rendered: usize,
}

/// Makes the demo data for a seed. A complete folder is left as it is, an incomplete one completed. A folder that holds
/// anything else is refused.
pub fn make(folder: &Path, seed: u64, listener: &dyn Listener) -> Result<Made, Error> {
    make_of(folder, seed, &plan::sitters(seed), listener)
}

fn make_of(folder: &Path, seed: u64, sitters: &[Sitter], listener: &dyn Listener) -> Result<Made, Error> {
    let mut made = count(sitters);
    let readme = readme(seed, &made);
    let mark = format!("demo data {VERSION}, seed {seed}, JPEG by {JPEG_BACKEND}\n");
    let holds = |name: &str, text: &str| fs::read_to_string(folder.join(name)).is_ok_and(|found| found == text);
    let begun = holds(BEGUN, &mark);
    let missing = |path: &str| !(begun && folder.join(path).is_file());
    let wanted: Vec<(&Sitter, Vec<&(u64, String)>)> = sitters
        .iter()
        .map(|sitter| (sitter, sitter.shots.iter().filter(|(_, path)| missing(path)).collect::<Vec<_>>()))
        .filter(|(_, shots)| !shots.is_empty())
        .collect();
    made.rendered = wanted.iter().map(|(_, shots)| shots.len()).sum();
    if made.rendered == 0 && holds("README.md", &readme) && holds("eval_labels.csv", &labels(sitters)) {
        return Ok(made);
    }
    begin(folder, &mark)?;
    listener.hear(Event::Started { what: "rendering", total: made.rendered as u64 });
    wanted.par_iter().try_for_each(|(sitter, shots)| take(folder, sitter, shots, listener))?;
    write_atomically(&folder.join("eval_labels.csv"), labels(sitters).as_bytes())?;
    write_atomically(&folder.join("README.md"), readme.as_bytes())?;
    listener.hear(Event::Finished { note: &format!("{} pictures in {}", made.rendered, folder.display()) });
    Ok(made)
}

/// Marks the folder as begun, or says why it may not be used.
fn begin(folder: &Path, mark: &str) -> Result<(), Error> {
    let ours = folder.join(BEGUN).is_file();
    let empty = || fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    if !ours && !empty() {
        let why = "holds files that are no demo data; name a new or an empty folder";
        return Err(Error::Io { path: folder.into(), source: io::Error::new(io::ErrorKind::AlreadyExists, why) });
    }
    let readme = folder.join("README.md");
    match fs::remove_file(&readme) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Error::Io { path: readme, source: error }),
        _ => {}
    }
    write_atomically(&folder.join(BEGUN), mark.as_bytes())
}

/// Renders and writes pictures of one identity.
fn take(folder: &Path, sitter: &Sitter, shots: &[&(u64, String)], listener: &dyn Listener) -> Result<(), Error> {
    let identity = Identity::draw(sitter.class, sitter.setting, &sitter.key);
    for (frame, path) in shots {
        let picture = render::picture(&identity, &identity.view(&sitter.key, *frame));
        let path = folder.join(path);
        let mut bytes = Vec::new();
        encode(&picture, &ENCODING, &mut bytes)
            .map_err(|why| Error::Io { path: path.clone(), source: io::Error::other(why) })?;
        write_whole(&path, &bytes)?;
        listener.hear(Event::Advanced { by: 1 });
    }
    Ok(())
}

fn count(sitters: &[Sitter]) -> Made {
    let of = |setting: Setting| sitters.iter().filter(move |sitter| sitter.setting == setting);
    let classes = |setting| {
        of(setting).fold(BTreeMap::new(), |mut counts, sitter| {
            *counts.entry(sitter.class.name().to_owned()).or_default() += sitter.shots.len();
            counts
        })
    };
    Made {
        train: classes(Setting::Day),
        eval: classes(Setting::Evening),
        train_identities: of(Setting::Day).count(),
        eval_identities: of(Setting::Evening).count(),
        rendered: 0,
    }
}

/// The eval labels, in the order of the pictures' names; paths start from the file's own folder.
fn labels(sitters: &[Sitter]) -> String {
    let of_eval = sitters.iter().filter(|sitter| sitter.setting == Setting::Evening);
    let mut rows: Vec<String> = of_eval
        .flat_map(|sitter| sitter.shots.iter().map(move |(_, path)| (path, sitter)))
        .map(|(path, sitter)| format!("{path},{},{}\n", sitter.class.name(), sitter.group))
        .collect();
    rows.sort_unstable();
    format!("path,label,group\n{}", rows.concat())
}

fn readme(seed: u64, made: &Made) -> String {
    let row = |(class, train)| format!("| {class} | {train} | {} |\n", made.eval.get(class).copied().unwrap_or(0));
    let table = made.train.iter().map(row).collect::<Vec<_>>().concat();
    let (train, eval) = (made.train.values().sum::<usize>(), made.eval.values().sum::<usize>());
    let (train_identities, eval_identities) = (made.train_identities, made.eval_identities);
    format!(
        "# Demo data of evenfold (drawing {VERSION}, seed {seed}, JPEG by {JPEG_BACKEND})

Rendered, not photographed: {train} training pictures of {train_identities} objects and {eval} eval pictures of
{eval_identities} other objects, 96 x 96 pixels, made to show why validation scores lie.

| class | train | eval |
| --- | ---: | ---: |
{table}
`train/CLASS/CLASS-NUMBER_FRAME.jpg`: `CLASS-NUMBER` is the identity, one object in one scene. Its frames differ only
by a small step of the photographer and a slightly different exposure, so a model that has seen one of them knows the
others by their colours. To keep an identity in one fold: `evenfold split --groups '([a-z]+-[0-9]+)_'`.

`eval/NUMBER.jpg`: names and order say nothing. `eval_labels.csv` holds the truth (`path,label,group`, paths from this
folder); use it only to find out how right a forecast was.

## The stated shift

Eval differs from training in the objects (none is in both), and in how they were taken:

- light: a low warm lamp in a dim room instead of daylight; pictures are about a quarter darker and yellower;
- lens: defocus of 0.4 to 0.75 pixels instead of 0.2 to 0.45, more noise, a stronger vignette;
- background: brown wood, slate, terrazzo, concrete, brick, curtains, fairy lights instead of a bright kitchen;
- class mix: 2 : 1 between the largest and the smallest class instead of 10 : 1.

Shapes, colours, patterns and points of view are drawn alike in both.

## Licence

CC0 1.0: to the extent possible under law, all rights to these pictures are waived.
https://creativecommons.org/publicdomain/zero/1.0/
"
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::data::{Labels, Manifest};
    use crate::image::decode;
    use crate::run::Silence;

    /// Every eighth identity, with at most two pictures of each: enough of every kind, and quick.
    fn few(seed: u64) -> Vec<Sitter> {
        let mut some: Vec<_> = plan::sitters(seed).into_iter().step_by(8).collect();
        for sitter in &mut some {
            sitter.shots.truncate(2);
        }
        some
    }

    fn bytes(folder: &Path, sitters: &[Sitter]) -> Vec<Vec<u8>> {
        let paths = sitters.iter().flat_map(|sitter| &sitter.shots).map(|(_, path)| path.as_str());
        paths.chain(["eval_labels.csv", "README.md"]).map(|path| fs::read(folder.join(path)).unwrap()).collect()
    }

    #[test]
    fn training_is_ten_to_one_and_eval_two_to_one() {
        let made = count(&plan::sitters(5));
        let ends = |counts: &BTreeMap<String, usize>| {
            (counts.len(), *counts.values().max().unwrap(), *counts.values().min().unwrap(), counts.values().sum())
        };
        assert_eq!(ends(&made.train), (8, 170, 17, 592));
        assert_eq!(ends(&made.eval), (8, 36, 18, 216));
    }

    #[test]
    fn every_class_has_an_identity_for_each_of_five_folds_and_no_identity_is_in_eval_too() {
        let all = plan::sitters(5);
        let groups = |setting| -> BTreeSet<&str> {
            all.iter().filter(|s| s.setting == setting).map(|s| s.group.as_str()).collect()
        };
        let (train, eval) = (groups(Setting::Day), groups(Setting::Evening));
        assert!(train.is_disjoint(&eval));
        assert_eq!(train.len() + eval.len(), all.len(), "a name stands for one identity");
        for class in count(&all).train.keys() {
            assert!(train.iter().filter(|group| group.starts_with(class.as_str())).count() >= 5, "{class}");
        }
        let frames = all.iter().filter(|s| s.setting == Setting::Day).map(|s| s.shots.len());
        assert!(frames.into_iter().all(|n| (3..=5).contains(&n)));
        let paths: BTreeSet<_> = all.iter().flat_map(|s| &s.shots).map(|(_, path)| path).collect();
        assert_eq!(paths.len(), 592 + 216);
    }

    #[test]
    fn one_seed_gives_the_same_bytes_on_any_number_of_threads_and_another_seed_others() {
        let folder = tempfile::tempdir().unwrap();
        let run = |name: &str, seed, threads| {
            let (at, sitters) = (folder.path().join(name), few(seed));
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| make_of(&at, seed, &sitters, &Silence)).unwrap();
            bytes(&at, &sitters)
        };
        let first = run("a", 1, 1);
        assert_eq!(first, run("b", 1, 4));
        let other = run("c", 2, 4);
        assert!(first.iter().zip(&other).all(|(a, b)| a != b));
        assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), first.len(), "no two pictures are equal");
    }

    /// Pixels before any JPEG encoder: if this changes by intent, `VERSION` goes up with it.
    #[test]
    fn the_drawing_is_the_same_on_every_machine() {
        let mut hash = blake3::Hasher::new();
        for sitter in few(7).iter().step_by(4) {
            let identity = Identity::draw(sitter.class, sitter.setting, &sitter.key);
            hash.update(render::picture(&identity, &identity.view(&sitter.key, 0)).pixels());
        }
        assert_eq!(&hash.finalize().to_hex()[..16], "d91f1478d476f3f0");
    }

    #[test]
    fn every_picture_decodes_and_every_eval_picture_has_its_label() {
        let folder = tempfile::tempdir().unwrap();
        let sitters = few(3);
        let made = make_of(folder.path(), 3, &sitters, &Silence).unwrap();
        let train = Manifest::open(&folder.path().join("train"), Labels::Required).unwrap();
        let eval = Manifest::open(&folder.path().join("eval_labels.csv"), Labels::Required).unwrap();
        assert_eq!(train.samples.len(), made.train.values().sum::<usize>());
        assert_eq!(eval.samples.len(), made.eval.values().sum::<usize>());
        assert_eq!(fs::read_dir(folder.path().join("eval")).unwrap().count(), eval.samples.len());
        for (manifest, sample) in
            train.samples.iter().map(|s| (&train, s)).chain(eval.samples.iter().map(|s| (&eval, s)))
        {
            let frame = decode(&fs::read(manifest.locate(sample)).unwrap()).unwrap();
            assert_eq!((frame.shape().width, frame.shape().height), (render::SIDE, render::SIDE));
        }
    }

    #[test]
    fn a_complete_folder_is_left_alone_and_a_damaged_or_older_one_completed() {
        struct Rendered(AtomicU64);
        impl Listener for Rendered {
            fn hear(&self, event: Event<'_>) {
                if let Event::Advanced { by } = event {
                    self.0.fetch_add(by, Ordering::Relaxed);
                }
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let sitters = &few(4)[..4];
        let total: usize = sitters.iter().map(|sitter| sitter.shots.len()).sum();
        let rendered = |seed| {
            let heard = Rendered(AtomicU64::new(0));
            let made = make_of(folder.path(), seed, sitters, &heard).unwrap();
            assert_eq!(made.rendered as u64, heard.0.into_inner());
            made.rendered
        };
        assert_eq!(rendered(4), total);
        let whole = bytes(folder.path(), sitters);
        assert_eq!(rendered(4), 0);
        fs::remove_file(folder.path().join(&sitters[0].shots[0].1)).unwrap();
        fs::remove_file(folder.path().join("README.md")).unwrap();
        assert_eq!(rendered(4), 1);
        assert_eq!(bytes(folder.path(), sitters), whole);
        assert_eq!(rendered(5), total, "the pictures of another seed are not kept");
    }

    #[test]
    fn a_folder_with_other_files_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
        let error = make_of(folder.path(), 1, &few(1), &Silence).unwrap_err().to_string();
        assert!(error.contains("holds files that are no demo data"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
