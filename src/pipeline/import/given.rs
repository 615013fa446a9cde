//! The parameters of one Albumentations class, as they are taken one by one: what nobody takes is reported.

use serde_json::{Value as Json, json};

use super::Remark;
use super::located::{Located, Place};

/// One step of the file, while it is translated.
pub struct Given<'a> {
    class: &'a str,
    place: Place,
    left: Vec<(&'a str, &'a Located)>,
    /// Whether the file is of Albumentations 1.
    pub old: bool,
    /// What cannot be translated.
    pub refused: Vec<Remark>,
    /// What was translated, but does not do quite the same.
    pub noted: Vec<Remark>,
}

impl<'a> Given<'a> {
    /// All keys of a step but its class.
    pub fn new(class: &'a str, step: &'a Located, old: bool) -> Self {
        let entries = step.entries().unwrap_or_default();
        let left = entries.iter().filter(|(key, _)| key != super::CLASS).map(|(key, value)| (key.as_str(), value));
        Self { class, place: step.place, left: left.collect(), old, refused: Vec::new(), noted: Vec::new() }
    }

    /// Says that something cannot be translated.
    pub fn refuse(&mut self, place: Option<Place>, what: impl Into<String>) {
        let place = place.unwrap_or(self.place);
        self.refused.push(Remark { place, class: self.class.to_owned(), what: what.into() });
    }

    /// Says how our transform differs.
    pub fn note(&mut self, what: impl Into<String>) {
        self.noted.push(Remark { place: self.place, class: self.class.to_owned(), what: what.into() });
    }

