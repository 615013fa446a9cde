//! Validation against eval.

use minijinja::{Value, context};

use super::{MOST_ROWS, svg, text};
use crate::report::{
    ClassShare, Shift, ShiftTest, Statistic,
    chart::{self, Bar},
    number,
};

/// Statistics that are drawn; all are in the table.
const MOST_PANELS: usize = 24;

pub fn of(shift: &Shift) -> Value {
    let confidence = &shift.confidence;
    let difference = confidence.eval_mean - confidence.validation_mean;
    let described = format!(
        "Mean confidence: validation {}, eval {}.",
        number::score(confidence.validation_mean),
        number::score(confidence.eval_mean)
    );
    let histogram =
        chart::histogram("confidence", "Confidence in the predicted class", &described, &confidence.histogram);
    let top = longest(&shift.class_mix);
    context! {
        sentence => number::short(&shift.sentence, 2000),
        sizes => format!(
            "Compared: {} and {}. Heights are shares of each set, so their sizes do not matter.",
            number::counted(shift.validation_n, "validation original"),
            number::counted(shift.eval_n, "eval image")
        ),
        tests => shift.tests.iter().take(MOST_ROWS).map(test).collect::<Vec<_>>(),
        statistics => shift.statistics.iter().take(MOST_ROWS).enumerate().map(statistic).collect::<Vec<_>>(),
        confidence => context! {
            svg => svg(histogram), difference => number::signed(difference),
            validation => number::score(confidence.validation_mean), eval => number::score(confidence.eval_mean),
        },
        mix => shift.class_mix.iter().take(MOST_ROWS).map(|class| mix(class, top)).collect::<Vec<_>>(),
        mix_known => shift.class_mix.iter().any(|class| class.eval_true.is_some()),
        mix_likely => shift.class_mix.iter().any(|class| class.eval_likely.is_some()),
        mix_top => number::percent(top),
    }
}

fn test(test: &ShiftTest) -> Value {
    let interval =
        test.interval.map(|[low, high]| format!(" ({} to {})", number::fixed(low, 2), number::fixed(high, 2)));
    context! {
        space => text(&test.space), name => text(&test.name), found => test.found,
        value => format!("{}{}", number::loose(test.value), interval.unwrap_or_default()),
        chance => number::loose(test.chance), p => number::p_value(test.p_value),
    }
}

fn statistic((i, statistic): (usize, &Statistic)) -> Value {
    let [validation, eval] = [statistic.validation_mean, statistic.eval_mean].map(number::loose);
    let (effect, word) = (signed(statistic.effect), in_words(statistic.effect));
    let description = format!("Mean of validation {validation}, of eval {eval}; effect {effect}, {word}.");
    let title = format!("{}: validation and eval", text(&statistic.name));
    let drawn = (i < MOST_PANELS && statistic.histogram.edges.len() > 1)
        .then(|| svg(chart::histogram(&format!("statistic-{i}"), &title, &description, &statistic.histogram)));
    context! {
        name => text(&statistic.name), meaning => text(&statistic.meaning), validation, eval, effect, word,
        stability => number::fixed(statistic.stability, 2),
        p => statistic.p_value.map_or(number::NONE.to_owned(), number::p_value), svg => drawn,
    }
}

fn signed(effect: f64) -> String {
    if effect > 0.0 { format!("+{}", number::fixed(effect, 2)) } else { number::fixed(effect, 2) }
}

/// Cohen's own borders.
fn in_words(effect: f64) -> &'static str {
    match effect.abs() {
        e if e.is_nan() => "not measured",
        e if e < 0.2 => "hardly any",
        e if e < 0.5 => "small",
        e if e < 0.8 => "plain to see",
        _ => "large",
    }
}

fn shares(class: &ClassShare) -> [f64; 4] {
    [class.validation_true, class.validation_predicted, class.eval_predicted, class.eval_true.unwrap_or(0.0)]
}

fn longest(mix: &[ClassShare]) -> f64 {
    let most = mix.iter().flat_map(shares).filter(|v| v.is_finite()).fold(0.0, f64::max);
    // The next 5%, so that the axis ends on a round number.
    if most > 0.0 { ((most * 20.0).ceil() / 20.0).min(1.0) } else { 1.0 }
}

fn mix(class: &ClassShare, top: f64) -> Value {
    let looks = ["hollow", "full", "other", "hollow-other"];
    let shown = if class.eval_true.is_some() { 4 } else { 3 };
    let bars: Vec<Bar> = looks
        .into_iter()
        .zip(shares(class))
        .take(shown)
        .map(|(class, share)| Bar { class, share: share / top })
        .collect();
    context! {
        label => text(&class.label), bars => svg(chart::grouped(&bars)),
        validation_true => number::percent(class.validation_true),
        validation_predicted => number::percent(class.validation_predicted),
        eval_predicted => number::percent(class.eval_predicted),
        eval_true => class.eval_true.map_or(number::NONE.to_owned(), number::percent),
        likely => class.eval_likely.map_or(number::NONE.to_owned(), |[share, low, high]| {
            format!("{} ({} to {})", number::percent(share), number::percent(low), number::percent(high))
        }),
        black_box => class.eval_black_box.map_or(number::NONE.to_owned(), number::percent),
    }
}
