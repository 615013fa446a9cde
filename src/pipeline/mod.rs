//! Composing: pipeline files, what they draw for one picture, and carrying it out.

mod compose;
mod draw;
mod file;
mod import;
mod node;
mod recipe;
mod target;

pub use compose::{Block, COMPOSITIONS, Composition, OneOrOther, SomeOf};
pub use file::{Above, Balance, Diversity, Error, PipelineFile, read_yaml};
pub use import::{Error as ImportError, Imported, Remark, import};
pub use node::{Node, Steps};
pub use recipe::Recipe;
pub use target::{Rule, Target};
