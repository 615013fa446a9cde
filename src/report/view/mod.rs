//! A report as the values of the template: numbers become words and SVG, one file a part of the page. A part that has
//! nothing to show is none, and the template leaves it out or says what would be needed.

mod confusion;
mod data;
mod folds;
mod forecast;
mod scores;
mod shift;

use minijinja::{Value, context};

use super::{Gallery, Report, Trust, Verdict, number};
use crate::evaluate::Estimate;

/// Longer texts than this come from a mistake, and are in `report.json` whole.
const LONGEST: usize = 240;

/// Rows of any one table: beyond, a page becomes slow and nobody reads on.
const MOST_ROWS: usize = 1000;

/// Bytes of embedded pictures, so that the page stays below 5 MB.
const MOST_PICTURE_BYTES: usize = 3_000_000;

/// Everything that the template reads.
pub fn of(report: &Report) -> Value {
    let parts = [
        ("scores", "Splits", scores::splits(&report.scores)),
        ("classes", "Classes", scores::classes(&report.per_class)),
        ("confusion", "Confusion", confusion::of("oof", "Confusion, out-of-fold", &report.confusion)),
        ("folds", "Folds", folds::of(&report.folds)),
        ("ensembles", "Voting and TTA", scores::ensembles(&report.ensembles)),
        ("shift", "Validation against eval", report.shift.as_ref().map_or(Value::from(()), shift::of)),
        ("forecast", "Forecast", report.forecast.as_ref().map_or(Value::from(()), forecast::of)),
        ("robustness", "Robustness", report.robustness.as_ref().map_or(Value::from(()), forecast::robustness)),
        ("leaks", "Leaks", data::leaks(&report.leaks)),
        ("data", "Data", data::summary(&report.data)),
        ("pictures", "Pictures", galleries(&report.galleries)),
    ];
    let eval = report.eval_confusion.as_ref();
    let eval_confusion = eval.map_or(Value::from(()), |eval| confusion::of("eval", "Confusion, eval set", eval));
    let shown = |id: &str, value: &Value| match id {
        // These two say something when they are empty, too.
        "shift" | "leaks" => true,
        "confusion" => value.is_true() || eval_confusion.is_true(),
        _ => value.is_true(),
    };
    let mut sections: Vec<Value> = parts
        .iter()
        .filter(|(id, _, value)| shown(id, value))
        .map(|(id, title, _)| context! { id => *id, title => *title })
        .collect();
    sections.push(context! { id => "setup", title => "How it was made" });
    let [scores, classes, confusion, folds, ensembles, shift, forecast, robustness, leaks, data, galleries] =
        parts.map(|part| part.2);
    context! {
        keys => keys(), sections,
        title => text(&report.title), made_by => text(&report.made_by), made_at => text(&report.made_at),
        command => number::short(&report.command, 4000),
        verdict => verdict(&report.verdict, report),
        scores, classes, confusion, eval_confusion, folds, ensembles, shift, forecast, robustness, leaks, data, galleries,
        views => number::short(&report.views, 1000), setup => setup(report),
    }
}

fn verdict(verdict: &Verdict, report: &Report) -> Value {
    let (class, word, icon) = match verdict.trust {
        Trust::Holds => (
            "holds",
            "The validation score holds",
            r#"<circle cx="12" cy="12" r="9.5"/><path d="M7.5 12.5l3 3 6-6.5"/>"#,
        ),
        Trust::Look => (
            "look",
            "Look before you trust the validation score",
            r#"<path d="M12 3L22 20.5H2Z"/><path d="M12 10v4.5M12 17.5v.1"/>"#,
        ),
        Trust::DoNotTrust => (
            "do-not-trust",
            "Do not trust the validation score",
            r#"<path d="M8 2.5h8l5.5 5.5v8L16 21.5H8L2.5 16V8Z"/><path d="M8.5 8.5l7 7M15.5 8.5l-7 7"/>"#,
        ),
    };
    let honest = report.scores.iter().find(|score| score.honest);
    context! {
        class, word, icon => Value::from_safe_string(icon.to_owned()),
        sentence => number::short(&verdict.sentence, 1000),
        reasons => verdict.reasons.iter().map(|reason| number::short(reason, 1000)).collect::<Vec<_>>(),
        honest => honest.map_or(Value::from(()), |score| estimate(&score.macro_f1)),
        honest_split => honest.map(|score| text(&score.split)).unwrap_or_default(),
    }
}

