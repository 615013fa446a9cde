//! Training one EfficientNet: what it is told, how it is built, how it learns, and what it leaves on disk.

mod ablation;
mod architecture;
mod batch;
mod checkpoint;
mod config;
mod efficientnet;
mod ema;
mod error;
mod fit;
mod framing;
mod imbalance;
mod learner;
mod loss;
mod mix;
mod optimiser;
#[cfg(test)]
mod parity;
mod pictures;
mod pretrained;
mod sampler;
mod scaler;
mod schedule;
#[cfg(test)]
mod speed;
mod state;
mod views;
mod weights;

pub use ablation::Further;
pub use architecture::{Architecture, MODELS, architecture};
pub use batch::{Batch, Item, Loader};
pub use checkpoint::{CHECKPOINT, Checkpoint, cycle_folder, load, save, start_from};
pub use config::{Config, DeviceChoice, EvalData, EvalPrior, Join, Keep, Precision};
pub use efficientnet::{Frozen, Net, NetOptions};
pub use error::Error;
pub use fit::{Epoch, Example, Fitted, Task, Validation, fit, pace};
pub use framing::{CropMode, Interpolation};
pub use imbalance::overcorrection;
pub use loss::{ClassWeights, LossKind};
pub use optimiser::Rule;
pub use pictures::Pictures;
pub use pretrained::of_weights;
pub use sampler::Sampler;
pub use schedule::{Place, ScheduleKind, learning_rate};
