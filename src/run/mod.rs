//! Doing the work: in parallel, picture by picture, with progress out as events and failures out as rows.

mod events;

pub use events::{Bars, Event, JsonLines, Listener, Silence};
