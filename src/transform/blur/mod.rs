//! Transforms that mix a pixel with its neighbours.

pub mod box_blur;
pub mod defocus;
pub mod gaussian_blur;
pub mod glass_blur;
pub mod median_blur;
pub mod motion_blur;
pub mod zoom_blur;
