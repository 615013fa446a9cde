//! Transforms that mix a pixel with its neighbours.

pub mod gaussian_blur;
