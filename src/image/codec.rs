//! Bytes to [`Frame`] and back; no other place decodes or encodes.
//!
//! What every decoded picture went through, in this order: the format is told from the content (an extension may lie);
//! pictures above [`MAX_PIXELS`] are refused from the header alone; 16-bit samples are rounded to 8; grey is repeated
//! into three channels, CMYK is multiplied out; transparency is laid over white; an embedded RGB or grey colour profile
//! is brought to sRGB; the EXIF orientation is applied. Of an animation the first frame is taken. A file that ends
//! before its pixels do is damaged: nothing is filled in.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, metadata::Orientation};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::jpeg::{self, Metadata};
use super::profile::to_srgb;
use super::{Frame, Scratch, Shape};

/// The largest picture that is decoded: 100 million pixels (300 MB as RGB).
pub const MAX_PIXELS: u64 = 100_000_000;

/// The name of the JPEG decoder and encoder of this build. Two backends give slightly different pixels and bytes, so
/// it is recorded beside everything that `augment` writes.
pub const JPEG_BACKEND: &str = if cfg!(feature = "turbojpeg") { "libjpeg-turbo" } else { "pure-rust" };

/// Why bytes are not a picture that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// No bytes at all.
    #[error("the file is empty")]
    Empty,
    /// No known picture format begins like this.
    #[error("the content is not JPEG, PNG, WebP, BMP, GIF, TIFF or PNM")]
    UnknownFormat,
    /// Told from the header, before any pixel was decoded.
    #[error("{width} x {height} pixels are more than the {MAX_PIXELS} that are allowed")]
    TooLarge {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// The decoder gave up.
    #[error("damaged {format}: {why}")]
    Damaged {
        /// Name of the format that the content begins like.
        format: &'static str,
        /// The decoder's own words.
        why: String,
    },
}

/// A file format that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Lossy; `quality` and `subsampling` apply.
    Jpeg,
    /// Lossless.
    Png,
    /// Lossless WebP.
    Webp,
}

impl Format {
    /// The usual file extension, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }
}

/// How much colour resolution a JPEG keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Subsampling {
    /// Colour at half resolution both ways: what cameras and most tools write.
    #[serde(rename = "4:2:0")]
    Half,
    /// Colour at full resolution.
    #[serde(rename = "4:4:4")]
    Full,
}

/// How pictures are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Encoding {
    /// jpeg, png or webp (lossless).
    pub format: Format,
    /// JPEG quality, 1 to 100.
    pub quality: u8,
    /// JPEG colour resolution: "4:2:0" or "4:4:4".
    pub subsampling: Subsampling,
}

impl Default for Encoding {
    fn default() -> Self {
        Self { format: Format::Jpeg, quality: 95, subsampling: Subsampling::Half }
    }
}

impl Encoding {
    /// Says what is wrong with the numbers, if anything is.
    pub fn check(&self) -> Result<(), String> {
        match self.quality {
            1..=100 => Ok(()),
            other => Err(format!("quality must be from 1 to 100, got {other}")),
        }
    }
}

/// Width and height after the EXIF turn, from the header alone.
pub fn dimensions(bytes: &[u8]) -> Result<Shape, DecodeError> {
    let format = format_of(bytes)?;
    let mut decoder = open(format, bytes)?;
    let (width, height) = decoder.dimensions();
    let turned = matches!(
        metadata(format, bytes, &mut decoder).orientation,
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    );
    let (width, height) = if turned { (height, width) } else { (width, height) };
    Ok(Shape { width: width as usize, height: height as usize })
}

/// Decodes a picture by the rules at the head of this file.
pub fn decode(bytes: &[u8]) -> Result<Frame, DecodeError> {
    let format = format_of(bytes)?;
    #[cfg(feature = "turbojpeg")]
    if format == ImageFormat::Jpeg {
        return Ok(finished(super::turbo::decode(bytes)?, &jpeg::metadata(bytes)));
    }
    // The pure-Rust decoder would fill up what is missing.
    if format == ImageFormat::Jpeg && !jpeg::has_end(bytes) {
        return Err(DecodeError::Damaged { format: "JPEG", why: "it ends before its pixels do".into() });
    }
    let mut decoder = open(format, bytes)?;
    let metadata = metadata(format, bytes, &mut decoder);
    let picture = DynamicImage::from_decoder(decoder).map_err(|e| damaged(format, &e))?;
    Ok(finished(flattened(picture), &metadata))
}

