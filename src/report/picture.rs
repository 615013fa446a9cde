//! Small pictures inside the page.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::Picture;
use crate::image::{Encoding, Format, Frame, Shape, Subsampling, encode};

/// Pixels on the longer side of a picture in a report.
const SIDE: usize = 128;

impl Picture {
    /// A picture for a gallery, made smaller where it is larger than 128 pixels a side.
    pub fn new(frame: &Frame, caption: impl Into<String>, alt: impl Into<String>) -> Result<Self, String> {
        let encoding = Encoding { format: Format::Jpeg, quality: 82, subsampling: Subsampling::Half };
        let mut bytes = Vec::new();
        encode(&thumbnail(frame), &encoding, &mut bytes)?;
        let data_uri = format!("data:image/jpeg;base64,{}", STANDARD.encode(bytes));
        Ok(Self { data_uri, caption: caption.into(), alt: alt.into() })
    }

    /// Whether the data is an embedded picture and nothing else: no address that a browser would fetch, no SVG that
    /// could carry one, no character that could leave the attribute.
    pub(super) fn is_embedded(&self) -> bool {
        let kinds = ["jpeg", "png", "webp", "gif"].map(|kind| format!("data:image/{kind};base64,"));
        let body = kinds.iter().find_map(|kind| self.data_uri.strip_prefix(kind.as_str()));
        body.is_some_and(|body| body.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b)))
    }
}

/// Each pixel the mean of the pixels that it covers: slow, but pictures in a report are few.
fn thumbnail(frame: &Frame) -> Frame {
    let from = frame.shape();
    let longer = from.width.max(from.height);
    if longer <= SIDE {
        return frame.clone();
    }
    let shrunk = |side: usize| (side * SIDE / longer).max(1);
    let to = Shape { width: shrunk(from.width), height: shrunk(from.height) };
    let mut small = Frame::filled(to, [0; 3]);
    for y in 0..to.height {
        let rows = y * from.height / to.height..(y + 1) * from.height / to.height;
        for x in 0..to.width {
            let columns = x * from.width / to.width..(x + 1) * from.width / to.width;
            let covered = rows.len() * columns.len();
            let mut sum = [0usize; 3];
            for (row, column) in rows.clone().flat_map(|row| columns.clone().map(move |column| (row, column))) {
                for (sum, value) in sum.iter_mut().zip(frame.at(column, row)) {
                    *sum += usize::from(value);
                }
            }
            small.put(x, y, sum.map(|sum| (sum / covered) as u8));
        }
    }
    small
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_picture_becomes_small_and_embedded() {
        let frame = Frame::filled(Shape { width: 700, height: 3 }, [10, 200, 30]);
        assert_eq!(thumbnail(&frame), Frame::filled(Shape { width: 128, height: 1 }, [10, 200, 30]));
        assert!(Picture::new(&frame, "", "").unwrap().is_embedded());
    }

    #[test]
    fn an_address_is_not_an_embedded_picture() {
        for bad in
            ["https://example.org/x.png", "data:image/svg+xml;base64,AAAA", "data:image/png;base64,A\" onload=", ""]
        {
            let picture = Picture { data_uri: bad.into(), caption: String::new(), alt: String::new() };
            assert!(!picture.is_embedded(), "{bad}");
        }
    }
}
