//! What a search found: `report.json`, `trials.csv` and a page.

use std::collections::BTreeMap;
use std::path::Path;

use minijinja::{Value as Text, context};
use serde::Serialize;
use serde_json::Value;

use super::chart::{self, Axis, Bar, Mark};
use super::html::fill;
use super::number;
use crate::data;
use crate::tune::{Direction, Distribution, Space, State, Study, Trial, importances};

/// A search as it stands.
#[derive(Clone, Debug, Serialize)]
pub struct Tuning {
    /// The configuration's file.
    pub title: String,
    /// The names of the objectives.
    pub objectives: Vec<String>,
    #[serde(skip)]
    directions: Vec<Direction>,
    /// What is searched.
    pub parameters: Vec<Parameter>,
    /// All trials, by number.
    pub trials: Vec<Tried>,
    /// The number of the trial with the best first objective.
    pub best: Option<usize>,
    /// The trials that no other beats in every objective.
    pub front: Vec<usize>,
    /// How many trials are in each state.
    pub counts: BTreeMap<String, usize>,
    /// Share of each hyper-parameter in being among the best tenth: Optuna's PED-ANOVA.
    pub importances: Vec<(String, f64)>,
    /// Seconds that all trials took.
    pub seconds: f64,
    /// Seconds that the rest of the stopped trials would have taken at their own pace.
    pub saved: f64,
    /// All of it in a sentence.
    pub sentence: String,
}

/// A hyper-parameter.
#[derive(Clone, Debug, Serialize)]
pub struct Parameter {
    /// Its path in the configuration.
    pub name: String,
    #[serde(skip)]
    distribution: Distribution,
}

/// A trial.
#[derive(Clone, Debug, Serialize)]
pub struct Tried {
    /// Its number.
    pub number: usize,
    /// How far it is.
    pub state: State,
    /// Of each objective; of a stopped trial the last value reported.
    pub values: Vec<f64>,
    /// By hyper-parameter.
    pub params: BTreeMap<String, Value>,
    /// Steps reported.
    pub steps: usize,
    /// Wall-clock time, where it was noted.
    pub seconds: Option<f64>,
    /// Why it failed.
    pub why: Option<String>,
}

impl Tuning {
    /// Of a study as it stands.
    pub fn new(study: &Study, space: &Space, objectives: &[(String, Direction)], title: String) -> Self {
        let trials: Vec<Tried> = study.trials.iter().map(tried).collect();
        let mut counts = BTreeMap::new();
        for trial in &trials {
            *counts.entry(state(trial.state).to_owned()).or_insert(0) += 1;
        }
        let left = |trial: &Trial| {
            let (seconds, steps, done) = (trial.note("seconds")?, trial.note("steps")?, trial.reported.len() as f64);
            (trial.state == State::Pruned && done > 0.0).then(|| seconds / done * (steps - done).max(0.0))
        };
        let mut tuning = Self {
            title,
            objectives: objectives.iter().map(|(name, _)| name.clone()).collect(),
            directions: study.directions.clone(),
            parameters: space.all().into_iter().map(|(name, distribution)| Parameter { name, distribution }).collect(),
            best: study.best(space).map(|trial| trial.number),
            front: study.front().iter().map(|trial| trial.number).collect(),
            importances: importances(study),
            // An empty sum is −0.
            seconds: study.trials.iter().filter_map(|trial| trial.note("seconds")).sum::<f64>().abs(),
            saved: study.trials.iter().filter_map(left).sum::<f64>().abs(),
            sentence: String::new(),
            trials,
            counts,
        };
        tuning.sentence = tuning.said();
        tuning
    }

    /// The objectives of a trial, turned so that less is better.
    pub fn losses(&self, trial: &Tried) -> Vec<f64> {
        self.directions.iter().zip(&trial.values).map(|(direction, &value)| direction.loss(value)).collect()
    }

    /// The trials that ended so.
    pub fn ended(&self, state: State) -> impl Iterator<Item = &Tried> {
        self.trials.iter().filter(move |trial| trial.state == state)
    }

