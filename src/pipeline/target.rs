//! `balance.target`: how many images a class should have, as it is written in a pipeline file.

use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// How many images a class should have.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// The same number for all.
    Number(usize),
    /// As many as the largest class.
    Max,
    /// The mean over classes, rounded.
    Mean,
    /// The median over classes, rounded.
    Median,
    /// `x2`: so many times what each class has.
    Times(f64),
    /// A formula of what each class has, with its one number.
    Rule(Rule, f64),
    /// A number for each class named; the others stay as they are.
    PerClass(BTreeMap<String, usize>),
    /// A number for every class, in the order of the classes (by name).
    List(Vec<usize>),
}

/// A formula that lies between leaving a class as it is and raising it to the largest; `plan::targets` states each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// `{ratio: r}`, 0 < r ≤ 1.
    Ratio,
    /// `{power: q}`, 0 ≤ q ≤ 1.
    Power,
    /// `{effective_number: beta}`, 0 ≤ beta < 1.
    EffectiveNumber,
    /// `{repeat_factor: t}`, 0 < t ≤ 1.
    RepeatFactor,
}

impl Rule {
    const ALL: [Self; 4] = [Self::Ratio, Self::Power, Self::EffectiveNumber, Self::RepeatFactor];

    fn name(self) -> &'static str {
        match self {
            Self::Ratio => "ratio",
            Self::Power => "power",
            Self::EffectiveNumber => "effective_number",
            Self::RepeatFactor => "repeat_factor",
        }
    }

    fn check(self, value: f64) -> Result<(), String> {
        let (fits, range) = match self {
            Self::Ratio | Self::RepeatFactor => (value > 0.0 && value <= 1.0, "above 0 and at most 1"),
            Self::Power => ((0.0..=1.0).contains(&value), "from 0 to 1"),
            Self::EffectiveNumber => ((0.0..1.0).contains(&value), "from 0 to below 1, such as 0.999"),
        };
        let name = self.name();
        if fits { Ok(()) } else { Err(format!("{name} must be {range}, got {value}")) }
    }
}

const EXPECTED: &str = "a whole number, max, mean, median, xK (such as x2), {class: number}, a list of numbers in class \
                        order, {ratio: r}, {power: q}, {effective_number: beta} or {repeat_factor: t}";

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(n) => n.serialize(serializer),
            Self::Max => "max".serialize(serializer),
            Self::Mean => "mean".serialize(serializer),
            Self::Median => "median".serialize(serializer),
            Self::Times(k) => format!("x{k}").serialize(serializer),
            Self::Rule(rule, value) => BTreeMap::from([(rule.name(), value)]).serialize(serializer),
            Self::PerClass(targets) => targets.serialize(serializer),
            Self::List(targets) => targets.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TargetVisitor)
    }
}

struct TargetVisitor;

impl<'de> Visitor<'de> for TargetVisitor {
    type Value = Target;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_u64<E: de::Error>(self, n: u64) -> Result<Target, E> {
        Ok(Target::Number(n as usize))
    }

    fn visit_i64<E: de::Error>(self, n: i64) -> Result<Target, E> {
        usize::try_from(n).map(Target::Number).map_err(|_| E::custom(format!("target must not be below 0, got {n}")))
    }

    fn visit_f64<E: de::Error>(self, n: f64) -> Result<Target, E> {
        whole(n).map(Target::Number).map_err(E::custom)
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Target, E> {
        match name {
            "max" => Ok(Target::Max),
            "mean" => Ok(Target::Mean),
            "median" => Ok(Target::Median),
            other => match other.strip_prefix('x').and_then(|k| k.parse::<f64>().ok()) {
                Some(k) if k > 0.0 && k.is_finite() => Ok(Target::Times(k)),
                _ => Err(E::custom(format!("target must be {EXPECTED}, got `{other}`"))),
            },
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Target, A::Error> {
        let mut targets = Vec::new();
        while let Some(n) = list.next_element()? {
            targets.push(whole(n).map_err(de::Error::custom)?);
        }
        Ok(Target::List(targets))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Target, A::Error> {
        let mut entries: Vec<(String, f64)> = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        let rule = |name: &str| Rule::ALL.into_iter().find(|rule| rule.name() == name);
        if let [(name, value)] = &entries[..]
            && let Some(rule) = rule(name)
        {
            rule.check(*value).map_err(de::Error::custom)?;
            return Ok(Target::Rule(rule, *value));
        }
        let mut targets = BTreeMap::new();
        for (class, n) in entries {
            let n = whole(n).map_err(|why| match rule(&class) {
                Some(_) => de::Error::custom(format!("`{class}` stands alone in target, without other keys")),
                None => de::Error::custom(format!("`{class}`: {why}")),
            })?;
            targets.insert(class, n);
        }
        Ok(Target::PerClass(targets))
    }
}

/// A count, however it is written: `400` and `400.0` are the same.
fn whole(n: f64) -> Result<usize, String> {
    if n >= 0.0 && n.fract() == 0.0 && n < 1e15 {
        Ok(n as usize)
    } else {
        Err(format!("a number of images must be whole and not below 0, got {n}"))
    }
}

impl JsonSchema for Target {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Target".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let rule = |name: &str, range: serde_json::Value| {
            json_schema!({
                "type": "object", "required": [name], "additionalProperties": false, "properties": {name: range}
            })
        };
        let number = |extra: serde_json::Value| {
            let mut range = serde_json::json!({"type": "number", "minimum": 0, "maximum": 1});
            range.as_object_mut().expect("an object").extend(extra.as_object().cloned().unwrap_or_default());
            range
        };
        json_schema!({
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "enum": ["max", "mean", "median"]},
                {"type": "string", "pattern": "^x[0-9]*\\.?[0-9]+$"},
                {"type": "array", "items": {"type": "integer", "minimum": 0}},
                {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}},
                rule("ratio", number(serde_json::json!({"exclusiveMinimum": 0}))),
                rule("power", number(serde_json::json!({}))),
                rule("effective_number", number(serde_json::json!({"exclusiveMaximum": 1}))),
                rule("repeat_factor", number(serde_json::json!({"exclusiveMinimum": 0}))),
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_written_back() {
        for (yaml, target) in [
            ("400", Target::Number(400)),
            ("median", Target::Median),
            ("x2.5", Target::Times(2.5)),
            ("{ratio: 0.5}", Target::Rule(Rule::Ratio, 0.5)),
            ("{power: 0}", Target::Rule(Rule::Power, 0.0)),
            ("{effective_number: 0.999}", Target::Rule(Rule::EffectiveNumber, 0.999)),
            ("{repeat_factor: 0.1}", Target::Rule(Rule::RepeatFactor, 0.1)),
            ("{cat: 3, ratio: 5}", Target::PerClass([("cat".into(), 3), ("ratio".into(), 5)].into())),
            ("[3, 5]", Target::List(vec![3, 5])),
        ] {
            assert_eq!(serde_saphyr::from_str::<Target>(yaml).unwrap(), target, "{yaml}");
            let json = serde_json::to_string(&target).unwrap();
            assert_eq!(serde_json::from_str::<Target>(&json).unwrap(), target, "{json}");
        }
    }
}
