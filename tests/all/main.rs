//! All tests that use the crate from outside: one binary, since each would link libtorch anew.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "skipped and measured things are said aloud")]

#[cfg(feature = "train")]
mod ablation;
mod augment;
mod catalogue;
mod corruptions;
mod decode;
mod evenness;
mod fuzz;
mod generated;
mod import;
mod kernels;
mod layers;
mod mixes;
mod near;
mod pack;
mod peers;
mod robust;
mod shard;
mod shift;
mod split;
mod support;
#[cfg(feature = "train")]
mod train_eval;
#[cfg(feature = "train")]
mod tune;
mod tune_optuna;
mod tune_sampler;
