//! Transforms that change colours where they stand.

pub mod auto_contrast;
pub mod brightness;
pub mod brightness_contrast;
pub mod channel_dropout;
pub mod channel_shuffle;
pub mod clahe;
pub mod color_jitter;
pub mod contrast;
pub mod emboss;
pub mod equalize;
pub mod fancy_pca;
pub mod gamma;
pub mod hue_saturation_value;
pub mod illumination;
pub mod invert;
pub mod planckian_jitter;
pub mod posterize;
pub mod rgb_shift;
pub mod sepia;
pub mod sharpen;
pub mod solarize;
pub mod to_gray;
pub mod tone_curve;
pub mod unsharp_mask;
