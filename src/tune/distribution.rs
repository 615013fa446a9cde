//! The range of one hyper-parameter, as Optuna knows it.

use serde_json::{Value, json};

use crate::random::Rng;

/// Where the values of one hyper-parameter come from. A value is kept as one number, Optuna's internal representation:
/// itself, or the index of a choice.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Optuna's `FloatDistribution`.
    Float(Interval),
    /// Optuna's `IntDistribution`; its step is at least 1.
    Int(Interval),
    /// Optuna's `CategoricalDistribution`: null, booleans, numbers or texts.
    Choice(Vec<Value>),
}

/// Numbers from `low` to `high`, both included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The least.
    pub low: f64,
    /// The greatest.
    pub high: f64,
    /// Whether drawn evenly by logarithm.
    pub log: bool,
    /// Distance of neighbouring values; none for any number.
    pub step: Option<f64>,
}

impl Distribution {
    /// Whether there is but one value.
    pub fn single(&self) -> bool {
        match self {
            Self::Float(Interval { low, high, step, .. }) => low == high || step.is_some_and(|step| high - low < step),
            Self::Int(Interval { low, high, step, .. }) => high - low < step.unwrap_or(1.0),
            Self::Choice(choices) => choices.len() == 1,
        }
    }

    /// A value as it is written in a configuration.
    pub fn external(&self, internal: f64) -> Value {
        match self {
            Self::Float(_) => json!(internal),
            Self::Int(_) => json!(internal as i64),
            Self::Choice(choices) => choices.get(internal as usize).cloned().unwrap_or_default(),
        }
    }

    /// The other way; none for a value that is not one of these.
    pub fn internal(&self, external: &Value) -> Option<f64> {
        match self {
            Self::Float(Interval { low, high, .. }) | Self::Int(Interval { low, high, .. }) => {
                external.as_f64().filter(|value| (*low..=*high).contains(value))
            }
            Self::Choice(choices) => choices.iter().position(|choice| choice == external).map(|at| at as f64),
        }
    }

    /// An even draw.
    pub fn draw(&self, rng: &mut Rng) -> f64 {
        match self {
            Self::Choice(choices) => rng.index(choices.len()) as f64,
            Self::Float(interval) | Self::Int(interval) => {
                let (low, high) = interval.reach();
                self.back(rng.between(low, high))
            }
        }
    }

    /// From a place on the axis that is searched (the logarithm where `log` is set) to the nearest value.
    pub(super) fn back(&self, place: f64) -> f64 {
        match self {
            Self::Choice(_) => place,
            Self::Float(interval) | Self::Int(interval) => {
                let value = if interval.log { libm::exp(place) } else { place };
                let value = match interval.step {
                    Some(step) => interval.low + ((value - interval.low) / step).round() * step,
                    None => value,
                };
                value.clamp(interval.low, interval.last())
            }
        }
    }

    /// Optuna's JSON of it.
    pub fn to_json(&self) -> String {
        let (name, attributes) = match self {
            Self::Float(Interval { low, high, log, step }) => {
                ("FloatDistribution", json!({"step": step, "low": low, "high": high, "log": log}))
            }
            Self::Int(Interval { low, high, log, step }) => {
                let whole = [*low, *high, step.unwrap_or(1.0)].map(|v| v as i64);
                ("IntDistribution", json!({"log": log, "step": whole[2], "low": whole[0], "high": whole[1]}))
            }
            Self::Choice(choices) => ("CategoricalDistribution", json!({"choices": choices})),
        };
        json!({"name": name, "attributes": attributes}).to_string()
    }

    /// Reads Optuna's JSON; none for what is no distribution of Optuna 3 or later.
    pub fn from_json(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        let attributes = value.get("attributes")?;
        let interval = || {
            Some(Interval {
                low: attributes.get("low")?.as_f64()?,
                high: attributes.get("high")?.as_f64()?,
                log: attributes.get("log")?.as_bool()?,
                step: attributes.get("step")?.as_f64(),
            })
        };
        match value.get("name")?.as_str()? {
            "FloatDistribution" => interval().map(Self::Float),
            "IntDistribution" => interval().map(Self::Int),
            "CategoricalDistribution" => attributes.get("choices")?.as_array().cloned().map(Self::Choice),
            _ => None,
        }
    }
}

impl Interval {
    /// The ends of the axis that is searched: half a step beyond the values where there are steps.
    pub(super) fn reach(&self) -> (f64, f64) {
        let half = self.step.unwrap_or(0.0) / 2.0;
        self.scaled((self.low - half, self.last() + half))
    }

    /// The greatest value that a whole number of steps leads to.
    fn last(&self) -> f64 {
        match self.step {
            // A step that ends a rounding error above `high` is meant to end there.
            Some(step) => (self.low + ((self.high - self.low) / step + 1e-9).floor() * step).min(self.high),
            None => self.high,
        }
    }

    fn scaled(&self, (low, high): (f64, f64)) -> (f64, f64) {
        if self.log { (libm::log(low), libm::log(high)) } else { (low, high) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    fn all() -> Vec<Distribution> {
        let interval = |low, high, log, step| Interval { low, high, log, step };
        vec![
            Distribution::Float(interval(1e-5, 1e-2, true, None)),
            Distribution::Float(interval(0.0, 1.0, false, Some(0.25))),
            Distribution::Int(interval(8.0, 64.0, true, Some(1.0))),
            Distribution::Int(interval(3.0, 12.0, false, Some(4.0))),
            Distribution::Choice(vec![json!(null), json!("a"), json!(0.5), json!(true)]),
        ]
    }

    #[test]
    fn json_and_values_go_there_and_back() {
        let mut rng = Key::root(1).rng();
        for distribution in all() {
            assert_eq!(Distribution::from_json(&distribution.to_json()).as_ref(), Some(&distribution));
            for _ in 0..200 {
                let value = distribution.draw(&mut rng);
                assert_eq!(distribution.internal(&distribution.external(value)), Some(value), "{distribution:?}");
            }
        }
    }

    #[test]
    fn draws_reach_every_step_and_no_more() {
        let mut rng = Key::root(2).rng();
        let mut seen: Vec<i64> = (0..200).map(|_| all()[3].draw(&mut rng) as i64).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, [3, 7, 11]);
    }
}
