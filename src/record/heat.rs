use crate::image::{Frame, Shape};

/// A table of counts as a picture: white for none, dark blue for a whole row.
pub fn heat(counts: &[Vec<u32>]) -> Frame {
    const CELL: usize = 16;
    let side = CELL * counts.len().max(1);
    let mut frame = Frame::filled(Shape { width: side, height: side }, [255; 3]);
    for (row, cells) in counts.iter().enumerate() {
        let sum = cells.iter().sum::<u32>().max(1);
        for (column, count) in cells.iter().enumerate() {
            let share = f64::from(*count) / f64::from(sum);
            let colour = [8.0, 48.0, 107.0].map(|dark| (255.0 + (dark - 255.0) * share).round() as u8);
            for y in row * CELL..(row + 1) * CELL {
                (column * CELL..(column + 1) * CELL).for_each(|x| frame.put(x, y, colour));
            }
        }
    }
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_as_dark_as_its_share_of_the_row() {
        let frame = heat(&[vec![3, 0], vec![1, 1]]);
        assert_eq!(frame.shape(), Shape { width: 32, height: 32 });
        assert_eq!([frame.at(0, 0), frame.at(20, 0), frame.at(0, 20)], [[8, 48, 107], [255; 3], [132, 152, 181]]);
    }
}
