//! `pack`: a manifest and its pictures in few large files, for trainers that read WebDataset or Hugging Face datasets.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Serialize;
use serde_json::json;

use super::augment::Skipped;
use super::state::fingerprint;
use super::{Event, Listener};
use crate::data::{self, Column, Manifest, Sample, read_file, remove_unfinished, write_atomically, write_columns};
use crate::image::usual_extension;
use crate::random::Key;

/// The kinds of shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Shards {
    /// Tar files with `KEY.jpg`, `KEY.cls` (the class's number) and `KEY.json` (the other columns) for each picture.
    Webdataset,
    /// Parquet files with the columns `image` (`{bytes, path}`), `label` (the class's number), `origin`, `source`,
    /// `group`, `copy`, `fold` and `soft_label` (JSON), and the metadata by which Hugging Face `datasets` knows an image and a class label.
    Parquet,
}

impl Shards {
    fn extension(self) -> &'static str {
        match self {
            Self::Webdataset => "tar",
            Self::Parquet => "parquet",
        }
    }
}

/// Why packing could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The output folder cannot be used.
    #[error("{}: {why}", path.display())]
    Output {
        /// The folder.
        path: PathBuf,
        /// Why, and what to do.
        why: &'static str,
    },
    /// A picture could be read at first and then not.
    #[error("{}: {source}; run the same command again to go on", path.display())]
    Read {
        /// The picture.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A shard could not be written.
    #[error(transparent)]
    Data(#[from] data::Error),
}

/// What was packed; `pack.json` beside the shards holds the same.
#[derive(Clone, Debug, Serialize)]
pub struct Packed {
    /// Names of the classes, in the order of their numbers.
    pub classes: Vec<String>,
    /// File names with the number of pictures in each.
    pub shards: BTreeMap<String, usize>,
    /// Pictures in all.
    pub images: usize,
    /// Files that are no pictures or cannot be read.
    pub skipped: Vec<Skipped>,
}

const MARKER: &str = ".evenfold-pack.json";

/// Packs every picture of the manifest as it is, into shards of about `shard_bytes`, in an order drawn from the seed so
/// that every shard holds all classes. The same input gives the same bytes; run again, it writes the shards that are
/// missing.
pub fn pack(
    manifest: &Manifest,
    to: Shards,
    shard_bytes: u64,
    seed: u64,
    out: &Path,
    listener: &dyn Listener,
) -> Result<Packed, Error> {
    let settings = json!({
        "evenfold": env!("CARGO_PKG_VERSION"), "to": to, "shard_bytes": shard_bytes, "seed": seed,
        "facts": manifest.facts, "inputs": fingerprint(manifest),
    });
    claim(out, &settings.to_string())?;
    let mut skipped = Vec::new();
    let mut entries = Vec::new();
    let probed: Vec<_> = manifest.samples.par_iter().map(|sample| probe(&manifest.locate(sample))).collect();
    for (sample, probed) in manifest.samples.iter().zip(probed) {
        match probed {
            Ok((bytes, extension)) => entries.push(Entry { sample, bytes, extension, key: String::new() }),
            Err(why) => skipped.push(Skipped { path: sample.path.clone(), why }),
        }
    }
    let order = Key::root(seed).child("pack");
    entries.sort_by_cached_key(|entry| (order.child(&entry.sample.path).bits(), &entry.sample.path));
    for (i, entry) in entries.iter_mut().enumerate() {
        entry.key = format!("{i:09}");
    }
    let classes = manifest.classes();
    let shards: Vec<&[Entry]> = cut(&entries, shard_bytes);
    listener.hear(Event::Started { what: "packing", total: entries.len() as u64 });
    let mut packed = Packed { classes, shards: BTreeMap::new(), images: entries.len(), skipped };
    for (i, &shard) in shards.iter().enumerate() {
        let name = format!("shard-{i:06}.{}", to.extension());
        let path = out.join(&name);
        if !path.is_file() {
            let read = |entry: &Entry| {
                let path = manifest.locate(entry.sample);
                read_file(&path).map_err(|source| Error::Read { path, source })
            };
            let pictures = shard.par_iter().map(read).collect::<Result<Vec<_>, _>>()?;
            match to {
                Shards::Webdataset => write_atomically(&path, &archive(shard, &pictures, &packed.classes))?,
                Shards::Parquet => write_parquet(&path, shard, pictures, &packed.classes, manifest)?,
            }
        }
        listener.hear(Event::Advanced { by: shard.len() as u64 });
        packed.shards.insert(name, shard.len());
    }
    let index = serde_json::to_vec_pretty(&packed).expect("names and numbers");
    write_atomically(&out.join("pack.json"), &index)?;
    listener.hear(Event::Finished { note: &format!("{} pictures in {} shards", packed.images, packed.shards.len()) });
    Ok(packed)
}

/// A picture on its way into a shard.
struct Entry<'a> {
    sample: &'a Sample,
    bytes: u64,
    extension: &'static str,
    key: String,
}

