//! Distances between two sets of vectors: by pairs, or by random features where pairs would be too many.

use rayon::prelude::*;

use super::Space;
use super::deals::{Deals, Tested};
use super::ranks::ranked;
use crate::random::Key;

/// How often groups are dealt anew.
const TIMES: usize = 499;

/// Energy distance (Szekely and Rizzo 2013): 2 E|a - b| - E|a - a'| - E|b - b'|; 0 where the sets are one.
pub fn energy(space: &Space, key: &Key) -> Tested {
    by_pairs(space, key, |x, y| -distance(x, y))
}

/// Kernel inception distance (Binkowski et al., "Demystifying MMD GANs", 2018): unbiased squared maximum mean discrepancy
/// under the kernel (x y / d + 1)^3.
pub fn kernel_inception(space: &Space, key: &Key) -> Tested {
    by_pairs(space, key, |x, y| (dot(x, y) / x.len() as f64 + 1.0).powi(3))
}

/// E k(a, a') + E k(b, b') - 2 E k(a, b) over pairs of different groups.
fn by_pairs(space: &Space, key: &Key, kernel: impl Fn(&[f32], &[f32]) -> f64 + Sync) -> Tested {
    let deals = Deals::new(space.groups_a, space.groups_b, key);
    let rows: Vec<&[f32]> = space.rows().collect();
    let groups = deals.sizes.len();
    let mut members = vec![Vec::new(); groups];
    deals.of.iter().enumerate().for_each(|(sample, &group)| members[group].push(sample));
    let row = |g: usize| -> Vec<f64> {
        let between = |h: usize| {
            let pairs = members[g].iter().flat_map(|&i| members[h].iter().map(move |&j| (i, j)));
            pairs.map(|(i, j)| kernel(rows[i], rows[j])).sum()
        };
        // Images of one group are near-copies, and say nothing of how near the sets are.
        (0..groups).map(|h| if h == g { 0.0 } else { between(h) }).collect()
    };
    let sums: Vec<Vec<f64>> = (0..groups).into_par_iter().map(row).collect();
    let of_row: Vec<f64> = sums.iter().map(|row| row.iter().sum()).collect();
    let total: f64 = of_row.iter().sum();
    deals.test(TIMES, |sides| {
        let first: Vec<usize> = (0..groups).filter(|&group| sides[group]).collect();
        let within: f64 = first.iter().map(|&g| first.iter().map(|&h| sums[g][h]).sum::<f64>()).sum();
        let across = first.iter().map(|&g| of_row[g]).sum::<f64>() - within;
        let (mut n, mut squares) = ([0.0; 2], [0.0; 2]);
        for (size, &first) in deals.sizes.iter().zip(sides) {
            n[usize::from(!first)] += size;
            squares[usize::from(!first)] += size * size;
        }
        let pairs = |side: usize| f64::max(n[side] * n[side] - squares[side], 1.0);
        within / pairs(0) + (total - within - 2.0 * across) / pairs(1) - 2.0 * across / f64::max(n[0] * n[1], 1.0)
    })
}

/// How many random features stand for the Gaussian kernel.
const FEATURES: usize = 256;

