//! Folds that cannot leak: what belongs together is found first, then whole groups are dealt out evenly.

mod anneal;
mod assign;
mod bound;
mod deal;
mod deck;
mod evenness;
mod greedy;
mod group;
mod likely;
mod options;
mod sklearn;
mod strata;
mod table;

pub use assign::{Split, Spread, split};
pub use deal::deal;
pub use deck::Deck;
pub use evenness::{Evenness, evenness};
pub use group::{Closure, Grouping, close};
pub use likely::{Likely, Place, likely_groups};
pub use options::{Error, Options, Rule};
pub use sklearn::stratified_kfold;
pub use strata::Strata;
