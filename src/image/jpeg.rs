//! What a JPEG says before its first scan: the EXIF turn and the colour profile. Read without a decoder, so that both
//! backends go by the same words and no header is read twice.

use image::metadata::Orientation;

use super::Subsampling;

/// The parts of a JPEG's header that a decoder of pixels leaves out.
pub struct Metadata {
    /// How the picture is to be turned.
    pub orientation: Orientation,
    /// The ICC profile, joined from its segments.
    pub profile: Option<Vec<u8>>,
}

/// Reads the segments up to the first scan; what is damaged counts as absent.
pub fn metadata(bytes: &[u8]) -> Metadata {
    let mut orientation = None;
    let mut profile = Vec::new();
    for (marker, payload) in segments(bytes) {
        if let (0xe1, Some(exif)) = (marker, payload.strip_prefix(b"Exif\0\0")) {
            orientation = orientation.or_else(|| Orientation::from_exif_chunk(exif));
        }
        // ICC.1:2010, annex B.4: the number of the part, the number of parts, the part.
        if let (0xe2, Some([number, _, part @ ..])) = (marker, payload.strip_prefix(b"ICC_PROFILE\0")) {
            profile.push((*number, part));
        }
    }
    profile.sort_by_key(|(number, _)| *number);
    let profile: Vec<u8> = profile.into_iter().flat_map(|(_, part)| part).copied().collect();
    Metadata {
        orientation: orientation.unwrap_or(Orientation::NoTransforms),
        profile: Some(profile).filter(|profile| !profile.is_empty()),
    }
}

/// The quality on libjpeg's scale whose table for brightness is nearest to the file's, and whether colour has the full
/// resolution; `None` where the bytes are no JPEG.
pub fn settings(bytes: &[u8]) -> Option<(u8, Subsampling)> {
    let tables =
        segments(bytes).filter(|(marker, _)| *marker == 0xdb).flat_map(|(_, payload)| quantisation_tables(payload));
    let brightness = tables.filter(|(number, _)| *number == 0).map(|(_, table)| table).last()?;
    let distance = |quality: &u8| -> u32 {
        libjpeg_table(*quality).zip(brightness).map(|(standard, own)| standard.abs_diff(own.into())).sum()
    };
    let quality = (1..=100).rev().min_by_key(distance)?;
    // A frame's header (T.81, B.2.2): 6 bytes, then number, sampling factors and table of each component.
    let header = segments(bytes).find(|(marker, _)| matches!(marker, 0xc0..=0xc2)).map(|(_, payload)| payload);
    let components = header.and_then(|payload| payload.get(6..)).unwrap_or_default().as_chunks::<3>().0;
    let full = components.len() >= 3 && components.iter().all(|[_, factors, _]| *factors == components[0][1]);
    Some((quality, if full { Subsampling::Full } else { Subsampling::Half }))
}

/// Number and values of each table in a segment (T.81, B.2.4.1), in zigzag order.
fn quantisation_tables(mut payload: &[u8]) -> impl Iterator<Item = (u8, [u16; 64])> {
    std::iter::from_fn(move || {
        let (&head, rest) = payload.split_first()?;
        let wide = head >> 4 != 0;
        let values = rest.get(..if wide { 128 } else { 64 })?;
        payload = &rest[values.len()..];
        let value =
            |i: usize| if wide { u16::from_be_bytes([values[2 * i], values[2 * i + 1]]) } else { values[i].into() };
        Some((head & 15, std::array::from_fn(value)))
    })
}

/// libjpeg's table for brightness at a quality (T.81, table K.1, scaled as in its `jpeg_quality_scaling`), in zigzag order.
fn libjpeg_table(quality: u8) -> impl Iterator<Item = u32> {
    const K1: [u32; 64] = [
        16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51,
        61, 60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77,
        113, 121, 112, 100, 120, 92, 101, 103, 99,
    ];
    let quality = u32::from(quality);
    let scale = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    K1.into_iter().map(move |value| ((value * scale + 50) / 100).clamp(1, 255))
}

