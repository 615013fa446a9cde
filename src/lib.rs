//! Even classes, honest folds.
// Rooms in the order in which data flows: a room may use rooms above it, never one below (tests/all/layers.rs).
pub mod random;
pub mod image;
pub mod data;
pub mod run;
pub mod evaluate;
pub mod report;
