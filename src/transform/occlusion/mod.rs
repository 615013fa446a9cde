//! Transforms that cover parts of a picture.

pub mod coarse_dropout;
