//! The sentence that a run ends with, and what leads to it.

use super::{Trust, Verdict, number};
use crate::evaluate::{
    self, ClassMix, Difference, EvalComparison, Forecasted, Kind, Outcome, least_visible, significant,
};

/// Folds that lie further apart than this many points of macro-F1 are worth a look.
const WIDE_SPREAD: f64 = 0.15;

/// A forecast that lies further below validation than this is worth a warning, also where the intervals touch.
const PLAIN_DROP: f64 = 0.05;

pub(super) fn verdict(outcome: &Outcome) -> Verdict {
    let honest = &outcome.out_of_fold.macro_f1;
    let mut trust = Trust::Holds;
    let mut reasons = vec![match &outcome.given {
        None => "No leak: no copy, no group and no exact duplicate is on two sides of a fold.".to_owned(),
        Some(given) => format!(
            "The folds that were given leak: {} of the images have a relative on another side ({}).",
            number::percent(given.touched),
            given.kinds()
        ),
    }];
    let mut doubt = |reason: String| {
        trust = Trust::Look;
        reason
    };
    if !outcome.grouped {
        reasons.push(doubt(
            "No groups are known: if several images show one person or object, this score is too good. Say so with \
             evenfold split --groups."
                .into(),
        ));
    }
    let folds = outcome.folds.iter().map(|fold| fold.macro_f1.value);
    let least = folds.clone().fold(f64::INFINITY, f64::min);
    let most = folds.fold(f64::NEG_INFINITY, f64::max);
    let spread = format!("Single folds range from {} to {}.", number::score(least), number::score(most));
    reasons.push(if most - least > WIDE_SPREAD { doubt(spread) } else { spread });
    if let Some((naive, _)) = &outcome.naive {
        reasons.push(format!(
            "{} {}: {} against honest folds.",
            if outcome.given.is_some() {
                "They promise"
            } else {
                "A plain random split over all images would have promised"
            },
            number::brief(&naive.macro_f1),
            number::signed(naive.macro_f1.value - honest.value)
        ));
    }
    let beginning = beginning(outcome);
    if outcome.given.is_some() {
        trust = if outcome.is_inflated() { Trust::DoNotTrust } else { Trust::Look };
    }
    let Some(comparison) = &outcome.comparison else {
        let sentence = format!("{beginning}. No eval set was given, so nothing is said about other images.");
        return Verdict { trust, sentence, reasons };
    };
    reasons.push(shift_sentence(outcome, comparison));
    let mut endings = Vec::new();
    if let Some((_, forecast)) = &outcome.forecast {
        reasons.push(forecast_sentence(forecast));
        match &forecast.expected {
            Some([_, f1]) => {
                if f1.high < honest.low || honest.value - f1.value > PLAIN_DROP {
                    trust = Trust::DoNotTrust;
                }
                endings.push(format!("expect {} on eval", expected(f1)));
            }
            None if outcome.robustness.is_some() => {
                trust = Trust::DoNotTrust;
                endings.push("eval lies so far from validation that no forecast can be made".into());
            }
            None => {}
        }
    }
    let found = found(comparison);
    match &shifts(&comparison.differences)[..] {
        [] if found.is_empty() => endings.push("no difference between validation and eval was found".into()),
        [] => endings.push(format!("eval differs from validation ({})", found.join(", "))),
        seen => endings.push(format!("eval images are {}", seen.join(", "))),
    }
    if !found.is_empty() && trust == Trust::Holds {
        trust = Trust::Look;
    }
    if let Some(eval) = &outcome.eval {
        let really = &eval.macro_f1;
        endings.push(format!("it really is {} there", number::brief(really)));
        // Known labels outweigh every sign.
        if really.high < honest.low {
            trust = Trust::DoNotTrust;
        } else if trust == Trust::DoNotTrust && !outcome.is_inflated() {
            trust = Trust::Look;
        }
    }
    Verdict { trust, sentence: format!("{beginning}; {}.", endings.join("; ")), reasons }
}

/// What was promised, where somebody did, and what honest folds say.
fn beginning(outcome: &Outcome) -> String {
    let honest = number::brief(&outcome.out_of_fold.macro_f1);
    match (&outcome.naive, &outcome.given) {
        (Some((naive, _)), Some(given)) => {
            let (naive, touched) = (number::score(naive.macro_f1.value), number::percent(given.touched));
            let worth = if outcome.is_inflated() { "is inflated" } else { "is of folds that leak" };
            let kinds = given.kinds();
            format!(
                "Validation macro-F1 {naive} {worth}: {touched} of the images have a relative on another side ({kinds}); \
                 honest folds say {honest}"
            )
        }
        (Some((naive, _)), None) => {
            let naive = number::score(naive.macro_f1.value);
            format!("A random split said macro-F1 {naive}; honest folds say {honest}")
        }
        (None, _) => format!("Honest folds say macro-F1 {honest}"),
    }
}

