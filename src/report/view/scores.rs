//! Scores by split, by class, and by way of voting.

use minijinja::{Value, context};

use super::{MOST_ROWS, estimate, svg, text};
use crate::report::{
    ClassScore, Ensemble, MetricScore, SplitScore,
    chart::{self, Layout},
    number,
};

pub fn splits(scores: &[SplitScore]) -> Value {
    if scores.is_empty() {
        return Value::from(());
    }
    let rows = scores.iter().map(|score| {
        context! {
            split => text(&score.split), meaning => text(&score.meaning), honest => score.honest,
            macro_f1 => estimate(&score.macro_f1), accuracy => estimate(&score.accuracy),
            log_loss => number::score(score.log_loss),
        }
    });
    let legend = match scores.iter().find(|score| score.honest) {
        Some(honest) => format!(
            "Thick and blue: {}, the estimate to believe. Its interval is shaded through all rows; dotted lines show how far the \
             other splits lie from it.",
            text(&honest.split)
        ),
        None => "No split here is honest: no row can be taken for the score on new images.".to_owned(),
    };
    context! {
        wide => svg(chart::intervals("scores-wide", scores, Layout::Wide)),
        narrow => svg(chart::intervals("scores-narrow", scores, Layout::Narrow)),
        legend, rows => rows.collect::<Vec<_>>(), metrics => metrics(scores), reliability => reliability(scores),
    }
}

/// One metric a row, one split a column.
fn metrics(scores: &[SplitScore]) -> Value {
    let most = scores.iter().max_by_key(|score| score.metrics.len());
    let row = |at: usize, metric: &MetricScore| {
        let of_split = |score: &SplitScore| match score.metrics.get(at) {
            Some(found) => estimate(&found.estimate),
            None => Value::from(()),
        };
        let way = if metric.higher_is_better { "higher is better" } else { "lower is better" };
        context! {
            name => text(&metric.name.replace('_', " ")), meaning => format!("{}; {way}", text(&metric.meaning)),
            splits => scores.iter().map(of_split).collect::<Vec<_>>(),
        }
    };
    let rows = most.iter().flat_map(|most| &most.metrics).enumerate().map(|(at, metric)| row(at, metric));
    rows.take(MOST_ROWS).collect::<Vec<_>>().into()
}

fn reliability(scores: &[SplitScore]) -> Value {
    let shown = scores.iter().enumerate().filter(|(_, score)| score.reliability.iter().any(|bin| bin.n > 0));
    let panels = shown.map(|(i, score)| {
        let title = format!("Reliability, {}", text(&score.split));
        context! {
            split => text(&score.split),
            svg => svg(chart::reliability(&format!("reliability-{i}"), &title, &score.reliability)),
        }
    });
    panels.collect::<Vec<_>>().into()
}

pub fn classes(classes: &[ClassScore]) -> Value {
    if classes.is_empty() {
        return Value::from(());
    }
    let rows = classes.iter().take(MOST_ROWS).map(|class| {
        context! {
            label => text(&class.label),
            bar => svg(chart::stacked(&[chart::Bar { class: "full", share: class.f1 }])),
            f1 => number::score(class.f1), precision => number::score(class.precision),
            recall => number::score(class.recall), support => number::count(class.support),
        }
    });
    context! { rows => rows.collect::<Vec<_>>(), note => super::more(classes.len(), "class"), more => weakest(classes) }
}

/// Names the class that costs the mean most.
fn weakest(classes: &[ClassScore]) -> String {
    let scored = classes.iter().filter(|class| class.f1.is_finite());
    match scored.min_by(|a, b| a.f1.total_cmp(&b.f1)).filter(|_| classes.len() > 1) {
        Some(class) => format!(
            "Weakest: {}, F1 {} on n = {}. Every class counts alike in macro-F1.",
            text(&class.label),
            number::score(class.f1),
            number::count(class.support)
        ),
        None => String::new(),
    }
}

pub fn ensembles(ensembles: &[Ensemble]) -> Value {
    let row = |e: &Ensemble| {
        let f1 = &e.macro_f1;
        context! {
            name => text(&e.name), split => text(&e.split), macro_f1 => estimate(f1), accuracy => estimate(&e.accuracy),
            bar => svg(chart::small_interval(f1.low, f1.value, f1.high)),
        }
    };
    ensembles.iter().take(MOST_ROWS).map(row).collect::<Vec<_>>().into()
}
