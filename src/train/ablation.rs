//! Further steps that are tried one list at a time.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::pipeline::Steps;

/// Lists of steps by name.
pub type Further = BTreeMap<String, Steps>;

/// What users of this field try first, each mild enough for most photos.
const COMMON: &str = "
noise: [{gauss_noise: {std: [5, 25], p: 0.3}}]
blur: [{gaussian_blur: {sigma: [0.5, 2], p: 0.3}}]
motion: [{motion_blur: {size_px: [3, 9], p: 0.3}}]
light: [{brightness_contrast: {brightness: [-0.3, 0.3], contrast: [-0.3, 0.3], p: 0.5}}]
compression: [{jpeg_compression: {quality: [20, 80], p: 0.3}}]
fog: [{fog: {p: 0.2}}]
turns: [{affine: {rotate_deg: [-15, 15], scale: [0.85, 1.15], p: 0.5}}]
occlusion: [{coarse_dropout: {p: 0.3}}]
";
const PRESETS: [&str; 2] = ["none", "common"];

fn preset(name: &str) -> Option<Further> {
    let text = match name {
        "none" => "{}",
        "common" => COMMON,
        _ => return None,
    };
    Some(serde_saphyr::from_str(text).expect("the preset is of the catalogue"))
}

/// A preset's name, or lists of steps by name.
pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Further, D::Error> {
    struct Given;
    impl<'de> Visitor<'de> for Given {
        type Value = Further;

        fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
            f.write_str("the name of a preset, or names with lists of transforms")
        }

        fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Further, E> {
            preset(name).ok_or_else(|| {
                let names = PRESETS.join(", ");
                E::custom(format!("ablation must be one of {names}, or names with lists of transforms, got `{name}`"))
            })
        }

        fn visit_map<A: MapAccess<'de>>(self, lists: A) -> Result<Further, A::Error> {
            Further::deserialize(MapAccessDeserializer::new(lists))
        }
    }
    deserializer.deserialize_any(Given)
}

/// For editors.
pub(super) fn schema(generator: &mut SchemaGenerator) -> Schema {
    let lists = Further::json_schema(generator);
    json_schema!({ "anyOf": [{ "enum": PRESETS }, lists] })
}

#[cfg(test)]
mod tests {
    use crate::train::Config;

    #[test]
    fn a_preset_or_lists_of_one_s_own_are_read() {
        let read = |text: &str| serde_saphyr::from_str::<Config>(text).map(|config| config.ablation);
        assert!(read("ablation: none").unwrap().is_empty());
        let common = read("ablation: common").unwrap();
        assert!(common.len() == 8 && common.values().all(|steps| steps.nodes().len() == 1));
        let own = read("ablation: {grey: [{to_gray: {p: 0.5}}]}").unwrap();
        assert_eq!(own.keys().collect::<Vec<_>>(), ["grey"]);
        let wrong = read("ablation: all").unwrap_err().to_string();
        assert!(wrong.contains("one of none, common") && wrong.contains("`all`"), "{wrong}");
    }
}
