//! Laws of the page: it is always there, complete, self-contained, and what others wrote stays text.

use proptest::prelude::*;

use super::{example, *};
use crate::evaluate::Estimate;

/// The sections of a report that has everything, by their ids.
pub(super) const PARTS: [&str; 13] = [
    "verdict",
    "scores",
    "classes",
    "confusion",
    "folds",
    "ensembles",
    "shift",
    "forecast",
    "robustness",
    "leaks",
    "data",
    "pictures",
    "setup",
];

/// Renders without the apology, and checks what must hold of every page.
fn rendered(report: &Report) -> String {
    lawful(html::render(report).unwrap_or_else(|mistake| panic!("a mistake in page.html: {mistake:#}")))
}

fn lawful(page: String) -> String {
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
    for wrong in ["NaN", "inf\"", ">inf", "src=\"http", "href=\"http", "@import", "url(", "<script"] {
        assert!(!page.contains(wrong), "the page holds {wrong}");
    }
    for tag in ["section", "table", "svg", "figure", "details", "ul", "ol", "main", "div", "tr", "td", "th"] {
        let (open, close) = (
            page.matches(&format!("<{tag} ")).count() + page.matches(&format!("<{tag}>")).count(),
            page.matches(&format!("</{tag}>")).count(),
        );
        assert_eq!(open, close, "<{tag}> opened and closed");
    }
    let mut ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "ids are unique");
    for target in page.split(" href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(ids.binary_search(&target).is_ok(), "#{target} leads nowhere");
    }
    page
}

pub(super) fn empty() -> Report {
    Report {
        version: 1,
        title: String::new(),
        made_by: String::new(),
        command: String::new(),
        made_at: String::new(),
        verdict: Verdict { trust: Trust::Holds, sentence: String::new(), reasons: vec![] },
        scores: vec![],
        per_class: vec![],
        confusion: Confusion { labels: vec![], counts: vec![] },
        eval_confusion: None,
        folds: vec![],
        ensembles: vec![],
        views: String::new(),
        data: DataSummary { classes: vec![], groups: None, skipped: vec![] },
        shift: None,
        forecast: None,
        robustness: None,
        leaks: vec![],
        galleries: vec![],
        config: vec![],
        environment: vec![],
    }
}

#[test]
fn the_example_shows_every_part() {
    let page = rendered(&example::report());
    for part in PARTS {
        assert!(page.contains(&format!("<section id=\"{part}\"")), "{part}");
    }
    assert!(page.contains("0.712</b> (0.66 to 0.76), n = 2,274 in 455 groups"));
    assert_eq!(page.matches("<img ").count(), 16);
    let headings: Vec<u32> = page.split("<h").skip(1).filter_map(|rest| rest.chars().next()?.to_digit(10)).collect();
    assert_eq!(headings[..2], [1, 2]);
    assert!(headings.windows(2).all(|pair| pair[1] <= pair[0] + 1), "no heading level is skipped: {headings:?}");
    // For looking at the page: REPORT_EXAMPLE=/tmp/example cargo test --lib report
    if let Some(folder) = std::env::var_os("REPORT_EXAMPLE") {
        let folder = Path::new(&folder);
        write(&example::report(), folder).unwrap();
        write(&hundred(), &folder.join("hundred")).unwrap();
        write(&empty(), &folder.join("empty")).unwrap();
        write(&hostile(), &folder.join("hostile")).unwrap();
        write_tuning(&example::tuning(), &folder.join("tuning")).unwrap();
        std::fs::write(folder.join("scores.svg"), scores_picture(&example::report().scores)).unwrap();
    }
}

#[test]
fn a_searchs_page_is_lawful_whatever_names_and_numbers_it_holds() {
    let tuning = example::tuning();
    let page = lawful(tuning::page(&tuning).unwrap());
    assert!(page.contains("<title>demo-tune.yaml – evenfold tune</title>"));
    assert!(page.contains("failed: the loss went astray &lt;script&gt;"), "what training said stays text");
    let mut bad = tuning.clone();
    bad.title = "<script>alert(1)</script>\"'&{{ 7 }}".into();
    (bad.trials.iter_mut()).for_each(|trial| trial.values.fill(f64::NAN));
    (bad.importances[0].1, bad.seconds, bad.saved) = (f64::NAN, f64::INFINITY, -1.0);
    lawful(tuning::page(&bad).unwrap());
    bad.trials.clear();
    (bad.best, bad.front, bad.importances) = (None, vec![], vec![]);
    lawful(tuning::page(&bad).unwrap());
}

