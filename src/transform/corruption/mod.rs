//! The corruptions of ImageNet-C, to see what a model is worth on worse pictures.

#[expect(clippy::module_inception, reason = "the one step of this kind has the name of the kind")]
pub mod corruption;
mod parts;

pub use parts::{CorruptionKind, SEVERITIES, corrupt};
