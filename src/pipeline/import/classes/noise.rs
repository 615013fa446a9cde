//! Classes of sensors and transmission: noise, resolution, lenses.

use serde_json::json;

use super::Class;
use crate::pipeline::import::given::{about_zero, exactly, same, short};

pub const CLASSES: &[Class] = &[
    ("ISONoise", |given| {
        let color = given.range(&["color_shift", "color_shift_range"], exactly);
        let intensity = given.range(&["intensity", "intensity_range"], exactly);
        json!({"iso_noise": {"color_shift": same(color), "intensity": same(intensity)}})
    }),
    ("ShotNoise", |given| json!({"shot_noise": {"scale": same(given.range(&["scale_range"], exactly))}})),
    ("MultiplicativeNoise", |given| {
        let factors = given.range(&["multiplier", "multiplier_range"], exactly);
        let [channel, each] =
            ["per_channel", "elementwise"].map(|key| given.take(key).is_some_and(|value| value.plain() == true));
        json!({"multiplicative_noise": {"multiplier": same(factors), "per_channel": channel, "elementwise": each}})
    }),
    ("SaltAndPepper", |given| {
        let amount = given.range(&["amount", "amount_range"], exactly);
        let salt = given.range(&["salt_vs_pepper", "salt_vs_pepper_range"], exactly);
        json!({"salt_and_pepper": {"amount": same(amount), "salt_vs_pepper": same(salt)}})
    }),
    ("PixelDropout", |given| {
        given.only("per_channel", &[json!(false)], "ours covers whole pixels");
        given.pass(&["mask_drop_value", "mask_fill_value"]);
        let fill = given.colour(&["drop_value", "fill"]);
        let chance = short(given.number(&["dropout_prob"]));
        json!({"pixel_dropout": {"dropout_prob": [chance, chance], "fill": fill}})
    }),
    ("Downscale", |given| {
        let scale = if given.has("scale_min") {
            ["scale_min", "scale_max"].map(|key| given.number(&[key]))
        } else {
            given.range(&["scale_range"], exactly)
        };
        given.pass(&["scale_min", "scale_max", "scale_range"]);
        let Some(ways) = given.need(&["interpolation_pair", "interpolation"]) else { return json!(null) };
        let both = |name| ways.get(name).unwrap_or(ways).plain();
        let way = match (both("upscale").as_i64(), both("downscale").as_i64()) {
            (Some(0), Some(0)) => "nearest",
            (Some(1), Some(1)) => "bilinear",
            _ => {
                given.refuse(Some(ways.place), "ours goes both ways by the nearest pixel or both bilinearly");
                return json!(null);
            }
        };
        given.note(match way {
            "bilinear" => "ours is antialiased where it shrinks, OpenCV's is not",
            _ => "ours keeps the middle pixel of a block, OpenCV the first",
        });
        json!({"downscale": {"scale": same(scale), "interpolation": way}})
    }),
    ("ChromaticAberration", |given| {
        given.only("interpolation", &[json!(1)], "ours is bilinear");
        let Some(mode) = given.need(&["mode"]) else { return json!(null) };
        let primary = given.range(&["primary_distortion_limit", "primary_distortion_range"], about_zero);
        let secondary = given.range(&["secondary_distortion_limit", "secondary_distortion_range"], about_zero);
        json!({"chromatic_aberration": {
            "primary_distortion": same(primary), "secondary_distortion": same(secondary), "mode": mode.plain()
        }})
    }),
];
