//! Principal components, a few of many columns.

use crate::random::Key;

/// The rows' first principal components, by subspace iteration from random directions (Halko, Martinsson and Tropp,
/// "Finding structure with randomness", 2011, algorithm 4.4).
pub fn components(rows: &[&[f32]], count: usize, key: &Key) -> Vec<Vec<f64>> {
    let width = rows.first().map_or(0, |row| row.len());
    let n = rows.len().max(1) as f64;
    let mut mean = vec![0.0; width];
    rows.iter().for_each(|row| mean.iter_mut().zip(*row).for_each(|(mean, x)| *mean += f64::from(*x) / n));
    let centred: Vec<Vec<f64>> =
        rows.iter().map(|row| row.iter().zip(&mean).map(|(x, mean)| f64::from(*x) - mean).collect()).collect();
    let mut rng = key.child("directions").rng();
    let mut directions: Vec<Vec<f64>> = (0..count).map(|_| (0..width).map(|_| rng.normal()).collect()).collect();
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let on = |directions: &[Vec<f64>], row: &[f64]| directions.iter().map(|d| dot(d, row)).collect::<Vec<f64>>();
    for _ in 0..4 {
        let mut next = vec![vec![0.0; width]; count];
        for row in &centred {
            for (next, at) in next.iter_mut().zip(on(&directions, row)) {
                next.iter_mut().zip(row).for_each(|(next, x)| *next += at * x);
            }
        }
        // Gram and Schmidt.
        for i in 0..count {
            let (done, rest) = next.split_at_mut(i);
            let direction = &mut rest[0];
            for other in done.iter() {
                let along = dot(direction, other);
                direction.iter_mut().zip(other).for_each(|(x, y)| *x -= along * y);
            }
            let length = dot(direction, direction).sqrt().max(1e-12);
            direction.iter_mut().for_each(|x| *x /= length);
        }
        directions = next;
    }
    centred.iter().map(|row| on(&directions, row)).collect()
}
