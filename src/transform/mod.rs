//! Transforms: parameters, and how the numbers of one picture are drawn from them.
//!
//! A transform is one file here and one line in `catalog!` below. All that is derived from these (YAML parsing, the schema,
//! the reference page, the goldens, the benchmark) walks [`CATALOG`].

mod declare;
mod range;

mod affine;
mod brightness_contrast;
mod coarse_dropout;
mod gamma;
mod gauss_noise;
mod gaussian_blur;
mod hflip;
mod hue_saturation_value;
mod invert;
mod jpeg_compression;
mod posterize;
mod random_resized_crop;
mod resize;
mod rotate90;
mod solarize;
mod to_gray;
mod vflip;

pub use declare::{Act, Card, Change, Parameter, Peer, Transform};
pub use range::Range;

declare::catalog! {
    "affine" => affine::Affine,
    "brightness_contrast" => brightness_contrast::BrightnessContrast,
    "coarse_dropout" => coarse_dropout::CoarseDropout,
    "gamma" => gamma::Gamma,
    "gauss_noise" => gauss_noise::GaussNoise,
    "gaussian_blur" => gaussian_blur::GaussianBlur,
    "hflip" => hflip::Hflip,
    "hue_saturation_value" => hue_saturation_value::HueSaturationValue,
    "invert" => invert::Invert,
    "jpeg_compression" => jpeg_compression::JpegCompression,
    "posterize" => posterize::Posterize,
    "random_resized_crop" => random_resized_crop::RandomResizedCrop,
    "resize" => resize::Resize,
    "rotate90" => rotate90::Rotate90,
    "solarize" => solarize::Solarize,
    "to_gray" => to_gray::ToGray,
    "vflip" => vflip::Vflip,
}
