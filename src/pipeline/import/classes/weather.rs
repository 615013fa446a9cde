//! Classes of weather, and those that cover parts of a picture.

use serde_json::{Value as Json, json};

use super::Class;
use crate::pipeline::import::given::{Given, exactly, same, short};
use crate::pipeline::import::located::Located;

pub const CLASSES: &[Class] = &[
    ("RandomRain", |given| {
        let drops = match given.take("rain_type").map(Located::plain) {
            None => 1.0 / 3.0,
            Some(kind) => match kind.as_str() {
                Some("drizzle") => 0.25,
                Some("default") => 1.0 / 3.0,
                Some("heavy") => 1.0,
                Some("torrential") => 2.0,
                _ => {
                    given.refuse(None, format!("`rain_type: {kind}` is not known"));
                    0.0
                }
            },
        };
        given.only(
            "drop_length",
            &[],
            "it is in pixels; ours is a fraction of the height, an eighth as theirs without it",
        );
        let slant = ends(given, &["slant_range"], "slant");
        let [width, blur, bright] =
            ["drop_width", "blur_value", "brightness_coefficient"].map(|key| short(given.number(&[key])));
        let color = given.colour(&["drop_color"]);
        let drops = short(drops);
        json!({"rain": {
            "drops_per_row": [drops, drops], "slant_px": same(slant), "drop_width_px": [width, width],
            "blur_px": [blur, blur], "drop_color": color, "brightness": [bright, bright],
        }})
    }),
    ("RandomSnow", |given| {
        given.only("method", &[json!("bleach")], "ours bleaches what is dark");
        let point = ends(given, &["snow_point_range"], "snow_point");
        let coeff = short(given.number(&["brightness_coeff"]));
        json!({"snow": {"snow_point": same(point), "brightness_coeff": [coeff, coeff]}})
    }),
    ("RandomFog", |given| {
        let fog = ends(given, &["fog_coef_range"], "fog_coef");
        given.pass(&["alpha_coef"]);
        given.note("ours is the cloudy field of ImageNet-C, Albumentations draws blurred discs: look at a --preview");
        json!({"fog": {"fog_coef": same(fog)}})
    }),
    ("RandomShadow", |given| {
        let count = ends(given, &["num_shadows_limit", "num_shadows_range"], "num_shadows");
        let corners = short(given.number(&["shadow_dimension"]));
        // Albumentations 1.4 takes half of the light away.
        let intensity = if given.has("shadow_intensity_range") {
            given.range(&["shadow_intensity_range"], exactly)
        } else {
            [0.5, 0.5]
        };
        let roi = given.need(&["shadow_roi"]).map(Located::plain);
        let Some([left, top, right, bottom]) = roi.as_ref().and_then(four) else {
            given.refuse(None, "`shadow_roi` must be four numbers");
            return Json::Null;
        };
        json!({"shadow": {
            "num_shadows": same(count), "corners": [corners, corners], "intensity": same(intensity),
            "roi_x_frac": same([left, right]), "roi_y_frac": same([top, bottom]),
        }})
    }),
    ("Spatter", |given| {
        let Some(mode) = given.need(&["mode"]) else { return Json::Null };
        let modes: Vec<Json> =
            mode.items().map_or_else(|| vec![mode.plain()], |all| all.iter().map(Located::plain).collect());
        let mut step = json!({"mode": if modes.len() == 1 { modes[0].clone() } else { json!("either") }});
        let same_names = ["mean", "std", "cutout_threshold", "intensity"].map(|key| (key, key));
        for (theirs, ours) in same_names.into_iter().chain([("gauss_sigma", "sigma_px")]) {
            step[ours] = same(given.range(&[theirs], exactly));
        }
        // One colour for one mode, or one for each.
        match given.take("color").map(Located::plain) {
            Some(Json::Object(colors)) => {
                for (kind, color) in colors {
                    step[format!("{kind}_color")] = color;
                }
            }
            Some(color) if modes.len() == 1 => {
                step[format!("{}_color", modes[0].as_str().unwrap_or_default())] = color;
            }
            _ => given.refuse(Some(mode.place), "`color` must say the colour of the mode"),
        }
        given.note("the drops take their light from the liquid's slope, Albumentations' from Canny's edges");
        json!({"spatter": step})
    }),
    // Width over height there, height over width here.
    ("Erasing", |given| {
        given.pass(&["fill_mask"]);
        let scale = given.range(&["scale"], exactly);
        let [low, high] = given.range(&["ratio"], exactly);
        let ratio = same([1.0 / high.max(1e-6), 1.0 / low.max(1e-6)]);
        given.note("ours tries ten rectangles and draws the ratio evenly in its logarithm, as torchvision does");
        json!({"random_erasing": {"scale": same(scale), "ratio": ratio, "fill": given.colour(&["fill"])}})
    }),
    ("GridDropout", |given| {
        for key in ["unit_size_range", "unit_size_min", "unit_size_max"] {
            given.only(
                key,
                &[],
                "it is in pixels; ours is a fraction of the shorter side, a tenth as theirs without it",
            );
        }
        for key in ["holes_number_xy", "holes_number_x", "holes_number_y"] {
            given.only(key, &[], "ours is told the distance of the squares");
        }
        given.pass(&["fill_mask", "mask_fill_value", "shift_xy", "shift_x", "shift_y"]);
        if given.take("random_offset").is_some_and(|random| random.plain() == true) {
            given.note("ours shifts the whole grid by one draw, Albumentations each square by its own");
        } else {
            given.note("ours shifts the grid by a draw");
        }
        let ratio = short(given.number(&["ratio"]));
        let fill = given.colour(&["fill", "fill_value"]);
        json!({"grid_dropout": {"unit_frac": [0.1, 0.1], "ratio": [ratio, ratio], "fill": fill}})
    }),
];

/// A range, which older files have as two keys.
fn ends(given: &mut Given, keys: &[&str], old: &str) -> [f64; 2] {
    let [low, high] = ["lower", "upper"].map(|end| format!("{old}_{end}"));
    if !given.has(&low) {
        given.pass(&[&low, &high]);
        return given.range(keys, exactly);
    }
    given.pass(keys);
    [given.number(&[&low]), given.number(&[&high])]
}

fn four(list: &Json) -> Option<[f64; 4]> {
    let numbers: Vec<f64> = list.as_array()?.iter().filter_map(Json::as_f64).collect();
    numbers.try_into().ok()
}
