use std::path::PathBuf;

/// Why a manifest or a folder could not be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Reading or writing failed.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A CSV or Parquet file that is not one, or is damaged.
    #[error("{}: not a readable {kind} file: {why}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// "CSV" or "Parquet".
        kind: &'static str,
        /// The reader's own words.
        why: String,
    },
    /// A column that is needed is not there.
    #[error("{}: no column `{column}`; the file has {}", path.display(), found.join(", "))]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The column that was looked for.
        column: String,
        /// The columns that are there.
        found: Vec<String>,
    },
    /// A value that does not fit its column.
    #[error("{}: row {row}, column `{column}`: {why}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The row, counted from 1 without the header.
        row: usize,
        /// The column.
        column: String,
        /// What was seen and what was expected.
        why: String,
    },
    /// A folder without pictures where they were expected.
    #[error("{}: {why}", path.display())]
    Empty {
        /// The folder or file.
        path: PathBuf,
        /// What was expected there.
        why: String,
    },
}

impl Error {
    pub(crate) fn io(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_path_buf(), source }
    }
}
