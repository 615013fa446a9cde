//! libjpeg-turbo: one decompressor and one compressor a thread, used again for picture after picture.

use std::cell::RefCell;

use turbojpeg::{Colorspace, Compressor, Decompressor, Image, PixelFormat, Subsamp};

use super::{Frame, Shape, Subsampling};

thread_local! {
    static DECOMPRESSOR: RefCell<Option<Decompressor>> = const { RefCell::new(None) };
    static COMPRESSOR: RefCell<Option<Compressor>> = const { RefCell::new(None) };
}

/// Decodes to RGB, without the EXIF turn; `None` where the colours are CMYK, which libjpeg-turbo does not turn into RGB.
pub fn decode(bytes: &[u8]) -> Result<Option<Frame>, String> {
    with(&DECOMPRESSOR, Decompressor::new, |decompressor| {
        let header = decompressor.read_header(bytes).map_err(|e| e.to_string())?;
        if matches!(header.colorspace, Colorspace::CMYK | Colorspace::YCCK) {
            return Ok(None);
        }
        let shape = Shape { width: header.width, height: header.height };
        let mut pixels = vec![0; shape.bytes()];
        let (pitch, format) = (shape.width * 3, PixelFormat::RGB);
        let image = Image { pixels: &mut pixels[..], width: shape.width, pitch, height: shape.height, format };
        decompressor.decompress(bytes, image).map_err(|e| e.to_string())?;
        Ok(Some(Frame::new(shape, pixels)))
    })
}

/// Encodes to a baseline JPEG, appending to `out`.
pub fn encode(frame: &Frame, quality: u8, subsampling: Subsampling, out: &mut Vec<u8>) -> Result<(), String> {
    with(&COMPRESSOR, Compressor::new, |compressor| {
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

fn with<T, R>(
    slot: &'static std::thread::LocalKey<RefCell<Option<T>>>,
    make: impl FnOnce() -> turbojpeg::Result<T>,
    work: impl FnOnce(&mut T) -> Result<R, String>,
) -> Result<R, String> {
    slot.with_borrow_mut(|slot| {
        if slot.is_none() {
            *slot = Some(make().map_err(|e| e.to_string())?);
        }
        work(slot.as_mut().expect("made in the lines above"))
    })
}
