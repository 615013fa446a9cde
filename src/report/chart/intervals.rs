//! One row a split: a dot at the score, a bar for its 95% interval, and how far it lies from the honest estimate.

use super::{scale::Scale, svg::Svg};
use crate::evaluate::Estimate;
use crate::report::{SplitScore, number};

/// Where the words of a row stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// Left and right of the plot: for screens and paper.
    Wide,
    /// Above and below the row's line: for phones.
    Narrow,
}

/// Places that depend on the layout alone.
struct Places {
    width: f64,
    plot: (f64, f64),
    top: f64,
    row: f64,
    /// From a row's top to its line.
    line: f64,
    /// Characters that a split's name may have.
    name: usize,
}

const WIDE: Places = Places { width: 960.0, plot: (266.0, 778.0), top: 10.0, row: 64.0, line: 34.0, name: 32 };
const NARROW: Places = Places { width: 360.0, plot: (12.0, 348.0), top: 4.0, row: 92.0, line: 52.0, name: 28 };

/// Macro-F1 of every split on one axis.
pub fn intervals(id: &str, scores: &[SplitScore], layout: Layout) -> String {
    let places = if layout == Layout::Wide { WIDE } else { NARROW };
    let scale = Scale::new((lowest(scores), 1.0), places.plot);
    let bottom = places.top + places.row * scores.len() as f64;
    let (class, size) = (if layout == Layout::Wide { "wide" } else { "narrow" }, (places.width, bottom + 50.0));
    let mut svg = Svg::new(id, class, size, "Macro-F1 of each split with its 95% interval", &describe(scores));
    let honest = scores.iter().find(|score| score.honest && score.macro_f1.value.is_finite());

    let row_top = |i: usize| places.top + places.row * i as f64;
    for i in (0..scores.len()).filter(|i| scores[*i].honest) {
        svg.rect("tint", (0.0, row_top(i) + 2.0), (places.width, places.row - 4.0));
    }
    axis(&mut svg, &scale, bottom, layout);
    let stretches: Vec<(f64, f64)> = match layout {
        Layout::Wide => vec![(places.top, bottom)],
        // Words stand above and below each row's line, and are not to be crossed.
        Layout::Narrow => (0..scores.len()).map(|i| (row_top(i) + 35.0, row_top(i) + 66.0)).collect(),
    };
    for stretch in stretches {
        behind(&mut svg, honest, &scale, stretch, layout);
    }
    for (i, score) in scores.iter().enumerate() {
        words(&mut svg, score, row_top(i), layout, &places);
        let y = row_top(i) + places.line;
        if let Some(honest) = honest.filter(|_| !score.honest) {
            distance(&mut svg, score, honest, &scale, y);
        }
        mark(&mut svg, score, &scale, y);
    }
    svg.finish()
}

/// The axis begins at a round number below all intervals, so that differences can be seen; a dot and its interval, unlike
/// a bar, need no zero.
fn lowest(scores: &[SplitScore]) -> f64 {
    let ends = scores.iter().flat_map(|s| [s.macro_f1.low, s.macro_f1.value]).filter(|v| v.is_finite());
    let least = ends.fold(0.9, f64::min);
    (((least - 0.03) * 10.0).floor() / 10.0).clamp(0.0, 0.9)
}

fn ticks(scale: &Scale, layout: Layout) -> Vec<(f64, String)> {
    scale.ticks(if layout == Layout::Wide { 8 } else { 5 })
}

fn axis(svg: &mut Svg, scale: &Scale, bottom: f64, layout: Layout) {
    for (tick, text) in ticks(scale, layout) {
        svg.text("small mid", (scale.at(tick), bottom + 18.0), &text);
    }
    let (left, right) = (scale.at(f64::NEG_INFINITY), scale.at(f64::INFINITY));
    svg.line("axis", (left, bottom), (right, bottom));
    svg.text("small mid", (f64::midpoint(left, right), bottom + 38.0), "macro-F1: dot = score, bar = 95% interval");
}

/// Grid lines, the honest interval and the honest score, behind the rows from `top` to `bottom`.
fn behind(svg: &mut Svg, honest: Option<&SplitScore>, scale: &Scale, (top, bottom): (f64, f64), layout: Layout) {
    for (tick, _) in ticks(scale, layout) {
        svg.line("grid", (scale.at(tick), top), (scale.at(tick), bottom));
    }
    let Some(Estimate { value, low, high, .. }) = honest.map(|honest| honest.macro_f1) else { return };
    if low.is_finite() && high.is_finite() {
        svg.rect("band", (scale.at(low), top), (scale.at(high) - scale.at(low), bottom - top));
    }
    svg.line("guide", (scale.at(value), top), (scale.at(value), bottom));
}

fn words(svg: &mut Svg, score: &SplitScore, top: f64, layout: Layout, places: &Places) {
    let strong = if score.honest { "strong" } else { "" };
    let name = number::short(&score.split, places.name);
    let (value, interval) = (number::score(score.macro_f1.value), number::interval(&score.macro_f1));
    let sample = number::sample(&score.macro_f1);
    match layout {
        Layout::Wide => {
            svg.text(&format!("name {strong}"), (14.0, top + 29.0), &name);
            svg.text("small", (14.0, top + 48.0), &sample);
            svg.text(&format!("value end {strong}"), (places.width - 14.0, top + 30.0), &value);
            svg.text("small end", (places.width - 14.0, top + 48.0), &interval);
        }
        Layout::Narrow => {
            svg.text(&format!("name {strong}"), (12.0, top + 25.0), &name);
            svg.text(&format!("value end {strong}"), (places.width - 12.0, top + 25.0), &value);
            svg.text("small", (12.0, top + 80.0), &sample);
            svg.text("small end", (places.width - 12.0, top + 80.0), &interval);
        }
    }
}

/// A dotted line from the honest estimate to this score, with the difference above it where there is room.
fn distance(svg: &mut Svg, score: &SplitScore, honest: &SplitScore, scale: &Scale, y: f64) {
    let (value, origin) = (score.macro_f1.value, honest.macro_f1.value);
    if !value.is_finite() {
        return;
    }
    let (from, to) = (scale.at(origin), scale.at(value));
    svg.line("distance", (from, y), (to, y));
    if (to - from).abs() > 90.0 {
        svg.text("difference mid", (f64::midpoint(from, to), y - 7.0), &number::signed(value - origin));
    }
}

fn mark(svg: &mut Svg, score: &SplitScore, scale: &Scale, y: f64) {
    let e = &score.macro_f1;
    let (class, half, radius) = if score.honest { ("honest", 8.0, 8.5) } else { ("other", 6.0, 6.0) };
    if e.low.is_finite() && e.high.is_finite() {
        let (low, high) = (scale.at(e.low), scale.at(e.high));
        svg.line(&format!("bar {class}"), (low, y), (high, y));
        for end in [low, high] {
            svg.line(&format!("cap {class}"), (end, y - half), (end, y + half));
        }
    }
    if e.value.is_finite() {
        svg.dot(&format!("dot {class}"), (scale.at(e.value), y), radius);
    }
}

fn describe(scores: &[SplitScore]) -> String {
    let rows = scores.iter().map(|s| {
        let honest = if s.honest { " This is the honest estimate." } else { "" };
        format!("{}: {}.{honest}", number::short(&s.split, 80), number::estimate(&s.macro_f1))
    });
    rows.collect::<Vec<_>>().join(" ")
}
