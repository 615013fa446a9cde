//! Transforms that disturb pixels at random.

pub mod gauss_noise;
pub mod iso_noise;
pub mod multiplicative_noise;
pub mod pixel_dropout;
pub mod salt_and_pepper;
pub mod shot_noise;
