//! Presets of the views that predictions are joined over (test-time augmentation).

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::SeqAccessDeserializer;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::pipeline::Steps;

/// How much closer a crop looks: seven eighths of a side are seen, as by 224 of 256 pixels.
const CLOSER: f64 = 8.0 / 7.0;

/// A name and what makes its views.
type Preset = (&'static str, fn() -> Vec<Value>);

/// Names of presets, and the views behind them.
const PRESETS: [Preset; 6] = [
    ("none", || vec![json!([])]),
    ("flip", || vec![json!([]), json!(["hflip"])]),
    ("d4", || {
        let turns = [json!([]), json!(["hflip"]), json!(["vflip"]), json!(["hflip", "vflip"])];
        let turned = turns.iter().map(|turn| joined(&[&json!(["transpose"]), turn])).collect::<Vec<_>>();
        turns.iter().cloned().chain(turned).collect()
    }),
    ("ten_crop", || both_ways([[0.0, 0.0], [-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]].map(crop))),
    ("scales", || both_ways([0.9, 1.0, 1.15].map(|scale| json!([{"affine": {"scale": [scale, scale]}}])))),
    ("mild", || {
        let turned = |deg: f64| json!([{"rotate": {"rotate_deg": [deg, deg]}}]);
        let lit = |by: f64| json!([{"brightness": {"factor": [by, by]}}]);
        vec![json!([]), json!(["hflip"]), turned(-8.0), turned(8.0), lit(0.88), lit(1.12)]
    }),
];

/// Views that look closer at the middle (0, 0) or a corner (-1 or 1 each).
fn crop([x, y]: [f64; 2]) -> Value {
    let [x, y] = [x, y].map(|at| -at * (CLOSER - 1.0) / 2.0);
    json!([{"affine": {"scale": [CLOSER, CLOSER], "shift_x_frac": [x, x], "shift_y_frac": [y, y]}}])
}

fn both_ways<const N: usize>(views: [Value; N]) -> Vec<Value> {
    let mirrored = views.iter().map(|view| joined(&[view, &json!(["hflip"])])).collect::<Vec<_>>();
    views.into_iter().chain(mirrored).collect()
}

fn joined(lists: &[&Value]) -> Value {
    lists.iter().flat_map(|list| list.as_array().into_iter().flatten().cloned()).collect()
}

/// Each step happens, whatever its usual chance.
fn certain(view: &Value) -> Value {
    let certain = |step: &Value| match step {
        Value::String(name) => json!({name: {"p": 1.0}}),
        step => {
            let mut step = step.clone();
            step.as_object_mut().into_iter().flatten().for_each(|(_, params)| params["p"] = json!(1.0));
            step
        }
    };
    view.as_array().into_iter().flatten().map(certain).collect()
}

/// A preset's name, or a list of views.
pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Steps>, D::Error> {
    struct Given;
    impl<'de> Visitor<'de> for Given {
        type Value = Vec<Steps>;

        fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
            f.write_str("the name of a preset, or a list of views, each a list of transforms")
        }

        fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Vec<Steps>, E> {
            preset(name).ok_or_else(|| {
                let names = PRESETS.map(|(name, _)| name).join(", ");
                E::custom(format!("tta must be one of {names}, or a list of views, got `{name}`"))
            })
        }

        fn visit_seq<A: SeqAccess<'de>>(self, views: A) -> Result<Vec<Steps>, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(views))
        }
    }
    deserializer.deserialize_any(Given)
}

/// The views of a preset.
pub(super) fn preset(name: &str) -> Option<Vec<Steps>> {
    let (_, views) = PRESETS.iter().find(|(known, _)| *known == name)?;
    let steps = |view: &Value| serde_json::from_value(certain(view)).expect("presets are of the catalogue");
    Some(views().iter().map(steps).collect())
}

/// For editors.
pub(super) fn schema(generator: &mut SchemaGenerator) -> Schema {
    let views = <Vec<Steps>>::json_schema(generator);
    json_schema!({ "anyOf": [{ "enum": PRESETS.map(|(name, _)| name) }, views] })
}

#[cfg(test)]
mod tests {
    use crate::train::Config;

    #[test]
    fn every_preset_is_read_and_has_as_many_views_as_it_says() {
        for (name, count) in [("none", 1), ("flip", 2), ("d4", 8), ("ten_crop", 10), ("scales", 6), ("mild", 6)] {
            let config: Config = serde_saphyr::from_str(&format!("tta: {name}")).unwrap();
            assert_eq!(config.tta.len(), count, "{name}");
            let again: Config = serde_json::from_value(serde_json::to_value(&config).unwrap()).unwrap();
            assert_eq!(serde_json::to_value(again.tta).unwrap(), serde_json::to_value(config.tta).unwrap());
        }
        let wrong = serde_saphyr::from_str::<Config>("tta: flips").err().unwrap().to_string();
        assert!(wrong.contains("tta must be one of none, flip, d4") && wrong.contains("`flips`"), "{wrong}");
        let wrong = serde_saphyr::from_str::<Config>("tta: [[hflop]]").err().unwrap().to_string();
        assert!(wrong.contains("hflop"), "{wrong}");
    }
}