    fn said(&self) -> String {
        let counts: Vec<String> = self.counts.iter().map(|(state, count)| format!("{count} {state}")).collect();
        let best = match self.best.map(|number| &self.trials[number]) {
            Some(best) => {
                format!("Best {}: {}, trial {}.", self.objectives[0], number::fixed(best.values[0], 4), best.number)
            }
            None => "No trial came to its end.".to_owned(),
        };
        let saved = if self.saved > 0.0 {
            format!(" Stopping early saved about {}.", number::seconds(self.saved))
        } else {
            String::new()
        };
        format!(
            "{best} {} ({}) in {}.{saved}",
            number::counted(self.trials.len(), "trial"),
            counts.join(", "),
            number::seconds(self.seconds)
        )
    }
}

fn tried(trial: &Trial) -> Tried {
    let params = trial.params.iter().map(|(name, (value, d))| (name.clone(), d.external(*value)));
    Tried {
        number: trial.number,
        state: trial.state,
        values: trial.values.clone(),
        params: params.collect(),
        steps: trial.reported.len(),
        seconds: trial.note("seconds"),
        why: trial.user_attrs.get("why").and_then(Value::as_str).map(str::to_owned),
    }
}

/// A state in words.
fn state(state: State) -> &'static str {
    match state {
        State::Running => "running",
        State::Complete => "complete",
        State::Pruned => "stopped early",
        State::Fail => "failed",
        State::Waiting => "waiting",
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Writes `report.json`, `report.html` and `trials.csv` into `folder`, each whole or not at all.
pub fn write_tuning(tuning: &Tuning, folder: &Path) -> Result<(), data::Error> {
    let wrong = |name: &str, why: String| data::Error::Format { path: folder.join(name), kind: "report", why };
    let json = serde_json::to_vec_pretty(tuning).map_err(|e| wrong("report.json", e.to_string()))?;
    data::write_atomically(&folder.join("report.json"), &json)?;
    let csv = csv(tuning).map_err(|e| wrong("trials.csv", e.to_string()))?;
    data::write_atomically(&folder.join("trials.csv"), &csv)?;
    let page = page(tuning).map_err(|e| wrong("report.html", format!("{e:#}")))?;
    data::write_atomically(&folder.join("report.html"), page.as_bytes())
}

fn csv(tuning: &Tuning) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let names = tuning.parameters.iter().map(|parameter| parameter.name.as_str());
    let objectives = tuning.objectives.iter().map(String::as_str);
    csv.write_record(["trial", "state"].into_iter().chain(objectives).chain(["seconds"]).chain(names))?;
    for trial in &tuning.trials {
        let mut row = vec![trial.number.to_string(), state(trial.state).to_owned()];
        let value = |i: usize| trial.values.get(i).map_or_else(String::new, f64::to_string);
        row.extend((0..tuning.objectives.len()).map(value));
        row.push(trial.seconds.map_or_else(String::new, |seconds| format!("{seconds:.1}")));
        row.extend(tuning.parameters.iter().map(|p| trial.params.get(&p.name).map_or_else(String::new, plain)));
        csv.write_record(&row)?;
    }
    Ok(csv.into_inner()?)
}

pub(super) fn page(tuning: &Tuning) -> Result<String, minijinja::Error> {
    let safe = |svg: String| Text::from_safe_string(svg);
    let histories: Vec<Text> = (0..tuning.objectives.len()).map(|i| safe(history(tuning, i))).collect();
    let bar = |share: f64| chart::grouped(&[Bar { class: "full", share }]);
    let importances: Vec<_> = tuning
        .importances
        .iter()
        .map(|(name, share)| context! { name => name, percent => number::percent(*share), bar => safe(bar(*share)) })
        .collect();
    let values = context! {
        title => tuning.title.as_str(), sentence => tuning.sentence.as_str(), made_by => concat!("evenfold ", env!("CARGO_PKG_VERSION")),
        objectives => tuning.objectives.clone(), histories,
        parallel => safe(parallel(tuning)),
        importances,
        parameters => tuning.parameters.iter().map(|p| p.name.clone()).collect::<Vec<_>>(),
        rows => rows(tuning),
        time => times(tuning),
    };
    fill("tuning.html", values)
}

fn history(tuning: &Tuning, objective: usize) -> String {
    let mark = |trial: &Tried| {
        let value = *trial.values.get(objective)?;
        let complete = trial.state == State::Complete;
        Some(Mark { number: trial.number, value, complete })
    };
    let marks: Vec<Mark> = tuning.trials.iter().filter_map(mark).collect();
    let maximise = tuning.directions.get(objective) == Some(&Direction::Maximise);
    chart::history(&format!("history-{objective}"), &tuning.objectives[objective], &marks, maximise)
}

