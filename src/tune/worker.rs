//! One process at work on a study: it asks for trials, reports on them, and tells how they ended.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::alive::{Alive, died};
use super::journal::{Journal, locked_at, now};
use super::study::{Op, op};
use super::{Direction, Distribution, Error, Point, Pruner, Sampler, Space, State, Study, Trial};
use crate::random::Key;

/// How often a trial is begun again whose process has died.
const RETRIES: usize = 3;
/// User attribute: the trial's folder inside the study's.
const FOLDER: &str = "folder";
/// User attribute of a trial that another one carries on.
const CARRIED_ON: &str = "carried_on";
/// Study's user attribute: what is searched.
const SEARCH: &str = "evenfold";

/// What a study is about.
pub struct Search<'a> {
    /// The study's name inside its journal.
    pub name: &'a str,
    /// Name and direction of each objective: one or two.
    pub objectives: &'a [(String, Direction)],
    /// What is searched.
    pub space: &'a Space,
    /// What else makes values comparable; a study takes no trials under another one.
    pub setting: Value,
    /// How values are chosen.
    pub sampler: Sampler,
    /// Which trials are stopped early; none with two objectives.
    pub pruner: Pruner,
    /// Everything drawn follows from it, the trial's number and the trials before.
    pub seed: u64,
}

impl Search<'_> {
    /// The values of a trial: those given, and the sampler's for the others.
    pub fn point(&self, study: &Study, number: usize, fixed: &Map<String, Value>) -> Point {
        let mut rng = Key::root(self.seed).child("tune").nth(number as u64).rng();
        let peers = self.pruner.peers(study, number);
        let mut point = Point::new();
        self.space.complete(|group| {
            let with = |values: &[f64]| {
                let named = group.iter().map(|(name, _)| name.clone()).zip(values.iter().copied());
                point.clone().into_iter().chain(named).collect::<Point>()
            };
            let tried = |values: &[f64]| study.tried(&with(values));
            let mut values = self.sampler.take(study, &peers, group, &tried, &mut rng);
            for (value, (name, distribution)) in values.iter_mut().zip(group) {
                if let Some(given) = fixed.get(name).and_then(|given| distribution.internal(given)) {
                    *value = given;
                }
            }
            point = with(&values);
            values
        })
    }
}

/// A process at work.
pub struct Worker<'a> {
    search: &'a Search<'a>,
    journal: Journal,
    study: usize,
    folder: PathBuf,
}

/// A trial to carry out.
pub struct Asked {
    /// Its place in the journal.
    pub id: usize,
    /// Its number in the study.
    pub number: usize,
    /// Its values.
    pub point: Point,
    /// Its folder.
    pub folder: PathBuf,
    _alive: Alive,
}

impl<'a> Worker<'a> {
    /// Joins the study in `journal`, or begins it. Trials' folders are made in the journal's.
    pub fn join(journal: &Path, search: &'a Search) -> Result<Self, Error> {
        let mut journal = Journal::open(journal)?;
        let folder = journal.path().parent().unwrap_or(Path::new(".")).to_path_buf();
        let study = journal.append(|studies, _, ops| {
            if let Some(study) = studies.named(search.name) {
                return Ok(study.id);
            }
            let directions: Vec<u8> =
                search.objectives.iter().map(|(_, d)| if *d == Direction::Maximise { 2 } else { 1 }).collect();
            let names: Vec<&str> = search.objectives.iter().map(|(name, _)| name.as_str()).collect();
            // Studies are numbered in the order in which they were made; deleted ones keep their number.
            let id = studies.next_study();
            ops.push(op(0, json!({"study_name": search.name, "directions": directions})));
            ops.push(op(3, json!({"study_id": id, "system_attr": {"study:metric_names": names}})));
            ops.push(op(2, json!({"study_id": id, "user_attr": {SEARCH: search.setting}})));
            Ok(id)
        })?;
        let worker = Self { search, journal, study, folder };
        worker.same_search()?;
        Ok(worker)
    }

