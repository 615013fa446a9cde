//! Classes that change colours.

use serde_json::{Value as Json, json};

use super::Class;
use crate::pipeline::import::given::{about_one, about_zero, exactly, same, short, times};

pub const CLASSES: &[Class] = &[
    // level x (1 + contrast) + 255 x brightness, on both sides.
    ("RandomBrightnessContrast", |given| {
        given.only("brightness_by_max", &[json!(true)], "ours adds a fraction of white, not of the picture's mean");
        given.only("ensure_safe_range", &[json!(false)], "ours holds levels to 0..=255 instead of narrowing the draw");
        let brightness = given.range(&["brightness_limit", "brightness_range"], about_zero);
        let contrast = given.range(&["contrast_limit", "contrast_range"], about_zero);
        json!({"brightness_contrast": {"brightness": same(brightness), "contrast": same(contrast)}})
    }),
    // Hundredths of a power.
    ("RandomGamma", |given| {
        given.pass(&["eps"]);
        let gamma = given.range(&["gamma_limit", "gamma_range"], |x| [100.0 - x, 100.0 + x]);
        json!({"gamma": {"gamma": times(0.01, gamma)}})
    }),
    ("RandomToneCurve", |given| {
        given.only("per_channel", &[json!(false)], "ours bends all channels alike");
        json!({"tone_curve": {"scale": short(given.number(&["scale"]))}})
    }),
    // OpenCV keeps hues in steps of two degrees.
    ("HueSaturationValue", |given| {
        let hue = given.range(&["hue_shift_limit", "hue_shift_range"], about_zero);
        let saturation = given.range(&["sat_shift_limit", "sat_shift_range"], about_zero);
        let value = given.range(&["val_shift_limit", "val_shift_range"], about_zero);
        json!({"hue_saturation_value": {
            "hue_deg": times(2.0, hue), "saturation": same(saturation), "value": same(value)
        }})
    }),
    // Hue as a fraction of the circle.
    ("ColorJitter", |given| {
        let [brightness, contrast, saturation] =
            [["brightness", "brightness_range"], ["contrast", "contrast_range"], ["saturation", "saturation_range"]]
                .map(|keys| same(given.range(&keys, about_one)));
        let hue = given.range(&["hue", "hue_range"], about_zero);
        json!({"color_jitter": {
            "brightness": brightness, "contrast": contrast, "saturation": saturation, "hue_deg": times(360.0, hue)
        }})
    }),
    // Albumentations 2 makes it of its AdditiveNoise, and saves what that is given: the same limits once more.
    ("RGBShift", |given| {
        given.only("noise_type", &[json!("uniform")], "ours draws evenly");
        given.only("spatial_mode", &[json!("constant")], "ours shifts all pixels alike");
        given.pass(&["noise_params", "approximation"]);
        let [red, green, blue] = [
            ["r_shift_limit", "r_shift_range"],
            ["g_shift_limit", "g_shift_range"],
            ["b_shift_limit", "b_shift_range"],
        ]
        .map(|keys| same(given.range(&keys, about_zero)));
        json!({"rgb_shift": {"red": red, "green": green, "blue": blue}})
    }),
    ("ToGray", |given| {
        given.only("num_output_channels", &[json!(3)], "pictures have three channels here");
        given.only("method", &[json!("weighted_average")], "ours takes the luma");
        json!({"to_gray": {}})
    }),
    ("ToSepia", |_| json!({"sepia": {}})),
    ("ChannelShuffle", |_| json!({"channel_shuffle": {}})),
    ("ChannelDropout", |given| {
        let channels = given.range(&["channel_drop_range"], exactly);
        let fill = given.colour(&["fill", "fill_value"]);
        json!({"channel_dropout": {"channels": same(channels), "fill": fill[0]}})
    }),
    ("InvertImg", |_| json!({"invert": {}})),
    // Fractions of white since 1.4.19, levels before.
    ("Solarize", |given| {
        let levels = given.take("threshold");
        let threshold = match levels {
            Some(levels) => given.range_of(levels, "threshold", exactly),
            None => given.range(&["threshold_range"], exactly).map(|part| (part * 255.0).ceil()),
        };
        json!({"solarize": {"threshold": same(threshold)}})
    }),
    ("Posterize", |given| {
        let Some(bits) = given.need(&["num_bits", "num_bits_range"]) else { return Json::Null };
        if bits.items().is_some_and(|items| items.iter().any(|item| item.items().is_some())) {
            given.refuse(Some(bits.place), "ours keeps as many bits in each channel");
            return Json::Null;
        }
        json!({"posterize": {"bits": same(given.range_of(bits, "num_bits", exactly))}})
    }),
    ("Equalize", |given| {
        given.only("mode", &[json!("cv")], "ours is OpenCV's");
        given.only("by_channels", &[json!(true)], "ours equalizes each channel");
        given.only("mask", &[], "ours looks at all pixels");
        given.only("mask_params", &[json!([])], "ours looks at all pixels");
        json!({"equalize": {}})
    }),
    ("CLAHE", |given| {
        let clip = given.range(&["clip_limit", "clip_range"], |x| [1.0, x]);
        let [columns, rows] = given.range(&["tile_grid_size"], exactly);
        if columns != rows {
            given.refuse(None, "ours has as many tiles along each side");
        }
        given.note("ours works on the luma, Albumentations on the lightness of CIELAB");
        json!({"clahe": {"clip_limit": same(clip), "tiles": short(columns)}})
    }),
    ("FancyPCA", |given| {
        given.note("ours has the components of ImageNet's colours, Albumentations those of each picture");
        json!({"fancy_pca": {"alpha_std": short(given.number(&["alpha"]))}})
    }),
    ("PlanckianJitter", |given| {
        given.only("mode", &[json!("blackbody")], "ours is a black body");
        given.only("sampling_method", &[json!("uniform")], "ours draws evenly from a range");
        let temperature = given.range(&["temperature_limit", "temperature_range"], exactly);
        given.note("gains are computed here and looked up in tables 500 K apart there");
        json!({"planckian_jitter": {"temperature_k": same(temperature)}})
    }),
];
