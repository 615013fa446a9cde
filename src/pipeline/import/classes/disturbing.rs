//! Classes that blur, disturb, compress or cover.

use serde_json::json;

use super::Class;
use crate::pipeline::import::given::{Given, exactly, same, times};

pub const CLASSES: &[Class] = &[
    ("GaussianBlur", |given| {
        let size = given.range(&["blur_limit", "blur_range"], |x| if x == 0.0 { [0.0; 2] } else { [3.0, x] });
        let sigma = given.range(&["sigma_limit", "sigma_range"], |x| [0.0, x]);
        if size[1] > 0.0 {
            given.note("Albumentations cuts the Gaussian off at the size of its kernel, ours keeps it whole");
        }
        // OpenCV's rule where only the kernel's size is given.
        let of_size = |size: f64| 0.3 * ((size - 1.0) * 0.5 - 1.0) + 0.8;
        let sigma = if sigma[1] == 0.0 && size[0] > 0.0 { size.map(of_size) } else { sigma };
        json!({"gaussian_blur": {"sigma": times(1.0, sigma.map(|sigma| sigma.max(0.1)))}})
    }),
    // Fractions of white since 2.0, variances in levels before.
    ("GaussNoise", |given| {
        given.only("per_channel", &[json!(true)], "ours draws for each channel");
        given.only("noise_scale_factor", &[json!(1)], "ours draws for each pixel");
        given.only("mean", &[json!(0)], "ours has the mean 0");
        given.only("mean_range", &[json!([0, 0])], "ours has the mean 0");
        let std = match given.take("var_limit") {
            Some(variance) => {
                let variance = given.range_of(variance, "var_limit", |x| [0.0, x]);
                if variance[0] != variance[1] {
                    given.note("ours draws the deviation evenly, Albumentations 1 its square");
                }
                same(variance.map(f64::sqrt))
            }
            None => times(255.0, given.range(&["std_range"], exactly)),
        };
        json!({"gauss_noise": {"std": std}})
    }),
    ("ImageCompression", |given| {
        given.only("compression_type", &[json!("jpeg"), json!("ImageCompressionType.JPEG"), json!(0)], "ours is JPEG");
        let quality = bounds(given, "quality_range", ["quality_lower", "quality_upper"]);
        given.note("Albumentations hands the codec blue for red, so that other colours suffer than in a real JPEG");
        json!({"jpeg_compression": {"quality": same(quality)}})
    }),
    ("CoarseDropout", |given| {
        let holes = bounds(given, "num_holes_range", ["min_holes", "max_holes"]);
        let height = bounds(given, "hole_height_range", ["min_height", "max_height"]);
        let width = bounds(given, "hole_width_range", ["min_width", "max_width"]);
        if height[1] >= 1.0 || width[1] >= 1.0 {
            given.refuse(
                None,
                "the sides of holes are in pixels; ours are fractions of the picture's, whatever its size",
            );
        }
        let fill = given.colour(&["fill", "fill_value"]);
        given.pass(&["fill_mask", "mask_fill_value"]);
        json!({"coarse_dropout": {
            "holes": same(holes), "height_frac": same(height), "width_frac": same(width), "fill": fill
        }})
    }),
];

/// Two ends, as a pair or by the two keys of older files; the highest alone means that number.
fn bounds(given: &mut Given, range: &str, [least, most]: [&str; 2]) -> [f64; 2] {
    if given.has(most) {
        given.pass(&[range]);
        let high = given.number(&[most]);
        return if given.has(least) { [given.number(&[least]), high] } else { [high; 2] };
    }
    given.range(&[range], exactly)
}