/// Whether Adobe's segment is there, which says that the values of a CMYK picture are light and not ink.
#[cfg(feature = "turbojpeg")]
pub fn has_adobe_marker(bytes: &[u8]) -> bool {
    segments(bytes).any(|(marker, payload)| marker == 0xee && payload.starts_with(b"Adobe"))
}

/// Whether the end-of-image marker comes after the first scan. A thumbnail in the header has one of its own.
pub fn has_end(bytes: &[u8]) -> bool {
    let header =
        segments(bytes).last().map_or(0, |(_, payload)| payload.as_ptr_range().end.addr() - bytes.as_ptr().addr());
    bytes[header..].windows(2).any(|pair| pair == [0xff, 0xd9])
}

/// Marker and payload of each segment before the first scan (ITU-T T.81, B.1.1).
fn segments(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = bytes.get(2..).unwrap_or_default();
    std::iter::from_fn(move || {
        // Any number of 0xff may stand before the marker's own byte.
        let start = rest.iter().position(|&byte| byte != 0xff).filter(|&fill| fill > 0)?;
        let marker = rest[start];
        if matches!(marker, 0xd9 | 0xda) {
            return None;
        }
        let [high, low, ..] = *rest.get(start + 1..)? else { return None };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let payload = rest.get(start + 3..start + 1 + length)?;
        rest = &rest[start + 1 + length..];
        Some((marker, payload))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A JPEG's first bytes with these segments.
    fn header(segments: &[(u8, &[u8])]) -> Vec<u8> {
        let mut bytes = vec![0xff, 0xd8];
        for (marker, payload) in segments {
            bytes.extend([0xff, *marker]);
            bytes.extend((payload.len() as u16 + 2).to_be_bytes());
            bytes.extend(*payload);
        }
        bytes.extend([0xff, 0xda, 0, 2]);
        bytes
    }

    #[test]
    fn a_profile_in_parts_is_joined_in_the_order_of_their_numbers() {
        let bytes =
            header(&[(0xe2, b"ICC_PROFILE\0\x02\x02def"), (0xe0, b"JFIF"), (0xe2, b"ICC_PROFILE\0\x01\x02abc")]);
        assert_eq!(metadata(&bytes).profile.unwrap(), b"abcdef");
    }

    /// Of 1 and 2, and of what no encoder writes, the tables are nearly all 255.
    #[test]
    fn the_quality_of_a_jpeg_is_read_back() {
        use crate::image::{Encoding, Format, Frame, Shape, encode};
        let frame = Frame::filled(Shape { width: 16, height: 16 }, [200, 90, 9]);
        for quality in 3..=100 {
            let mut bytes = Vec::new();
            let how = Encoding { format: Format::Jpeg, quality, subsampling: Subsampling::Half };
            encode(&frame, &how, &mut bytes).unwrap();
            let (found, subsampling) = settings(&bytes).unwrap();
            assert_eq!(found, quality);
            assert_eq!(subsampling == Subsampling::Half, cfg!(feature = "turbojpeg"));
        }
        assert_eq!(settings(b"text"), None);
    }

    #[test]
    fn the_end_of_a_thumbnail_is_not_the_end_of_the_picture() {
        let mut bytes = header(&[(0xe1, b"Exif\0\0thumbnail\xff\xd9")]);
        bytes.extend(b"scan");
        assert!(!has_end(&bytes));
        bytes.extend(b"\xff\xd9");
        assert!(has_end(&bytes));
    }

    #[test]
    fn a_header_that_ends_anywhere_is_no_panic() {
        let bytes = header(&[(0xe1, b"Exif\0\0II*\0\x08\0\0\0"), (0xe2, b"ICC_PROFILE\0\x01\x01abc")]);
        for end in 0..bytes.len() {
            assert!(metadata(&bytes[..end]).orientation == Orientation::NoTransforms);
        }
    }
}
