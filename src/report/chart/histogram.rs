//! Two distributions over the same bins, as step outlines, one over the other.

use super::{
    scale::Scale,
    svg::{Svg, path_through},
};
use crate::report::Histogram;

const SIZE: (f64, f64) = (208.0, 116.0);
const PLOT: ((f64, f64), (f64, f64)) = ((4.0, 204.0), (92.0, 6.0));

/// Validation filled, eval as a dashed outline: to be told apart without colour too.
pub fn histogram(id: &str, title: &str, description: &str, data: &Histogram) -> String {
    let ((left, right), (bottom, top)) = PLOT;
    let mut svg = Svg::new(id, "panel", SIZE, title, description);
    let ends = (data.edges.first().copied().unwrap_or(0.0), data.edges.last().copied().unwrap_or(1.0));
    let x = Scale::new(ends, (left, right));
    let highest = data.validation.iter().chain(&data.eval).copied().filter(|v| v.is_finite()).fold(1e-9, f64::max);
    let y = Scale::new((0.0, highest), (bottom, top));
    for (tick, text) in x.ticks(3) {
        let class = match x.at(tick) {
            at if at < left + 12.0 => "tick",
            at if at > right - 12.0 => "tick end",
            _ => "tick mid",
        };
        svg.line("axis", (x.at(tick), bottom), (x.at(tick), bottom + 4.0));
        svg.text(class, (x.at(tick), bottom + 20.0), &text);
    }
    let outlines = [&data.validation, &data.eval].map(|shares| outline(&data.edges, shares, &x, &y));
    svg.path("fill validation", &outlines[0]);
    svg.line("axis", (left, bottom), (right, bottom));
    svg.path("curve validation", &outlines[0]);
    svg.path("curve eval", &outlines[1]);
    svg.finish()
}

/// Up at a bin's left border, along its top, down at the last border.
fn outline(edges: &[f64], shares: &[f64], x: &Scale, y: &Scale) -> String {
    let mut points = Vec::new();
    for (edge, share) in edges.windows(2).zip(shares) {
        points.extend([(x.at(edge[0]), y.at(*share)), (x.at(edge[1]), y.at(*share))]);
    }
    if let (Some(first), Some(last)) = (points.first().copied(), points.last().copied()) {
        points.insert(0, (first.0, y.at(0.0)));
        points.push((last.0, y.at(0.0)));
    }
    path_through(points.iter())
}
