//! What a run found, as one struct, and as a page.

mod model;

pub use model::*;
