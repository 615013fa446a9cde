//! Studies and trials as they stand after the operations of a journal.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Distribution, Point, Space};

/// Which way an objective is good; Optuna's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// 1
    Minimise,
    /// 2
    Maximise,
}

impl Direction {
    /// A value turned so that less is better.
    pub fn loss(self, value: f64) -> f64 {
        if self == Self::Minimise { value } else { -value }
    }
}

/// How far a trial is; Optuna's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// 0
    Running,
    /// 1
    Complete,
    /// 2
    Pruned,
    /// 3
    Fail,
    /// 4: to be run with the values that its system attribute `fixed_params` names.
    Waiting,
}

impl State {
    const ALL: [Self; 5] = [Self::Running, Self::Complete, Self::Pruned, Self::Fail, Self::Waiting];

    /// Whether nothing more will change.
    pub fn finished(self) -> bool {
        matches!(self, Self::Complete | Self::Pruned | Self::Fail)
    }

    pub(super) fn number(self) -> usize {
        Self::ALL.iter().position(|state| *state == self).unwrap_or_default()
    }

    fn of(number: &Value) -> Option<Self> {
        Self::ALL.get(number.as_u64()? as usize).copied()
    }
}

/// One set of values and what came of it.
#[derive(Clone, Debug)]
pub struct Trial {
    /// Its place among all trials of the journal.
    pub id: usize,
    /// Its place among those of its study, from 0.
    pub number: usize,
    /// How far it is.
    pub state: State,
    /// The hyper-parameters: internal values and where they came from.
    pub params: BTreeMap<String, (f64, Distribution)>,
    /// The objectives' values; of a pruned trial the last one reported.
    pub values: Vec<f64>,
    /// What was reported on the way, by step.
    pub reported: BTreeMap<i64, f64>,
    /// Notes of whoever ran it.
    pub user_attrs: Map<String, Value>,
    /// Notes of samplers and pruners.
    pub system_attrs: Map<String, Value>,
}

impl Trial {
    /// The values of these hyper-parameters; none where it lacks one, or has it as something else.
    pub fn row(&self, space: &[(String, Distribution)]) -> Option<Vec<f64>> {
        let one = |(name, distribution): &(String, Distribution)| {
            let (value, given) = self.params.get(name)?;
            distribution.internal(&given.external(*value))
        };
        space.iter().map(one).collect()
    }

    /// A number among the user attributes.
    pub fn note(&self, key: &str) -> Option<f64> {
        self.user_attrs.get(key)?.as_f64()
    }
}

/// Trials towards one end.
#[derive(Clone, Debug)]
pub struct Study {
    /// Its place in the journal.
    pub id: usize,
    /// Its name.
    pub name: String,
    /// Of each objective.
    pub directions: Vec<Direction>,
    /// In the order of their numbers.
    pub trials: Vec<Trial>,
    /// Notes of whoever made it.
    pub user_attrs: Map<String, Value>,
    /// Notes of Optuna.
    pub system_attrs: Map<String, Value>,
}

impl Study {
    /// The objectives of a trial, turned so that less is better.
    pub fn losses(&self, trial: &Trial) -> Vec<f64> {
        self.directions.iter().zip(&trial.values).map(|(direction, &value)| direction.loss(value)).collect()
    }

    /// Complete trials.
    pub fn complete(&self) -> impl Iterator<Item = &Trial> {
        self.trials.iter().filter(|trial| trial.state == State::Complete)
    }

    /// Whether a trial has had just these values; one that failed may do better the next time.
    pub(super) fn tried(&self, point: &Point) -> bool {
        let same = |trial: &Trial| {
            let values = trial.params.iter().map(|(name, (value, _))| (name, value));
            trial.params.len() == point.len() && values.eq(point)
        };
        self.trials.iter().any(|trial| trial.state != State::Fail && same(trial))
    }

    /// The complete trial with the best first objective, of those that have a value for all that is searched, which a
    /// Python worker's need not.
    pub fn best(&self, space: &Space) -> Option<&Trial> {
        let loss = |trial: &&Trial| self.losses(trial).first().copied().unwrap_or(f64::INFINITY);
        self.complete().filter(|trial| space.point(trial).is_some()).min_by(|a, b| loss(a).total_cmp(&loss(b)))
    }

    /// The trials that no other one beats in every objective.
    pub fn front(&self) -> Vec<&Trial> {
        let all: Vec<(&Trial, Vec<f64>)> = self.complete().map(|trial| (trial, self.losses(trial))).collect();
        let beaten = |own: &[f64]| all.iter().any(|(_, other)| dominates(other, own));
        all.iter().filter(|(_, own)| !beaten(own)).map(|(trial, _)| *trial).collect()
    }
}

/// Whether `a` is nowhere worse than `b` and somewhere better; less is better.
pub(super) fn dominates(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| a <= b) && a.iter().zip(b).any(|(a, b)| a < b)
}

/// All studies of a journal.
#[derive(Clone, Debug, Default)]
pub(super) struct Studies {
    next: usize,
    /// Of every trial, where it stands.
    places: Vec<(usize, usize)>,
    by_id: BTreeMap<usize, Study>,
}

/// One line of a journal, without the worker's name.
pub(super) type Op = Map<String, Value>;

