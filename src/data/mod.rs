//! Samples: where they come from and how they are kept.

mod error;
mod folder;
mod manifest;
mod pages;
mod paths;
mod protobuf;
mod sample;
mod time;

pub use error::Error;
pub use folder::picture_files;
pub use manifest::{Column, LIST_DELIMITER, Labels, Manifest, ManifestWriter, paths_in, write_columns};
pub use paths::{read_file, relative_to, remove_unfinished, write_atomically, write_whole};
pub use protobuf::Message;
pub use sample::{COLUMNS, ColumnDoc, HOLDOUT, Origin, Sample, fold_column};
pub use time::utc;
