//! Classes that move pixels.

use serde_json::json;

use super::Class;
use crate::pipeline::import::given::{Given, exactly, same, short};

pub const CLASSES: &[Class] = &[
    ("HorizontalFlip", |_| json!({"hflip": {}})),
    ("VerticalFlip", |_| json!({"vflip": {}})),
    ("Flip", |_| {
        let both = json!({"sequence": {"p": 1, "steps": [{"hflip": {"p": 1}}, {"vflip": {"p": 1}}]}});
        json!({"one_of": {"steps": [{"hflip": {"p": 1}}, {"vflip": {"p": 1}}, both]}})
    }),
    ("RandomRotate90", |_| json!({"rotate90": {}})),
    ("Resize", |given| {
        resampled(given);
        json!({"resize": {"width_px": short(given.number(&["width"])), "height_px": short(given.number(&["height"]))}})
    }),
    ("RandomResizedCrop", |given| {
        resampled(given);
        let [height, width] = given.range(&["size"], exactly);
        let scale = given.range(&["scale"], exactly);
        let ratio = given.range(&["ratio"], exactly);
        given.note("the aspect ratio of the part is relative to the picture's own here, absolute in Albumentations");
        given.pass(&["width", "height"]);
        json!({"random_resized_crop": {
            "scale": same(scale), "ratio": same(ratio), "size_px": [short(width), short(height)]
        }})
    }),
];

/// Ours resizes in one way, and says where theirs is another.
fn resampled(given: &mut Given) {
    given.only(
        "interpolation",
        &[json!(1), json!(2), json!(3)],
        "ours is antialiased bilinear; 1, 2 and 3 are near it",
    );
    given.note("ours is antialiased where it shrinks, OpenCV's is not");
    given.pass(&["mask_interpolation", "area_for_downscale"]);
}
