//! Bars inside table cells: as wide as the cell, the numbers stand beside them, so screen readers skip them.

use std::fmt::Write;

/// One bar, or one part of a stacked bar.
pub struct Bar {
    /// Which look.
    pub class: &'static str,
    /// Length as a share of the cell.
    pub share: f64,
}

/// Parts one after another.
pub fn stacked(parts: &[Bar]) -> String {
    let mut from = 0.0;
    in_cell(14.0, |text| {
        for part in parts {
            let width = tame(part.share).min(1.0 - from);
            rect(text, part.class, (from, 1.0), (width, 12.0));
            from += width;
        }
    })
}

/// Bars one below another.
pub fn grouped(bars: &[Bar]) -> String {
    in_cell(8.0 * bars.len() as f64, |text| {
        for (i, bar) in bars.iter().enumerate() {
            rect(text, bar.class, (0.0, 8.0 * i as f64 + 0.5), (tame(bar.share), 6.5));
        }
    })
}

/// A dot with its interval, on an axis from 0 to 1.
pub fn small_interval(low: f64, value: f64, high: f64) -> String {
    in_cell(14.0, |text| {
        let _ = write!(text, r#"<line class="axis" x1="0%" x2="100%" y1="7" y2="7"/>"#);
        if low.is_finite() && high.is_finite() {
            let (low, high) = (tame(low) * 100.0, tame(high) * 100.0);
            let _ = write!(text, r#"<line class="bar honest" x1="{low:.1}%" x2="{high:.1}%" y1="7" y2="7"/>"#);
        }
        if value.is_finite() {
            let _ = write!(text, r#"<circle class="dot honest" cx="{:.1}%" cy="7" r="4"/>"#, tame(value) * 100.0);
        }
    })
}

fn in_cell(height: f64, draw: impl FnOnce(&mut String)) -> String {
    let mut text = format!(r#"<svg class="chart cell" height="{height:.0}" aria-hidden="true" focusable="false">"#);
    draw(&mut text);
    text.push_str("</svg>");
    text
}

fn rect(text: &mut String, class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
    let (x, width) = (x * 100.0, width * 100.0);
    let _ = write!(text, r#"<rect class="{class}" x="{x:.2}%" y="{y:.1}" width="{width:.2}%" height="{height:.1}"/>"#);
}

fn tame(share: f64) -> f64 {
    if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
}
