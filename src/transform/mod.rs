//! Transforms: parameters, and how the numbers of one picture are drawn from them.
//!
//! A transform is one file here and one line in `catalog!` below. All that is derived from these (YAML parsing, the schema,
//! the reference page, the goldens, the benchmark) walks [`CATALOG`].

mod canvas;
mod declare;
mod range;

mod blur;
mod colour;
mod corruption;
mod degradation;
mod geometric;
mod mix;
mod noise;
mod occlusion;
mod policy;
mod weather;

pub use canvas::Canvas;
pub use corruption::{CorruptionKind, SEVERITIES, corrupt};
pub use declare::{Card, Parameter, Peer, Transform};
pub use mix::{Among, Mix};
pub use range::Range;

declare::catalog! {
    // geometric
    "affine" => geometric::affine::Affine,
    "center_crop" => geometric::center_crop::CenterCrop,
    "crop" => geometric::crop::Crop,
    "crop_and_pad" => geometric::crop_and_pad::CropAndPad,
    "d4" => geometric::d4::D4,
    "elastic" => geometric::elastic::Elastic,
    "grid_distortion" => geometric::grid_distortion::GridDistortion,
    "grid_shuffle" => geometric::grid_shuffle::GridShuffle,
    "hflip" => geometric::hflip::Hflip,
    "letterbox" => geometric::letterbox::Letterbox,
    "longest_max_size" => geometric::longest_max_size::LongestMaxSize,
    "optical_distortion" => geometric::optical_distortion::OpticalDistortion,
    "pad" => geometric::pad::Pad,
    "perspective" => geometric::perspective::Perspective,
    "piecewise_affine" => geometric::piecewise_affine::PiecewiseAffine,
    "random_crop" => geometric::random_crop::RandomCrop,
    "random_resized_crop" => geometric::random_resized_crop::RandomResizedCrop,
    "resize" => geometric::resize::Resize,
    "rotate" => geometric::rotate::Rotate,
    "rotate90" => geometric::rotate90::Rotate90,
    "safe_rotate" => geometric::safe_rotate::SafeRotate,
    "shear" => geometric::shear::Shear,
    "shift_scale_rotate" => geometric::shift_scale_rotate::ShiftScaleRotate,
    "smallest_max_size" => geometric::smallest_max_size::SmallestMaxSize,
    "thin_plate_spline" => geometric::thin_plate_spline::ThinPlateSpline,
    "translate" => geometric::translate::Translate,
    "transpose" => geometric::transpose::Transpose,
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
    "emboss" => colour::emboss::Emboss,
    "equalize" => colour::equalize::Equalize,
    "fancy_pca" => colour::fancy_pca::FancyPca,
    "gamma" => colour::gamma::Gamma,
    "hue_saturation_value" => colour::hue_saturation_value::HueSaturationValue,
    "illumination" => colour::illumination::Illumination,
    "invert" => colour::invert::Invert,
    "planckian_jitter" => colour::planckian_jitter::PlanckianJitter,
    "posterize" => colour::posterize::Posterize,
    "rgb_shift" => colour::rgb_shift::RgbShift,
    "saturation" => colour::saturation::Saturation,
    "sepia" => colour::sepia::Sepia,
    "sharpen" => colour::sharpen::Sharpen,
    "sharpness" => colour::sharpness::Sharpness,
    "solarize" => colour::solarize::Solarize,
    "solarize_add" => colour::solarize_add::SolarizeAdd,
    "to_gray" => colour::to_gray::ToGray,
    "tone_curve" => colour::tone_curve::ToneCurve,
    "unsharp_mask" => colour::unsharp_mask::UnsharpMask,
    // blur
    "box_blur" => blur::box_blur::BoxBlur,
    "defocus" => blur::defocus::Defocus,
    "gaussian_blur" => blur::gaussian_blur::GaussianBlur,
    "glass_blur" => blur::glass_blur::GlassBlur,
    "median_blur" => blur::median_blur::MedianBlur,
    "motion_blur" => blur::motion_blur::MotionBlur,
    "zoom_blur" => blur::zoom_blur::ZoomBlur,
    // noise
    "gauss_noise" => noise::gauss_noise::GaussNoise,
    "iso_noise" => noise::iso_noise::IsoNoise,
    "multiplicative_noise" => noise::multiplicative_noise::MultiplicativeNoise,
    "pixel_dropout" => noise::pixel_dropout::PixelDropout,
    "salt_and_pepper" => noise::salt_and_pepper::SaltAndPepper,
    "shot_noise" => noise::shot_noise::ShotNoise,
    // degradation
    "chromatic_aberration" => degradation::chromatic_aberration::ChromaticAberration,
    "downscale" => degradation::downscale::Downscale,
    "jpeg_compression" => degradation::jpeg_compression::JpegCompression,
    "pixelate" => degradation::pixelate::Pixelate,
    "ringing" => degradation::ringing::Ringing,
    // corruptions
    "corruption" => corruption::corruption::Corruption,
    // occlusion
    "coarse_dropout" => occlusion::coarse_dropout::CoarseDropout,
    "grid_dropout" => occlusion::grid_dropout::GridDropout,
    "mask_dropout" => occlusion::mask_dropout::MaskDropout,
    "random_erasing" => occlusion::random_erasing::RandomErasing,
    // weather
    "fog" => weather::fog::Fog,
    "rain" => weather::rain::Rain,
    "shadow" => weather::shadow::Shadow,
    "snow" => weather::snow::Snow,
    "spatter" => weather::spatter::Spatter,
    "sun_flare" => weather::sun_flare::SunFlare,
    // mixes
    "cmo" => mix::cmo::Cmo,
    "cutmix" => mix::cutmix::Cutmix,
    "mixup" => mix::mixup::Mixup,
    "mosaic" => mix::mosaic::Mosaic,
    // policies
    "aug_mix" => policy::aug_mix::AugMix,
    "auto_augment" => policy::auto_augment::AutoAugment,
    "rand_augment" => policy::rand_augment::RandAugment,
    "three_augment" => policy::three_augment::ThreeAugment,
    "trivial_augment_wide" => policy::trivial_augment_wide::TrivialAugmentWide,
}
