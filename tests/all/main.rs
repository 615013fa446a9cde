//! All tests that use the crate from outside: one binary, since each would link libtorch anew.

mod augment;
mod catalogue;
mod generated;
mod kernels;
mod layers;
mod peers;
mod split;
mod support;
#[cfg(feature = "train")]
mod train_eval;
