//! What storage and lenses do to a picture.

pub mod jpeg_compression;
