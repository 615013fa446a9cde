//! A confusion matrix of many classes: one square a pair, as dark as its share of the row.

use super::svg::Svg;
use crate::report::{Confusion, number};

/// Above this many classes a square would be smaller than a pixel or two on paper.
const MOST_CLASSES: usize = 200;

/// Above this many classes rows carry numbers instead of names.
const NAMED_CLASSES: usize = 60;

const SIDE: f64 = 760.0;

/// The matrix as a picture; `None` where there are too many classes for one.
pub fn heat(id: &str, title: &str, confusion: &Confusion) -> Option<String> {
    let classes = confusion.labels.len();
    if classes == 0 || classes > MOST_CLASSES {
        return None;
    }
    let cell = SIDE / classes as f64;
    let (left, top) = (if classes <= NAMED_CLASSES { 150.0 } else { 46.0 }, 40.0);
    let description = "Rows are true classes, columns predicted classes. The same numbers are in the table below.";
    let mut svg = Svg::new(id, "heat", (left + SIDE + 12.0, top + SIDE + 4.0), title, description);
    svg.rect("frame", (left, top), (SIDE, SIDE));
    svg.text("tick mid", (left + SIDE / 2.0, 14.0), "predicted class (number)");
    // A number every 1, 2, 5 or 10 classes, so that they do not touch.
    let every = [1, 2, 5, 10, 20].into_iter().find(|n| *n as f64 * cell >= 20.0).unwrap_or(20);
    let numbered = |i: usize| i == 0 || (i + 1).is_multiple_of(every);
    for i in 0..classes {
        let middle = (i as f64 + 0.5) * cell;
        if numbered(i) {
            svg.text("tick mid", (left + middle, top - 6.0), &(i + 1).to_string());
        }
        if classes <= NAMED_CLASSES {
            let name = format!("{} {}", number::short(&confusion.labels[i], 18), i + 1);
            svg.text("tick end", (left - 5.0, top + middle + 4.0), &name);
        } else if numbered(i) {
            svg.text("tick end", (left - 5.0, top + middle + 4.0), &(i + 1).to_string());
        }
    }
    for (row, counts) in confusion.counts.iter().take(classes).enumerate() {
        let sum: f64 = counts.iter().map(|c| f64::from(*c)).sum();
        for (column, count) in counts.iter().take(classes).enumerate().filter(|(_, count)| **count > 0) {
            let class = if row == column { "right" } else { "wrong" };
            // Never so faint that a single mistake vanishes.
            let opacity = 0.12 + 0.88 * f64::from(*count) / sum;
            svg.cell(class, (left + column as f64 * cell, top + row as f64 * cell), cell, opacity);
        }
    }
    Some(svg.finish())
}
