//! What a JPEG says before its first scan: the EXIF turn and the colour profile. Read without a decoder, so that both
//! backends go by the same words and no header is read twice.

use image::metadata::Orientation;

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
