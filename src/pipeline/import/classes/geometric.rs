//! Classes that move pixels.

use serde_json::{Value as Json, json};

use super::Class;
use crate::pipeline::import::given::{Given, about_zero, exactly, same, short, times};

pub const CLASSES: &[Class] = &[
    ("HorizontalFlip", |_| json!({"hflip": {}})),
    ("VerticalFlip", |_| json!({"vflip": {}})),
    ("Flip", |_| {
        let both = json!({"sequence": {"p": 1, "steps": [{"hflip": {"p": 1}}, {"vflip": {"p": 1}}]}});
        json!({"one_of": {"steps": [{"hflip": {"p": 1}}, {"vflip": {"p": 1}}, both]}})
    }),
    ("RandomRotate90", |_| json!({"rotate90": {}})),
    ("Transpose", |_| json!({"transpose": {}})),
    ("D4", |_| json!({"d4": {}})),
    ("RandomGridShuffle", |given| {
        let [rows, columns] = given.range(&["grid"], exactly);
        json!({"grid_shuffle": {"columns": short(columns), "rows": short(rows)}})
    }),
    ("Rotate", |given| {
        given.only("crop_border", &[json!(false)], "ours keeps the picture's size");
        let degrees = given.range(&["limit"], about_zero);
        json!({"rotate": {"rotate_deg": same(degrees), "border": given.border()}})
    }),
    ("SafeRotate", |given| {
        given.note("ours keeps the shapes of things, Albumentations stretches the result to the old aspect ratio");
        given.pass(&["rotate", "scale", "shear", "translate_percent", "translate_px"]);
        given.pass(&["fit_output", "keep_ratio", "balanced_scale"]);
        let degrees = given.range(&["limit"], about_zero);
        json!({"safe_rotate": {"rotate_deg": same(degrees), "border": given.border()}})
    }),
    ("ShiftScaleRotate", |given| {
        let [x, y] = ["shift_limit_x", "shift_limit_y"].map(|key| given.range(&[key], about_zero));
        let scale = given.range(&["scale_limit"], about_zero).map(|more| 1.0 + more);
        let degrees = given.range(&["rotate_limit"], about_zero);
        json!({"shift_scale_rotate": {
            "shift_x_frac": same(x), "shift_y_frac": same(y), "scale": same(scale), "rotate_deg": same(degrees),
            "border": given.border(),
        }})
    }),
    ("Affine", |given| {
        given.only("fit_output", &[json!(false)], "ours keeps the picture's size");
        given.only("balanced_scale", &[json!(false)], "ours draws scales evenly");
        given.only(
            "translate_px",
            &[json!({"x": [0, 0], "y": [0, 0]}), json!(0)],
            "ours shifts by fractions of the sides",
        );
        let [scale, scale_y] = axes(given, "scale", [1.0; 2]);
        let alike = given.take("keep_ratio").is_some_and(|keep| keep.plain() == true) || scale[0] == scale[1];
        if scale != scale_y || !alike {
            given.refuse(None, "both sides are scaled for themselves; ours scales them alike (`keep_ratio: true`)");
        }
        let [x, y] = axes(given, "translate_percent", [0.0; 2]);
        let [shear, shear_y] = axes(given, "shear", [0.0; 2]);
        if shear_y != [0.0; 2] {
            given.refuse(None, "`shear` along the columns cannot be translated: ours shears along the rows here");
        }
        let degrees = given.range(&["rotate"], about_zero);
        // Ours counts as Albumentations 1.4 did.
        let direction = if given.old { 1.0 } else { -1.0 };
        if !given.old && shear != [0.0; 2] && degrees != [0.0; 2] {
            given.note("ours shears before it rotates, Albumentations 2 afterwards");
        }
        if [x, y] != [[0.0; 2]; 2] {
            given.note("ours shifts by parts of a pixel too, Albumentations by whole ones");
        }
        let shear = [shear[0] * direction, shear[1] * direction];
        json!({"affine": {
            "rotate_deg": same(degrees), "scale": same(scale),
            "shear_deg": [short(shear[0].min(shear[1])), short(shear[0].max(shear[1]))],
            "shift_x_frac": same(x), "shift_y_frac": same(y), "border": given.border(),
        }})
    }),
    ("Perspective", |given| {
        given.only("keep_size", &[json!(true)], "ours keeps the picture's size");
        given.only("fit_output", &[json!(false)], "ours keeps the picture's size");
        let scale = given.range(&["scale"], |x| [0.0, x]);
        json!({"perspective": {"scale": same(scale), "border": given.border()}})
    }),
    // See the step's own words on `alpha_px`.
    ("ElasticTransform", |given| {
        given.only("alpha_affine", &[json!(0)], "ours moves pixels by the field alone");
        given.only("same_dxdy", &[json!(false)], "ours draws a field for each direction");
        given.only("noise_distribution", &[json!("gaussian")], "ours is normal noise");
        given.pass(&["approximate"]);
        let (alpha, sigma) = (given.number(&["alpha"]), given.number(&["sigma"]));
        given.note("ours smooths the field by a spline, Albumentations by a Gaussian of the same width");
        // Albumentations 1.4 smooths even noise of -1 to 1, whose deviation is 1 / sqrt(3).
        let deviation = if given.old { 0.163 / 3f64.sqrt() } else { 0.163 };
        let alpha = short(deviation * alpha / sigma.max(1e-6));
        json!({"elastic": {"alpha_px": [alpha, alpha], "sigma_px": [sigma, sigma], "border": given.border()}})
    }),
    ("GridDistortion", |given| {
        given.only("normalized", &[json!(true)], "ours keeps the picture's edges where they are");
        let steps = short(given.number(&["num_steps"]));
        let distort = given.range(&["distort_limit"], about_zero);
        given.border();
        json!({"grid_distortion": {"num_steps": steps, "distort": same(distort)}})
    }),
    ("OpticalDistortion", |given| {
        given.only("mode", &[json!("camera")], "ours is the camera's model");
        given.only("shift_limit", &[json!(0), json!([0, 0])], "ours has its centre in the middle");
        let distort = given.range(&["distort_limit"], about_zero);
        given.note("Albumentations moves the picture by half a pixel besides");
        json!({"optical_distortion": {"distort": same(distort), "border": given.border()}})
    }),
    // Tenths of a standard deviation.
    ("ThinPlateSpline", |given| {
        let scale = given.range(&["scale_range"], exactly);
        let points = short(given.number(&["num_control_points"]));
        json!({"thin_plate_spline": {"scale": times(0.1, scale), "num_control_points": points, "border": given.border()}})
    }),
    ("Pad", |given| {
        let [left, top, right, bottom] = sides(given);
        json!({"pad": {"left_px": left, "top_px": top, "right_px": right, "bottom_px": bottom, "border": given.border()}})
    }),
    ("PadIfNeeded", |given| {
        given.only("position", &[json!("center"), json!("PositionType.CENTER")], "ours pads evenly on both sides");
        for divisor in ["pad_height_divisor", "pad_width_divisor"] {
            given.only(divisor, &[], "ours pads to a least size");
        }
        given.pass(&["padding"]);
        let [width, height] = ["min_width", "min_height"].map(|key| short(given.number(&[key])));
        json!({"pad": {
            "left_px": 0, "top_px": 0, "right_px": 0, "bottom_px": 0, "min_width_px": width, "min_height_px": height,
            "border": given.border(),
        }})
    }),
    ("CenterCrop", |given| {
        let [width, height, border] = part(given);
        json!({"center_crop": {"width_px": width, "height_px": height, "border": border}})
    }),
    ("RandomCrop", |given| {
        let [width, height, border] = part(given);
        json!({"random_crop": {"width_px": width, "height_px": height, "border": border}})
    }),
    ("Crop", |given| {
        given.note("ours pads where the picture is smaller than the part, Albumentations cuts off what there is");
        given.only("pad_if_needed", &[json!(false)], "ours always pads");
        given.pass(&["pad_position", "border_mode", "fill", "fill_mask"]);
        let [left, top, right, bottom] = ["x_min", "y_min", "x_max", "y_max"].map(|key| given.number(&[key]));
        json!({"crop": {
            "left_px": short(left), "top_px": short(top), "width_px": short(right - left), "height_px": short(bottom - top),
        }})
    }),
    ("LongestMaxSize", |given| {
        resampled(given);
        given.only("max_size_hw", &[], "ours has one size");
        json!({"longest_max_size": {"max_px": only_size(given)}})
    }),
    ("SmallestMaxSize", |given| {
        resampled(given);
        given.only("max_size_hw", &[], "ours has one size");
        json!({"smallest_max_size": {"max_px": only_size(given)}})
    }),
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

/// Two ranges, across and down, from `{x: …, y: …}` or one for both; `none` where the key is not there.
fn axes(given: &mut Given, key: &str, none: [f64; 2]) -> [[f64; 2]; 2] {
    let Some(value) = given.take(key) else { return [none; 2] };
    match [value.get("x"), value.get("y")] {
        [Some(x), Some(y)] => [x, y].map(|axis| given.range_of(axis, key, exactly)),
        _ => [given.range_of(value, key, exactly); 2],
    }
}

/// Pixels at the left, the top, the right and the bottom, from one number, two (across, down) or four.
fn sides(given: &mut Given) -> [Json; 4] {
    let Some(padding) = given.need(&["padding"]) else { return [0; 4].map(Json::from) };
    match padding.plain() {
        Json::Array(sides) if sides.len() == 2 => [0, 1, 0, 1].map(|side: usize| sides[side].clone()),
        Json::Array(sides) if sides.len() == 4 => [0, 1, 2, 3].map(|side: usize| sides[side].clone()),
        one => [0; 4].map(|_| one.clone()),
    }
}

/// A size, as a number or a list of one.
fn only_size(given: &mut Given) -> Json {
    let Some(size) = given.need(&["max_size"]) else { return Json::Null };
    match size.plain() {
        Json::Array(sizes) if sizes.len() == 1 => sizes[0].clone(),
        one @ Json::Number(_) => one,
        _ => {
            given.refuse(Some(size.place), "ours has one size");
            Json::Null
        }
    }
}

/// Width, height and border of a part that is cut out.
fn part(given: &mut Given) -> [Json; 3] {
    given.only("pad_position", &[json!("center")], "ours pads evenly on both sides");
    let pads = given.take("pad_if_needed").is_some_and(|pads| pads.plain() == true);
    if !pads {
        given.note("ours pads a picture that is smaller than the part, Albumentations stops there");
    }
    let [width, height] = ["width", "height"].map(|key| short(given.number(&[key])));
    let border = if given.has("border_mode") { given.border() } else { json!("reflect") };
    [width, height, border]
}

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
