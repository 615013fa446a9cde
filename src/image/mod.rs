//! What a picture is: 8-bit RGB in one layout, and the only decoder and encoder.

mod codec;
mod frame;
mod jpeg;
mod prefetch;
mod profile;
#[cfg(feature = "turbojpeg")]
mod turbo;

pub use codec::{
    DecodeError, Encoding, Format, JPEG_BACKEND, MAX_PIXELS, Subsampling, decode, dimensions, encode, is_animated,
    through_jpeg, usual_extension,
};
pub use frame::{Frame, Scratch, Shape, content_hash, file_hash, in_place};
pub use jpeg::settings as jpeg_settings;
pub(crate) use prefetch::ask_ahead;
