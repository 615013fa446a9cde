//! Transforms that change colours where they stand.

pub mod auto_contrast;
pub mod brightness;
pub mod brightness_contrast;
pub mod channel_dropout;
pub mod channel_shuffle;
pub mod clahe;
pub mod color_jitter;
pub mod contrast;
pub mod equalize;
pub mod fancy_pca;
pub mod gamma;
pub mod hue_saturation_value;
pub mod illumination;
pub mod invert;
pub mod planckian_jitter;
pub mod posterize;
pub mod rgb_shift;
pub mod saturation;
pub mod sepia;
pub mod sharpness;
pub mod solarize;
pub mod solarize_add;
pub mod to_gray;
pub mod tone_curve;
