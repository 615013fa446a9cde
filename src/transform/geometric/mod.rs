//! Transforms that move pixels.

pub mod affine;
pub mod hflip;
pub mod random_resized_crop;
pub mod resize;
pub mod rotate90;
pub mod vflip;