/// Makes the folder ours, or refuses.
fn claim(out: &Path, settings: &str) -> Result<(), Error> {
    let refuse = |why: &'static str| Err(Error::Output { path: out.into(), why });
    match fs::read_to_string(out.join(MARKER)) {
        Ok(found) if found == settings => Ok(remove_unfinished(out)?),
        Ok(_) => {
            refuse("holds other pictures, or the same ones packed in another way: choose another --out, or remove it")
        }
        Err(_) if fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some()) => {
            refuse("is not empty and was not made by `evenfold pack`: choose another --out")
        }
        Err(_) => Ok(write_atomically(&out.join(MARKER), settings.as_bytes())?),
    }
}

/// Size of a file, and the usual extension for what it holds, from its first bytes alone.
fn probe(path: &Path) -> Result<(u64, &'static str), String> {
    let metadata = fs::metadata(path).map_err(|e| e.to_string())?;
    if !metadata.is_file() {
        return Err("not a file".into());
    }
    let mut file = File::open(path).map_err(|e| e.to_string())?;
    let mut head = Vec::new();
    file.by_ref().take(64).read_to_end(&mut head).map_err(|e| e.to_string())?;
    let extension = usual_extension(&head).ok_or("the content is not a picture that can be read")?;
    Ok((metadata.len(), extension))
}

/// Runs of entries of at most `shard_bytes`, or one entry that is larger.
fn cut<'a, 'b>(entries: &'b [Entry<'a>], shard_bytes: u64) -> Vec<&'b [Entry<'a>]> {
    let mut shards = Vec::new();
    let (mut begin, mut size) = (0, 0);
    for (i, entry) in entries.iter().enumerate() {
        if i > begin && size + entry.bytes > shard_bytes {
            shards.push(&entries[begin..i]);
            (begin, size) = (i, 0);
        }
        size += entry.bytes;
    }
    if begin < entries.len() {
        shards.push(&entries[begin..]);
    }
    shards
}

fn class_number(classes: &[String], label: &str) -> usize {
    classes.binary_search_by(|class| class.as_str().cmp(label)).expect("classes are all labels, sorted")
}

/// A ustar archive: owner 0, time 0, so that the same pictures give the same bytes.
fn archive(shard: &[Entry], pictures: &[Vec<u8>], classes: &[String]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (entry, picture) in shard.iter().zip(pictures) {
        let sample = entry.sample;
        let columns = json!({
            "path": sample.path, "label": sample.label, "origin": sample.origin, "source": sample.source,
            "group": sample.group, "copy": sample.copy, "fold": sample.fold,
            "soft_label": Some(&sample.soft_label).filter(|shares| !shares.is_empty()),
        });
        let mut add = |extension: &str, bytes: &[u8]| {
            let mut header = tar::Header::new_ustar();
            header.set_mode(0o644);
            header.set_size(bytes.len() as u64);
            let name = format!("{}.{extension}", entry.key);
            archive.append_data(&mut header, name, bytes).expect("a short name, and memory to write to");
        };
        add(entry.extension, picture);
        add("cls", class_number(classes, &sample.label).to_string().as_bytes());
        add("json", columns.to_string().as_bytes());
    }
    archive.into_inner().expect("memory to write to")
}

/// As in manifests: the shares of a mix's classes as JSON.
fn soft_label(sample: &Sample) -> Option<String> {
    (!sample.soft_label.is_empty()).then(|| json!(sample.soft_label).to_string())
}

fn write_parquet(
    path: &Path,
    shard: &[Entry],
    pictures: Vec<Vec<u8>>,
    classes: &[String],
    manifest: &Manifest,
) -> Result<(), Error> {
    fn column<T>(shard: &[Entry], of: impl Fn(&Sample) -> T) -> Vec<T> {
        shard.iter().map(|entry| of(entry.sample)).collect()
    }
    let named = shard.iter().map(|entry| format!("{}.{}", entry.key, entry.extension));
    let columns = [
        ("image", Column::Images(pictures.into_iter().zip(named).collect())),
        ("label", Column::Class(column(shard, |s| class_number(classes, &s.label) as i64))),
        ("origin", Column::Text(column(shard, |s| s.origin.as_str().to_owned()))),
        ("source", Column::Text(column(shard, |s| s.source.clone()))),
        ("group", Column::MaybeText(column(shard, |s| s.group.clone()))),
        ("copy", Column::Whole(column(shard, |s| s.copy as i32))),
        ("fold", Column::MaybeWhole(column(shard, |s| s.fold))),
        ("soft_label", Column::MaybeText(column(shard, soft_label))),
    ];
    let value = |kind: &str| json!({"dtype": kind, "_type": "Value"});
    let features = json!({"info": {"features": {
        "image": {"_type": "Image"},
        "label": {"names": classes, "_type": "ClassLabel"},
        "origin": value("string"), "source": value("string"), "group": value("string"),
        "copy": value("int32"), "fold": value("int32"), "soft_label": value("string"),
    }}});
    let mut facts = manifest.facts.clone();
    facts.insert("huggingface".into(), features.to_string());
    let columns = columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect();
    Ok(write_columns(path, columns, facts)?)
}
