//! Transforms that disturb pixels at random.

pub mod gauss_noise;
