//! A run's outcome to a report.

use std::path::{Path, PathBuf};

use super::{
    ClassCount, ClassScore, ClassShare, Confidence, Confusion, Corrupted, DataSummary, Ensemble, Epoch, Estimator,
    Expected, Fold, Gallery, Histogram, LeakFinding, MetricScore, Picture, Reliability, Report, Robustness,
    ScoreForecast, Shift, ShiftTest, SplitScore, Statistic, Trust, Verdict, number,
};
use crate::data::{read_file, utc};
use crate::evaluate::forecast::ESTIMATORS;
use crate::evaluate::{
    self, ClassMix, Difference, EvalComparison, Forecasted, GivenLeaks, Kind, METRICS, Mistake, Named, Outcome,
    STATISTICS, Scored, least_visible, significant,
};
use crate::image::decode;
use crate::leak::{Findings, Kind as Leak, Pair};
use crate::train;

/// What a report says beside the outcome.
pub struct Setting {
    /// What was trained on.
    pub title: String,
    /// The command line.
    pub command: String,
    /// Every number.
    pub config: Vec<(String, String)>,
    /// Machine and libraries.
    pub environment: Vec<(String, String)>,
}

/// Makes the report. The verdict is drawn here, from the outcome alone.
pub fn assemble(outcome: &Outcome, setting: Setting) -> Report {
    let labels = &outcome.classes;
    Report {
        version: 1,
        title: setting.title,
        made_by: concat!("evenfold ", env!("CARGO_PKG_VERSION")).into(),
        command: setting.command,
        made_at: now(),
        verdict: verdict(outcome),
        scores: scores(outcome),
        per_class: class_scores(&outcome.out_of_fold, labels),
        confusion: confusion(&outcome.out_of_fold, labels),
        eval_confusion: outcome.eval.as_ref().map(|eval| confusion(eval, labels)),
        folds: outcome.folds.iter().map(fold).collect(),
        ensembles: outcome
            .joined
            .iter()
            .map(|joined| Ensemble {
                name: joined.name.clone(),
                split: joined.split.into(),
                macro_f1: joined.macro_f1,
                accuracy: joined.accuracy,
            })
            .collect(),
        views: [views(outcome), seeds(outcome)].join(" ").trim_end().to_owned(),
        data: DataSummary {
            classes: labels
                .iter()
                .zip(&outcome.counts)
                .map(|(label, &[originals, copies, holdout])| ClassCount {
                    label: label.clone(),
                    originals,
                    copies,
                    holdout,
                })
                .collect(),
            groups: outcome.grouped.then_some(outcome.groups),
            skipped: outcome.skipped.iter().map(|s| (s.path.clone(), s.why.clone())).collect(),
        },
        shift: outcome.comparison.as_ref().map(|comparison| shift(outcome, comparison)),
        forecast: outcome.forecast.as_ref().map(|(_, forecast)| score_forecast(forecast)),
        robustness: outcome.robustness.as_ref().map(robustness),
        leaks: leaks(outcome.given.as_ref()),
        galleries: galleries(outcome),
        config: setting.config,
        environment: setting.environment,
    }
}

/// What leaks in folds that were given. The run's own folds were refused if they leaked.
fn leaks(given: Option<&GivenLeaks>) -> Vec<LeakFinding> {
    let looked_for = [Leak::StrayedCopy, Leak::SharedGroup, Leak::ExactDuplicate];
    let Some(given) = given else {
        let clean = |kind: Leak| LeakFinding {
            kind: kind.name().into(),
            pairs: 0,
            touched: 0,
            sentence: "None across folds, checked before training.".into(),
        };
        return looked_for.map(clean).into();
    };
    let found = |found: &Findings| LeakFinding {
        kind: found.kind.name().into(),
        pairs: found.pairs,
        touched: found.touched,
        sentence: format!(
            "In the folds that were given; worth {} points at most. {}.",
            number::fixed(found.inflation_at_most * 100.0, 1),
            found.kind.taxonomy()
        ),
    };
    given.findings.iter().map(found).collect()
}

