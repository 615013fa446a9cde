//! `augment`: every class to its target, in a folder that a killed run leaves fit to be continued.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::copies::{Copied, Siblings, Worker};
use super::diversity::{Diversity, diversity};
use super::layout::{copy_place, is_copy_name, link_or_copy, places};
use super::{Event, Listener};
use crate::data::{self, Manifest, Origin, Sample, read_file, write_atomically, write_whole};
use crate::image::{JPEG_BACKEND, Shape, decode, encode, file_hash};
use crate::pipeline::PipelineFile;
use crate::plan::{self, ClassPlan, Plan, SourceId, identify, plan};

/// What a result was made with, in the manifest's metadata.
pub(super) const FACTS: &str = "evenfold.augment";

/// Why `augment` could not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No plan could be made.
    #[error(transparent)]
    Plan(#[from] plan::Error),
    /// The manifest could not be read or written.
    #[error(transparent)]
    Data(#[from] data::Error),
    /// The output folder cannot be used.
    #[error("{}: {why}", path.display())]
    Output {
        /// The folder.
        path: PathBuf,
        /// Why, and what to do.
        why: String,
    },
    /// A picture could not be written; what was written before is whole, and the same command goes on from there.
    #[error("{}: {source}; free some space or mend what is wrong, then run the same command again to go on", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A picture could not be encoded.
    #[error("{}: {why}", path.display())]
    Encode {
        /// The file.
        path: PathBuf,
        /// The encoder's own words.
        why: String,
    },
}

/// An image that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// The file, as in the manifest.
    pub path: String,
    /// Why.
    pub why: String,
}

/// What `augment` did.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// One row a class.
    pub classes: Vec<ClassPlan>,
    /// Images in the result.
    pub images: usize,
    /// Copies made by this run.
    pub made: usize,
    /// Copies that an earlier run had made.
    pub found: usize,
    /// Images that could not be used; the others of their class made up for them.
    pub skipped: Vec<Skipped>,
    /// How different the copies are, by class.
    pub diversity: Vec<Diversity>,
    /// The manifest of the result.
    pub manifest: PathBuf,
}

/// Carries out a pipeline file on a manifest, into the folder `out`. Run again, it does only what is missing.
pub fn augment(
    manifest: &Manifest,
    pipeline: &PipelineFile,
    out: &Path,
    listener: &dyn Listener,
) -> Result<Summary, Error> {
    check_classes(manifest, pipeline)?;
    let state = State::of(manifest, pipeline);
    state.claim(out)?;
    let target = out.join("samples.parquet");
    if let Some(summary) = state.finished(out, &target, pipeline.diversity.min_distance) {
        return Ok(summary);
    }

    listener.hear(Event::Started { what: "reading", total: manifest.samples.len() as u64 });
    let named = identify(manifest, || listener.hear(Event::Advanced { by: 1 }));
    let mut skipped = BTreeMap::new();
    let mut ids: Vec<Option<SourceId>> = Vec::new();
    for (row, id) in named.into_iter().enumerate() {
        ids.push(id.map_err(|(_, error)| skipped.insert(row, error.to_string())).ok());
    }
    let places = places(&manifest.samples, &ids);
    let work = Work { manifest, pipeline, places: &places, out, listener };

    let mut done: BTreeMap<usize, Done> = BTreeMap::new();
    let plan = loop {
        let plan = plan(&manifest.samples, &ids, &pipeline.balance, pipeline.seed)?;
        let todo = work.left(&plan, &ids, &done);
        if todo.is_empty() {
            break plan;
        }
        if done.is_empty() {
            check_disk(manifest, &plan, out)?;
            listener.hear(Event::Started { what: "augmenting", total: todo.iter().map(Task::steps).sum() });
        }
        // A picture that turns out to be damaged leaves the plan; the next round makes up for it.
        for outcome in work.carry_out(&todo)? {
            match outcome {
                Ok(mut new) => {
                    // What an earlier round made is found by this one, and was new all the same.
                    if let Some(old) = done.remove(&new.row) {
                        new.copies.splice(..old.copies.len(), old.copies);
                    }
                    done.insert(new.row, new);
                }
                Err((row, why)) => {
                    ids[row] = None;
                    skipped.insert(row, why);
                }
            }
        }
    };

    keep_planned(&mut done, &plan);
    let copies = || done.values().flat_map(|d| &d.copies);
    let (made, found) = (copies().filter(|c| c.new).count(), copies().filter(|c| !c.new).count());
    let result = result(manifest, pipeline, &plan, &places, done, out);
    result.save(&target)?;
    remove_left_overs(out, &result, listener)?;
    let skipped: Vec<_> =
        skipped.into_iter().map(|(row, why)| Skipped { path: manifest.samples[row].path.clone(), why }).collect();
    let summary = Summary {
        classes: plan.classes,
        images: result.samples.len(),
        made,
        found,
        skipped,
        diversity: diversity(&result.samples, pipeline.diversity.min_distance),
        manifest: target,
    };
    state.finish(out, &summary)?;
    listener.hear(Event::Finished { note: &format!("{made} copies made, {found} were there") });
    Ok(summary)
}