/// Complete trials through the objective and every hyper-parameter, the most important ones first.
fn parallel(tuning: &Tuning) -> String {
    const MOST: usize = 12;
    let trials: Vec<&Tried> = tuning.ended(State::Complete).collect();
    let losses: Vec<f64> = trials.iter().map(|trial| tuning.losses(trial)[0]).collect();
    let (best, worst) = chart::extent(losses.iter().copied(), false);
    let shade = |loss: f64| match loss {
        _ if !loss.is_finite() => 0.0,
        _ if worst > best => (worst - loss) / (worst - best),
        _ => 1.0,
    };
    let shades: Vec<f64> = losses.iter().map(|&loss| shade(loss)).collect();
    let axis = |name: &str, values: Vec<Option<f64>>, ends: Option<[String; 2]>, log: bool| {
        let scaled = |v: f64| if log { v.ln() } else { v };
        let (low, high) = chart::extent(values.iter().flatten().copied(), false);
        let share = |v: f64| {
            let width = scaled(high) - scaled(low);
            if width > 0.0 { (scaled(v) - scaled(low)) / width } else { 0.5 }
        };
        Axis {
            name: number::short(name, 18),
            places: values.iter().map(|v| v.filter(|v| v.is_finite()).map(share)).collect(),
            ends: ends.unwrap_or_else(|| [low, high].map(number::loose)),
        }
    };
    let objective = trials.iter().map(|trial| trial.values.first().copied()).collect();
    let mut axes = vec![axis(&tuning.objectives[0], objective, None, false)];
    let ranked = tuning.importances.iter().filter_map(|(name, _)| tuning.parameters.iter().find(|p| p.name == *name));
    for Parameter { name, distribution } in ranked.take(MOST) {
        let values: Vec<Option<f64>> = trials.iter().map(|t| distribution.internal(t.params.get(name)?)).collect();
        axes.push(match distribution {
            Distribution::Choice(choices) => {
                let ends = [choices.first(), choices.last()]
                    .map(|c| c.map_or_else(String::new, |c| number::short(&plain(c), 18)));
                let last = (choices.len() - 1).max(1) as f64;
                let places = values.iter().map(|v| v.map(|v| v / last)).collect();
                Axis { name: number::short(name, 18), places, ends }
            }
            Distribution::Float(i) | Distribution::Int(i) => axis(name, values, None, i.log),
        });
    }
    chart::parallel("parallel", &axes, &shades)
}

fn rows(tuning: &Tuning) -> Vec<Text> {
    let mut trials: Vec<&Tried> = tuning.trials.iter().collect();
    let rank =
        |trial: &Tried| (trial.state != State::Complete, tuning.losses(trial).first().copied().unwrap_or(f64::MAX));
    trials.sort_by(|a, b| rank(a).0.cmp(&rank(b).0).then(rank(a).1.total_cmp(&rank(b).1)));
    let value = |trial: &Tried, i: usize| trial.values.get(i).map_or_else(String::new, |&v| number::loose(v));
    let row = |trial: &Tried| {
        let params = tuning.parameters.iter().map(|p| match trial.params.get(&p.name) {
            Some(Value::Number(n)) if n.is_f64() => number::loose(n.as_f64().unwrap_or_default()),
            other => other.map_or_else(String::new, plain),
        });
        context! {
            number => trial.number, best => tuning.front.contains(&trial.number),
            state => trial.why.as_ref().map_or_else(|| state(trial.state).to_owned(), |why| format!("failed: {why}")),
            values => (0..tuning.objectives.len()).map(|i| value(trial, i)).collect::<Vec<_>>(),
            steps => trial.steps, seconds => trial.seconds.map_or_else(String::new, number::seconds),
            params => params.collect::<Vec<_>>(),
        }
    };
    trials.into_iter().map(row).collect()
}

/// Time by the trials' end.
fn times(tuning: &Tuning) -> Vec<Text> {
    let of = |which: State| {
        let seconds = tuning.ended(which).filter_map(|trial| trial.seconds).sum::<f64>().abs();
        let saved = if which == State::Pruned { number::seconds(tuning.saved) } else { String::new() };
        context! { state => state(which), n => tuning.ended(which).count(), seconds => number::seconds(seconds), saved }
    };
    [State::Complete, State::Pruned, State::Fail].map(of).into()
}