    /// The value of a key. Null is as good as no key.
    pub fn take(&mut self, key: &str) -> Option<&'a Located> {
        let at = self.left.iter().position(|(name, _)| *name == key)?;
        let (_, value) = self.left.remove(at);
        (!value.plain().is_null()).then_some(value)
    }

    /// Whether a key is there and not null.
    pub fn has(&self, key: &str) -> bool {
        self.left.iter().any(|(name, value)| *name == key && !value.plain().is_null())
    }

    /// The value of the first of these keys that is there; a missing one is reported, since its default differs between
    /// versions of Albumentations.
    pub fn need(&mut self, keys: &[&str]) -> Option<&'a Located> {
        let found = keys.iter().filter_map(|key| self.take(key)).collect::<Vec<_>>();
        if found.is_empty() {
            self.refuse(
                None,
                format!("`{}` is missing; its default differs between versions of Albumentations", keys[0]),
            );
        }
        found.first().copied()
    }

    /// A number.
    pub fn number(&mut self, keys: &[&str]) -> f64 {
        let Some(value) = self.need(keys) else { return 0.0 };
        value.plain().as_f64().unwrap_or_else(|| {
            self.refuse(Some(value.place), format!("`{}` must be a number", keys[0]));
            0.0
        })
    }

    /// Two numbers; a single number `x` becomes what `spread` makes of it.
    pub fn range(&mut self, keys: &[&str], spread: fn(f64) -> [f64; 2]) -> [f64; 2] {
        let Some(value) = self.need(keys) else { return [0.0; 2] };
        self.range_of(value, keys[0], spread)
    }

    /// Two numbers from a value that was taken.
    pub fn range_of(&mut self, value: &Located, name: &str, spread: fn(f64) -> [f64; 2]) -> [f64; 2] {
        match value.plain() {
            Json::Number(number) => spread(number.as_f64().unwrap_or(0.0)),
            Json::Array(ends) if ends.len() == 2 && ends.iter().all(Json::is_number) => {
                [0, 1].map(|i| ends[i].as_f64().unwrap_or(0.0))
            }
            _ => {
                self.refuse(Some(value.place), format!("`{name}` must be a number, or two as [low, high]"));
                [0.0; 2]
            }
        }
    }

    /// Accepts a key only at the values at which ours does the same; no key is accepted too.
    pub fn only(&mut self, key: &str, values: &[Json], why: &str) {
        let Some(value) = self.take(key) else { return };
        let plain = value.plain();
        if !values.iter().any(|same| equal(same, &plain)) {
            self.refuse(Some(value.place), format!("`{key}: {plain}` cannot be translated: {why}"));
        }
    }

    /// Accepts keys whatever their values: they change nothing about a picture that has no masks, boxes or key points.
    pub fn pass(&mut self, keys: &[&str]) {
        self.left.retain(|(name, _)| !keys.contains(name));
    }

    /// Takes all that is left, where the class itself is refused.
    pub fn drop_rest(&mut self) {
        self.left.clear();
    }

    /// A colour of a number or of three.
    pub fn colour(&mut self, keys: &[&str]) -> Json {
        let Some(value) = keys.iter().find_map(|key| self.take(key)) else { return json!([0, 0, 0]) };
        match value.plain() {
            level @ Json::Number(_) => Json::from(vec![whole(&level); 3]),
            Json::Array(levels) if levels.len() == 3 => levels.iter().map(whole).collect(),
            other => {
                self.refuse(
                    Some(value.place),
                    format!("`{}: {other}` cannot be translated: a fill is one colour", keys[0]),
                );
                Json::Null
            }
        }
    }

    /// What lies outside of the picture, by OpenCV's number, after an interpolation that must be bilinear.
    pub fn border(&mut self) -> Json {
        self.only("interpolation", &[json!(1)], "ours is bilinear");
        self.pass(&["mask_interpolation", "rotate_method", "keypoint_remapping_method"]);
        self.pass(&["fill_mask", "mask_value", "cval_mask", "mask_pad_val"]);
        let mode = self.need(&["border_mode", "mode", "pad_mode"]);
        let fill = self.colour(&["fill", "value", "cval", "pad_val"]);
        let Some(mode) = mode else { return Json::Null };
        match mode.plain().as_i64() {
            Some(0) => json!({"fill": fill}),
            Some(1) => json!("edge"),
            Some(2) => json!("symmetric"),
            Some(3) => json!("wrap"),
            Some(4) => json!("reflect"),
            _ => {
                self.refuse(Some(mode.place), format!("`border_mode: {}` is not known", mode.plain()));
                Json::Null
            }
        }
    }

    /// Reports what nobody took.
    pub fn close(&mut self) {
        for (key, value) in std::mem::take(&mut self.left) {
            self.refuse(Some(value.place), format!("`{key}` is not known of this class"));
        }
    }
}

/// Numbers are equal as numbers, however they are written.
fn equal(a: &Json, b: &Json) -> bool {
    match (a.as_f64(), b.as_f64(), a.as_array(), b.as_array()) {
        (Some(a), Some(b), ..) => a == b,
        (.., Some(a), Some(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        _ => a == b,
    }
}

fn whole(level: &Json) -> Json {
    short(level.as_f64().unwrap_or(0.0).round())
}

/// To six decimals, and without any where there are none.
pub fn short(number: f64) -> Json {
    let rounded = (number * 1e6).round() / 1e6;
    if rounded.fract() == 0.0 { json!(rounded as i64) } else { json!(rounded) }
}

/// A range times a factor.
pub fn times(factor: f64, [low, high]: [f64; 2]) -> Json {
    json!([short(low * factor), short(high * factor)])
}

/// A range as it is.
pub fn same(range: [f64; 2]) -> Json {
    times(1.0, range)
}

/// `x` means -x to x.
pub fn about_zero(x: f64) -> [f64; 2] {
    [-x, x]
}

/// `x` means 1 - x (0 at least) to 1 + x.
pub fn about_one(x: f64) -> [f64; 2] {
    [(1.0 - x).max(0.0), 1.0 + x]
}

/// `x` means x.
pub fn exactly(x: f64) -> [f64; 2] {
    [x, x]
}
