//! An interval to draw from.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

use crate::random::Rng;

/// Two numbers, low first: a number is drawn evenly from between them. A single number in YAML is both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The smallest that is drawn.
    pub low: f64,
    /// The largest that is drawn.
    pub high: f64,
}

impl Range {
    /// From `low` to `high`.
    pub const fn new(low: f64, high: f64) -> Self {
        Self { low, high }
    }

    /// Says what is wrong unless both ends lie within `least..=most`, low first.
    pub fn within(&self, name: &str, least: f64, most: f64) -> Result<(), String> {
        let Self { low, high } = *self;
        if !(low.is_finite() && high.is_finite()) {
            return Err(format!("{name} must be finite numbers, got [{low}, {high}]"));
        }
        if low > high {
            return Err(format!("{name} must have the low end first: [{high}, {low}] instead of [{low}, {high}]"));
        }
        if low < least || high > most {
            return Err(format!("{name} must lie within {least} and {most}, got [{low}, {high}]"));
        }
        Ok(())
    }

    /// Draws a number, to six decimals: short in a recipe, and read back exactly.
    pub fn draw(&self, rng: &mut Rng) -> f64 {
        (rng.between(self.low, self.high) * 1e6).round() / 1e6
    }

    /// Draws a whole number; the ends are included.
    pub fn draw_whole(&self, rng: &mut Rng) -> i64 {
        rng.whole(self.low.round() as i64, self.high.round() as i64)
    }
}

impl Serialize for Range {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        [self.low, self.high].serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Range {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Ends;
        impl<'de> Visitor<'de> for Ends {
            type Value = Range;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("a number, or two as [low, high]")
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Range, E> {
                Ok(Range::new(value, value))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Range, E> {
                self.visit_f64(value as f64)
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Range, E> {
                self.visit_f64(value as f64)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut ends: A) -> Result<Range, A::Error> {
                let (Some(low), Some(high)) = (ends.next_element()?, ends.next_element()?) else {
                    return Err(de::Error::custom("expected two numbers, [low, high]"));
                };
                match ends.next_element::<f64>()? {
                    None => Ok(Range::new(low, high)),
                    Some(_) => Err(de::Error::custom("expected two numbers, [low, high], got more")),
                }
            }
        }
        deserializer.deserialize_any(Ends)
    }
}

impl JsonSchema for Range {
    fn schema_name() -> Cow<'static, str> {
        "Range".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A number, or two as [low, high] to draw evenly from between them.",
            "oneOf": [
                {"type": "number"},
                {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
            ]
        })
    }
}
