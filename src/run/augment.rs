//! `augment`: every class to its target, in a folder that a killed run leaves fit to be continued; whole, or in shards that
//! are merged.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::copies::{Copied, Siblings, Worker};
use super::diversity::{Distances, Diversity};
use super::journal::{At, Done, Journal, MadeCopy, Outcome, journals};
use super::layout::{bring, copy_place, places};
use super::mixer::Mixer;
use super::result::{Places, Rows, facts, remove_left_overs};
use super::state::State;
use super::{Event, Listener, Shard};
use crate::data::{self, Manifest, ManifestWriter, read_file, write_whole};
use crate::image::{Encoding, content_hash, decode, encode, file_hash, is_animated};
use crate::pipeline::PipelineFile;
use crate::plan::{self, ClassPlan, Plan, SourceId, identify, plan};

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
    /// Copies that an earlier run, or a shard, had made.
    pub found: usize,
    /// Images that could not be used; the others of their class made up for them.
    pub skipped: Vec<Skipped>,
    /// Animations, of which the first frame was taken.
    pub animated: Vec<String>,
    /// How different the copies are, by class.
    pub diversity: Vec<Diversity>,
    /// The manifest of the result.
    pub manifest: PathBuf,
}

/// What one shard of `augment` did.
#[derive(Clone, Debug, Serialize)]
pub struct ShardSummary {
    /// Which one, as `I/N`.
    pub shard: String,
    /// Originals of the shard that are in their places.
    pub originals: usize,
    /// Copies made by this run.
    pub made: usize,
    /// Copies that an earlier run of the shard had made.
    pub found: usize,
    /// Images that could not be used; [`merge`] makes up for them.
    pub skipped: Vec<Skipped>,
}

/// Carries out a pipeline file on a manifest, into the folder `out`. Run again, it does only what is missing.
pub fn augment(
    manifest: &Manifest,
    pipeline: &PipelineFile,
    out: &Path,
    listener: &dyn Listener,
) -> Result<Summary, Error> {
    check_classes(manifest, pipeline)?;
    let state = State::claim(manifest, pipeline, out)?;
    match state.finished(&target(out)) {
        Some(summary) => Ok(summary),
        None => Work::begin(manifest, pipeline, &state, out, Shard::WHOLE, listener)?.complete(&state),
    }
}

/// Carries out one part of what [`augment`] would do, whatever the other parts do meanwhile, on this machine or another.
///
/// `out` may be one folder for all shards, or a folder of its own. A picture that turns out to be damaged is noted; the others
/// of its class make up for it when all shards are known, in [`merge`].
pub fn augment_shard(
    manifest: &Manifest,
    pipeline: &PipelineFile,
    out: &Path,
    shard: Shard,
    listener: &dyn Listener,
) -> Result<ShardSummary, Error> {
    check_classes(manifest, pipeline)?;
    let state = State::claim(manifest, pipeline, out)?;
    let mut work = Work::begin(manifest, pipeline, &state, out, shard, listener)?;
    let plan = work.plan()?;
    let mut todo = work.left(&plan);
    todo.retain(|task| shard.has(task.row));
    work.start(&todo)?;
    work.carry_out(&todo)?;
    work.done.retain(|&row, _| shard.has(row));
    work.skipped.retain(|&row, _| shard.has(row));
    let [made, found] = work.counts(&plan);
    listener.hear(Event::Finished { note: &format!("{made} copies made, {found} were there") });
    let (originals, skipped) = (work.done.len(), work.skipped());
    Ok(ShardSummary { shard: shard.to_string(), originals, made, found, skipped })
}

/// Joins the shards that were run into `out`, or into folders of their own (`from`), to the very result that [`augment`]
/// would have given. Refuses, naming them, where shards are missing or were not run to their end.
pub fn merge(
    manifest: &Manifest,
    pipeline: &PipelineFile,
    out: &Path,
    from: &[PathBuf],
    listener: &dyn Listener,
) -> Result<Summary, Error> {
    check_classes(manifest, pipeline)?;
    let state = State::claim(manifest, pipeline, out)?;
    if let Some(summary) = state.finished(&target(out)) {
        return Ok(summary);
    }
    for folder in from {
        state.gather(folder, pipeline.encode)?;
    }
    let mut work = Work::begin(manifest, pipeline, &state, out, Shard::WHOLE, listener)?;
    work.check_shards(&state)?;
    work.leave_out_damaged();
    work.complete(&state)
}