/// Squared maximum mean discrepancy under a Gaussian kernel as wide as the median distance, by 256 random Fourier features
/// (Rahimi and Recht 2007; Zhao and Meng, "`FastMMD`", 2015): linear in the number of samples, and the p-value is as exact as
/// with all pairs, as any fixed features would do.
pub fn maximum_mean_discrepancy(space: &Space, key: &Key) -> Tested {
    let deals = Deals::new(space.groups_a, space.groups_b, key);
    let rows: Vec<&[f32]> = space.rows().collect();
    let width = rows.first().map_or(0, |row| row.len());
    let mut rng = key.child("features").rng();
    let mut distances: Vec<f64> = (0..500)
        .map(|_| distance(rows[rng.index(rows.len())], rows[rng.index(rows.len())]))
        .filter(|d| *d > 0.0)
        .collect();
    distances.sort_by(f64::total_cmp);
    let median = distances.get(distances.len() / 2).copied().unwrap_or(1.0);
    let directions: Vec<f32> = (0..width * FEATURES).map(|_| (rng.normal() / median) as f32).collect();
    let phases: Vec<f32> = (0..FEATURES).map(|_| (rng.unit() * std::f64::consts::TAU) as f32).collect();
    let featured = |row: &&[f32]| {
        let mut out = phases.clone();
        for (value, directions) in row.iter().zip(directions.chunks_exact(FEATURES)) {
            out.iter_mut().zip(directions).for_each(|(out, direction)| *out += value * direction);
        }
        out.iter_mut().for_each(|out| *out = libm::cosf(*out));
        out
    };
    let features: Vec<Vec<f32>> = rows.par_iter().map(featured).collect();
    let sums = deals.sums(FEATURES, |sample, sums| {
        sums.iter_mut().zip(&features[sample]).for_each(|(sum, value)| *sum += f64::from(*value));
    });
    deals.test(TIMES, |sides| {
        deals.apart(&sums, FEATURES, sides).iter().map(|d| d * d).sum::<f64>() * 2.0 / FEATURES as f64
    })
}

/// The largest Kolmogorov-Smirnov distance over the columns (Rabanser et al., "Failing loudly", 2019, on softmax outputs:
/// BBSDs). The largest is what is dealt anew, which corrects for the number of columns as Westfall and Young (1993) do, and
/// more sharply than Bonferroni where columns depend on one another.
pub fn kolmogorov_smirnov(space: &Space, key: &Key) -> Tested {
    let deals = Deals::new(space.groups_a, space.groups_b, key);
    let rows: Vec<&[f32]> = space.rows().collect();
    let width = rows.first().map_or(0, |row| row.len());
    let sorted = |column: usize| {
        let values: Vec<f64> = rows.iter().map(|row| f64::from(row[column])).collect();
        ranked(&values).into_iter().map(|(sample, last)| (deals.of[sample], last)).collect::<Vec<_>>()
    };
    let columns: Vec<Vec<(usize, bool)>> = (0..width).into_par_iter().map(sorted).collect();
    deals.test(TIMES, |sides| {
        let first: f64 = deals.sizes.iter().zip(sides).filter(|(_, first)| **first).map(|(size, _)| size).sum();
        let (up, down) = (1.0 / f64::max(first, 1.0), 1.0 / f64::max(deals.of.len() as f64 - first, 1.0));
        let of_column = |column: &Vec<(usize, bool)>| {
            let (mut at, mut most) = (0.0, 0.0f64);
            for &(group, last) in column {
                at += if sides[group] { up } else { -down };
                if last {
                    most = most.max(f64::abs(at));
                }
            }
            most
        };
        columns.iter().map(of_column).fold(0.0, f64::max)
    })
}

fn dot(x: &[f32], y: &[f32]) -> f64 {
    lanes(x, y, |x, y| x * y)
}

fn distance(x: &[f32], y: &[f32]) -> f64 {
    lanes(x, y, |x, y| (x - y) * (x - y)).sqrt()
}

/// Eight sums side by side, which a compiler may make one instruction of.
fn lanes(x: &[f32], y: &[f32], each: impl Fn(f32, f32) -> f32) -> f64 {
    let mut sums = [0.0f32; 8];
    let (xs, ys) = (x.chunks_exact(8), y.chunks_exact(8));
    let rest: f32 = xs.remainder().iter().zip(ys.remainder()).map(|(x, y)| each(*x, *y)).sum();
    for (x, y) in xs.zip(ys) {
        sums.iter_mut().zip(x).zip(y).for_each(|((sum, x), y)| *sum += each(*x, *y));
    }
    f64::from(sums.iter().sum::<f32>() + rest)
}
