//! Transforms that cover parts of a picture.

pub mod coarse_dropout;
pub mod grid_dropout;
pub mod mask_dropout;
pub mod random_erasing;
