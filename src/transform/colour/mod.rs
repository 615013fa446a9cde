//! Transforms that change colours where they stand.

pub mod brightness_contrast;
pub mod gamma;
pub mod hue_saturation_value;
pub mod invert;
pub mod posterize;
pub mod solarize;
pub mod to_gray;
