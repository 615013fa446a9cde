//! libjpeg-turbo.

use std::cell::RefCell;

use turbojpeg::{Colorspace, Compressor, Decompressor, Image, PixelFormat, Subsamp};

use super::codec::check_size;
use super::{DecodeError, Frame, Shape, Subsampling, jpeg};

thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor>> = const { RefCell::new(None) };
}

/// Scans of a progressive JPEG; real ones have about ten, and thousands are an attack on the reader's time.
const MAX_SCANS: u32 = 500;

/// Decodes to RGB, without the EXIF turn and the colour profile.
pub fn decode(bytes: &[u8]) -> Result<Frame, DecodeError> {
    let mut decompressor = decompressor()?;
    let header = decompressor.read_header(bytes)?;
    let shape = Shape { width: header.width, height: header.height };
    check_size(shape.width as u32, shape.height as u32)?;
    let mut decompressed = |format: PixelFormat| {
        let mut pixels = vec![0; shape.width * shape.height * format.size()];
        decompress(&mut decompressor, bytes, shape, format, &mut pixels).map(|()| pixels)
    };
    let pixels = match header.colorspace {
        Colorspace::CMYK | Colorspace::YCCK => {
            rgb_of_cmyk(&decompressed(PixelFormat::CMYK)?, jpeg::has_adobe_marker(bytes))
        }
        _ => decompressed(PixelFormat::RGB)?,
    };
    Ok(Frame::new(shape, pixels))
}

/// Decodes what [`encode`] made of a picture of this shape, to the bytes of another.
pub fn decode_to(bytes: &[u8], shape: Shape, pixels: &mut [u8]) -> Result<(), DecodeError> {
    decompress(&mut decompressor()?, bytes, shape, PixelFormat::RGB, pixels)
}

/// Each picture gets one of its own: one that is used again keeps the tables of the picture before, sound or broken, and
/// goes by them where the next picture has none.
fn decompressor() -> Result<Decompressor, DecodeError> {
    let mut decompressor = Decompressor::new()?;
    decompressor.set_scan_limit(MAX_SCANS)?;
    Ok(decompressor)
}

fn decompress(
    decompressor: &mut Decompressor,
    bytes: &[u8],
    shape: Shape,
    format: PixelFormat,
    pixels: &mut [u8],
) -> Result<(), DecodeError> {
    let Shape { width, height } = shape;
    match decompressor.decompress(bytes, Image { pixels, width, pitch: width * format.size(), height, format }) {
        Err(why) if !is_whole(&why.to_string(), bytes) => Err(why.into()),
        _ => Ok(()),
    }
}

impl From<turbojpeg::Error> for DecodeError {
    fn from(why: turbojpeg::Error) -> Self {
        Self::Damaged { format: "JPEG", why: why.to_string() }
    }
}

/// Whether every pixel was there, whatever the decoder complains about. It keeps the first complaint only, so that a
/// file which ends early is told by the end-of-image marker that it lacks.
fn is_whole(complaint: &str, bytes: &[u8]) -> bool {
    let harmless = ["extraneous bytes before marker", "JFIF revision number", "Adobe color transform code"];
    harmless.iter().any(|words| complaint.contains(words)) && jpeg::has_end(bytes)
}

/// Light is what neither the colour's ink nor black takes away: as Pillow and most viewers do it, without a profile of
/// the inks. Adobe's files hold 255 - ink.
fn rgb_of_cmyk(cmyk: &[u8], stored_as_light: bool) -> Vec<u8> {
    let light = |value: u8| u32::from(if stored_as_light { value } else { 255 - value });
    cmyk.chunks_exact(4)
        .flat_map(|p| [p[0], p[1], p[2]].map(|c| ((light(c) * light(p[3]) + 127) / 255) as u8))
        .collect()
}

/// Encodes to a baseline JPEG, appending to `out`. The compressor is used again for picture after picture.
pub fn encode(frame: &Frame, quality: u8, subsampling: Subsampling, out: &mut Vec<u8>) -> Result<(), String> {
    COMPRESSOR.with_borrow_mut(|slot| {
        let compressor = match slot {
            Some(compressor) => compressor,
            None => slot.insert(Compressor::new().map_err(|e| e.to_string())?),
        };
        let Shape { width, height } = frame.shape();
        let subsamp = match subsampling {
            Subsampling::Half => Subsamp::Sub2x2,
            Subsampling::Full => Subsamp::None,
        };
        compressor.set_quality(i32::from(quality)).map_err(|e| e.to_string())?;
        compressor.set_subsamp(subsamp).map_err(|e| e.to_string())?;
        let image = Image { pixels: frame.pixels(), width, pitch: width * 3, height, format: PixelFormat::RGB };
        let bytes = compressor.compress_to_owned(image).map_err(|e| e.to_string())?;
        out.extend_from_slice(&bytes);
        Ok(())
    })
}
