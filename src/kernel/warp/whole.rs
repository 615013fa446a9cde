//! Maps that move whole pixels: crops, pads, shifts, and flips and quarter turns with them.

use super::Border;
use crate::image::{Frame, Shape};
use crate::kernel::turn::{copy, mirror};
use crate::kernel::{Isa, Turn};

/// Output pixel x, y comes from the shift plus (x, y) turned about pixel 0, 0. `edge` is memory to be used again.
pub fn move_pixels(
    isa: Isa,
    from: &Frame,
    (by, [shift_x, shift_y]): (Turn, [isize; 2]),
    to: Shape,
    border: Border,
    edge: &mut Vec<i32>,
    target: &mut [u8],
) {
    let sign = |mirror: bool| if mirror { -1 } else { 1 };
    // In a transpose the output's columns run along the input's rows.
    let (step_x, step_y) =
        if by.transpose { (sign(by.mirror_y), sign(by.mirror_x)) } else { (sign(by.mirror_x), sign(by.mirror_y)) };
    let width = from.shape().width;
    // All rows look past the edge at the same columns, and finding these takes divisions.
    let inside = columns_inside(shift_x, step_x, to.width, width);
    edge.clear();
    if !by.transpose {
        let outside = (0..inside.start).chain(inside.end..to.width).map(|x| shift_x + step_x * x as isize);
        edge.extend(outside.map(|x| border.place(x, width).map_or(-1, |x| x as i32)));
    }
    let colour = border.colour().unwrap_or_default();
    for (y, row) in target.chunks_exact_mut(to.width * 3).enumerate() {
        let (row, _) = row.as_chunks_mut::<3>();
        if by.transpose {
            let x_in = shift_x + step_x * y as isize;
            for (x, pixel) in row.iter_mut().enumerate() {
                *pixel = border.at(from, x_in, shift_y + step_y * x as isize);
            }
            continue;
        }
        let y_in = shift_y + step_y * y as isize;
        let Some(inside_y) = border.place(y_in, from.shape().height) else {
            row.fill(colour);
            continue;
        };
        let source = inside_y * width * 3..(inside_y + 1) * width * 3;
        let (source, _) = from.pixels()[source].as_chunks::<3>();
        let (left, right) = edge.split_at(inside.start);
        let at = |&x: &i32| if x < 0 { colour } else { source[x as usize] };
        row.iter_mut().zip(left).for_each(|(pixel, x)| *pixel = at(x));
        row[inside.end..].iter_mut().zip(right).for_each(|(pixel, x)| *pixel = at(x));
        if inside.is_empty() {
            continue;
        }
        let first = (shift_x + step_x * inside.start as isize) as usize;
        let count = inside.len();
        let row = row[inside.clone()].as_flattened_mut();
        if by.mirror_x {
            mirror(isa, source[first + 1 - count..=first].as_flattened(), row);
        } else {
            copy(isa, source[first..first + count].as_flattened(), row);
        }
    }
}

/// Which of the columns 0..out come from the columns 0..width.
fn columns_inside(shift: isize, step: isize, out: usize, width: usize) -> std::ops::Range<usize> {
    let (shift, step, out, width) = (shift, step, out as isize, width as isize);
    let (start, end) = if step > 0 { (-shift, width - shift) } else { (shift - width + 1, shift + 1) };
    let start = start.clamp(0, out);
    start as usize..end.clamp(start, out) as usize
}