/// Colours and turn, as the file says them.
fn finished(mut frame: Frame, metadata: &Metadata) -> Frame {
    if let Some(profile) = &metadata.profile {
        to_srgb(&mut frame, profile);
    }
    turned(frame, metadata.orientation)
}

/// Encodes a picture, appending to `out`.
pub fn encode(frame: &Frame, encoding: &Encoding, out: &mut Vec<u8>) -> Result<(), String> {
    let Shape { width, height } = frame.shape();
    match encoding.format {
        Format::Jpeg => encode_jpeg(frame, encoding.quality, encoding.subsampling, out),
        Format::Png => {
            use image::codecs::png::{CompressionType, FilterType, PngEncoder};
            // The default level is 20 times slower for files a fifth smaller.
            let encoder = PngEncoder::new_with_quality(out, CompressionType::Fast, FilterType::Adaptive);
            write(encoder, frame, width, height)
        }
        Format::Webp => write(image::codecs::webp::WebPEncoder::new_lossless(out), frame, width, height),
    }
}

/// Encodes a picture as a JPEG and decodes it again.
pub fn through_jpeg(frame: &mut Frame, quality: u8, scratch: &mut Scratch) {
    let mut file = std::mem::take(&mut scratch.file);
    file.clear();
    encode_jpeg(frame, quality, Subsampling::Half, &mut file).expect("every picture can be written as a JPEG");
    decode_over(frame, &file, scratch).expect("what was just written can be read");
    scratch.file = file;
}

/// Decodes the JPEG that was made of a picture, into memory that is there.
#[cfg(feature = "turbojpeg")]
fn decode_over(frame: &mut Frame, file: &[u8], scratch: &mut Scratch) -> Result<(), DecodeError> {
    let mut done = Ok(());
    frame.remake(frame.shape(), scratch, |from, pixels| done = super::turbo::decode_to(file, from.shape(), pixels));
    done
}

/// The pure-Rust decoder asks for its own memory.
#[cfg(not(feature = "turbojpeg"))]
fn decode_over(frame: &mut Frame, file: &[u8], _: &mut Scratch) -> Result<(), DecodeError> {
    *frame = decode(file)?;
    Ok(())
}

#[cfg(feature = "turbojpeg")]
fn encode_jpeg(frame: &Frame, quality: u8, subsampling: Subsampling, out: &mut Vec<u8>) -> Result<(), String> {
    super::turbo::encode(frame, quality, subsampling, out)
}

/// The pure-Rust encoder knows 4:4:4 only, which is what a reader gets, whatever was asked for.
#[cfg(not(feature = "turbojpeg"))]
fn encode_jpeg(frame: &Frame, quality: u8, _: Subsampling, out: &mut Vec<u8>) -> Result<(), String> {
    let Shape { width, height } = frame.shape();
    write(image::codecs::jpeg::JpegEncoder::new_with_quality(out, quality), frame, width, height)
}

fn write(encoder: impl image::ImageEncoder, frame: &Frame, width: usize, height: usize) -> Result<(), String> {
    encoder
        .write_image(frame.pixels(), width as u32, height as u32, image::ExtendedColorType::Rgb8)
        .map_err(|e| e.to_string())
}

/// Whether the file holds more than one frame, of which [`decode`] takes the first.
pub fn is_animated(bytes: &[u8]) -> bool {
    use image::AnimationDecoder;
    use image::codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder};
    let file = Cursor::new(bytes);
    match format_of(bytes) {
        Ok(ImageFormat::Gif) => GifDecoder::new(file).is_ok_and(|gif| gif.into_frames().nth(1).is_some()),
        Ok(ImageFormat::Png) => PngDecoder::new(file).is_ok_and(|png| png.is_apng().unwrap_or(false)),
        Ok(ImageFormat::WebP) => WebPDecoder::new(file).is_ok_and(|webp| webp.has_animation()),
        _ => false,
    }
}

/// The usual extension (without the dot) of the format that a file's first bytes tell; `None` if it cannot be read.
pub fn usual_extension(head: &[u8]) -> Option<&'static str> {
    format_of(head).ok()?.extensions_str().first().copied()
}

fn format_of(bytes: &[u8]) -> Result<ImageFormat, DecodeError> {
    if bytes.is_empty() {
        return Err(DecodeError::Empty);
    }
    image::guess_format(bytes).ok().filter(ImageFormat::reading_enabled).ok_or(DecodeError::UnknownFormat)
}

