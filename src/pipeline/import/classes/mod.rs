//! What each Albumentations class is in our words: one entry a class. Units are theirs on the left, ours on the right.

mod blur;
mod colour;
mod disturbing;
mod geometric;
mod noise;
mod weather;

use serde_json::{Value as Json, json};

use super::given::{Given, short};

/// A class's name and what translates its parameters; null is what leaves pictures as they are.
type Class = (&'static str, fn(&mut Given) -> Json);

/// Translates a step of this class; `None` where no transform of ours does it.
pub fn transform(class: &str, given: &mut Given) -> Option<Json> {
    let rooms =
        [geometric::CLASSES, colour::CLASSES, disturbing::CLASSES, blur::CLASSES, noise::CLASSES, weather::CLASSES];
    let mut all = rooms.into_iter().chain([NOTHING]).flatten();
    all.find(|(name, _)| *name == class).map(|(_, translate)| translate(given))
}

/// Classes without a part in a copy.
const NOTHING: &[Class] = &[
    ("NoOp", |_| Json::Null),
    ("Normalize", |given| {
        given.pass(&["mean", "std", "max_pixel_value", "normalization"]);
        given.note("left out: train-eval does it, copies are pictures");
        Json::Null
    }),
    ("ToTensorV2", |given| {
        given.pass(&["transpose_mask"]);
        given.note("left out: train-eval does it, copies are pictures");
        Json::Null
    }),
];

/// A block of steps that are translated already; `all` says that none of them was left out.
pub fn block(class: &str, given: &mut Given, steps: Vec<Json>, all: bool) -> Json {
    let weighed = |given: &mut Given| {
        if !all {
            given.refuse(None, "one of its steps leaves pictures as they are, and ours has no step for that");
        }
    };
    match class {
        "Compose" | "ReplayCompose" | "Sequential" => {
            given.only("additional_targets", &[json!({})], "a picture has no second one");
            given.pass(&["bbox_params", "keypoint_params", "is_check_shapes", "strict", "mask_interpolation"]);
            given.pass(&["seed", "save_applied_params", "save_key"]);
            if steps.is_empty() { Json::Null } else { json!({"sequence": {"steps": steps}}) }
        }
        "OneOf" => {
            weighed(given);
            json!({"one_of": {"steps": steps}})
        }
        "SomeOf" => {
            weighed(given);
            given.only("replace", &[json!(false)], "ours takes no step twice");
            let n = short(given.number(&["n"]).min(steps.len() as f64));
            let steps: Vec<_> = if given.old { steps } else { steps.into_iter().map(as_likely).collect() };
            json!({"some_of": {"n": n, "steps": steps}})
        }
        "RandomOrder" => {
            weighed(given);
            given.only("replace", &[json!(false)], "ours takes no step twice");
            given.only("n", &[json!(steps.len())], "ours takes all of them");
            json!({"random_order": {"steps": steps}})
        }
        "OneOrOther" => {
            weighed(given);
            let [first, second] = <[Json; 2]>::try_from(steps).unwrap_or_default();
            json!({"one_or_other": {"first": first, "second": second}})
        }
        _ => {
            given.refuse(None, "no block of ours does this");
            Json::Null
        }
    }
}

/// Since Albumentations 2 each step of a `SomeOf` is chosen as likely, and `p` is its chance once it is chosen.
fn as_likely(step: Json) -> Json {
    let p = step.as_object().and_then(|map| map.values().next()).map(|body| body["p"].clone());
    if p == Some(json!(1)) { step } else { json!({"sequence": {"p": 1, "steps": [step]}}) }
}