#[test]
fn an_empty_report_says_what_would_be_needed() {
    let page = rendered(&empty());
    assert!(page.contains("eval: {data: FOLDER}"));
    for absent in ["<section id=\"scores\"", "<section id=\"data\"", "<section id=\"folds\"", "#confusion"] {
        assert!(!page.contains(absent), "{absent}");
    }
}

/// A hundred classes and folds without epochs.
pub(super) fn hundred() -> Report {
    let label = |i: usize| format!("species number {i} with a long name");
    let mut report = example::report();
    report.per_class = (0..100)
        .map(|i| ClassScore { label: label(i), precision: 0.5, recall: 0.5, f1: i as f64 / 100.0, support: 30 })
        .collect();
    let counts = |row: usize| {
        (0..100).map(|column| if row == column { 60 } else { (row * 31 + column * 17) as u32 % 4 }).collect()
    };
    report.confusion = Confusion { labels: (0..100).map(label).collect(), counts: (0..100).map(counts).collect() };
    report.eval_confusion = Some(Confusion {
        labels: (0..18).map(label).collect(),
        counts: (0..18)
            .map(|row| {
                (0..18).map(|column| if row == column { 140 } else { (row * 31 + column * 17) as u32 % 4 }).collect()
            })
            .collect(),
    });
    report.data.classes =
        (0..100).map(|i| ClassCount { label: label(i), originals: i, copies: 100 - i, holdout: 3 }).collect();
    report.folds.iter_mut().for_each(|fold| fold.epochs.clear());
    report
}

#[test]
fn a_hundred_classes_stay_small() {
    let page = rendered(&hundred());
    assert!(page.contains("id=\"heat-oof-t\"") && page.contains("more classes"));
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
}

/// Everything that is text is hostile, everything that is a number is none.
pub(super) fn hostile() -> Report {
    let mut report = example::report();
    let bad = format!("</style></title><script>alert(1)</script>\"'&\0{}", "long".repeat(500));
    let none = Estimate { value: f64::NAN, low: f64::INFINITY, high: f64::NEG_INFINITY, n: 0, groups: 0 };
    (report.title, report.command, report.made_at, report.made_by) =
        (bad.clone(), bad.clone(), bad.clone(), bad.clone());
    report.verdict = Verdict { trust: Trust::Look, sentence: bad.clone(), reasons: vec![bad.clone()] };
    for score in &mut report.scores {
        (score.split, score.meaning) = (bad.clone(), bad.clone());
        (score.macro_f1, score.accuracy, score.log_loss) = (none, none, f64::INFINITY);
        (score.metrics[0].name, score.metrics[1].estimate) = (bad.clone(), none);
        (score.reliability[3].confidence, score.reliability[4].n) = (f64::NAN, u32::MAX);
    }
    for class in &mut report.per_class {
        (class.label, class.f1, class.precision, class.recall) = (bad.clone(), f64::NAN, -1.0, 1e300);
    }
    report.confusion.labels.fill(bad.clone());
    report.confusion.counts.truncate(2);
    report.eval_confusion = Some(Confusion { labels: vec![bad.clone(); 300], counts: vec![vec![u32::MAX; 400]; 300] });
    for fold in &mut report.folds {
        (fold.best_epoch, fold.macro_f1) = (99, none);
        for (i, epoch) in fold.epochs.iter_mut().enumerate() {
            (epoch.train_loss, epoch.validation_loss) = ([f64::NAN, f64::INFINITY, 1e308, 0.3][i % 4], -1e308);
            (epoch.learning_rate, epoch.seconds, epoch.images_per_second) = (f64::NAN, f64::NAN, f64::INFINITY);
        }
    }
    report.data.skipped = vec![(bad.clone(), bad.clone()); 3000];
    report.data.groups = None;
    report.data.classes[0].originals = usize::MAX;
    if let Some(shift) = &mut report.shift {
        shift.statistics[0].histogram =
            Histogram { edges: vec![f64::NAN; 3], validation: vec![f64::NAN; 9], eval: vec![] };
        shift.statistics[1].histogram = Histogram { edges: vec![], validation: vec![], eval: vec![] };
        (shift.statistics[0].name, shift.statistics[0].effect) = (bad.clone(), f64::NAN);
        shift.class_mix[0].validation_true = f64::NAN;
        shift.class_mix[1].eval_likely = Some([f64::NAN, f64::INFINITY, -1.0]);
        (shift.tests[0].name, shift.tests[0].value, shift.tests[1].interval) =
            (bad.clone(), f64::NAN, Some([f64::NAN; 2]));
        shift.confidence.histogram.edges.truncate(1);
    }
    if let (Some(forecast), Some(robustness)) = (&mut report.forecast, &mut report.robustness) {
        (forecast.sentence, forecast.expected[0].value, forecast.estimators[0].share) =
            (bad.clone(), f64::NAN, f64::NAN);
        (robustness.corruptions[0].name, robustness.corruptions[1].errors) = (bad.clone(), vec![f64::NAN; 90]);
        robustness.corruptions[2].errors.clear();
        (robustness.ablation[0].name, robustness.ablation[1].families) =
            (bad.clone(), vec![(bad.clone(), f64::NAN); 90]);
        (robustness.advice, robustness.ablation[1].gain) = (bad.clone(), Some((f64::NAN, Some(f64::INFINITY))));
    }
    report.leaks[0].kind = bad.clone();
    report.galleries[0].title = bad.clone();
    report.galleries[0].pictures[0].data_uri = "https://example.org/x.png".into();
    report.galleries[1].pictures[0].alt = bad.clone();
    report.config = vec![(bad.clone(), bad)];
    report
}

