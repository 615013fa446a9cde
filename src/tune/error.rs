use std::path::PathBuf;

/// Why a search could not be run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A range that makes no sense.
    #[error("`{path}`: {why}")]
    Space {
        /// Where in the configuration.
        path: String,
        /// What is expected and what was seen.
        why: String,
    },
    /// A configuration that training refuses.
    #[error("with {at}: {why}")]
    Point {
        /// The hyper-parameters and their values.
        at: String,
        /// What training says.
        why: String,
    },
    /// The study's file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The study's file is not one.
    #[error("{}, line {line}: not a line of an Optuna journal: {why}", path.display())]
    Journal {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// The study's file holds another search.
    #[error("{}: {why}", path.display())]
    OtherStudy {
        /// The file.
        path: PathBuf,
        /// What differs, and what to type.
        why: String,
    },
    /// A trial could not be carried out, and no other would be.
    #[cfg(feature = "train")]
    #[error(transparent)]
    Evaluate(#[from] crate::evaluate::Error),
    /// A file could not be read or written.
    #[error(transparent)]
    Data(#[from] crate::data::Error),
}
