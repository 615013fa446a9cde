//! Classes that blur or sharpen, other than by a Gaussian.

use serde_json::json;

use super::Class;
use crate::pipeline::import::given::{exactly, same, short};

pub const CLASSES: &[Class] = &[
    ("Blur", |given| json!({"box_blur": {"size_px": same(given.range(&["blur_limit", "blur_range"], of_three))}})),
    ("MedianBlur", |given| {
        given.note("ours mirrors the picture at its edge, OpenCV repeats the edge pixel");
        json!({"median_blur": {"size_px": same(given.range(&["blur_limit", "blur_range"], of_three))}})
    }),
    ("MotionBlur", |given| {
        let size = given.range(&["blur_limit", "blur_range"], of_three);
        if given.take("allow_shifted").is_some_and(|shifted| shifted.plain() == true) {
            given.note("ours keeps the line through the pixel, Albumentations may shift it");
        }
        // Albumentations 1.4 draws two ends of a line.
        let (mut angle, mut direction) = ([0.0, 360.0], [0.0, 0.0]);
        if given.old && !given.has("angle_range") {
            given.note("ours draws the angle of a line through the pixel, Albumentations 1.4 the two ends of the line");
        } else {
            angle = given.range(&["angle_range"], exactly);
            direction = given.range(&["direction_range"], exactly);
        }
        json!({"motion_blur": {"size_px": same(size), "angle_deg": same(angle), "direction": same(direction)}})
    }),
    ("Defocus", |given| {
        let radius = given.range(&["radius", "radius_range"], |x| [1.0, x]);
        let alias = given.range(&["alias_blur", "alias_blur_range"], |x| [0.0, x]);
        json!({"defocus": {"radius_px": same(radius), "alias_blur": same(alias)}})
    }),
    ("ZoomBlur", |given| {
        let most = given.range(&["max_factor", "max_factor_range"], |x| [1.0, x]);
        let step = given.range(&["step_factor", "step_factor_range"], exactly);
        given.note("ours magnifies by parts of a pixel, Albumentations to whole ones");
        json!({"zoom_blur": {"max_factor": same(most), "step_factor": same(step)}})
    }),
    ("GlassBlur", |given| {
        given.pass(&["mode"]);
        let [sigma, delta, times] = ["sigma", "max_delta", "iterations"].map(|key| short(given.number(&[key])));
        json!({"glass_blur": {"sigma": [sigma, sigma], "max_delta_px": [delta, delta], "iterations": [times, times]}})
    }),
    ("Sharpen", |given| {
        given.only("method", &[json!("kernel")], "ours is the Laplacian's kernel");
        given.pass(&["kernel_size", "sigma"]);
        let alpha = given.range(&["alpha", "alpha_range"], exactly);
        let lightness = given.range(&["lightness", "lightness_range"], exactly);
        json!({"sharpen": {"alpha": same(alpha), "lightness": same(lightness)}})
    }),
    ("Emboss", |given| {
        let alpha = given.range(&["alpha", "alpha_range"], exactly);
        let strength = given.range(&["strength", "strength_range"], exactly);
        json!({"emboss": {"alpha": same(alpha), "strength": same(strength)}})
    }),
    ("RingingOvershoot", |given| {
        let size = given.range(&["blur_limit", "blur_range"], of_three);
        let cutoff = given.range(&["cutoff", "cutoff_range"], exactly);
        json!({"ringing": {"size_px": same(size), "cutoff": same(cutoff)}})
    }),
];

/// Sides of a square from 3 on.
fn of_three(most: f64) -> [f64; 2] {
    [3.0, most]
}
