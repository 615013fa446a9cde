//! Composing: pipeline files, what they draw for one picture, and carrying it out.

mod compose;
mod draw;
mod file;
mod import;
mod node;
mod recipe;

pub use compose::{Block, COMPOSITIONS, Composition, OneOrOther, SomeOf};
pub use file::{Above, Balance, Error, PipelineFile, Target, read_yaml};
pub use import::{Error as ImportError, Imported, Remark, import};
pub use node::{Node, Steps};
pub use recipe::Recipe;
