//! Even classes, honest folds.
// Rooms in the order in which data flows: a room may use rooms above it, never one below (tests/all/layers.rs).
pub mod data;
pub mod evaluate;
pub mod image;
pub mod kernel;
pub mod leak;
pub mod pipeline;
pub mod plan;
pub mod random;
pub mod report;
pub mod run;
pub mod split;
pub mod transform;
