//! What a timm checkpoint says of the pictures that it was trained on: the `config.json` beside its weights.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Error;

/// The part of timm's `config.json` that is read here (`timm/models/_hub.py` writes it).
#[derive(Deserialize)]
struct Card {
    architecture: Option<String>,
    pretrained_cfg: Option<Facts>,
}

#[derive(Deserialize)]
struct Facts {
    mean: Option<[f32; 3]>,
    std: Option<[f32; 3]>,
    crop_pct: Option<f64>,
    crop_mode: Option<String>,
    interpolation: Option<String>,
}

/// The keys of the configuration that the `config.json` beside these weights determines; none where there is no such
/// file.
pub fn of_weights(weights: &Path) -> Result<Map<String, Value>, Error> {
    let path = weights.with_file_name("config.json");
    let Ok(bytes) = std::fs::read(&path) else { return Ok(Map::new()) };
    let wrong = |why: String| Error::Checkpoint { path: path.clone(), why };
    let card: Card = serde_json::from_slice(&bytes).map_err(|e| wrong(format!("not timm's config.json: {e}")))?;
    let mut known = Map::new();
    let mut note = |key: &str, value: Value| {
        if !value.is_null() {
            known.insert(key.into(), value);
        }
    };
    note("model", json!(card.architecture));
    if let Some(facts) = card.pretrained_cfg {
        note("mean", json!(facts.mean));
        note("std", json!(facts.std));
        note("crop_pct", json!(facts.crop_pct));
        note("crop_mode", json!(facts.crop_mode));
        note("interpolation", json!(facts.interpolation));
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timm_s_config_json_gives_the_numbers_of_its_pictures() {
        let folder = tempfile::tempdir().unwrap();
        let weights = folder.path().join("model.safetensors");
        assert!(of_weights(&weights).unwrap().is_empty());
        // The keys as `timm.models.save_for_hf` of timm 1.0 writes them.
        let card = r#"{"architecture": "efficientnet_b1", "num_classes": 1000, "num_features": 1280, "pretrained_cfg": {
            "tag": "ra4_e3600_r240_in1k", "custom_load": false, "input_size": [3, 240, 240], "fixed_input_size": false,
            "interpolation": "bicubic", "crop_pct": 0.9, "crop_mode": "center", "mean": [0.5, 0.5, 0.5],
            "std": [0.5, 0.5, 0.5], "num_classes": 1000, "pool_size": [8, 8], "first_conv": "conv_stem"}}"#;
        std::fs::write(folder.path().join("config.json"), card).unwrap();
        let expected = json!({"model": "efficientnet_b1", "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5],
            "crop_pct": 0.9, "crop_mode": "center", "interpolation": "bicubic"});
        assert_eq!(Value::Object(of_weights(&weights).unwrap()), expected);
        std::fs::write(folder.path().join("config.json"), "[]").unwrap();
        assert!(of_weights(&weights).unwrap_err().to_string().contains("config.json"));
    }
}