    /// The study as of the last look.
    pub fn study(&self) -> Result<&Study, Error> {
        self.journal.by_id(self.study).ok_or_else(|| self.other("the study was deleted while it was worked on".into()))
    }

    fn other(&self, why: String) -> Error {
        Error::OtherStudy { path: self.journal.path().to_path_buf(), why }
    }

    fn same_search(&self) -> Result<(), Error> {
        let study = self.study()?;
        let directions: Vec<Direction> = self.search.objectives.iter().map(|(_, direction)| *direction).collect();
        let setting = study.user_attrs.get(SEARCH).is_none_or(|known| *known == self.search.setting);
        if study.directions != directions || !setting {
            let why = "holds trials of another configuration, other objectives or other folds, whose values cannot be \
                       compared with these: choose another `--out`";
            return Err(self.other(why.into()));
        }
        Ok(())
    }

    /// The next trial: one that waits (its process has died, or somebody has put it in line), else a new one; none when
    /// the study has `most` trials.
    pub fn ask(&mut self, most: usize) -> Result<Option<Asked>, Error> {
        let (search, folder, id) = (self.search, self.folder.clone(), self.study);
        let journal = self.journal.path().to_path_buf();
        self.journal.append(|studies, next, ops| {
            let Some(study) = studies.get(id) else { return Ok(None) };
            let now_there = locked_at(&journal);
            let dead = study.trials.iter().filter(|trial| {
                let name = trial.user_attrs.get(FOLDER).and_then(Value::as_str);
                trial.state == State::Running && name.is_some_and(|name| died(&folder.join(name), now_there))
            });
            let mut next = next;
            let mut waiting: Vec<Trial> = study.trials.iter().filter(|t| t.state == State::Waiting).cloned().collect();
            for trial in dead {
                let line = waiting.len();
                waiting.extend(carry_on(trial, id, next, study.trials.len() + line, ops));
                next += waiting.len() - line;
            }
            let begun =
                study.trials.iter().filter(|t| t.state != State::Waiting && !t.user_attrs.contains_key(CARRIED_ON));
            let (trial, number, fixed) = if let Some(trial) = waiting.first() {
                ops.push(op(6, json!({"trial_id": trial.id, "state": 0, "values": null, "datetime_start": now()})));
                (trial.id, trial.number, trial.system_attrs.get("fixed_params").and_then(Value::as_object).cloned())
            } else if begun.count() < most {
                ops.push(op(4, json!({"study_id": id, "datetime_start": now()})));
                (next, study.trials.len(), None)
            } else {
                return Ok(None);
            };
            let point = search.point(study, number, &fixed.unwrap_or_default());
            for (name, distribution) in search.space.all() {
                if let Some(value) = point.get(&name) {
                    ops.push(op(
                        5,
                        json!({"trial_id": trial, "param_name": name, "param_value_internal": value,
                        "distribution": distribution.to_json()}),
                    ));
                }
            }
            let kept = waiting.first().and_then(|trial| trial.user_attrs.get(FOLDER)?.as_str().map(str::to_owned));
            let name = kept.unwrap_or_else(|| format!("trial-{number:04}"));
            ops.push(note(trial, FOLDER, &json!(name)));
            let folder = folder.join(name);
            let alive = Alive::hold(&folder).map_err(|source| Error::Io { path: folder.clone(), source })?;
            Ok(Some(Asked { id: trial, number, point, folder, _alive: alive }))
        })
    }

