//! What other tools read of a run: `results.csv`, `log.jsonl`, `TensorBoard` and Weights & Biases.

mod heat;
mod projector;
mod recorder;
mod tensorboard;
mod wandb;

pub use heat::heat;
pub use projector::{Point, SPRITE_PX};
pub use recorder::{Recorder, Run};
