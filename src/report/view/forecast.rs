//! The score to be expected, and what the nets are worth on worse pictures.

use minijinja::{Value, context};

use super::{MOST_ROWS, svg, text};
use crate::report::{Ablated, Corrupted, Estimator, Expected, Robustness, ScoreForecast, chart, number};

/// More columns would be for another page.
const MOST_FAMILIES: usize = 9;

pub fn of(forecast: &ScoreForecast) -> Value {
    let wrong = forecast.wrong.map(|n| format!("About {} to be wrong.", number::counted(n, "eval image")));
    context! {
        sentence => number::short(&forecast.sentence, 2000),
        wrong => wrong.unwrap_or_default(),
        expected => forecast.expected.iter().take(MOST_ROWS).map(expected).collect::<Vec<_>>(),
        estimators => forecast.estimators.iter().take(MOST_ROWS).map(estimator).collect::<Vec<_>>(),
    }
}

fn expected(expected: &Expected) -> Value {
    context! {
        score => text(&expected.score), value => number::score(expected.value),
        interval => format!("{} to {}", number::fixed(expected.low, 2), number::fixed(expected.high, 2)),
        bar => svg(chart::small_interval(expected.low, expected.value, expected.high)),
        error => number::fixed(expected.mean_error * 100.0, 1),
    }
}

fn estimator(estimator: &Estimator) -> Value {
    context! {
        name => text(&estimator.name), meaning => text(&estimator.meaning),
        accuracy => number::score(estimator.accuracy),
        macro_f1 => estimator.macro_f1.map_or(number::NONE.to_owned(), number::score),
        share => number::percent(estimator.share),
    }
}

pub fn robustness(robustness: &Robustness) -> Value {
    let severities = robustness.corruptions.iter().map(|corrupted| corrupted.errors.len()).max().unwrap_or(0).min(9);
    let row = |corrupted: &Corrupted| {
        let cell = |at: usize| {
            let error = corrupted.errors.get(at).copied().filter(|error| error.is_finite());
            let shade = format!("{:.2}", error.unwrap_or(0.0).clamp(0.0, 1.0) / 2.0);
            context! { text => error.map_or(number::NONE.to_owned(), number::percent), shade }
        };
        context! {
            name => text(&corrupted.name), mean => number::percent(corrupted.mean),
            cells => (0..severities).map(cell).collect::<Vec<_>>(),
        }
    };
    context! {
        sentence => number::short(&robustness.sentence, 2000),
        severities => (1..=severities).collect::<Vec<_>>(),
        rows => robustness.corruptions.iter().take(MOST_ROWS).map(row).collect::<Vec<_>>(),
        advice => number::short(&robustness.advice, 2000),
        families => robustness.ablation.first().map(families).unwrap_or_default(),
        ablation => robustness.ablation.iter().take(MOST_ROWS).map(ablated).collect::<Vec<_>>(),
    }
}

fn families(first: &Ablated) -> Vec<String> {
    first.families.iter().take(MOST_FAMILIES).map(|(name, _)| text(name)).collect()
}

fn ablated(ablated: &Ablated) -> Value {
    let points = |share: f64| number::fixed(share * 100.0, 1);
    let gain = ablated.gain.map_or_else(String::new, |(by, unsure)| {
        let unsure = unsure.map_or_else(String::new, |unsure| format!(" ± {}", points(unsure)));
        points(by) + &unsure
    });
    context! {
        name => text(&ablated.name), macro_f1 => number::score(ablated.macro_f1),
        mean => number::percent(ablated.mean), gain,
        families => ablated.families.iter().take(MOST_FAMILIES).map(|(_, error)| number::percent(*error)).collect::<Vec<_>>(),
    }
}