fn galleries(galleries: &[Gallery]) -> Value {
    let (mut bytes, mut left_out) = (0, 0);
    let mut rows = Vec::new();
    for gallery in galleries {
        let mut pictures = Vec::new();
        for picture in &gallery.pictures {
            if !picture.is_embedded() || bytes + picture.data_uri.len() > MOST_PICTURE_BYTES {
                left_out += 1;
                continue;
            }
            bytes += picture.data_uri.len();
            // Safe: `is_embedded` has seen every byte. Escaped, base64's many slashes would make the page larger.
            let data = Value::from_safe_string(picture.data_uri.clone());
            pictures.push(context! { data, alt => text(&picture.alt), caption => text(&picture.caption) });
        }
        if !pictures.is_empty() {
            rows.push(context! { title => text(&gallery.title), meaning => text(&gallery.meaning), pictures });
        }
    }
    if rows.is_empty() && left_out == 0 {
        return Value::from(());
    }
    let left_out = match left_out {
        0 => String::new(),
        n => format!(
            "Left out: {}, to keep this page small or because they are not embedded.",
            number::counted(n, "picture")
        ),
    };
    context! { rows, left_out }
}

fn setup(report: &Report) -> Vec<Value> {
    let table = |title, caption, pairs: &[(String, String)]| {
        let row =
            |(name, value): &(String, String)| context! { name => text(name), value => number::short(value, 2000) };
        let rows: Vec<Value> = pairs.iter().take(MOST_ROWS).map(row).collect();
        (!rows.is_empty()).then(|| context! { title, caption, rows })
    };
    let tables = [
        table("Configuration", "As it was resolved: defaults, file and command line together.", &report.config),
        table("Environment", "Machine and libraries.", &report.environment),
    ];
    tables.into_iter().flatten().collect()
}

/// What the legends show before each word.
fn keys() -> Value {
    let safe = |svg: &str| Value::from_safe_string(svg.to_owned());
    context! {
        train => safe(r#"<path class="curve train" d="M0 6H28"/>"#),
        validation => safe(r#"<path class="curve validation" d="M0 6H28"/>"#),
        guide => safe(r#"<line class="guide" x1="14" x2="14" y1="-1" y2="13"/><circle class="dot honest" cx="14" cy="6" r="4"/>"#),
        validation_fill => safe(r#"<rect class="fill validation" x="0" y="1" width="28" height="11"/><path class="curve validation" d="M0 12V1H28V12"/>"#),
        eval => safe(r#"<path class="curve eval" d="M0 12V1H28V12"/>"#),
        full => safe(r#"<rect class="full" x="0" y="1" width="28" height="10"/>"#),
        half => safe(r#"<rect class="half" x="0" y="1" width="28" height="10"/>"#),
        hollow => safe(r#"<rect class="hollow" x="0.5" y="1.5" width="27" height="9"/>"#),
        other => safe(r#"<rect class="other" x="0" y="1" width="28" height="10"/>"#),
        hollow_other => safe(r#"<rect class="hollow-other" x="0.5" y="1.5" width="27" height="9"/>"#),
    }
}

fn text(text: &str) -> String {
    number::short(text, LONGEST)
}

fn svg(svg: String) -> Value {
    Value::from_safe_string(svg)
}

fn estimate(estimate: &Estimate) -> Value {
    context! {
        value => number::score(estimate.value),
        interval => number::interval(estimate),
        sample => number::sample(estimate),
    }
}

/// What is said where a table was cut.
fn more(all: usize, noun: &str) -> String {
    match all {
        _ if all <= MOST_ROWS => String::new(),
        _ => format!(
            "; the first {} of {}, the rest is in report.json",
            number::count(MOST_ROWS),
            number::counted(all, noun)
        ),
    }
}
