//! What the commands that train take alike.

use std::time::Duration;

use serde_json::{Map, Value};

use super::answer::Failure;
use crate::train::{Config, of_weights};

/// Whole or broken seconds, minutes, hours or days.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("expected a time such as 90s, 30m, 2h or 1d, got `{text}`");
    let (number, unit) = text.split_at(text.trim_end_matches(|c: char| c.is_ascii_alphabetic()).len());
    let seconds = match unit {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86400.0,
        _ => return Err(wrong()),
    };
    let number: f64 = number.trim().parse().map_err(|_| wrong())?;
    Duration::try_from_secs_f64(number * seconds).map_err(|_| wrong())
}

/// A configuration, in which `tune` has ranges: defaults, then what the weights are known to want, then the file's, then
/// `--set`.
pub fn layered(file: &Value, set: &[String]) -> Result<Value, Failure> {
    let values = joined(&Map::new(), file, set)?;
    match values["weights"].as_str() {
        Some(weights) => joined(&of_weights(weights.as_ref())?, file, set),
        None => Ok(values),
    }
}

fn joined(weights: &Map<String, Value>, file: &Value, set: &[String]) -> Result<Value, Failure> {
    let mut values = serde_json::to_value(Config::default())?;
    for layer in [weights, file.as_object().unwrap_or(&Map::new())] {
        for (key, value) in layer {
            values[key] = value.clone();
        }
    }
    for pair in set {
        let (key, value) = pair.split_once('=').ok_or_else(|| format!("--set {pair}: expected KEY=VALUE"))?;
        let value: Value = serde_saphyr::from_str(value).map_err(|e| format!("--set {pair}: {e}"))?;
        let mut place = &mut values;
        for part in key.split('.') {
            let known = place.as_object().map(|map| map.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
            place = place
                .get_mut(part)
                .ok_or_else(|| format!("--set {pair}: no key `{part}`; there are {}", known.join(", ")))?;
        }
        *place = value;
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        assert_eq!(duration("1.5m"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("2 h"), Ok(Duration::from_hours(2)));
        for wrong in ["90", "m", "-1s", "1w", "nans"] {
            assert!(duration(wrong).is_err_and(|said| said.contains(wrong)), "{wrong}");
        }
    }
}
