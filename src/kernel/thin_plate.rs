//! Thin-plate splines: the smoothest surface through given values.

/// Fills `field` with the thin-plate spline (Bookstein, "Principal warps", 1989) through the `values` of a regular square
/// grid of at least 2 x 2 control points over the unit square, row by row, at each of `places`: the sum of w r^2 log r over
/// the controls, and a plane. `work` is room for the equations.
pub fn thin_plate(
    values: &[[f64; 2]],
    places: impl Iterator<Item = [f64; 2]>,
    field: &mut Vec<[f64; 2]>,
    work: &mut Vec<f64>,
) {
    let side = values.len().isqrt();
    let along = |i: usize| i as f64 / (side - 1) as f64;
    let controls = (0..values.len()).map(|i| [along(i % side), along(i / side)]);
    let n = values.len();
    let size = n + 3;
    // A row an equation: the coefficients, then the two right-hand sides.
    let stride = size + 2;
    work.clear();
    work.resize(size * stride, 0.0);
    for (i, control) in controls.clone().enumerate() {
        let row = &mut work[i * stride..][..stride];
        for (cell, other) in row.iter_mut().zip(controls.clone()) {
            *cell = radial(control, other);
        }
        let plane = [1.0, control[0], control[1]];
        row[n..size].copy_from_slice(&plane);
        row[size..].copy_from_slice(&values[i]);
        for (k, p) in plane.into_iter().enumerate() {
            work[(n + k) * stride + i] = p;
        }
    }
    eliminate(work, size, stride);
    let weight = |i: usize, axis: usize| work[i * stride + size + axis];
    field.clear();
    field.extend(places.map(|place| {
        let mut sum =
            [0, 1].map(|axis| weight(n, axis) + weight(n + 1, axis) * place[0] + weight(n + 2, axis) * place[1]);
        for (i, control) in controls.clone().enumerate() {
            let bend = radial(place, control);
            sum[0] += weight(i, 0) * bend;
            sum[1] += weight(i, 1) * bend;
        }
        sum
    }));
}

/// r^2 log r^2, which is twice r^2 log r: the weights take the factor up.
fn radial(a: [f64; 2], b: [f64; 2]) -> f64 {
    let squared = (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]);
    if squared > 0.0 { squared * libm::log(squared) } else { 0.0 }
}

/// Gauss and Jordan's elimination with the largest pivot: leaves the solutions in the columns from `size` on.
fn eliminate(rows: &mut [f64], size: usize, stride: usize) {
    for column in 0..size {
        let at = |row: usize| row * stride + column;
        let pivot = (column..size).max_by(|a, b| rows[at(*a)].abs().total_cmp(&rows[at(*b)].abs())).unwrap_or(column);
        for k in 0..stride {
            rows.swap(column * stride + k, pivot * stride + k);
        }
        let scale = 1.0 / rows[at(column)];
        rows[column * stride..][..stride].iter_mut().for_each(|cell| *cell *= scale);
        for row in (0..size).filter(|row| *row != column) {
            let factor = rows[at(row)];
            for k in column..stride {
                rows[row * stride + k] -= factor * rows[column * stride + k];
            }
        }
    }
}
