//! Hyper-parameter search in a study that Optuna's users can open.
//!
//! A study is an Optuna journal file ([`Journal`]): the single source of truth, which any number of processes append to. A
//! [`Space`] is a configuration with ranges in it; a [`Sampler`] chooses the next trial's values, a [`Pruner`] stops what
//! is not worth its time, a [`Worker`] does both under the journal's lock.

mod alive;
mod distribution;
mod error;
mod importance;
mod journal;
mod parzen;
mod pruner;
mod sampler;
#[cfg(feature = "train")]
mod search;
mod space;
mod study;
mod worker;

pub use distribution::{Distribution, Interval};
pub use error::Error;
pub use importance::importances;
pub use journal::Journal;
pub use pruner::Pruner;
pub use sampler::Sampler;
#[cfg(feature = "train")]
pub use search::{Goal, PruneAt, Task, check, configuration, run};
pub use space::{Point, Space};
pub use study::{Direction, State, Study, Trial};
pub use worker::{Asked, Search, Worker};