fn target(out: &Path) -> PathBuf {
    out.join("samples.parquet")
}

fn check_classes(manifest: &Manifest, pipeline: &PipelineFile) -> Result<(), Error> {
    let classes = manifest.classes();
    match pipeline.classes.keys().find(|named| !classes.contains(named)) {
        Some(unknown) => Err(plan::Error::UnknownClass { class: unknown.clone(), at: "classes", classes }.into()),
        None => Ok(()),
    }
}

/// One original and the copies of it, of which some may be there.
struct Task {
    row: usize,
    id: SourceId,
    copies: Range<u32>,
}

impl Task {
    fn steps(&self) -> u64 {
        1 + self.copies.len() as u64
    }
}

/// An original that is in its place: what need be known of it without a look into the journal.
struct Kept {
    at: At,
    /// The numbers of its copies that are in their places.
    copies: Range<u32>,
    /// Of these the last so many were made by this run.
    new: u32,
    animated: bool,
}

impl Kept {
    fn of(at: At, done: &Done, count: usize, new: usize) -> Self {
        let first = done.copies.first().map_or(0, |made| made.copy);
        Self { at, copies: first..first + count as u32, new: new as u32, animated: done.animated }
    }

    /// How many of these copies are made, from the first on. Copies depend on their earlier siblings, so others that began
    /// elsewhere are not the same.
    fn made(&self, wanted: &Range<u32>) -> usize {
        if self.copies.start == wanted.start { self.copies.len().min(wanted.len()) } else { 0 }
    }
}

/// All that is known of the rows while the work goes on.
struct Work<'a> {
    manifest: &'a Manifest,
    pipeline: &'a PipelineFile,
    mixer: Mixer<'a>,
    out: &'a Path,
    listener: &'a dyn Listener,
    journal: Journal,
    places: Vec<String>,
    /// `None` for what cannot be used.
    ids: Vec<Option<SourceId>>,
    /// Why it cannot.
    skipped: BTreeMap<usize, String>,
    /// What an earlier run or a shard found damaged. A run tries it again; [`merge`] takes it as it is.
    damaged: BTreeMap<usize, String>,
    done: BTreeMap<usize, Kept>,
}

impl<'a> Work<'a> {
    /// Names the sources and takes over what is done.
    fn begin(
        manifest: &'a Manifest,
        pipeline: &'a PipelineFile,
        state: &State,
        out: &'a Path,
        shard: Shard,
        listener: &'a dyn Listener,
    ) -> Result<Self, Error> {
        let mut skipped = BTreeMap::new();
        let ids = if let Some(known) = state.ids() {
            known.into_iter().map(Some).collect()
        } else {
            listener.hear(Event::Started { what: "reading", total: manifest.samples.len() as u64 });
            let named = identify(manifest, || listener.hear(Event::Advanced { by: 1 })).into_iter().enumerate();
            let ids: Vec<Option<SourceId>> =
                named.map(|(row, id)| id.map_err(|(_, error)| skipped.insert(row, error.to_string())).ok()).collect();
            // What cannot be read now may be another time, and is tried again.
            if let Some(all) = ids.iter().copied().collect::<Option<Vec<_>>>() {
                state.keep_ids(all)?;
            }
            ids
        };
        let mixer = Mixer::of(manifest, pipeline, &ids)?;
        let journal = Journal::open(&state.folder(), shard)?;
        let places = places(&manifest.samples, &ids);
        let (damaged, done) = (BTreeMap::new(), BTreeMap::new());
        let mut work = Self { manifest, pipeline, mixer, out, listener, journal, places, ids, skipped, damaged, done };
        work.take_over()?;
        Ok(work)
    }

