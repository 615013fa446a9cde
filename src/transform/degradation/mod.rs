//! What storage and lenses do to a picture.

pub mod chromatic_aberration;
pub mod downscale;
pub mod jpeg_compression;
pub mod pixelate;
pub mod ringing;