#[test]
fn hostile_text_stays_text_and_no_number_breaks_the_page() {
    let page = rendered(&hostile());
    assert!(page.contains("&lt;script&gt;alert(1)"));
    assert!(page.contains("Left out: 1 picture"));
    assert!(!page.contains("https://example.org"));
}

#[test]
fn pictures_stop_before_the_page_is_too_large() {
    let mut report = example::report();
    report.galleries[0].pictures = vec![report.galleries[0].pictures[0].clone(); 9000];
    assert!(rendered(&report).contains("Left out: "));
}

#[test]
fn json_and_page_are_written_and_json_reads_back() {
    let folder = tempfile::tempdir().unwrap();
    write(&example::report(), folder.path()).unwrap();
    let json = std::fs::read(folder.path().join("report.json")).unwrap();
    let again: Report = serde_json::from_slice(&json).unwrap();
    assert_eq!(page(&again), std::fs::read_to_string(folder.path().join("report.html")).unwrap());
}

#[test]
fn the_picture_of_the_scores_is_a_file_of_its_own() {
    let svg = scores_picture(&example::report().scores);
    assert!(svg.starts_with("<svg xmlns=") && svg.contains("<style>") && svg.ends_with("</svg>"));
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![0.0..1.0, any::<f64>(), Just(f64::NAN), Just(f64::INFINITY), Just(-0.0), Just(1e-300)]
}

fn any_estimate() -> impl Strategy<Value = Estimate> {
    (any_number(), any_number(), any_number(), any::<usize>(), 0..3usize)
        .prop_map(|(value, low, high, n, groups)| Estimate { value, low, high, n, groups })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_report_has_a_page(
        label in "\\PC{0,60}|[<>&\"'\\x00-\\x1f]{0,9}",
        estimates in prop::collection::vec(any_estimate(), 0..6),
        numbers in prop::collection::vec(any_number(), 0..30),
        counts in prop::collection::vec(prop::collection::vec(any::<u32>(), 0..30), 0..30),
        classes in 0..30usize,
    ) {
        let mut report = example::report();
        let model = report.scores[0].clone();
        report.scores = estimates.iter().map(|e| SplitScore { split: label.clone(), macro_f1: *e, accuracy: *e, honest: e.groups == 1, ..model.clone() }).collect();
        report.confusion = Confusion { labels: vec![label.clone(); classes], counts };
        report.folds.truncate(estimates.len());
        for (fold, e) in report.folds.iter_mut().zip(&estimates) {
            (fold.macro_f1, fold.best_epoch) = (*e, e.n);
            let epoch = fold.epochs[0].clone();
            fold.epochs = numbers.iter().map(|v| Epoch { epoch: 7, train_loss: *v, validation_loss: -v, learning_rate: *v, seconds: *v, ..epoch.clone() }).collect();
        }
        if let Some(shift) = &mut report.shift {
            shift.statistics[0].histogram = Histogram { edges: numbers.clone(), validation: numbers.clone(), eval: numbers.clone() };
            shift.class_mix.truncate(estimates.len());
        }
        rendered(&report);
    }
}