    /// What the journals say, as far as the files are there.
    fn take_over(&mut self) -> Result<(), Error> {
        let rows = self.ids.iter().enumerate().filter_map(|(row, id)| Some(((*id)?, row))).collect();
        let noted = self.journal.noted(&rows, &self.places, self.mixer.digest())?;
        let there = |(row, line): (usize, Result<At, String>)| {
            let (at, id) = match (line, self.ids[row]) {
                (Ok(at), Some(id)) => (at, id),
                (Err(why), _) => return Ok((row, Err(why))),
                (_, None) => unreachable!("only rows with an id are noted"),
            };
            let done = self.journal.read(at)?;
            let path = self.out.join(&self.places[row]);
            let from = self.manifest.locate(&self.manifest.samples[row]);
            bring(&from, &path, self.pipeline.originals).map_err(|source| Error::Write { path, source })?;
            let whole = |made: &&MadeCopy| {
                let file = fs::metadata(self.out.join(self.copy_place(row, id, made.copy)));
                let partners_known = made.partners.iter().all(|&partner| self.mixer.row_of(partner).is_some());
                partners_known && file.is_ok_and(|file| file.len() == made.bytes)
            };
            let count = done.copies.iter().take_while(whole).count();
            Ok((row, Ok(Kept::of(at, &done, count, 0))))
        };
        let noted: Vec<_> = noted.into_par_iter().map(there).collect::<Result<_, Error>>()?;
        for (row, line) in noted {
            match line {
                Ok(kept) => drop(self.done.insert(row, kept)),
                Err(why) => drop(self.damaged.insert(row, why)),
            }
        }
        Ok(())
    }

    fn copy_place(&self, row: usize, id: SourceId, copy: u32) -> String {
        copy_place(&self.places[row], id, copy, self.pipeline.encode)
    }

    fn plan(&self) -> Result<Plan, Error> {
        Ok(plan(&self.manifest.samples, &self.ids, &self.pipeline.balance, self.pipeline.seed)?)
    }

    /// What the plan asks for and is not done.
    fn left(&self, plan: &Plan) -> Vec<Task> {
        let rows = (0..self.manifest.samples.len()).filter(|row| !plan.left_out.contains(row));
        rows.filter_map(|row| {
            let copies = plan.copies_of(row);
            let complete = self.done.get(&row).is_some_and(|kept| kept.made(&copies) == copies.len());
            (!complete).then_some(Task { row, id: self.ids[row]?, copies })
        })
        .collect()
    }

    /// Refuses where originals of the plan were neither done nor found damaged by any shard.
    fn check_shards(&self, state: &State) -> Result<(), Error> {
        let journals = journals(&state.folder())?;
        let refuse = |why: String| Err(Error::Output { path: self.out.into(), why });
        let Some(count) = journals.iter().map(|(_, shard)| shard.count()).filter(|&count| count > 1).max() else {
            let why = "holds no shards: run `evenfold augment --shard I/N` for every I from 1 to N first, or name the folders \
                       that they wrote with --from";
            return refuse(why.into());
        };
        let missing: Vec<_> =
            self.left(&self.plan()?).into_iter().filter(|task| !self.damaged.contains_key(&task.row)).collect();
        let shards: BTreeSet<Shard> = missing.iter().map(|task| Shard::of(task.row, count)).collect();
        if shards.is_empty() {
            return Ok(());
        }
        let named = shards.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        refuse(format!(
            "shards are missing or not complete: {named} ({} originals are not done); run `evenfold augment` with the same \
             pipeline and data and --shard {} {}, then merge again",
            missing.len(),
            shards.first().expect("there is one"),
            if shards.len() > 1 { "and so on" } else { "once more" },
        ))
    }

    /// What shards found damaged is no source.
    fn leave_out_damaged(&mut self) {
        for (row, why) in std::mem::take(&mut self.damaged) {
            self.ids[row] = None;
            self.skipped.insert(row, why);
        }
    }

