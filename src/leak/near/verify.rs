//! Whether two pictures show the same, by geometry: matched corners that one map explains.

use crate::kernel::{Isa, Matrix, hamming, kernel};

use super::feature::{Features, mirrored};

/// Descriptors of one corner seen twice differ in fewer bits.
const MAX_DISTANCE: u8 = 34;
/// Matches that propose maps, the surest first.
const PROPOSERS: usize = 40;
/// How far from its place a matched corner may lie, in pixels of the 256-pixel picture; then, once the map is fitted.
const LOOSE_PX: f64 = 5.0;
const TIGHT_PX: f64 = 3.0;
/// Corners that match must spread so far in their narrower direction, in pixels: a line of lettering that two pictures
/// share does not.
const MIN_BREADTH_PX: f64 = 10.0;
/// Copies are not enlarged or reduced beyond this.
const MAX_SCALE: f64 = 3.5;
/// A map from one picture onto another, and what speaks for it.
#[derive(Clone, Copy, Debug)]
pub struct Alignment {
    /// From pixels of the one to pixels of the other, corners of the pictures at 0, 0.
    pub map: Matrix,
    /// Matched corners that it explains, at places of their own.
    pub inliers: usize,
}

/// The similarity, then affine map that explains the most matched corners, mirrored or not: all pairs of the surest
/// matches propose (an exhaustive RANSAC, the same on every run).
pub fn align(a: &Features, b: &Features) -> Option<Alignment> {
    let ways = [false, true].map(|mirror| align_way(a, b, mirror));
    ways.into_iter().flatten().max_by_key(|way| way.inliers)
}

type Point = [f64; 2];

fn align_way(a: &Features, b: &Features, mirror: bool) -> Option<Alignment> {
    let matches = matches(a, b, mirror);
    let mut best = (0, Matrix::IDENTITY);
    for (i, &[a1, b1]) in matches.iter().take(PROPOSERS).enumerate() {
        for &[a2, b2] in &matches[..i.min(PROPOSERS)] {
            if let Some(map) = similarity([a1, a2], [b1, b2], mirror) {
                let inliers = matches.iter().filter(|m| error(&map, m) < LOOSE_PX).count();
                if inliers > best.0 {
                    best = (inliers, map);
                }
            }
        }
    }
    let (mut map, mut inside) = (best.1, Vec::new());
    for tolerance in [LOOSE_PX, LOOSE_PX, TIGHT_PX, TIGHT_PX] {
        inside = matches.iter().copied().filter(|m| error(&map, m) < tolerance).collect::<Vec<_>>();
        if inside.len() >= 5
            && let Some(fitted) = affine(&inside)
        {
            map = fitted;
        }
    }
    let mut places: Vec<[i64; 2]> = inside.iter().map(|[a, _]| a.map(|v| (v / 4.0) as i64)).collect();
    places.sort_unstable();
    places.dedup();
    (places.len() >= 4 && breadth(&inside) >= MIN_BREADTH_PX).then_some(Alignment { map, inliers: places.len() })
}

/// Corners that are each other's nearest, nearest first.
fn matches(a: &Features, b: &Features, mirror: bool) -> Vec<[Point; 2]> {
    let isa = Isa::best();
    let (rows, columns) = (a.descriptors.len(), b.descriptors.len());
    let mut distances = vec![0; rows * columns];
    if columns == 0 {
        return Vec::new();
    }
    for (row, &descriptor) in distances.chunks_exact_mut(columns).zip(&a.descriptors) {
        let descriptor = if mirror { mirrored(descriptor) } else { descriptor };
        hamming(isa, descriptor, &b.descriptors, row);
    }
    let mut least_of = vec![u8::MAX; columns];
    distances.chunks_exact(columns).for_each(|row| lower(isa, &mut least_of, row));
    let mut found = Vec::new();
    for (i, row) in distances.chunks_exact(columns).enumerate() {
        let mut distance = u8::MAX;
        least(isa, row, &mut distance);
        if distance > MAX_DISTANCE {
            continue;
        }
        let j = row.iter().position(|&other| other == distance).expect("the least is one of them");
        // Of equals the first counts, on both sides.
        if least_of[j] == distance && (0..i).all(|earlier| distances[earlier * columns + j] > distance) {
            found.push((distance, i, j));
        }
    }
    found.sort_unstable();
    found.into_iter().map(|(_, i, j)| [a.place(i), b.place(j)]).collect()
}

kernel! {
    /// The lesser ones, place by place.
    fn lower(least: &mut [u8], row: &[u8]) {
        least.iter_mut().zip(row).for_each(|(least, &distance)| *least = distance.min(*least));
    }
}

kernel! {
    /// The least of a row.
    fn least(row: &[u8], out: &mut u8) {
        *out = row.iter().fold(*out, |least, &distance| least.min(distance));
    }
}

fn error(map: &Matrix, [a, b]: &[Point; 2]) -> f64 {
    let [x, y] = map.at(*a);
    (x - b[0]).abs().max((y - b[1]).abs())
}