    /// Reports a value at a step, from 1; the answer is whether to stop.
    pub fn report(&mut self, trial: &Asked, step: usize, value: f64) -> Result<bool, Error> {
        if !value.is_finite() || self.search.objectives.len() > 1 {
            return Ok(false);
        }
        let (search, study, step) = (self.search, self.study, step as i64);
        self.journal.append(|studies, _, ops| {
            let Some(study) = studies.get(study) else { return Ok(true) };
            let own = &study.trials[trial.number];
            ops.push(op(7, json!({"trial_id": trial.id, "step": step, "intermediate_value": value})));
            let judgement = search.pruner.judge(study, own, step, value);
            let notes = judgement.notes.into_iter();
            ops.extend(notes.map(|(key, value)| op(9, json!({"trial_id": trial.id, "system_attr": {key: value}}))));
            Ok(judgement.stop)
        })
    }

    /// Tells how a trial ended. A pruned one's value is the last one reported, as Optuna has it.
    pub fn tell(
        &mut self,
        trial: &Asked,
        state: State,
        values: Option<Vec<f64>>,
        notes: &[(&str, Value)],
    ) -> Result<(), Error> {
        let study = self.study;
        self.journal.append(|studies, _, ops| {
            let own = studies.get(study).map(|study| &study.trials[trial.number]);
            let last = own.and_then(|own| own.reported.values().next_back()).map(|&value| vec![value]);
            let values = if state == State::Pruned { last } else { values };
            ops.extend(notes.iter().map(|(key, value)| note(trial.id, key, value)));
            ops.push(end(trial.id, state, values.as_deref()));
            Ok(())
        })
    }

    /// Puts a trial back in line: it is carried on by whoever asks next.
    pub fn give_back(&mut self, trial: &Asked) -> Result<(), Error> {
        let id = self.study;
        self.journal.append(|studies, next, ops| {
            if let Some(study) = studies.get(id) {
                carry_on(&study.trials[trial.number], id, next, study.trials.len(), ops);
            }
            Ok(())
        })
    }
}

/// Fails a trial and puts its values in line again, under the keys of Optuna's `RetryFailedTrialCallback`; the answer is
/// the trial in line, if it has not been tried too often.
fn carry_on(trial: &Trial, study: usize, id: usize, number: usize, ops: &mut Vec<Op>) -> Option<Trial> {
    let mut history: Vec<Value> =
        trial.system_attrs.get("retry_history").and_then(Value::as_array).cloned().unwrap_or_default();
    let again = history.len() < RETRIES;
    if again {
        ops.push(note(trial.id, CARRIED_ON, &json!(number)));
    }
    ops.push(end(trial.id, State::Fail, None));
    if !again {
        return None;
    }
    let first = trial.system_attrs.get("failed_trial").cloned().unwrap_or(json!(trial.number));
    history.push(json!(trial.number));
    let given =
        |(name, (value, distribution)): (&String, &(f64, Distribution))| (name.clone(), distribution.external(*value));
    let fixed: Map<String, Value> = trial.params.iter().map(given).collect();
    let system_attrs = json!({"failed_trial": first, "retry_history": history, "fixed_params": fixed});
    let user_attrs = json!({FOLDER: trial.user_attrs.get(FOLDER)});
    ops.push(op(
        4,
        json!({"study_id": study, "datetime_start": null, "state": State::Waiting.number(), "value": null,
        "values": null, "distributions": {}, "params": {}, "user_attrs": user_attrs, "system_attrs": system_attrs,
        "intermediate_values": {}}),
    ));
    let attrs = |value: Value| value.as_object().cloned().unwrap_or_default();
    Some(Trial {
        id,
        number,
        state: State::Waiting,
        params: BTreeMap::default(),
        values: Vec::new(),
        reported: BTreeMap::default(),
        user_attrs: attrs(user_attrs),
        system_attrs: attrs(system_attrs),
    })
}

fn note(trial: usize, key: &str, value: &Value) -> Op {
    op(8, json!({"trial_id": trial, "user_attr": {key: value}}))
}

fn end(trial: usize, state: State, values: Option<&[f64]>) -> Op {
    op(6, json!({"trial_id": trial, "state": state.number(), "values": values, "datetime_complete": now()}))
}
