//! Lines over epochs: one small panel.

use super::{scale::Scale, svg::Svg};

/// One line.
pub struct Curve {
    /// Which look: `train`, `validation` or `plain`.
    pub class: &'static str,
    /// One number an epoch.
    pub values: Vec<f64>,
}

/// One small panel; panels that stand side by side share `extent`.
pub struct Panel<'a> {
    /// Unique on the page.
    pub id: &'a str,
    /// For screen readers.
    pub title: &'a str,
    /// For screen readers.
    pub description: &'a str,
    /// The lines.
    pub curves: Vec<Curve>,
    /// The smallest and largest number of the axis.
    pub extent: (f64, f64),
    /// The epoch (from 1) to mark.
    pub kept: Option<usize>,
}

const SIZE: (f64, f64) = (208.0, 150.0);
const PLOT: ((f64, f64), (f64, f64)) = ((42.0, 200.0), (124.0, 22.0));

/// More points than these are not to be told apart in a panel.
const MOST_POINTS: usize = 400;

/// The range of an axis that holds all finite numbers, and 0 where `from_zero` says so.
pub fn extent(values: impl Iterator<Item = f64>, from_zero: bool) -> (f64, f64) {
    let finite = values.filter(|v| v.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if low > high { (0.0, 1.0) } else { (if from_zero { low.min(0.0) } else { low }, high) }
}

/// Draws a panel.
pub fn curves(panel: &Panel) -> String {
    let ((left, right), (bottom, top)) = PLOT;
    let epochs = panel.curves.iter().map(|c| c.values.len()).max().unwrap_or(0);
    let x = Scale::new((1.0, epochs.max(2) as f64), (left, right));
    let y = Scale::new(panel.extent, (bottom, top));
    let mut svg = Svg::new(panel.id, "panel", SIZE, panel.title, panel.description);
    for (tick, text) in y.ticks(4) {
        svg.line("grid", (left, y.at(tick)), (right, y.at(tick)));
        svg.text("tick end", (left - 6.0, y.at(tick) + 5.0), &text);
    }
    for (tick, text) in x.ticks(5).into_iter().filter(|(tick, _)| tick.fract() == 0.0) {
        svg.text("tick mid", (x.at(tick), bottom + 19.0), &text);
    }
    svg.line("axis", (left, bottom), (right, bottom));
    let kept = panel.kept.filter(|kept| (1..=epochs).contains(kept));
    if let Some(kept) = kept {
        let at = x.at(kept as f64);
        svg.line("guide", (at, top), (at, bottom));
        // Beside the guide, on the side that has room.
        let (class, shift) = if at > right - 74.0 { ("tick end", -4.0) } else { ("tick", 4.0) };
        svg.text(class, (at + shift, top - 6.0), &format!("kept: {kept}"));
    }
    for curve in &panel.curves {
        let stride = curve.values.len().div_ceil(MOST_POINTS).max(1);
        let point = |(i, v): (usize, &f64)| v.is_finite().then(|| (x.at((i + 1) as f64), y.at(*v)));
        let points: Vec<_> = curve.values.iter().enumerate().step_by(stride).map(point).collect();
        svg.polyline(&format!("curve {}", curve.class), &points);
        let at_kept = kept.and_then(|kept| point((kept - 1, curve.values.get(kept - 1)?)));
        if let Some(at) = at_kept.filter(|_| curve.class == "validation") {
            svg.dot("dot honest", at, 4.0);
        }
    }
    svg.finish()
}
