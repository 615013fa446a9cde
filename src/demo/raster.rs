//! Triangles to samples.

/// Calls `hit` for every sample whose middle lies in the triangle, with its index (row by row), the corners' weights and
/// the depth between the corners' own. Corners are (column, row, depth), with depth linear on the screen.
pub fn triangle(corners: [[f64; 3]; 3], size: usize, mut hit: impl FnMut(usize, [f64; 3], f64)) {
    let [a, b, c] = corners;
    let area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
    if area.abs() < 1e-9 {
        return;
    }
    let range = |axis: usize| {
        let low = a[axis].min(b[axis]).min(c[axis]) - 0.5;
        let high = a[axis].max(b[axis]).max(c[axis]) - 0.5;
        let last = size as f64 - 1.0;
        (low.ceil().max(0.0), high.floor().min(last))
    };
    let ((left, right), (top, bottom)) = (range(0), range(1));
    if left > right || top > bottom {
        return;
    }
    let per_area = 1.0 / area;
    for row in top as usize..=bottom as usize {
        let y = row as f64 + 0.5;
        for column in left as usize..=right as usize {
            let x = column as f64 + 0.5;
            let second = ((x - a[0]) * (c[1] - a[1]) - (y - a[1]) * (c[0] - a[0])) * per_area;
            let third = ((b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0])) * per_area;
            let first = 1.0 - second - third;
            if first >= 0.0 && second >= 0.0 && third >= 0.0 {
                hit(row * size + column, [first, second, third], first * a[2] + second * b[2] + third * c[2]);
            }
        }
    }
}
