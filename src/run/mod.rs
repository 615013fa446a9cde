//! Doing the work: in parallel, picture by picture, with progress out as events and failures out as rows.

mod augment;
mod copies;
mod diversity;
mod estimate;
mod events;
mod halt;
mod journal;
mod layout;
mod mixer;
mod pack;
mod preview;
mod replay;
mod result;
mod shard;
mod sheet;
mod state;

pub use augment::{Error, ShardSummary, Skipped, Summary, augment, augment_shard, merge};
pub use diversity::Diversity;
pub use estimate::{Cost, estimate};
pub use events::{Bars, Event, JsonLines, Listener, Silence};
pub use halt::Halt;
pub use pack::{Error as PackError, Packed, Shards, pack};
pub use preview::preview;
pub use replay::{Error as ReplayError, Replayed, replay};
pub use shard::Shard;
pub use sheet::Sheet;