/// The turn, scale and shift, of the mirrored plane if so said, that takes two places to two others.
fn similarity(a: [Point; 2], b: [Point; 2], mirror: bool) -> Option<Matrix> {
    let flip = if mirror { -1.0 } else { 1.0 };
    let [ax, ay] = [(a[1][0] - a[0][0]) * flip, a[1][1] - a[0][1]];
    let [bx, by] = [b[1][0] - b[0][0], b[1][1] - b[0][1]];
    let length = ax * ax + ay * ay;
    if length < 100.0 {
        return None;
    }
    // Quotient of complex numbers.
    let [cos, sin] = [(bx * ax + by * ay) / length, (by * ax - bx * ay) / length];
    let scale = cos * cos + sin * sin;
    if !(1.0 / (MAX_SCALE * MAX_SCALE)..=MAX_SCALE * MAX_SCALE).contains(&scale) {
        return None;
    }
    let [m, n] = [cos * flip, sin * flip];
    let shift = [b[0][0] - m * a[0][0] + sin * a[0][1], b[0][1] - n * a[0][0] - cos * a[0][1]];
    Some(Matrix::affine([m, -sin, shift[0], n, cos, shift[1]]))
}

/// How far corners of the first picture spread about the line that they lie along: the smaller standard deviation.
fn breadth(pairs: &[[Point; 2]]) -> f64 {
    let n = pairs.len() as f64;
    let mean = |axis: usize| pairs.iter().map(|[a, _]| a[axis]).sum::<f64>() / n;
    let (mx, my) = (mean(0), mean(1));
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for [[x, y], _] in pairs {
        let [x, y] = [x - mx, y - my];
        (xx, xy, yy) = (xx + x * x / n, xy + x * y / n, yy + y * y / n);
    }
    // The smaller eigenvalue of the covariance.
    let (half, difference) = (f64::midpoint(xx, yy), (xx - yy) / 2.0);
    (half - (difference * difference + xy * xy).sqrt()).max(0.0).sqrt()
}

/// The affine map of least squares, if the places do not lie on a line.
fn affine(pairs: &[[Point; 2]]) -> Option<Matrix> {
    let n = pairs.len() as f64;
    let mean = |side: usize, axis: usize| pairs.iter().map(|p| p[side][axis]).sum::<f64>() / n;
    let (ma, mb) = ([mean(0, 0), mean(0, 1)], [mean(1, 0), mean(1, 1)]);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    let (mut right, mut down) = ([0.0; 2], [0.0; 2]);
    for [a, b] in pairs {
        let [x, y] = [a[0] - ma[0], a[1] - ma[1]];
        (xx, xy, yy) = (xx + x * x, xy + x * y, yy + y * y);
        for axis in 0..2 {
            right[axis] += x * (b[axis] - mb[axis]);
            down[axis] += y * (b[axis] - mb[axis]);
        }
    }
    let determinant = xx * yy - xy * xy;
    if determinant < 1e-3 * (xx + yy) * (xx + yy) {
        return None;
    }
    let row = |axis: usize| {
        let m = (right[axis] * yy - down[axis] * xy) / determinant;
        let n = (down[axis] * xx - right[axis] * xy) / determinant;
        [m, n, mb[axis] - m * ma[0] - n * ma[1]]
    };
    let ([a, b, c], [d, e, f]) = (row(0), row(1));
    Some(Matrix::affine([a, b, c, d, e, f]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    #[test]
    fn matches_are_each_others_nearest_the_first_of_equals() {
        let mut rng = Key::root(5).rng();
        for (rows, columns) in [(1, 1), (40, 33), (70, 64)] {
            let mut code = || u128::from(rng.bits64()) << 64 | u128::from(rng.bits64());
            let mut features = [rows, columns].map(|n| Features {
                places: (0..n as u16).map(|i| [i * 64, 0]).collect(),
                descriptors: (0..n).map(|_| code()).collect(),
            });
            // Near-copies, and two rows and columns alike.
            for i in (0..rows.min(columns)).step_by(3) {
                features[1].descriptors[i] = features[0].descriptors[i] ^ (1 << i) ^ u128::from(i % 2 == 0);
            }
            if rows > 6 {
                (features[0].descriptors[6], features[1].descriptors[9]) =
                    (features[0].descriptors[3], features[1].descriptors[6]);
            }
            let [a, b] = &features;
            let far = |i: usize, j: usize| (a.descriptors[i] ^ b.descriptors[j]).count_ones();
            let mut expected = Vec::new();
            for i in 0..rows {
                let j = (0..columns).min_by_key(|&j| (far(i, j), j)).unwrap();
                if far(i, j) <= u32::from(MAX_DISTANCE) && (0..rows).min_by_key(|&i| (far(i, j), i)) == Some(i) {
                    expected.push((far(i, j), i, j));
                }
            }
            expected.sort_unstable();
            assert!(rows == 1 || expected.len() > 8);
            let expected: Vec<_> = expected.iter().map(|&(_, i, j)| [a.place(i), b.place(j)]).collect();
            assert_eq!(matches(a, b, false), expected);
        }
    }

    #[test]
    fn maps_are_recovered_from_the_places_that_they_lead_to() {
        let plain = Matrix::affine([0.8, -0.6, 30.0, 0.6, 0.8, -12.0]);
        let mirrored = Matrix::affine([-1.6, 1.2, 200.0, 1.2, 1.6, 5.0]);
        for (map, mirror) in [(plain, false), (mirrored, true)] {
            let places = [[3.0, 4.0], [100.0, 20.0], [40.0, 90.0], [150.0, 140.0]];
            let pairs = places.map(|place| [place, map.at(place)]);
            let found = similarity([pairs[0][0], pairs[2][0]], [pairs[0][1], pairs[2][1]], mirror).unwrap();
            let fitted = affine(&pairs).unwrap();
            let back = map.inverse();
            for [a, b] in pairs {
                assert!(
                    error(&found, &[a, b]) < 1e-9 && error(&fitted, &[a, b]) < 1e-9 && error(&back, &[b, a]) < 1e-9
                );
            }
        }
    }
}