    /// Does all that is left, and writes the manifest.
    fn complete(mut self, state: &State) -> Result<Summary, Error> {
        let mut begun = false;
        let plan = loop {
            let plan = self.plan()?;
            let todo = self.left(&plan);
            if todo.is_empty() {
                break plan;
            }
            if !begun {
                self.start(&todo)?;
                begun = true;
            }
            // A picture that turns out to be damaged leaves the plan; the next round makes up for it.
            self.carry_out(&todo)?;
        };
        self.done.retain(|row, _| !plan.left_out.contains(row));
        let (places, distances) = self.write_manifest(&plan)?;
        remove_left_overs(self.out, &places, self.listener)?;
        let [made, found] = self.counts(&plan);
        let summary = Summary {
            images: places.count,
            made,
            found,
            skipped: self.skipped(),
            animated: self.animated(),
            diversity: distances.diversity(self.pipeline.diversity.min_distance),
            manifest: target(self.out),
            classes: plan.classes,
        };
        state.finish(&summary)?;
        self.listener.hear(Event::Finished { note: &format!("{made} copies made, {found} were there") });
        Ok(summary)
    }

    /// The manifest of the result: each original, then its copies, in the order of the input; from the journal, part by part.
    fn write_manifest(&self, plan: &Plan) -> Result<(Places, Distances), Error> {
        const PART: usize = 1 << 12;
        let target = target(self.out);
        let rows = Rows::new(&self.mixer, &self.places, &self.ids, self.out);
        let mut writer = ManifestWriter::create(&target, self.manifest, facts(self.manifest, self.pipeline, plan))?;
        let (mut places, mut distances) = (Places::default(), Distances::default());
        let kept: Vec<(usize, At)> = self.done.iter().map(|(&row, kept)| (row, kept.at)).collect();
        for part in kept.chunks(PART) {
            let of_row = |&(row, at): &(usize, At)| {
                let mut done = self.journal.read(at)?;
                done.copies.truncate(plan.copies_of(row).len());
                rows.of(row, done)
            };
            let samples: Vec<Vec<_>> = part.par_iter().map(of_row).collect::<Result<_, Error>>()?;
            let part = self.manifest.with_rows(samples.into_iter().flatten().collect());
            places.add(&part.samples);
            distances.add(&part.samples);
            writer.append(&part)?;
        }
        writer.finish()?;
        Ok((places, distances))
    }

    /// Refuses when the copies will plainly not fit.
    fn start(&self, todo: &[Task]) -> Result<(), Error> {
        let size =
            |task: &Task| fs::metadata(self.manifest.locate(&self.manifest.samples[task.row])).map_or(0, |m| m.len());
        let needed: u64 = todo.iter().map(|task| size(task) * (task.copies.len() - self.made(task)) as u64).sum();
        let free = fs4::available_space(self.out).unwrap_or(u64::MAX);
        if needed > free {
            let why = format!("about {} MB are needed and {} MB are free", needed >> 20, free >> 20);
            return Err(Error::Output { path: self.out.into(), why });
        }
        self.listener.hear(Event::Started { what: "augmenting", total: todo.iter().map(Task::steps).sum() });
        Ok(())
    }

    fn made(&self, task: &Task) -> usize {
        self.done.get(&task.row).map_or(0, |kept| kept.made(&task.copies))
    }

    /// In parallel, original by original.
    fn carry_out(&mut self, tasks: &[Task]) -> Result<(), Error> {
        let outcomes = tasks.par_iter().map_init(Worker::default, |worker, task| {
            let outcome = self.one(task, worker)?;
            let place = &self.places[task.row];
            let noted = self.journal.note(task.id, place, &outcome);
            let at = noted.map_err(|source| Error::Write { path: self.journal.path().into(), source })?;
            self.listener.hear(Event::Advanced { by: task.steps() });
            let (all, before) = (task.copies.len(), self.made(task));
            Ok::<_, Error>((task.row, outcome.map(|done| Kept::of(at, &done, all, all - before))))
        });
        for (row, outcome) in outcomes.collect::<Result<Vec<_>, Error>>()? {
            match outcome {
                Ok(kept) => drop(self.done.insert(row, kept)),
                Err(why) => {
                    self.ids[row] = None;
                    self.skipped.insert(row, why);
                }
            }
        }
        Ok(())
    }

