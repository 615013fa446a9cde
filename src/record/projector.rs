//! What `TensorBoard`'s projector shows: points in many dimensions, a line of text and a small picture for each.

use std::fmt::Write;
use std::io::{Error, Result};
use std::path::Path;

use crate::data::write_atomically;
use crate::image::{Encoding, Format, Frame, Shape, encode};

/// Pixels on a side of a point's picture.
pub const SPRITE_PX: usize = 32;

/// One point.
pub struct Point<'a> {
    /// Where it lies.
    pub features: &'a [f32],
    /// What is known of it, a cell a column.
    pub cells: Vec<String>,
    /// The picture that it stands for, a square of [`SPRITE_PX`]; none where that has gone.
    pub sprite: Option<&'a Frame>,
}

/// Writes points below a folder of `TensorBoard`'s. There must be two columns at least: of one, the projector takes the name
/// for a value.
pub fn project(folder: &Path, name: &str, columns: &[&str], points: &[Point]) -> Result<()> {
    let below = folder.join("projector");
    std::fs::create_dir_all(&below)?;
    let (mut tensors, mut metadata) = (String::new(), line(columns.iter().copied()));
    for point in points {
        tensors += &line(point.features.iter().map(f32::to_string));
        metadata += &line(point.cells.iter());
    }
    let mut png = Vec::new();
    let how = Encoding { format: Format::Png, ..Encoding::default() };
    encode(&sheet(points), &how, &mut png).map_err(|e| Error::other(e.clone()))?;
    let config = format!(
        "embeddings {{\n  tensor_name: {name:?}\n  tensor_path: \"projector/tensors.tsv\"\n  metadata_path: \
         \"projector/metadata.tsv\"\n  sprite {{\n    image_path: \"projector/sprite.png\"\n    single_image_dim: {SPRITE_PX}\n    \
         single_image_dim: {SPRITE_PX}\n  }}\n}}\n"
    );
    let files = [("tensors.tsv", tensors.as_bytes()), ("metadata.tsv", metadata.as_bytes()), ("sprite.png", &png)];
    for (name, bytes) in files {
        write_atomically(&below.join(name), bytes).map_err(Error::other)?;
    }
    write_atomically(&folder.join("projector_config.pbtxt"), config.as_bytes()).map_err(Error::other)
}

/// Cells between tabs; a tab or the end of a line inside one is a space.
fn line(cells: impl Iterator<Item = impl AsRef<str>>) -> String {
    let mut line = String::new();
    for (at, cell) in cells.enumerate() {
        let cell = cell.as_ref().replace(['\t', '\n', '\r'], " ");
        let _ = write!(line, "{}{cell}", if at > 0 { "\t" } else { "" });
    }
    line + "\n"
}

/// All sprites, row by row.
fn sheet(points: &[Point]) -> Frame {
    let across = (points.len() as f64).sqrt().ceil().max(1.0) as usize;
    let down = points.len().div_ceil(across).max(1);
    let mut sheet = Frame::filled(Shape { width: across * SPRITE_PX, height: down * SPRITE_PX }, [255; 3]);
    for (at, sprite) in points.iter().enumerate().filter_map(|(at, point)| Some((at, point.sprite?))) {
        for (x, y) in (0..SPRITE_PX).flat_map(|y| (0..SPRITE_PX).map(move |x| (x, y))) {
            sheet.put(at % across * SPRITE_PX + x, at / across * SPRITE_PX + y, sprite.at(x, y));
        }
    }
    sheet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_lie_row_by_row_in_the_order_of_points() {
        let [dark, bright] =
            [10, 30].map(|grey| Frame::filled(Shape { width: SPRITE_PX, height: SPRITE_PX }, [grey; 3]));
        let point = |sprite| Point { features: &[], cells: Vec::new(), sprite };
        let sheet = sheet(&[point(Some(&dark)), point(None), point(Some(&bright))]);
        assert_eq!(sheet.shape(), Shape { width: 64, height: 64 });
        assert_eq!([sheet.at(5, 5), sheet.at(37, 5), sheet.at(5, 37)], [[10; 3], [255; 3], [30; 3]]);
    }

    #[test]
    fn a_cell_cannot_break_its_line() {
        assert_eq!(line(["a\tb", "c\nd"].into_iter()), "a b\tc d\n");
    }
}
