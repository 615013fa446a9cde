//! What policies are made of.

mod op;
mod tables;
mod timm;

pub use op::{OPS_OR_NONE, Op, Space};
pub use tables::{CIFAR10, IMAGENET, SVHN};
pub use timm::Timm;