fn expected(forecast: &evaluate::forecast::Forecast) -> String {
    let [value, low, high] = [forecast.value, forecast.low, forecast.high].map(|score| number::fixed(score, 2));
    format!("{value} ({low} to {high})")
}

pub(super) fn forecast_sentence(forecast: &Forecasted) -> String {
    let Some([accuracy, f1]) = &forecast.expected else {
        return format!("No forecast for eval: {}", forecast.why_none);
    };
    format!(
        "Expected on eval, without its labels: macro-F1 {}, accuracy {} (90% intervals; such forecasts were off by {} points \
         of macro-F1 on average on corruptions that they were not learnt from). A picture that is unlike all of those can be \
         worse than any forecast.",
        expected(f1),
        expected(accuracy),
        number::fixed(f1.mean_error * 100.0, 1)
    )
}

/// The plain differences, in words.
fn shifts(differences: &[Difference]) -> Vec<String> {
    differences.iter().filter_map(Difference::in_words).map(str::to_owned).collect()
}

pub(super) fn space(kind: Kind) -> &'static str {
    match kind {
        Kind::Statistics => "Image statistics",
        Kind::Embeddings => "Embeddings",
        Kind::Probabilities => "Probabilities",
    }
}

/// The spaces in which a test found something.
fn found(comparison: &EvalComparison) -> Vec<String> {
    let tests = comparison.tests.iter().zip(significant(&comparison.tests));
    let mut spaces: Vec<String> =
        tests.filter(|(_, found)| *found).map(|(t, _)| space(t.space).to_lowercase()).collect();
    spaces.dedup();
    spaces
}

/// No shift and how small a one would have been seen; or which.
pub(super) fn shift_sentence(outcome: &Outcome, comparison: &EvalComparison) -> String {
    let (seen, found) = (shifts(&comparison.differences), found(comparison));
    let [a, b] = comparison.groups;
    let visible = format!(
        "with {} and {} a difference of {} standard deviations in one image statistic shows four times in five",
        number::counted(a, "group"),
        number::counted(b, "group"),
        number::fixed(least_visible(comparison.groups), 2)
    );
    let images = match (&seen[..], &found[..]) {
        ([], []) => format!("No shift was found between validation and eval; {visible}"),
        ([], found) => format!(
            "Eval differs from validation in its {}, though no image statistic differs plainly",
            found.join(", ")
        ),
        (seen, _) => format!("Covariate shift: eval images are {} than validation images", seen.join(", ")),
    };
    let mix = outcome.forecast.as_ref().map(|(mix, _)| mix_sentence(mix, &outcome.classes)).unwrap_or_default();
    let alone = if outcome.grouped && comparison.groups[1] == comparison.eval_n {
        " The groups of the eval images are not known (--eval-groups): if they hang together, the tests see shifts too easily."
    } else {
        ""
    };
    let Confidences { before, after } = Confidences::of(comparison);
    format!(
        "{images}.{mix}{alone} Mean confidence is {} on eval and {} on validation.",
        number::fixed(after, 2),
        number::fixed(before, 2)
    )
}

fn mix_sentence(mix: &ClassMix, labels: &[String]) -> String {
    let mut changed = mix.changed();
    if changed.is_empty() {
        return " The mix of classes is much the same.".into();
    }
    let by = |class: usize| (mix.likely[class] - mix.validation[class]).abs();
    changed.sort_by(|&x, &y| by(y).total_cmp(&by(x)));
    let class = |&class: &usize| {
        let [before, after] = [mix.validation[class], mix.likely[class]].map(number::percent);
        format!("{} {before} to {after}", labels[class])
    };
    let named: Vec<String> = changed.iter().take(4).map(class).collect();
    let more = if changed.len() > 4 { format!(" and {} more", changed.len() - 4) } else { String::new() };
    format!(" Label shift, if the images of a class look alike on both sides: {}{more}.", named.join(", "))
}

struct Confidences {
    before: f64,
    after: f64,
}

impl Confidences {
    fn of(comparison: &EvalComparison) -> Self {
        Self { before: comparison.validation_confidence, after: comparison.eval_confidence }
    }
}
