//! Training one EfficientNet: what it is told, how it is built, how it learns, and what it leaves on disk.

mod architecture;
mod batch;
mod checkpoint;
mod config;
mod efficientnet;
mod error;
mod fit;
mod framing;
mod optimiser;
#[cfg(test)]
mod parity;
mod pictures;
mod pretrained;
mod schedule;
#[cfg(test)]
mod speed;
mod weights;

pub use architecture::{Architecture, MODELS, architecture};
pub use batch::{Batch, Item, Loader};
pub use checkpoint::{Checkpoint, load, save, start_from};
pub use config::{Config, DeviceChoice, EvalData, Join, Keep};
pub use efficientnet::{Frozen, Net, NetOptions};
pub use error::Error;
pub use fit::{Epoch, Example, Fitted, Validation, fit, pace};
pub use framing::{CropMode, Interpolation};
pub use optimiser::AdamW;
pub use pictures::Pictures;
pub use pretrained::of_weights;
pub use schedule::learning_rate;
