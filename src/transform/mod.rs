//! Transforms: parameters, and how the numbers of one picture are drawn from them.
//!
//! A transform is one file here and one line in `catalog!` below. All that is derived from these (YAML parsing, the schema,
//! the reference page, the goldens, the benchmark) walks [`CATALOG`].

mod canvas;
mod declare;
mod range;

mod blur;
mod colour;
mod degradation;
mod geometric;
mod noise;
mod occlusion;
mod weather;

pub use canvas::Canvas;
pub use declare::{Card, Parameter, Peer, Transform};
pub use range::Range;

declare::catalog! {
    // geometric
    "affine" => geometric::affine::Affine,
    "hflip" => geometric::hflip::Hflip,
    "random_resized_crop" => geometric::random_resized_crop::RandomResizedCrop,
    "resize" => geometric::resize::Resize,
    "rotate90" => geometric::rotate90::Rotate90,
    "vflip" => geometric::vflip::Vflip,
    // colour
    "auto_contrast" => colour::auto_contrast::AutoContrast,
    "brightness" => colour::brightness::Brightness,
    "brightness_contrast" => colour::brightness_contrast::BrightnessContrast,
    "channel_dropout" => colour::channel_dropout::ChannelDropout,
    "channel_shuffle" => colour::channel_shuffle::ChannelShuffle,
    "clahe" => colour::clahe::Clahe,
    "color_jitter" => colour::color_jitter::ColorJitter,
    "contrast" => colour::contrast::Contrast,
    "equalize" => colour::equalize::Equalize,
    "fancy_pca" => colour::fancy_pca::FancyPca,
    "gamma" => colour::gamma::Gamma,
    "hue_saturation_value" => colour::hue_saturation_value::HueSaturationValue,
    "illumination" => colour::illumination::Illumination,
    "invert" => colour::invert::Invert,
    "planckian_jitter" => colour::planckian_jitter::PlanckianJitter,
    "posterize" => colour::posterize::Posterize,
    "rgb_shift" => colour::rgb_shift::RgbShift,
    "sepia" => colour::sepia::Sepia,
    "solarize" => colour::solarize::Solarize,
    "to_gray" => colour::to_gray::ToGray,
    "tone_curve" => colour::tone_curve::ToneCurve,
    // blur
    "gaussian_blur" => blur::gaussian_blur::GaussianBlur,
    // noise
    "gauss_noise" => noise::gauss_noise::GaussNoise,
    // degradation
    "jpeg_compression" => degradation::jpeg_compression::JpegCompression,
    // occlusion
    "coarse_dropout" => occlusion::coarse_dropout::CoarseDropout,
    // weather
    "fog" => weather::fog::Fog,
    "rain" => weather::rain::Rain,
    "shadow" => weather::shadow::Shadow,
    "snow" => weather::snow::Snow,
    "spatter" => weather::spatter::Spatter,
    "sun_flare" => weather::sun_flare::SunFlare,
}
