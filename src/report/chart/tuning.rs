//! Trials of a search: how they went, and which values went with which worth.

use super::{scale::Scale, svg::Svg};

/// One trial of a history.
pub struct Mark {
    /// Its number.
    pub number: usize,
    /// Its worth.
    pub value: f64,
    /// Whether it came to its end; else it was stopped early.
    pub complete: bool,
}

const HISTORY: (f64, f64) = (760.0, 280.0);

/// A dot a trial, hollow where it was stopped early, and the best so far as a line.
pub fn history(id: &str, what: &str, marks: &[Mark], maximise: bool) -> String {
    let ((left, right), (bottom, top)) = ((64.0, 744.0), (240.0, 16.0));
    let last = marks.iter().map(|mark| mark.number).max().unwrap_or(0);
    let x = Scale::new((0.0, last.max(1) as f64), (left, right));
    let y = Scale::new(super::extent(marks.iter().map(|mark| mark.value), false), (bottom, top));
    let description = format!("{what} of {} trials in their order; the line is the best so far.", marks.len());
    let mut svg = Svg::new(id, "", HISTORY, &format!("History of {what}"), &description);
    for (tick, text) in y.ticks(5) {
        svg.line("grid", (left, y.at(tick)), (right, y.at(tick)));
        svg.text("tick end", (left - 8.0, y.at(tick) + 4.0), &text);
    }
    for (tick, text) in x.ticks(8).into_iter().filter(|(tick, _)| tick.fract() == 0.0) {
        svg.text("tick mid", (x.at(tick), bottom + 18.0), &text);
    }
    svg.line("axis", (left, bottom), (right, bottom));
    svg.text("small mid", (f64::midpoint(left, right), bottom + 36.0), "trial");
    let mut best: Option<f64> = None;
    let mut line = Vec::new();
    for mark in marks.iter().filter(|mark| mark.complete && mark.value.is_finite()) {
        let better = best.is_none_or(|best| if maximise { mark.value > best } else { mark.value < best });
        if better {
            line.extend(best.map(|best| Some((x.at(mark.number as f64), y.at(best)))));
            best = Some(mark.value);
        }
        line.extend(best.map(|best| Some((x.at(mark.number as f64), y.at(best)))));
    }
    svg.polyline("curve validation", &line);
    for mark in marks.iter().filter(|mark| mark.value.is_finite()) {
        let class = if mark.complete { "dot honest" } else { "dot" };
        svg.dot(class, (x.at(mark.number as f64), y.at(mark.value)), if mark.complete { 4.5 } else { 3.5 });
    }
    svg.finish()
}

/// One upright axis.
pub struct Axis {
    /// What stands below it.
    pub name: String,
    /// Where each line crosses it, 0 to 1 from the bottom; none where it does not.
    pub places: Vec<Option<f64>>,
    /// Words at the bottom and at the top.
    pub ends: [String; 2],
}

/// A line a trial through all axes, the stronger the better: `shades` are 0 to 1.
pub fn parallel(id: &str, axes: &[Axis], shades: &[f64]) -> String {
    let (gap, top, bottom) = (132.0, 34.0, 250.0);
    let width = gap * axes.len() as f64;
    let description =
        "A line is a trial; the stronger it is drawn, the better the trial. The first axis is the objective.";
    let mut svg = Svg::new(id, "", (width, 300.0), "Parallel coordinates", description);
    let place = |axis: usize, share: f64| (gap * (axis as f64 + 0.5), bottom - share * (bottom - top));
    let mut order: Vec<usize> = (0..shades.len()).collect();
    order.sort_by(|&a, &b| shades[a].total_cmp(&shades[b]));
    for line in order {
        // An axis that a trial does not have is passed over, not broken at.
        let crossed = axes.iter().enumerate().filter_map(|(i, axis)| Some(place(i, axis.places[line]?)));
        svg.strand(&crossed.collect::<Vec<_>>(), 0.08 + 0.92 * shades[line].powi(2));
    }
    for (i, axis) in axes.iter().enumerate() {
        let ((x, low), (_, high)) = (place(i, 0.0), place(i, 1.0));
        svg.line("axis", (x, low), (x, high));
        svg.text("tick mid", (x, high - 8.0), &axis.ends[1]);
        svg.text("tick mid", (x, low + 16.0), &axis.ends[0]);
        svg.text("small mid strong", (x, low + 36.0), &axis.name);
    }
    svg.finish()
}