fn check_classes(manifest: &Manifest, pipeline: &PipelineFile) -> Result<(), Error> {
    let classes = manifest.classes();
    match pipeline.classes.keys().find(|named| !classes.contains(named)) {
        Some(unknown) => Err(plan::Error::UnknownClass { class: unknown.clone(), at: "classes", classes }.into()),
        None => Ok(()),
    }
}

/// Refuses when the copies will plainly not fit.
fn check_disk(manifest: &Manifest, plan: &Plan, out: &Path) -> Result<(), Error> {
    let size = |row: usize| fs::metadata(manifest.locate(&manifest.samples[row])).map_or(0, |m| m.len());
    let needed: u64 = plan.jobs.iter().map(|job| size(job.row) * job.copies.len() as u64).sum();
    let free = fs4::available_space(out).unwrap_or(u64::MAX);
    if needed <= free {
        return Ok(());
    }
    let why = format!("about {} MB are needed and {} MB are free", needed >> 20, free >> 20);
    Err(Error::Output { path: out.into(), why })
}

/// Lets go of what an earlier round made and the last plan no longer asks for: where a picture of the largest class
/// turns out to be damaged, the targets of the others may fall.
fn keep_planned(done: &mut BTreeMap<usize, Done>, plan: &Plan) {
    let planned: HashMap<usize, _> = plan.jobs.iter().map(|job| (job.row, job.copies.clone())).collect();
    done.retain(|row, done| {
        done.copies.retain(|made| planned.get(row).is_some_and(|copies| copies.contains(&made.copy)));
        !plan.left_out.contains(row)
    });
}

/// One original and the copies of it, of which some may be there.
struct Task {
    row: usize,
    id: SourceId,
    copies: std::ops::Range<u32>,
}

impl Task {
    fn steps(&self) -> u64 {
        1 + self.copies.len() as u64
    }
}

/// An original that is in its place.
struct Done {
    row: usize,
    shape: Shape,
    bytes: u64,
    content_hash: String,
    copies: Vec<MadeCopy>,
}

struct MadeCopy {
    copy: u32,
    place: String,
    recipe: String,
    attempt: u32,
    distance: f32,
    shape: Shape,
    bytes: u64,
    file_hash: String,
    new: bool,
}

struct Work<'a> {
    manifest: &'a Manifest,
    pipeline: &'a PipelineFile,
    places: &'a [String],
    out: &'a Path,
    listener: &'a dyn Listener,
}

type Outcome = Result<Done, (usize, String)>;

