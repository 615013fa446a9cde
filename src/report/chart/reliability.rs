//! How often predictions of each confidence are right: one small panel.

use super::{scale::Scale, svg::Svg};
use crate::report::Reliability;

const SIZE: (f64, f64) = (208.0, 208.0);
const PLOT: ((f64, f64), (f64, f64)) = ((42.0, 194.0), (176.0, 24.0));

/// The largest dot's radius.
const LARGEST: f64 = 9.0;

/// A dot a bin, as large as its share of the predictions; on the dashed line confidence and accuracy agree.
pub fn reliability(id: &str, title: &str, bins: &[Reliability]) -> String {
    let ((left, right), (bottom, top)) = PLOT;
    let (x, y) = (Scale::new((0.0, 1.0), (left, right)), Scale::new((0.0, 1.0), (bottom, top)));
    let description = "Across: mean confidence. Up: share that is right. Below the line the net is too sure.";
    let mut svg = Svg::new(id, "panel", SIZE, title, description);
    for (tick, text) in y.ticks(4) {
        svg.line("grid", (left, y.at(tick)), (right, y.at(tick)));
        svg.text("tick end", (left - 6.0, y.at(tick) + 5.0), &text);
    }
    for (tick, text) in x.ticks(4) {
        svg.text("tick mid", (x.at(tick), bottom + 19.0), &text);
    }
    svg.line("axis", (left, bottom), (right, bottom));
    svg.line("guide", (x.at(0.0), y.at(0.0)), (x.at(1.0), y.at(1.0)));
    let most = bins.iter().map(|bin| bin.n).max().unwrap_or(0);
    let seen = |bin: &&Reliability| bin.n > 0 && bin.confidence.is_finite() && bin.accuracy.is_finite();
    for bin in bins.iter().filter(seen) {
        let radius = 2.5 + (LARGEST - 2.5) * (f64::from(bin.n) / f64::from(most)).sqrt();
        svg.dot("dot honest", (x.at(bin.confidence), y.at(bin.accuracy)), radius);
    }
    svg.finish()
}
