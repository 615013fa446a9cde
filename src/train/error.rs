use std::path::PathBuf;

/// Why a net could not be trained, kept or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting that makes no sense.
    #[error("training configuration: {0}")]
    Config(String),
    /// A file could not be read or written.
    #[error(transparent)]
    Data(#[from] crate::data::Error),
    /// A safetensors file that does not hold what is needed.
    #[error("{}: {why}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What was seen and what was expected.
        why: String,
    },
    /// Training went astray: no later epoch can mend it.
    #[error(
        "the loss became {loss} in epoch {epoch}, step {step}: lower `lr` (now {lr:e}), or set `clip_grad_norm: 1.0`"
    )]
    NotANumber {
        /// NaN or an infinity.
        loss: f64,
        /// From 1.
        epoch: usize,
        /// Within the epoch, from 1.
        step: usize,
        /// The learning rate of that step.
        lr: f64,
    },
    /// The user asked for an end.
    #[error(
        "{what} was stopped in epoch {epoch}; the same command goes on after the last finished epoch{}",
        kept.as_ref().map_or_else(String::new, |path| format!("; the weights of this moment are in {}", path.display()))
    )]
    Interrupted {
        /// Which training.
        what: String,
        /// From 1.
        epoch: usize,
        /// The checkpoint that was written.
        kept: Option<PathBuf>,
    },
    /// Not enough to learn from.
    #[error("{what}: {why}")]
    TooFew {
        /// Which part of the data.
        what: String,
        /// What was seen and what is needed.
        why: String,
    },
    /// What libtorch said; on a graphics card most often that the memory is full.
    #[error("libtorch: {0}")]
    Torch(#[from] tch::TchError),
    /// The threads that make batches could not be started.
    #[error("cannot start {threads} threads: {why}")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// What the system said.
        why: String,
    },
}