pub(super) fn op(code: u8, fields: Value) -> Op {
    let mut op = Op::from_iter([("op_code".to_owned(), json!(code))]);
    if let Value::Object(fields) = fields {
        op.extend(fields);
    }
    op
}

impl Studies {
    pub fn named(&self, name: &str) -> Option<&Study> {
        self.by_id.values().find(|study| study.name == name)
    }

    pub fn names(&self) -> Vec<&str> {
        self.by_id.values().map(|study| study.name.as_str()).collect()
    }

    pub fn get(&self, id: usize) -> Option<&Study> {
        self.by_id.get(&id)
    }

    /// The id that the next study will have.
    pub fn next_study(&self) -> usize {
        self.next
    }

    /// How many trials there are in all: the id of the next one.
    pub fn trials(&self) -> usize {
        self.places.len()
    }

    /// Does what a line says, as Optuna's replay does; none for a line that it would not understand. What comes too late,
    /// such as a value for a finished trial, is passed over.
    pub fn apply(&mut self, op: &Op) -> Option<()> {
        let index = |key: &str| op.get(key)?.as_u64().map(|v| v as usize);
        match op.get("op_code")?.as_u64()? {
            0 => {
                let name = op.get("study_name")?.as_str()?.to_owned();
                if self.named(&name).is_none() {
                    let direction = |v: &Value| if v == 2 { Direction::Maximise } else { Direction::Minimise };
                    let directions = op.get("directions")?.as_array()?.iter().map(direction).collect();
                    let (trials, user_attrs, system_attrs) = Default::default();
                    let study = Study { id: self.next, name, directions, trials, user_attrs, system_attrs };
                    self.by_id.insert(self.next, study);
                    self.next += 1;
                }
            }
            1 => drop(self.by_id.remove(&index("study_id")?)),
            code @ (2 | 3) => {
                if let Some(study) = self.by_id.get_mut(&index("study_id")?) {
                    let (attrs, key) = match code {
                        2 => (&mut study.user_attrs, "user_attr"),
                        _ => (&mut study.system_attrs, "system_attr"),
                    };
                    attrs.extend(op.get(key)?.as_object()?.clone());
                }
            }
            4 => self.create(op)?,
            5..=9 => {
                if let Some(trial) = self.open(index("trial_id")?) {
                    update(trial, op)?;
                }
            }
            // Rustuna's `DISCARD_TRIALS`, which Optuna passes over too.
            10 => {}
            _ => return None,
        }
        Some(())
    }

    fn create(&mut self, op: &Op) -> Option<()> {
        let study_id = op.get("study_id")?.as_u64()? as usize;
        let Some(study) = self.by_id.get_mut(&study_id) else { return Some(()) };
        let map = |key: &str| op.get(key).and_then(Value::as_object).cloned().unwrap_or_default();
        let mut params = BTreeMap::new();
        let distributions = map("distributions");
        for (name, value) in map("params") {
            let distribution = Distribution::from_json(distributions.get(&name)?.as_str()?)?;
            params.insert(name, (number(&value)?, distribution));
        }
        let values = match (op.get("values"), op.get("value")) {
            (Some(Value::Array(values)), _) => values.iter().filter_map(number).collect(),
            (_, Some(value)) if !value.is_null() => number(value).into_iter().collect(),
            _ => Vec::new(),
        };
        let reported = map("intermediate_values");
        let reported = reported.iter().map(|(step, value)| Some((step.parse().ok()?, number(value)?)));
        let reported = reported.collect::<Option<_>>()?;
        self.places.push((study_id, study.trials.len()));
        study.trials.push(Trial {
            id: self.places.len() - 1,
            number: study.trials.len(),
            state: op.get("state").map_or(Some(State::Running), State::of)?,
            params,
            values,
            reported,
            user_attrs: map("user_attrs"),
            system_attrs: map("system_attrs"),
        });
        Some(())
    }

    /// A trial that may still change.
    fn open(&mut self, id: usize) -> Option<&mut Trial> {
        let &(study, place) = self.places.get(id)?;
        self.by_id.get_mut(&study)?.trials.get_mut(place).filter(|trial| !trial.state.finished())
    }
}

/// A number; null stands for one that JSON has no word for.
fn number(value: &Value) -> Option<f64> {
    if value.is_null() { Some(f64::NAN) } else { value.as_f64() }
}

fn update(trial: &mut Trial, op: &Op) -> Option<()> {
    match op.get("op_code")?.as_u64()? {
        5 => {
            let name = op.get("param_name")?.as_str()?.to_owned();
            let distribution = Distribution::from_json(op.get("distribution")?.as_str()?)?;
            trial.params.insert(name, (number(op.get("param_value_internal")?)?, distribution));
        }
        6 => {
            let state = State::of(op.get("state")?)?;
            // Of two workers that take the same waiting trial, the first has it.
            if (state, trial.state) != (State::Running, State::Running) {
                trial.state = state;
                if let Some(Value::Array(values)) = op.get("values") {
                    trial.values = values.iter().filter_map(number).collect();
                }
            }
        }
        7 => {
            let value = number(op.get("intermediate_value")?)?;
            trial.reported.insert(op.get("step")?.as_i64()?, value);
        }
        8 => trial.user_attrs.extend(op.get("user_attr")?.as_object()?.clone()),
        _ => trial.system_attrs.extend(op.get("system_attr")?.as_object()?.clone()),
    }
    Some(())
}
