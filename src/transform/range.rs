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

    /// As [`Range::within`]; an odd whole number must lie between the ends.
    pub fn odd_within(&self, name: &str, least: f64, most: f64) -> Result<(), String> {
        self.within(name, least, most)?;
        let (first, last) = self.odd();
        if first <= last {
            Ok(())
        } else {
            Err(format!("{name} must hold an odd number, got [{}, {}]", self.low, self.high))
        }
    }

    /// Half of the first odd number between the ends, and of the last one.
    fn odd(&self) -> (i64, i64) {
        (((self.low - 1.0) / 2.0).ceil() as i64, ((self.high - 1.0) / 2.0).floor() as i64)
    }

    /// Draws a number, to six decimals: short in a recipe, and read back exactly.
    pub fn draw(&self, rng: &mut Rng) -> f64 {
        (rng.between(self.low, self.high) * 1e6).round() / 1e6
    }

    /// Draws a whole number; the ends are included.
    pub fn draw_whole(&self, rng: &mut Rng) -> i64 {
        rng.whole(self.low.round() as i64, self.high.round() as i64)
    }

    /// Draws an odd whole number; the ends are included.
    pub fn draw_odd(&self, rng: &mut Rng) -> usize {
        let (first, last) = self.odd();
        2 * rng.whole(first, last) as usize + 1
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    #[test]
    fn only_odd_numbers_between_the_ends_are_drawn_and_a_range_without_one_is_refused() {
        let range = Range::new(2.0, 7.5);
        range.odd_within("size_px", 1.0, 9.0).unwrap();
        let mut rng = Key::root(1).rng();
        let mut seen: Vec<_> = (0..100).map(|_| range.draw_odd(&mut rng)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, [3, 5, 7]);
        assert!(Range::new(4.0, 4.0).odd_within("size_px", 1.0, 9.0).unwrap_err().contains("odd"));
        assert!(Range::new(3.0, 11.0).odd_within("size_px", 1.0, 9.0).is_err());
    }
}