    fn one(&self, task: &Task, worker: &mut Worker) -> Result<Outcome, Error> {
        let sample = &self.manifest.samples[task.row];
        let from = self.manifest.locate(sample);
        let bytes = match read_file(&from) {
            Ok(bytes) => bytes,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let source = match decode(&bytes) {
            Ok(source) => source,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let to = self.out.join(&self.places[task.row]);
        bring(&from, &to, self.pipeline.originals).map_err(|source| Error::Write { path: to, source })?;
        let encoding = self.pipeline.encode.of(&self.places[task.row], &bytes);
        let mut siblings = Siblings::of(&source, task.row, task.id, &self.mixer);
        let mut copies = self.recorded(task)?;
        for made in &copies {
            let recipe = serde_json::from_str(&made.recipe).map_err(|e| self.unlike(&made.recipe, &e))?;
            let partners = self.mixer.pictures(&made.partners).map_err(|path| Error::Output {
                path,
                why: "can no longer be read, and copies that were made took from it: bring it back, or remove the result \
                      and begin again"
                    .into(),
            })?;
            siblings.recall(&recipe, &partners, worker);
        }
        for n in task.copies.start + copies.len() as u32..task.copies.end {
            copies.push(self.copy(task, n, encoding, &mut siblings, worker)?);
        }
        Ok(Ok(Done {
            width: source.shape().width as u32,
            height: source.shape().height as u32,
            bytes: bytes.len() as u64,
            content_hash: content_hash(&source),
            animated: is_animated(&bytes),
            drawn_from: self.mixer.digest().map(str::to_owned),
            copies,
        }))
    }

    /// Copies that are made.
    fn recorded(&self, task: &Task) -> Result<Vec<MadeCopy>, Error> {
        let Some(kept) = self.done.get(&task.row).filter(|_| self.made(task) > 0) else { return Ok(Vec::new()) };
        let mut copies = self.journal.read(kept.at)?.copies;
        copies.truncate(self.made(task));
        Ok(copies)
    }

    fn unlike(&self, recipe: &str, error: &serde_json::Error) -> Error {
        let path = self.journal.path().to_path_buf();
        let why = format!("`{recipe}` is no recipe of this evenfold ({error}): remove the folder and begin again");
        Error::Output { path, why }
    }

    fn copy(
        &self,
        task: &Task,
        n: u32,
        encoding: Encoding,
        siblings: &mut Siblings,
        worker: &mut Worker,
    ) -> Result<MadeCopy, Error> {
        let Copied { recipe, partners, attempt, distance } = siblings.make(n, worker);
        let path = self.out.join(self.copy_place(task.row, task.id, n));
        worker.bytes.clear();
        encode(&worker.frame, &encoding, &mut worker.bytes).map_err(|why| Error::Encode { path: path.clone(), why })?;
        write_whole(&path, &worker.bytes).map_err(|error| match error {
            data::Error::Io { path, source } => Error::Write { path, source },
            other => other.into(),
        })?;
        Ok(MadeCopy {
            copy: n,
            recipe: serde_json::to_string(&recipe).expect("a recipe is plain numbers"),
            partners: partners.into_iter().map(|(id, _)| id).collect(),
            attempt,
            distance,
            width: worker.frame.shape().width as u32,
            height: worker.frame.shape().height as u32,
            bytes: worker.bytes.len() as u64,
            file_hash: file_hash(&worker.bytes),
        })
    }

    /// Copies made by this run, and by others before, of those that the plan has.
    fn counts(&self, plan: &Plan) -> [usize; 2] {
        self.done.iter().fold([0, 0], |[made, found], (&row, kept)| {
            let all = kept.made(&plan.copies_of(row));
            let old = all.min(kept.copies.len() - kept.new as usize);
            [made + all - old, found + old]
        })
    }

    fn skipped(&self) -> Vec<Skipped> {
        let path = |row: usize| self.manifest.samples[row].path.clone();
        self.skipped.iter().map(|(&row, why)| Skipped { path: path(row), why: why.clone() }).collect()
    }

    fn animated(&self) -> Vec<String> {
        let animated = self.done.iter().filter(|(_, kept)| kept.animated);
        animated.map(|(&row, _)| self.manifest.samples[row].path.clone()).collect()
    }
}
