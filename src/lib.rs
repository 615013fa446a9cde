#![doc = include_str!("../README.md")]

// Rooms in the order in which data flows: a room may use rooms above it, never one below (a test in tests/ looks).
pub mod random;
pub mod image;
pub mod kernel;
pub mod transform;
pub mod pipeline;
pub mod data;
pub mod plan;
pub mod run;
pub mod record;
pub mod demo;
pub mod leak;
pub mod split;
#[cfg(feature = "train")]
pub mod train;
pub mod evaluate;
pub mod tune;
pub mod report;
pub mod cli;