impl Work<'_> {
    /// What the plan asks for and is not done.
    fn left(&self, plan: &Plan, ids: &[Option<SourceId>], done: &BTreeMap<usize, Done>) -> Vec<Task> {
        let planned: HashMap<usize, _> = plan.jobs.iter().map(|job| (job.row, job.copies.clone())).collect();
        let rows = (0..self.manifest.samples.len()).filter(|row| !plan.left_out.contains(row));
        rows.filter_map(|row| {
            let copies = planned.get(&row).cloned().unwrap_or(0..0);
            let complete = done.get(&row).is_some_and(|done| done.copies.len() >= copies.len());
            (!complete).then_some(Task { row, id: ids[row]?, copies })
        })
        .collect()
    }

    /// In parallel, original by original; the result is in the order of the tasks.
    fn carry_out(&self, tasks: &[Task]) -> Result<Vec<Outcome>, Error> {
        tasks
            .par_iter()
            .map_init(Worker::default, |worker, task| {
                let outcome = self.one(task, worker);
                self.listener.hear(Event::Advanced { by: task.steps() });
                outcome
            })
            .collect()
    }

    fn one(&self, task: &Task, worker: &mut Worker) -> Result<Outcome, Error> {
        let sample = &self.manifest.samples[task.row];
        let from = self.manifest.locate(sample);
        let decoded = read_file(&from)
            .map_err(|e| e.to_string())
            .and_then(|bytes| decode(&bytes).map(|frame| (frame, bytes.len() as u64)).map_err(|e| e.to_string()));
        let (source, bytes) = match decoded {
            Ok(decoded) => decoded,
            Err(why) => return Ok(Err((task.row, why))),
        };
        let place = &self.places[task.row];
        let to = self.out.join(place);
        link_or_copy(&from, &to).map_err(|source| Error::Write { path: to, source })?;
        let content_hash = crate::image::content_hash(&source);
        let mut siblings = Siblings::of(&source, task.id, &sample.label, self.pipeline);
        let copies = task.copies.clone().map(|n| self.copy(task, n, &mut siblings, worker));
        let copies = copies.collect::<Result<_, _>>()?;
        Ok(Ok(Done { row: task.row, shape: source.shape(), bytes, content_hash, copies }))
    }

    /// A copy that is there is drawn all the same, because its later siblings depend on it.
    fn copy(&self, task: &Task, n: u32, siblings: &mut Siblings, worker: &mut Worker) -> Result<MadeCopy, Error> {
        let Copied { recipe, attempt, distance } = siblings.make(n, worker);
        let place = copy_place(&self.places[task.row], task.id, n, self.pipeline.encode.format.extension());
        let path = self.out.join(&place);
        worker.bytes.clear();
        let there = fs::File::open(&path).and_then(|mut file| file.read_to_end(&mut worker.bytes)).is_ok();
        if !there {
            worker.bytes.clear();
            encode(&worker.frame, &self.pipeline.encode, &mut worker.bytes)
                .map_err(|why| Error::Encode { path: path.clone(), why })?;
            write_whole(&path, &worker.bytes).map_err(|error| match error {
                data::Error::Io { path, source } => Error::Write { path, source },
                other => other.into(),
            })?;
        }
        Ok(MadeCopy {
            copy: n,
            place,
            recipe: serde_json::to_string(&recipe).expect("a recipe is plain numbers"),
            attempt,
            distance,
            shape: worker.frame.shape(),
            bytes: worker.bytes.len() as u64,
            file_hash: file_hash(&worker.bytes),
            new: !there,
        })
    }
}

/// The manifest of the result: each original, then its copies.
fn result(
    manifest: &Manifest,
    pipeline: &PipelineFile,
    plan: &Plan,
    places: &[String],
    done: BTreeMap<usize, Done>,
    out: &Path,
) -> Manifest {
    let moved: HashMap<&str, &String> = manifest.samples.iter().map(|s| s.path.as_str()).zip(places).collect();
    let mut rows = Vec::new();
    for (row, done) in done {
        let sample = &manifest.samples[row];
        let own = Sample {
            path: places[row].clone(),
            source: moved.get(sample.source.as_str()).map_or_else(|| sample.source.clone(), |s| (*s).clone()),
            width: Some(done.shape.width as u32),
            height: Some(done.shape.height as u32),
            bytes: Some(done.bytes),
            content_hash: Some(done.content_hash),
            ..sample.clone()
        };
        for made in done.copies {
            let copy = Sample {
                path: made.place,
                origin: Origin::Copy,
                source: own.path.clone(),
                copy: made.copy,
                recipe: Some(made.recipe),
                attempt: made.attempt,
                distance: Some(made.distance),
                width: Some(made.shape.width as u32),
                height: Some(made.shape.height as u32),
                bytes: Some(made.bytes),
                content_hash: None,
                perceptual_hash: None,
                file_hash: Some(made.file_hash),
                ..own.clone()
            };
            rows.push((copy, row));
        }
        rows.push((own, row));
    }
    // Originals before their copies, in the order of the manifest.
    rows.sort_by_key(|(sample, row)| (*row, sample.copy));
    let mut result = manifest.with_rows(rows);
    result.folder = out.to_path_buf();
    let counts = |of: fn(&ClassPlan) -> usize| -> BTreeMap<&str, usize> {
        plan.classes.iter().map(|c| (c.label.as_str(), of(c))).collect()
    };
    // Shares of the classes: what logit adjustment (Menon et al. 2021) and thresholds need.
    let priors = |of: fn(&ClassPlan) -> usize| -> BTreeMap<&str, f64> {
        let all = plan.classes.iter().map(of).sum::<usize>().max(1);
        plan.classes.iter().map(|c| (c.label.as_str(), of(c) as f64 / all as f64)).collect()
    };
    let facts = json!({
        "evenfold": env!("CARGO_PKG_VERSION"),
        "jpeg_backend": JPEG_BACKEND,
        "seed": pipeline.seed,
        "pipeline": essence(pipeline),
        "before": counts(|c| c.have),
        "after": counts(ClassPlan::after),
        "priors_before": priors(|c| c.have),
        "priors_after": priors(ClassPlan::after),
    });
    result.facts.insert(FACTS.into(), facts.to_string());
    result
}

/// The pipeline without what does not change a pixel.
fn essence(pipeline: &PipelineFile) -> serde_json::Value {
    json!(PipelineFile { data: None, out: None, ..pipeline.clone() })
}