fn open(format: ImageFormat, bytes: &[u8]) -> Result<impl ImageDecoder + '_, DecodeError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = image::Limits::no_limits();
    limits.max_alloc = Some(MAX_PIXELS * 16);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|e| damaged(format, &e))?;
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    if width == 0 || height == 0 {
        return Err(DecodeError::Damaged { format: name(format), why: "no pixels".into() });
    }
    Ok(decoder)
}

pub(super) fn check_size(width: u32, height: u32) -> Result<(), DecodeError> {
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(DecodeError::TooLarge { width, height });
    }
    Ok(())
}

fn metadata(format: ImageFormat, bytes: &[u8], decoder: &mut impl ImageDecoder) -> Metadata {
    if format == ImageFormat::Jpeg {
        return jpeg::metadata(bytes);
    }
    // Many writers of WebP begin its chunk as a JPEG's segment begins, which the decoder does not expect.
    let exif = decoder.exif_metadata().ok().flatten();
    let prefixed = exif.as_deref().and_then(|exif| exif.strip_prefix(b"Exif\0\0"));
    let orientation = prefixed.and_then(Orientation::from_exif_chunk).or_else(|| decoder.orientation().ok());
    Metadata {
        orientation: orientation.unwrap_or(Orientation::NoTransforms),
        profile: decoder.icc_profile().ok().flatten(),
    }
}

fn name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Jpeg => "JPEG",
        ImageFormat::Png => "PNG",
        ImageFormat::WebP => "WebP",
        ImageFormat::Bmp => "BMP",
        ImageFormat::Gif => "GIF",
        ImageFormat::Tiff => "TIFF",
        _ => "PNM",
    }
}

fn damaged(format: ImageFormat, error: &image::ImageError) -> DecodeError {
    DecodeError::Damaged { format: name(format), why: error.to_string() }
}

fn flattened(picture: DynamicImage) -> Frame {
    let shape = Shape { width: picture.width() as usize, height: picture.height() as usize };
    if !picture.color().has_alpha() {
        return Frame::new(shape, picture.into_rgb8().into_raw());
    }
    let over_white = |c: u8, alpha: u8| {
        let (c, a) = (u32::from(c), u32::from(alpha));
        ((c * a + 255 * (255 - a) + 127) / 255) as u8
    };
    let rgba = picture.into_rgba8();
    Frame::new(
        shape,
        rgba.pixels().flat_map(|&image::Rgba([r, g, b, a])| [r, g, b].map(|c| over_white(c, a))).collect(),
    )
}

fn turned(frame: Frame, orientation: Orientation) -> Frame {
    if orientation == Orientation::NoTransforms {
        return frame;
    }
    let Shape { width, height } = frame.shape();
    let picture = image::RgbImage::from_raw(width as u32, height as u32, frame.pixels().to_vec());
    let mut picture = DynamicImage::ImageRgb8(picture.expect("a frame has width x height x 3 bytes"));
    picture.apply_orientation(orientation);
    flattened(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo() -> Frame {
        let shape = Shape { width: 40, height: 24 };
        Frame::new(shape, (0..shape.bytes()).map(|i| ((i * i / 40) % 251) as u8).collect())
    }

    #[test]
    fn lossless_formats_give_the_same_pixels_back() {
        for format in [Format::Png, Format::Webp] {
            let mut bytes = Vec::new();
            encode(&photo(), &Encoding { format, ..Encoding::default() }, &mut bytes).unwrap();
            assert_eq!(decode(&bytes).unwrap(), photo());
            assert_eq!(dimensions(&bytes).unwrap(), photo().shape());
        }
    }

    #[test]
    fn a_jpeg_that_ends_early_is_damaged_and_text_is_no_picture() {
        let mut bytes = Vec::new();
        encode(&photo(), &Encoding::default(), &mut bytes).unwrap();
        assert!(decode(&bytes).is_ok());
        assert!(matches!(decode(&bytes[..bytes.len() / 2]), Err(DecodeError::Damaged { .. })));
        assert_eq!(decode(b"not a picture"), Err(DecodeError::UnknownFormat));
        assert_eq!(decode(b""), Err(DecodeError::Empty));
    }

    #[test]
    fn a_bomb_is_refused_from_its_header() {
        let header = b"P6\n30000 30000\n255\n";
        assert_eq!(decode(header), Err(DecodeError::TooLarge { width: 30000, height: 30000 }));
    }

    #[test]
    fn transparent_pixels_become_white() {
        let rgba = image::RgbaImage::from_pixel(2, 1, image::Rgba([10, 20, 30, 0]));
        assert_eq!(flattened(DynamicImage::ImageRgba8(rgba)).pixels(), [255; 6]);
    }
}
