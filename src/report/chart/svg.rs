//! SVG elements as text. All places have one decimal: finer is invisible, and pages stay small.

use std::fmt::{Arguments, Write};

/// An SVG picture that is being drawn.
pub struct Svg {
    text: String,
}

impl Svg {
    /// An empty picture that a screen reader announces by `title` and `description`. `id` is unique on the page.
    pub fn new(id: &str, class: &str, (width, height): (f64, f64), title: &str, description: &str) -> Self {
        let mut svg = Self { text: String::new() };
        let (title, description) = (escape(title), escape(description));
        svg.put(format_args!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" class="chart {class}" viewBox="0 0 {width:.0} {height:.0}" role="img" aria-labelledby="{id}-t {id}-d"><title id="{id}-t">{title}</title><desc id="{id}-d">{description}</desc>"#
        ));
        svg
    }

    /// A rectangle from its upper left corner.
    pub fn rect(&mut self, class: &str, (x, y): (f64, f64), (width, height): (f64, f64)) {
        let (width, height) = (width.max(0.0), height.max(0.0));
        self.put(format_args!(
            r#"<rect class="{class}" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}"/>"#
        ));
    }

    /// A straight line.
    pub fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        self.put(format_args!(r#"<line class="{class}" x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}"/>"#));
    }

    /// A dot.
    pub fn dot(&mut self, class: &str, (x, y): (f64, f64), radius: f64) {
        self.put(format_args!(r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="{radius:.1}"/>"#));
    }

    /// Text on the baseline `y`; `class` may hold `mid` or `end` to anchor it elsewhere than at its start.
    pub fn text(&mut self, class: &str, (x, y): (f64, f64), text: &str) {
        let text = escape(text);
        self.put(format_args!(r#"<text class="{class}" x="{x:.1}" y="{y:.1}">{text}</text>"#));
    }

    /// Any path, from its `d`.
    pub fn path(&mut self, class: &str, d: &str) {
        self.put(format_args!(r#"<path class="{class}" d="{d}"/>"#));
    }

    /// A line through points, with a gap at each `None`; a point alone between gaps is a dot.
    pub fn polyline(&mut self, class: &str, points: &[Option<(f64, f64)>]) {
        for run in points.split(Option::is_none) {
            match run {
                [] => {}
                [Some(point)] => self.dot(class, *point, 1.8),
                _ => self.path(class, &path_through(run.iter().flatten())),
            }
        }
    }

    /// A line through points, as strong as `opacity` says.
    pub fn strand(&mut self, points: &[(f64, f64)], opacity: f64) {
        let d = path_through(points.iter());
        self.put(format_args!(r#"<path class="curve validation" d="{d}" stroke-opacity="{opacity:.2}"/>"#));
    }

    /// An element with a fill opacity of its own.
    pub fn cell(&mut self, class: &str, (x, y): (f64, f64), side: f64, opacity: f64) {
        self.put(format_args!(
            r#"<rect class="{class}" x="{x:.1}" y="{y:.1}" width="{side:.1}" height="{side:.1}" fill-opacity="{opacity:.2}"/>"#
        ));
    }

    /// The finished picture.
    pub fn finish(mut self) -> String {
        self.text.push_str("</svg>");
        self.text
    }

    fn put(&mut self, element: Arguments) {
        // Writing into a String cannot fail.
        let _ = self.text.write_fmt(element);
    }
}

/// The `d` of a line through points.
pub fn path_through<'a>(points: impl Iterator<Item = &'a (f64, f64)>) -> String {
    let mut d = String::new();
    for (i, (x, y)) in points.enumerate() {
        let _ = write!(d, "{}{x:.1} {y:.1}", if i == 0 { 'M' } else { 'L' });
    }
    d
}

/// A chart as a file of its own: with its colours, on its own background.
pub fn standalone(svg: &str) -> String {
    let background = r#"<rect class="paper" width="100%" height="100%"/>"#;
    match svg.find('>') {
        Some(end) => {
            let (open, rest) = svg.split_at(end + 1);
            format!("{open}<style>{}</style>{background}{rest}", super::CSS)
        }
        None => svg.to_owned(),
    }
}

/// Text that can stand in any element or attribute, of XML too (which allows no control characters).
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
