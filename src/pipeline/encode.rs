//! How copies are written: what a pipeline file does not say is as the source has it.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::image::{Encoding, Format, Subsampling, jpeg_settings};

/// How copies are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Encode {
    /// keep, jpeg, png or webp (lossless).
    pub format: CopyFormat,
    /// JPEG quality, 1 to 100. Not given: as the source's where it is a JPEG, else 95.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<u8>,
    /// JPEG colour resolution, "4:2:0" or "4:4:4". Not given: "4:4:4" where the source is a JPEG of that, else "4:2:0".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subsampling: Option<Subsampling>,
}

/// The format of copies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CopyFormat {
    /// The one that the source's name ends in; PNG in place of those that are only read (TIFF, BMP, GIF, PNM).
    #[default]
    Keep,
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// Lossless WebP.
    Webp,
}

impl Encode {
    /// Says what is wrong with the numbers, if anything is.
    pub fn check(self) -> Result<(), String> {
        self.quality.map_or(Ok(()), |quality| Encoding { quality, ..Encoding::default() }.check())
    }

    /// The format of a copy of the source at this path, told from the name: who reads the folder goes by it.
    pub fn format(self, source: &str) -> Format {
        let extension =
            || Path::new(source).extension().and_then(|end| end.to_str()).unwrap_or_default().to_lowercase();
        match self.format {
            CopyFormat::Jpeg => Format::Jpeg,
            CopyFormat::Png => Format::Png,
            CopyFormat::Webp => Format::Webp,
            CopyFormat::Keep => match extension().as_str() {
                "jpg" | "jpeg" | "jpe" | "jfif" => Format::Jpeg,
                "webp" => Format::Webp,
                _ => Format::Png,
            },
        }
    }

    /// How a copy of the source at this path, with these bytes, is written.
    pub fn of(self, source: &str, bytes: &[u8]) -> Encoding {
        let format = self.format(source);
        let open = format == Format::Jpeg && (self.quality.is_none() || self.subsampling.is_none());
        let kept = if open { jpeg_settings(bytes) } else { None };
        let (quality, subsampling) = kept.unwrap_or((Encoding::default().quality, Encoding::default().subsampling));
        Encoding {
            format,
            quality: self.quality.unwrap_or(quality),
            subsampling: self.subsampling.unwrap_or(subsampling),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{Frame, Shape, encode};

    #[test]
    fn what_is_not_said_is_as_the_source_has_it() {
        let source = Encoding { format: Format::Jpeg, quality: 71, subsampling: Subsampling::Full };
        let mut bytes = Vec::new();
        encode(&Frame::filled(Shape { width: 20, height: 20 }, [9, 90, 200]), &source, &mut bytes).unwrap();
        let keep = Encode::default();
        assert_eq!(keep.of("a/b.JPG", &bytes), source);
        assert_eq!(Encode { quality: Some(80), ..keep }.of("b.jpeg", &bytes), Encoding { quality: 80, ..source });
        // The name decides of a file whose name lies; there is no JPEG to keep the quality of.
        assert_eq!(keep.of("a.jpg", b"\x89PNG"), Encoding::default());
        for (name, format) in
            [("a.png", Format::Png), ("a.webp", Format::Webp), ("a.tif", Format::Png), ("a", Format::Png)]
        {
            assert_eq!(keep.of(name, &bytes).format, format, "{name}");
        }
        assert_eq!(Encode { format: CopyFormat::Jpeg, ..keep }.of("a.bmp", b"BM").quality, 95);
    }
}
