//! Doing the work: in parallel, picture by picture, with progress out as events and failures out as rows.

mod augment;
mod copies;
mod diversity;
mod estimate;
mod events;
mod layout;
mod pack;
mod preview;
mod replay;
mod sheet;

pub use augment::{Error, Skipped, Summary, augment};
pub use diversity::Diversity;
pub use estimate::{Cost, estimate};
pub use events::{Bars, Event, JsonLines, Listener, Silence};
pub use pack::{Error as PackError, Packed, Shards, pack};
pub use preview::preview;
pub use replay::{Error as ReplayError, Replayed, replay};
pub use sheet::Sheet;