fn scores(outcome: &Outcome) -> Vec<SplitScore> {
    let score = |split: &str, meaning: String, honest: bool, scored: &Scored| SplitScore {
        split: split.into(),
        meaning,
        honest,
        macro_f1: scored.macro_f1,
        accuracy: scored.accuracy,
        log_loss: scored.log_loss,
        metrics: metrics(scored),
        reliability: scored
            .reliability
            .iter()
            .map(|bin| Reliability { n: bin.n, confidence: bin.confidence, accuracy: bin.accuracy })
            .collect(),
    };
    let mut scores = Vec::new();
    if let Some((naive, folds)) = &outcome.naive {
        let nets = if *folds == 1 { "one net".to_owned() } else { format!("{folds} nets") };
        let (split, promise) = match &outcome.given {
            Some(_) => ("The folds given", "What the folds that were given promise"),
            None => {
                ("Naive random split", "What a plain random split over all images, copies too, would have promised")
            }
        };
        let meaning = format!(
            "{promise} ({nets}); its interval takes copies for independent, as such a split does. Not to be believed."
        );
        scores.push(score(split, meaning, false, naive));
    }
    let nets = match outcome.weighing.seeds() {
        1 => "the one net".to_owned(),
        seeds => format!("the {seeds} nets"),
    };
    let meaning = format!("Each original is predicted by {nets} that never saw its group or its copies.");
    scores.push(score("Honest folds (out-of-fold)", meaning, true, &outcome.out_of_fold));
    let vote = if outcome.weighing.wins() { "weighted" } else { "soft" };
    if let Some(holdout) = &outcome.holdout {
        let meaning = format!("Set aside before anything else; predicted by the {vote} vote of all nets.");
        scores.push(score("Holdout", meaning, false, holdout));
    }
    if let Some(eval) = &outcome.eval {
        let meaning = format!("The images that are judged; predicted by the {vote} vote of all nets.");
        scores.push(score("Eval", meaning, false, eval));
    }
    scores
}

fn metrics(scored: &Scored) -> Vec<MetricScore> {
    let named = METRICS.iter().zip(&scored.metrics);
    named
        .map(|(metric, estimate)| MetricScore {
            name: metric.name.into(),
            meaning: metric.meaning.into(),
            higher_is_better: metric.higher_is_better,
            estimate: *estimate,
        })
        .collect()
}

fn class_scores(scored: &Scored, labels: &[String]) -> Vec<ClassScore> {
    let classes = scored.per_class().into_iter().zip(labels);
    classes
        .map(|(c, label)| ClassScore {
            label: label.clone(),
            precision: c.precision,
            recall: c.recall,
            f1: c.f1,
            support: c.support,
        })
        .collect()
}

fn confusion(scored: &Scored, labels: &[String]) -> Confusion {
    Confusion { labels: labels.to_vec(), counts: scored.confusion.clone() }
}

fn fold(fold: &evaluate::FoldOutcome) -> Fold {
    let epoch = |e: &train::Epoch| Epoch {
        epoch: e.epoch,
        train_loss: e.train_loss,
        validation_loss: e.validation_loss,
        validation_macro_f1: e.validation_macro_f1,
        validation_accuracy: e.validation_accuracy,
        learning_rate: e.learning_rate,
        seconds: e.seconds,
        images_per_second: e.images_per_second,
    };
    Fold {
        fold: fold.fold,
        train: fold.train,
        copies: fold.copies,
        validation: fold.validation,
        best_epoch: fold.best_epoch,
        macro_f1: fold.macro_f1,
        accuracy: fold.accuracy,
        epochs: fold.epochs.iter().map(epoch).collect(),
    }
}

/// What the views give and cost, and which classes they help and harm most.
fn views(outcome: &Outcome) -> String {
    let policy = &outcome.policy;
    let [plain, all, joined] = [policy.plain_loss, policy.all_loss, policy.loss].map(number::score);
    if policy.views.is_empty() {
        return format!(
            "All views together make the out-of-fold log loss worse ({plain} to {all}), so that they were dropped: every \
             prediction is of the picture as it is."
        );
    }
    let n = policy.views.len();
    let change = |class: usize| outcome.class_gain[class][1] - outcome.class_gain[class][0];
    let mut order: Vec<usize> = (0..outcome.class_gain.len()).collect();
    order.sort_by(|&a, &b| change(a).total_cmp(&change(b)));
    let named = |class: &usize| format!("{} {}", outcome.classes[*class], number::signed(change(*class)));
    let ends: Vec<String> = order.first().into_iter().chain(order.last()).map(named).collect();
    format!(
        "{} of a picture cost {n} times the time of one and change the out-of-fold log loss from {plain} to {joined}. F1 of \
         the classes that change most: {}.",
        number::counted(n, "view"),
        ends.join(", ")
    )
}

