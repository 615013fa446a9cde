use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{Point, projector, tensorboard, wandb};
use crate::image::Frame;
use crate::run::{Event, Listener};

/// What the files say of a run as a whole.
#[derive(Clone, Debug)]
pub struct Run {
    /// Name of the run: its folder's.
    pub name: String,
    /// The resolved configuration.
    pub config: Value,
}

/// Passes all events on, and writes what was measured into the folder that it was measured for. A file that cannot be
/// written is a warning, once, and no reason to end a training.
pub struct Recorder<'a> {
    listener: &'a dyn Listener,
    about: Run,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    log: Option<File>,
    parts: HashMap<PathBuf, Part>,
    failed: bool,
}

/// The files of one fold.
struct Part {
    results: File,
    events: tensorboard::Writer,
    run: wandb::Writer,
}

impl<'a> Recorder<'a> {
    /// For a run folder.
    pub fn new(listener: &'a dyn Listener, folder: &Path, about: Run) -> Self {
        let log = std::fs::create_dir_all(folder)
            .and_then(|()| File::options().create(true).append(true).open(folder.join("log.jsonl")));
        let recorder = Self { listener, about, open: Mutex::default() };
        recorder.open().log = recorder.kept(log);
        recorder
    }

    /// Pictures for `TensorBoard` that belong to all folds.
    pub fn pictures(&self, folder: &Path, pictures: &[(String, Frame)]) {
        let written = tensorboard::Writer::begin(folder)
            .and_then(|mut writer| pictures.iter().try_for_each(|(tag, frame)| writer.picture(now(), 0, tag, frame)));
        self.kept(written);
    }

    /// Points for `TensorBoard`'s projector, with the names of their columns.
    pub fn points(&self, folder: &Path, name: &str, columns: &[&str], points: &[Point]) {
        self.kept(projector::project(folder, name, columns, points));
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The result, or the first warning.
    fn kept<T>(&self, result: std::io::Result<T>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                if !std::mem::replace(&mut self.open().failed, true) {
                    let text = format!("what other tools read of this run is not complete: {error}");
                    self.listener.hear(Event::Warning { text: &text });
                }
                None
            }
        }
    }

    fn measured(&self, what: &str, folder: &Path, step: u64, values: &[(&str, f64)]) -> std::io::Result<()> {
        let mut open = self.open();
        let part = match open.parts.entry(folder.to_path_buf()) {
            // A training says all of its epochs again when it goes on, from the first.
            std::collections::hash_map::Entry::Occupied(part) if step > 1 => part.into_mut(),
            entry => entry.insert_entry(Part::begin(what, folder, &self.about, values)?).into_mut(),
        };
        let row: Vec<String> = values.iter().map(|(_, value)| value.to_string()).collect();
        writeln!(part.results, "{step},{}", row.join(","))?;
        part.events.scalars(now(), step, values)?;
        part.run.measured(now(), step, values)
    }

    fn log(&self, event: &Event<'_>) -> std::io::Result<()> {
        let mut open = self.open();
        let Some(log) = &mut open.log else { return Ok(()) };
        let mut line = serde_json::to_value(event)?;
        line["time"] = json!(now());
        writeln!(log, "{line}")
    }
}

impl Part {
    fn begin(what: &str, folder: &Path, about: &Run, values: &[(&str, f64)]) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let mut results = File::create(folder.join("results.csv"))?;
        let names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
        writeln!(results, "epoch,{}", names.join(","))?;
        let events = tensorboard::Writer::begin(folder)?;
        Ok(Self { results, events, run: wandb::Writer::begin(folder, what, about, now())? })
    }
}

impl Listener for Recorder<'_> {
    fn hear(&self, event: Event<'_>) {
        if !matches!(event, Event::Advanced { .. } | Event::Now { .. }) {
            self.kept(self.log(&event));
        }
        if let Event::Measured { what, folder: Some(folder), step, values } = event {
            self.kept(self.measured(what, folder, step, values));
        }
        self.listener.hear(event);
    }
}

/// Seconds since 1970.
pub(super) fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}
