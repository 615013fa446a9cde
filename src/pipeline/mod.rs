//! Composing: pipeline files, what they draw for one picture, and carrying it out.

mod compose;
mod draw;
mod encode;
mod file;
mod import;
mod node;
mod recipe;
mod target;

pub use compose::{Block, COMPOSITIONS, Composition, OneOrOther, SomeOf};
pub use encode::{CopyFormat, Encode};
pub use file::{Above, Balance, Diversity, Error, Originals, PipelineFile, read_yaml};
pub use import::{Error as ImportError, Imported, Remark, import};
pub use node::{Node, Steps};
pub use recipe::Recipe;
pub use target::{Rule, Target};