/// How the nets of several seeds are weighed, and why.
fn seeds(outcome: &Outcome) -> String {
    let weighing = &outcome.weighing;
    if weighing.seeds() < 2 {
        return String::new();
    }
    let weights: Vec<String> = weighing.selected.iter().map(|weight| number::fixed(*weight, 2)).collect();
    let taken = if weighing.wins() { "the weights are taken" } else { "all nets are weighed alike" };
    format!(
        "Selection on out-of-fold predictions (Caruana et al. 2004) weighs the {} seeds {}; with weights selected on the other \
         folds alone the log loss is {}, with equal weights {}, so that {taken}.",
        weighing.seeds(),
        weights.join(", "),
        number::score(weighing.selected_loss),
        number::score(weighing.equal_loss),
    )
}

/// Folds that lie further apart than this many points of macro-F1 are worth a look.
const WIDE_SPREAD: f64 = 0.15;

/// A forecast that lies further below validation than this is worth a warning, also where the intervals touch.
const PLAIN_DROP: f64 = 0.05;

fn verdict(outcome: &Outcome) -> Verdict {
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

fn forecast_sentence(forecast: &Forecasted) -> String {
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

fn score_forecast(forecast: &Forecasted) -> ScoreForecast {
    let expected = forecast.expected.iter().flat_map(|[accuracy, f1]| [("macro-F1", f1), ("accuracy", accuracy)]);
    let mut estimators: Vec<Estimator> = ESTIMATORS
        .iter()
        .enumerate()
        .map(|(i, (name, meaning))| Estimator {
            name: (*name).into(),
            meaning: (*meaning).into(),
            accuracy: forecast.guess.accuracy[i],
            macro_f1: Some(forecast.guess.macro_f1[i]),
            share: forecast.shares.map_or(0.0, |shares| shares[i]),
        })
        .collect();
    estimators.extend(forecast.agreement.map(|accuracy| Estimator {
        name: "agreement of nets".into(),
        meaning: "share of eval images that two nets call alike (GDE, Jiang et al. 2022); beside the forecast only, as the \
                  self-test cannot judge it"
            .into(),
        accuracy,
        macro_f1: None,
        share: 0.0,
    }));
    let n = forecast.likely_wrong.len() as f64;
    ScoreForecast {
        sentence: forecast_sentence(forecast),
        expected: expected
            .map(|(score, f)| Expected {
                score: score.into(),
                value: f.value,
                low: f.low,
                high: f.high,
                mean_error: f.mean_error,
            })
            .collect(),
        estimators,
        wrong: forecast.expected.map(|[accuracy, _]| ((1.0 - accuracy.value) * n).round() as usize),
    }
}

fn robustness(found: &evaluate::Robustness) -> Robustness {
    Robustness {
        sentence: format!(
            "Of {} out-of-fold originals, each predicted by the one net that never saw it, {} are wrong as they are and {} on \
             average over 15 corruptions at 5 severities (ImageNet-C; not divided by another model's error). The test took {}.",
            number::count(found.originals),
            number::percent(found.clean_error),
            number::percent(found.mean_error),
            number::seconds(found.seconds)
        ),
        corruptions: found
            .errors
            .iter()
            .map(|(name, errors)| Corrupted {
                name: name.clone(),
                mean: errors.iter().sum::<f64>() / errors.len().max(1) as f64,
                errors: errors.clone(),
            })
            .collect(),
    }
}

/// The plain differences, in words.
fn shifts(differences: &[Difference]) -> Vec<String> {
    differences.iter().filter_map(Difference::in_words).map(str::to_owned).collect()
}

fn space(kind: Kind) -> &'static str {
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
fn shift_sentence(outcome: &Outcome, comparison: &EvalComparison) -> String {
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

fn shift(outcome: &Outcome, comparison: &EvalComparison) -> Shift {
    let labels = &outcome.classes;
    let classes = outcome.forecast.as_ref().map(|(mix, _)| mix);
    let both =
        |h: &evaluate::Histogram| Histogram { edges: h.edges.clone(), validation: h.a.clone(), eval: h.b.clone() };
    let statistic = |d: &Difference| Statistic {
        name: STATISTICS[d.statistic].name.into(),
        meaning: STATISTICS[d.statistic].meaning.into(),
        validation_mean: d.mean_a,
        eval_mean: d.mean_b,
        effect: d.effect,
        p_value: Some(d.p_value),
        stability: d.stability,
        histogram: both(&d.histogram),
    };
    let share = |(class, label): (usize, &String)| ClassShare {
        label: label.clone(),
        validation_true: comparison.validation_true[class],
        validation_predicted: comparison.validation_predicted[class],
        eval_predicted: comparison.eval_predicted[class],
        eval_true: comparison.eval_true.as_ref().map(|shares| shares[class]),
        eval_likely: classes.map(|mix| [mix.likely[class], mix.ranges[class][0], mix.ranges[class][1]]),
        eval_black_box: classes.map(|mix| mix.black_box[class]),
    };
    let tests = comparison.tests.iter().zip(significant(&comparison.tests)).map(|(test, found)| ShiftTest {
        space: space(test.space).into(),
        name: test.name.clone(),
        value: test.value,
        chance: test.chance,
        p_value: test.p_value,
        found,
        interval: test.interval,
    });
    Shift {
        sentence: shift_sentence(outcome, comparison),
        tests: tests.collect(),
        validation_n: comparison.validation_n,
        eval_n: comparison.eval_n,
        statistics: comparison.differences.iter().map(statistic).collect(),
        confidence: Confidence {
            validation_mean: comparison.validation_confidence,
            eval_mean: comparison.eval_confidence,
            histogram: both(&comparison.confidence),
        },
        class_mix: labels.iter().enumerate().map(share).collect(),
    }
}

/// Pictures of one set that lie on two sides, one after the other.
fn leaked(given: &GivenLeaks, picture: &dyn Fn(&Path, &str, String) -> Option<Picture>) -> Gallery {
    let both = |(pair, [a, b]): &(Pair, [PathBuf; 2])| {
        let first = picture(a, &pair.a, format!("{}: {}", pair.part_a.0, pair.a));
        let second = picture(b, &pair.b, format!("{}: {}; {}", pair.part_b.0, pair.b, pair.evidence));
        [first, second]
    };
    Gallery {
        title: "Relatives on two sides of the folds given".into(),
        meaning: "In pairs: the one was learnt from, and the other then judged.".into(),
        pictures: given.pairs.iter().take(9).flat_map(both).flatten().collect(),
    }
}

fn galleries(outcome: &Outcome) -> Vec<Gallery> {
    let label = |class: usize| outcome.classes[class].as_str();
    let picture = |file: &Path, path: &str, caption: String| -> Option<Picture> {
        let frame = decode(&read_file(file).ok()?).ok()?;
        Picture::new(&frame, caption.clone(), format!("{path}: {caption}")).ok()
    };
    let mistaken = |mistakes: &[Mistake]| -> Vec<Picture> {
        let shown = mistakes.iter().take(18).filter_map(|m| {
            let (predicted, truth) = (label(m.predicted), label(m.truth));
            picture(
                &m.file,
                &m.path,
                format!("{truth}, taken for {predicted} ({})", number::percent(f64::from(m.confidence))),
            )
        });
        shown.collect()
    };
    let named = |images: &[Named], caption: &dyn Fn(&Named) -> String| -> Vec<Picture> {
        images.iter().take(12).filter_map(|image| picture(&image.file, &image.path, caption(image))).collect()
    };
    let mut galleries = vec![
        Gallery {
            title: "Most confident mistakes".into(),
            meaning: "Out-of-fold originals that were sure and wrong: hard cases, or wrong labels.".into(),
            pictures: mistaken(&outcome.mistakes),
        },
        Gallery {
            title: "Labels that are likely wrong".into(),
            meaning:
                "The net that never saw the picture is surer of another class than it usually is of that class's own \
                      pictures (confident learning)."
                    .into(),
            pictures: mistaken(&outcome.mislabelled),
        },
    ];
    if let Some(comparison) = &outcome.comparison {
        galleries.push(Gallery {
            title: "Eval images that look least like validation".into(),
            meaning:
                "By a classifier between the embeddings of both sides, with its chance that the picture is from eval."
                    .into(),
            pictures: named(&comparison.most_shifted, &|image| format!("eval by {}", number::percent(image.chance))),
        });
    }
    if let Some((_, forecast)) = &outcome.forecast {
        galleries.push(Gallery {
            title: "Eval images that are likely to be wrong".into(),
            meaning:
                "With the class that the soft vote gives them, and the chance that it is wrong. eval.parquet has it of \
                      every image."
                    .into(),
            pictures: named(&forecast.likely_wrong, &|image| {
                format!("{}? wrong by {}", label(image.class), number::percent(image.chance))
            }),
        });
    }
    galleries.extend(outcome.given.as_ref().map(|given| leaked(given, &picture)));
    galleries.retain(|gallery| !gallery.pictures.is_empty());
    galleries
}

/// `2026-11-24 03:15`, in UTC.
fn now() -> String {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs() as i64);
    let [year, month, day, hour, minute, _] = utc(seconds);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}")
}
