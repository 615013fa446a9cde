//! The pages: templates, filled with values.

use minijinja::{Environment, UndefinedBehavior, Value, context};

use super::{Report, chart, view};

/// By name, whose extension turns escaping on.
const TEMPLATES: [(&str, &str); 3] = [
    ("head.html", include_str!("head.html")),
    ("page.html", include_str!("page.html")),
    ("tuning.html", include_str!("tuning.html")),
];
const CSS: &str = include_str!("page.css");

/// The report as one HTML page that needs no other file and no network. Whatever the report holds, this returns a page.
pub fn page(report: &Report) -> String {
    render(report).unwrap_or_else(|mistake| apology(&mistake))
}

/// An error here is a mistake in our own template or view: `tests` renders every branch of it.
pub(super) fn render(report: &Report) -> Result<String, minijinja::Error> {
    fill("page.html", view::of(report))
}

/// A template with these values.
pub(super) fn fill(template: &str, values: Value) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    // A misspelt name is an error that a test sees, not an empty place in the page.
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    let css = Value::from_safe_string(format!("{}{CSS}", chart::CSS));
    environment.get_template(template)?.render(context! { css, ..values })
}

fn apology(mistake: &minijinja::Error) -> String {
    let mistake = chart::escape(&format!("{mistake:#}"));
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>evenfold report</title><h1>evenfold report</h1>\
         <p>The page could not be made, which is a mistake in evenfold. All numbers are in <code>report.json</code>.</p>\
         <pre>{mistake}</pre></html>"
    )
}
