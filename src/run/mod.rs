//! Doing the work: in parallel, picture by picture, with progress out as events and failures out as rows.

mod augment;
mod events;
mod layout;
mod preview;

pub use augment::{Error, Skipped, Summary, augment};
pub use events::{Bars, Event, JsonLines, Listener, Silence};
pub use preview::preview;