/// Copies of sources that are no longer in the data would be taken for images of the result.
fn remove_left_overs(out: &Path, result: &Manifest, listener: &dyn Listener) -> Result<(), Error> {
    let wanted: HashSet<&str> = result.samples.iter().map(|s| s.path.as_str()).collect();
    let there = Manifest::open(out, data::Labels::Required)?;
    let mut foreign = 0;
    for sample in there.samples.iter().filter(|sample| !wanted.contains(sample.path.as_str())) {
        if is_copy_name(&sample.path) {
            let path = out.join(&sample.path);
            fs::remove_file(&path).map_err(|source| Error::Write { path, source })?;
        } else {
            foreign += 1;
        }
    }
    if foreign > 0 {
        let text =
            format!("{foreign} pictures in {} are not in its samples.parquet; they were left alone", out.display());
        listener.hear(Event::Warning { text: &text });
    }
    Ok(())
}

/// A hash of the rows, and of the size and time of change of their files.
pub(super) fn fingerprint(manifest: &Manifest) -> String {
    let mut inputs = blake3::Hasher::new();
    for sample in &manifest.samples {
        let seen = fs::metadata(manifest.locate(sample)).ok().map(|m| (m.len(), m.modified().ok()));
        inputs.update(format!("{sample:?} {seen:?}\n").as_bytes());
    }
    inputs.finalize().to_hex().to_string()
}

/// What a result depends on. The folder remembers it, so that a run is continued and never mixed with another.
struct State {
    pipeline: String,
    inputs: String,
}

#[derive(Serialize, Deserialize)]
struct Marker {
    pipeline: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    finished: Option<Finished>,
}

#[derive(Serialize, Deserialize)]
struct Finished {
    inputs: String,
    images: usize,
    classes: serde_json::Value,
    skipped: Vec<Skipped>,
}

const MARKER: &str = ".evenfold-augment.json";

impl State {
    fn of(manifest: &Manifest, pipeline: &PipelineFile) -> Self {
        let versions = [env!("CARGO_PKG_VERSION"), JPEG_BACKEND, &essence(pipeline).to_string()].join("\n");
        let pipeline = blake3::hash(versions.as_bytes()).to_hex().to_string();
        Self { pipeline, inputs: fingerprint(manifest) }
    }

    /// Makes the folder ours, or refuses.
    fn claim(&self, out: &Path) -> Result<(), Error> {
        let refuse = |why: &str| Err(Error::Output { path: out.into(), why: why.into() });
        fs::create_dir_all(out).map_err(|source| Error::Write { path: out.into(), source })?;
        match Self::marker(out) {
            Some(marker) if marker.pipeline == self.pipeline => Ok(()),
            Some(_) => refuse(
                "holds the result of another pipeline, seed or version of evenfold: choose another --out, or remove it",
            ),
            None if fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some()) => {
                refuse("is not empty and was not made by `evenfold augment`: choose another --out")
            }
            None => {
                let marker = Marker { pipeline: self.pipeline.clone(), finished: None };
                Self::write(out, &marker)
            }
        }
    }

    /// What an earlier run wrote down, if it ended with these inputs and all its files are still there.
    fn finished(&self, out: &Path, target: &Path, least: f64) -> Option<Summary> {
        let finished = Self::marker(out)?.finished.filter(|finished| finished.inputs == self.inputs)?;
        let manifest = Manifest::open(target, data::Labels::Required).ok()?;
        let complete = manifest.samples.iter().all(|sample| manifest.locate(sample).is_file());
        let classes = serde_json::from_value(finished.classes).ok()?;
        complete.then(|| Summary {
            classes,
            images: finished.images,
            made: 0,
            found: manifest.samples.iter().filter(|sample| !sample.is_original()).count(),
            skipped: finished.skipped,
            diversity: diversity(&manifest.samples, least),
            manifest: target.to_path_buf(),
        })
    }

    fn finish(&self, out: &Path, summary: &Summary) -> Result<(), Error> {
        let finished = Finished {
            inputs: self.inputs.clone(),
            images: summary.images,
            classes: json!(summary.classes),
            skipped: summary.skipped.clone(),
        };
        Self::write(out, &Marker { pipeline: self.pipeline.clone(), finished: Some(finished) })
    }

    fn marker(out: &Path) -> Option<Marker> {
        serde_json::from_slice(&fs::read(out.join(MARKER)).ok()?).ok()
    }

    fn write(out: &Path, marker: &Marker) -> Result<(), Error> {
        let text = serde_json::to_vec_pretty(marker).expect("a marker is plain text");
        Ok(write_atomically(&out.join(MARKER), &text)?)
    }
}
