//! Can a classifier tell the two sets apart? (Lopez-Paz and Oquab, "Revisiting classifier two-sample tests", 2017;
//! known in competitions as adversarial validation.)

use super::Space;
use super::deals::{Deals, Tested};
use super::principal::components;
use super::ranks::ranked;
use crate::evaluate::linear::solved;
use crate::evaluate::metrics::intervals;
use crate::random::Key;

/// How often groups are dealt anew; each time the classifier is fitted anew.
const TIMES: usize = 199;

/// Parts of the cross-fit.
const PARTS: usize = 5;

/// More columns than these are reduced to their principal components.
const MOST_COLUMNS: usize = 16;

/// How well the sets can be told apart.
pub struct Apart {
    /// Area under the ROC curve, 0.5 for sets that are one.
    pub tested: Tested,
    /// Its 95% interval from whole groups.
    pub interval: [f64; 2],
    /// Chance, in the classifier's eyes, that each sample of the second set belongs there (0 to 1; equal numbers assumed).
    pub second: Vec<f64>,
}

/// Logistic regression, fitted on four fifths of the groups and asked about the rest in turn.
pub fn tell_apart(space: &Space, key: &Key) -> Apart {
    let deals = Deals::new(space.groups_a, space.groups_b, key);
    let rows = standardised(space, key);
    let mut order: Vec<usize> = (0..deals.sizes.len()).collect();
    key.child("parts").rng().shuffle(&mut order);
    let asked = |sides: &[bool]| cross_fitted(&rows, &deals.of, sides, &order);
    let tested = deals.test(TIMES, |sides| {
        let weights = vec![1; rows.len()];
        area(&ranked(&asked(sides)), |sample| sides[deals.of[sample]], &weights)
    });
    let first = space.groups_a.len();
    let scores = asked(&deals.seen());
    let ranks = ranked(&scores);
    let [interval] =
        intervals(&deals.of, &key.child("interval"), |weights| [area(&ranks, |sample| sample < first, weights)]);
    let interval = [interval[0].max(0.0), interval[1].min(1.0)];
    Apart { tested, interval, second: scores[first..].iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect() }
}

/// Each sample's logit of lying in the second set, by a fit without its group. Parts are dealt out side by side, so that no
/// part lacks a side.
fn cross_fitted(rows: &[Vec<f64>], of: &[usize], sides: &[bool], order: &[usize]) -> Vec<f64> {
    let mut part = vec![0; sides.len()];
    let mut next = [0; 2];
    for &group in order {
        let next = &mut next[usize::from(sides[group])];
        part[group] = *next % PARTS;
        *next += 1;
    }
    let mut scores = vec![0.0; rows.len()];
    for held in 0..PARTS {
        let train: Vec<usize> = (0..rows.len()).filter(|&sample| part[of[sample]] != held).collect();
        let weights = logistic(rows, &train, |sample| !sides[of[sample]]);
        for sample in (0..rows.len()).filter(|&sample| part[of[sample]] == held) {
            scores[sample] = rows[sample].iter().zip(&weights).map(|(x, w)| x * w).sum();
        }
    }
    scores
}

/// Weights of a logistic regression with a ridge of 1, both sides counting alike; by Newton's method.
fn logistic(rows: &[Vec<f64>], train: &[usize], second: impl Fn(usize) -> bool) -> Vec<f64> {
    let width = rows.first().map_or(0, Vec::len);
    let n = train.len() as f64;
    let seconds = train.iter().filter(|&&sample| second(sample)).count() as f64;
    let balance = |second: bool| n / (2.0 * f64::max(if second { seconds } else { n - seconds }, 1.0));
    let mut weights = vec![0.0; width];
    for _ in 0..8 {
        let (mut slope, mut curve) = (vec![0.0; width], vec![vec![0.0; width]; width]);
        for &sample in train {
            let row = &rows[sample];
            let logit: f64 = row.iter().zip(&weights).map(|(x, w)| x * w).sum();
            let (p, second) = (1.0 / (1.0 + (-logit).exp()), second(sample));
            let balance = balance(second);
            let (pull, bend) = (balance * (f64::from(u8::from(second)) - p), balance * p * (1.0 - p));
            for (i, (slope, curve)) in slope.iter_mut().zip(&mut curve).enumerate() {
                *slope += pull * row[i];
                let bent = bend * row[i];
                curve.iter_mut().zip(row).take(i + 1).for_each(|(curve, x)| *curve += bent * x);
            }
        }
        for (i, (slope, curve)) in slope.iter_mut().zip(&mut curve).enumerate() {
            // The last column is the intercept, which is held only so that the matrix can be solved.
            let ridge = if i + 1 == width { 1e-6 } else { 1.0 };
            *slope -= ridge * weights[i];
            curve[i] += ridge;
        }
        let step = solved(curve, slope);
        weights.iter_mut().zip(&step).for_each(|(weight, step)| *weight += step);
        if step.iter().all(|step| step.abs() < 1e-6) {
            break;
        }
    }
    weights
}

/// The chance that a sample of the second set has a higher score than one of the first, ties counting half; NaN where a
/// side has no weight.
fn area(ranked: &[(usize, bool)], first: impl Fn(usize) -> bool, weights: &[u32]) -> f64 {
    let (mut below, mut won) = (0.0, 0.0);
    let (mut run, mut all) = ([0.0; 2], [0.0; 2]);
    for &(sample, last) in ranked {
        run[usize::from(!first(sample))] += f64::from(weights[sample]);
        if last {
            won += run[1] * (below + run[0] / 2.0);
            below += run[0];
            all = [all[0] + run[0], all[1] + run[1]];
            run = [0.0; 2];
        }
    }
    won / (all[0] * all[1])
}

/// Columns of mean 0 and standard deviation 1 over both sets, few of them, with a last one of ones.
fn standardised(space: &Space, key: &Key) -> Vec<Vec<f64>> {
    let rows: Vec<&[f32]> = space.rows().collect();
    let width = rows.first().map_or(0, |row| row.len());
    let mut rows: Vec<Vec<f64>> = if width > MOST_COLUMNS {
        components(&rows, MOST_COLUMNS, key)
    } else {
        rows.iter().map(|row| row.iter().map(|&x| f64::from(x)).collect()).collect()
    };
    let (width, n) = (width.min(MOST_COLUMNS), rows.len() as f64);
    for column in 0..width {
        let mean = rows.iter().map(|row| row[column]).sum::<f64>() / n;
        let spread = (rows.iter().map(|row| (row[column] - mean).powi(2)).sum::<f64>() / n).sqrt();
        let scale = if spread > 1e-12 { 1.0 / spread } else { 0.0 };
        rows.iter_mut().for_each(|row| row[column] = (row[column] - mean) * scale);
    }
    rows.iter_mut().for_each(|row| row.push(1.0));
    rows
}
