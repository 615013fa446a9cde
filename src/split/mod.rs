//! Folds that cannot leak: what belongs together is found first, then whole groups are dealt out evenly.

mod assign;
mod evenness;
mod group;
mod stratify;

pub use assign::{Error, Options, Split, split};
pub use evenness::{Evenness, evenness};
pub use group::{Closure, Grouping, close};
pub use stratify::{Deck, deal};
