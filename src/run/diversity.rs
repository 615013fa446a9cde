//! How far copies are from their source and from one another: a copy that shows nothing new is worth nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::data::Sample;
use crate::image::{Frame, Shape};

const SIDE: usize = 16;
/// Points per cell and axis: enough that noise averages out, few enough that a photo costs some hundredths of a
/// millisecond.
const POINTS: usize = 8;

/// What is left of a picture at a glance: 16 x 16 cells, each the mean colour of 8 x 8 evenly spaced pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail([u8; SIDE * SIDE * 3]);

impl Thumbnail {
    /// Of the whole picture, whatever its shape.
    pub fn of(frame: &Frame) -> Self {
        let Shape { width, height } = frame.shape();
        // The centres of even cells along an axis.
        let along = |length: usize| -> [usize; SIDE * POINTS] {
            std::array::from_fn(|i| (2 * i + 1) * length / (2 * SIDE * POINTS))
        };
        let (columns, rows) = (along(width), along(height));
        let mut sums = [0u32; SIDE * SIDE * 3];
        for (y, row) in rows.into_iter().enumerate() {
            let line = &frame.pixels()[row * width * 3..][..width * 3];
            let cells = &mut sums[y / POINTS * SIDE * 3..][..SIDE * 3];
            for (cell, columns) in cells.chunks_exact_mut(3).zip(columns.chunks_exact(POINTS)) {
                for &column in columns {
                    let pixel = &line[column * 3..][..3];
                    cell.iter_mut().zip(pixel).for_each(|(sum, &value)| *sum += u32::from(value));
                }
            }
        }
        let count = (POINTS * POINTS) as u32;
        Self(sums.map(|sum| ((sum + count / 2) / count) as u8))
    }

    /// The root of the mean squared difference, from 0 (look the same) to 255; photos of different things are
    /// commonly 40 to 90 apart.
    pub fn distance(&self, other: &Self) -> f32 {
        let squares = self.0.iter().zip(&other.0).map(|(&a, &b)| u32::from(a.abs_diff(b)).pow(2));
        (f64::from(squares.sum::<u32>()) / self.0.len() as f64).sqrt() as f32
    }
}

/// How different the copies of one class are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diversity {
    /// The class.
    pub label: String,
    /// Copies with a distance.
    pub copies: usize,
    /// Copies that were drawn again because they came out too near.
    pub redrawn: usize,
    /// Copies that are too near all the same: no draw gave more.
    pub near: usize,
    /// The distance of a copy to its source or its nearest earlier sibling, whichever is less: least, 5%, 25%, median,
    /// 75%, 95% and greatest.
    pub quantiles: [f32; 7],
}

/// The distances of the copies of each class, and whether they were drawn again.
#[derive(Default)]
pub struct Distances(BTreeMap<String, Vec<(f32, bool)>>);

impl Distances {
    /// Those of more rows of a result.
    pub fn add(&mut self, samples: &[Sample]) {
        for sample in samples {
            let Some(distance) = sample.distance else { continue };
            self.0.entry(sample.label.clone()).or_default().push((distance, sample.attempt > 0));
        }
    }

    /// By class; classes without copies are left out.
    pub fn diversity(self, least: f64) -> Vec<Diversity> {
        self.0.into_iter().map(|(label, copies)| of_class(label, copies, least)).collect()
    }
}

fn of_class(label: String, mut copies: Vec<(f32, bool)>, least: f64) -> Diversity {
    copies.sort_by(|a, b| a.0.total_cmp(&b.0));
    // The nearest rank: every figure is the distance of a copy that is there.
    let quantile = |q: f64| copies[((copies.len() - 1) as f64 * q).round() as usize].0;
    Diversity {
        label,
        copies: copies.len(),
        redrawn: copies.iter().filter(|copy| copy.1).count(),
        near: copies.iter().filter(|copy| f64::from(copy.0) < least).count(),
        quantiles: [0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0].map(quantile),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thumbnail_of_one_colour_is_that_colour_at_any_size() {
        for (width, height) in [(1, 1), (3, 200), (15, 16), (640, 480)] {
            let [grey, darker] =
                [90, 80].map(|value| Thumbnail::of(&Frame::filled(Shape { width, height }, [value; 3])));
            assert_eq!(grey.0, [90; SIDE * SIDE * 3]);
            assert_eq!((grey.distance(&darker), grey.distance(&grey)), (10.0, 0.0));
        }
    }
}
