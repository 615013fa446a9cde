//! A report as a run would make it, for tests and for looking at the page.

use std::collections::BTreeMap;

use serde_json::{Map, json};

use super::{
    Ablated, ClassCount, ClassScore, ClassShare, Confidence, Confusion, Corrupted, DataSummary, Ensemble, Epoch,
    Estimator, Expected, Fold, Gallery, Histogram, LeakFinding, MetricScore, Picture, Reliability, Report, Robustness,
    ScoreForecast, Shift, ShiftTest, SplitScore, Statistic, Trust, Tuning, Verdict,
};
use crate::evaluate::Estimate;
use crate::image::{Frame, Shape};
use crate::random::Key;
use crate::tune::{Direction, Distribution, Space, State, Study, Trial};

const CLASSES: [(&str, usize); 6] =
    [("cardboard", 403), ("glass", 501), ("metal", 410), ("paper", 594), ("plastic", 482), ("trash", 137)];

/// Six classes, five folds of twelve epochs, and something in every part of the page.
pub fn report() -> Report {
    Report {
        version: 1,
        title: "trashnet".into(),
        made_by: "evenfold 0.1.0".into(),
        command: "evenfold train-eval --folds out/trashnet-even/folds.parquet --config pipelines/train.yaml --set seed=42".into(),
        made_at: "2026-11-24 03:15".into(),
        verdict: Verdict {
            trust: Trust::DoNotTrust,
            sentence: "A naive random split of these images reads 0.993; expect 0.71 on new ones.".into(),
            reasons: vec![
                "Honest folds keep copies and groups together and read 0.712 (0.66 to 0.76); the naive split puts 2,391 pairs of near-identical images on both sides.".into(),
                "The holdout, never trained on and never used to choose anything, agrees: 0.698 (0.62 to 0.77).".into(),
                "Eval images are darker and blurrier than validation images (effect −0.83 and −0.61); labels of eval read 0.681.".into(),
            ],
        },
        scores: scores(),
        per_class: CLASSES
            .iter()
            .zip([0.81, 0.70, 0.72, 0.84, 0.66, 0.541])
            .map(|((label, support), f1)| ClassScore {
                label: (*label).into(),
                precision: f1 + 0.021,
                recall: f1 - 0.019,
                f1,
                support: support * 9 / 10,
            })
            .collect(),
        confusion: confusion(0.71, 361),
        eval_confusion: Some(confusion(0.66, 40)),
        folds: (0..5).map(fold).collect(),
        ensembles: ensembles(),
        views: "2 views of a picture cost 2 times the time of one and change the out-of-fold log loss from 0.912 to 0.884.".into(),
        data: data(),
        shift: Some(shift()),
        forecast: Some(forecast()),
        robustness: Some(robustness()),
        leaks: vec![
            leak("Copies away from their source", 0, 0, "Every copy is in the fold of its source."),
            leak("Shared groups", 0, 0, "No group is in two folds."),
            leak("Near-duplicates", 3, 5, "Three pairs look alike and lie in different folds; see the pictures below."),
        ],
        galleries: galleries(),
        config: [("model", "efficientnet_b0"), ("epochs", "12"), ("lr", "0.0001"), ("schedule", "cosine"), ("seed", "42"), ("batch", "32"), ("tta", "[identity, hflip]"), ("transforms", "hflip(p=0.5), affine(rotate_deg=[-15, 15], p=0.5), one_of(gaussian_blur(sigma=[0.5, 1.5]), gauss_noise(std=[5, 15]))")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        environment: [("machine", "x86_64, 16 cores, AVX2"), ("device", "NVIDIA H100"), ("libtorch", "2.11"), ("jpeg", "libjpeg-turbo")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
    }
}

pub fn estimate(value: f64, half: f64, n: usize, groups: usize) -> Estimate {
    Estimate { value, low: value - half, high: (value + half * 0.92).min(1.0), n, groups }
}

fn scores() -> Vec<SplitScore> {
    let row = |split: &str, meaning: &str, honest, f1: f64, half, n, groups, log_loss| SplitScore {
        split: split.into(),
        meaning: meaning.into(),
        honest,
        macro_f1: estimate(f1, half, n, groups),
        accuracy: estimate((f1 + 0.018).min(0.995), half * 0.8, n, groups),
        log_loss,
        metrics: [("macro_f1", f1, true), ("balanced_accuracy", f1 + 0.01, true), ("log_loss", log_loss, false)]
            .map(|(name, value, higher_is_better)| MetricScore {
                name: name.into(),
                meaning: "one of the metrics".into(),
                higher_is_better,
                estimate: estimate(value, half, n, groups),
            })
            .into(),
        reliability: (0..15)
            .map(|i| f64::from(i) / 15.0 + 0.03)
            .map(|at| Reliability { n: (at * 200.0) as u32, confidence: at, accuracy: (at * f1 / 0.8).min(1.0) })
            .collect(),
    };
    vec![
        row(
            "Naive random split",
            "Copies made first, then split at random: what most notebooks do.",
            false,
            0.993,
            0.005,
            3564,
            3564,
            0.031,
        ),
        row(
            "Honest folds (out-of-fold)",
            "Every original predicted by the model that saw neither it nor its group.",
            true,
            0.712,
            0.05,
            2274,
            455,
            0.884,
        ),
        row("Holdout", "Set aside before anything else.", false, 0.698, 0.078, 253, 51, 0.921),
        row("Eval", "The images that the model will be judged on.", false, 0.681, 0.062, 240, 240, 1.043),
    ]
}

fn confusion(right: f64, n: u32) -> Confusion {
    let cell = |row: usize, column: usize| match (row == column, (row * 7 + column * 3) % 5) {
        (true, _) => (f64::from(n) * right * CLASSES[row].1 as f64 / 420.0) as u32,
        (false, k) => (f64::from(n) * (1.0 - right) * k as f64 / 12.0) as u32,
    };
    Confusion {
        labels: CLASSES.iter().map(|c| c.0.into()).collect(),
        counts: (0..6).map(|row| (0..6).map(|column| cell(row, column)).collect()).collect(),
    }
}

fn fold(fold: i32) -> Fold {
    let wobble = |epoch: usize, k: f64| ((epoch as f64 * 2.7 + f64::from(fold) * 1.9) * k).sin();
    let epochs: Vec<Epoch> = (1..=12)
        .map(|epoch| {
            let done = epoch as f64 / 12.0;
            Epoch {
                epoch,
                train_loss: 1.75 * (-2.4 * done).exp() + 0.06 + 0.02 * wobble(epoch, 1.0),
                validation_loss: 0.82 + 0.95 * (-4.0 * done).exp() + 0.12 * done * done + 0.035 * wobble(epoch, 1.7),
                validation_macro_f1: 0.715 - 0.45 * (-3.4 * done).exp() + 0.014 * wobble(epoch, 2.1),
                validation_accuracy: 0.74 - 0.42 * (-3.4 * done).exp() + 0.012 * wobble(epoch, 2.1),
                learning_rate: 5e-5 * (1.0 + (std::f64::consts::PI * done).cos()),
                seconds: 14.2 + wobble(epoch, 0.9),
                images_per_second: 201.0 + 9.0 * wobble(epoch, 1.3),
            }
        })
        .collect();
    let best = epochs.iter().max_by(|a, b| a.validation_macro_f1.total_cmp(&b.validation_macro_f1));
    let (best_epoch, f1) = best.map_or((1, 0.7), |e| (e.epoch, e.validation_macro_f1));
    Fold {
        fold,
        train: 2851,
        copies: 1032,
        validation: 455,
        best_epoch,
        macro_f1: estimate(f1, 0.08, 455, 91),
        accuracy: estimate(f1 + 0.02, 0.07, 455, 91),
        epochs,
    }
}

fn ensembles() -> Vec<Ensemble> {
    let row = |name: &str, split: &str, f1, n, groups| Ensemble {
        name: name.into(),
        split: split.into(),
        macro_f1: estimate(f1, 0.07, n, groups),
        accuracy: estimate(f1 + 0.02, 0.06, n, groups),
    };
    vec![
        row("One fold's model", "Holdout", 0.668, 253, 51),
        row("One fold's model, with TTA", "Holdout", 0.675, 253, 51),
        row("Soft vote of 5 folds", "Holdout", 0.694, 253, 51),
        row("Soft vote of 5 folds, with TTA", "Holdout", 0.698, 253, 51),
        row("Hard vote of 5 folds", "Holdout", 0.687, 253, 51),
    ]
}

fn data() -> DataSummary {
    let class = |(label, n): &(&str, usize)| ClassCount {
        label: (*label).into(),
        originals: n * 9 / 10,
        copies: 534 - n * 9 / 10,
        holdout: n / 10,
    };
    DataSummary {
        classes: CLASSES.iter().map(class).collect(),
        groups: Some(506),
        skipped: vec![
            ("glass/glass113.jpg".into(), "damaged JPEG: unexpected end of data".into()),
            ("paper/Thumbs.db".into(), "the content is not JPEG, PNG, WebP, BMP, GIF, TIFF or PNM".into()),
        ],
    }
}

fn histogram(edges: (f64, f64), validation: (f64, f64), eval: (f64, f64)) -> Histogram {
    const BINS: usize = 24;
    let bell = |(centre, width): (f64, f64)| {
        let at = |i: usize| (i as f64 + 0.5) / BINS as f64;
        let raw: Vec<f64> = (0..BINS)
            .map(|i| (-((at(i) - centre) / width).powi(2)).exp() * (1.0 + 0.12 * (i as f64 * 1.9).sin()))
            .collect();
        let sum: f64 = raw.iter().sum();
        raw.into_iter().map(|v| v / sum).collect()
    };
    let edges = (0..=BINS).map(|i| edges.0 + (edges.1 - edges.0) * i as f64 / BINS as f64).collect();
    Histogram { edges, validation: bell(validation), eval: bell(eval) }
}

fn shift() -> Shift {
    let row = |name: &str, meaning: &str, means: (f64, f64), effect, p_value, histogram| Statistic {
        name: name.into(),
        meaning: meaning.into(),
        validation_mean: means.0,
        eval_mean: means.1,
        effect,
        p_value,
        stability: f64::abs(effect) * 0.4,
        histogram,
    };
    Shift {
        sentence: "Eval images are plainly darker and less sharp than the validation originals, and the models are less sure of them. Expect fewer points than on validation; collect darker training photos, or add `brightness_contrast` to the training transforms and compare again.".into(),
        tests: [("Image statistics", "Classifier between the sets (AUC)", 0.81), ("Embeddings", "Maximum mean discrepancy", 0.031), ("Probabilities", "Energy distance", 0.004)]
            .map(|(space, name, value)| ShiftTest {
                space: space.into(),
                name: name.into(),
                value,
                chance: if value > 0.5 { 0.57 } else { 0.011 },
                p_value: if value > 0.01 { 0.002 } else { 0.31 },
                found: value > 0.01,
                interval: (value > 0.5).then_some([0.76, 0.85]),
            })
            .into(),
        validation_n: 2274,
        eval_n: 240,
        statistics: vec![
            row("Brightness", "mean luma, 0 to 255", (142.3, 117.8), -0.83, Some(0.0005), histogram((0.0, 255.0), (0.56, 0.16), (0.45, 0.15))),
            row("Sharpness", "log10 of the variance of the Laplacian", (2.71, 2.44), -0.61, Some(0.001), histogram((1.0, 4.0), (0.58, 0.14), (0.47, 0.17))),
            row("Saturation", "mean saturation, 0 to 1", (0.214, 0.247), 0.31, Some(0.021), histogram((0.0, 0.8), (0.27, 0.15), (0.32, 0.15))),
            row("Aspect ratio", "width over height", (1.333, 1.331), -0.04, Some(0.71), histogram((0.5, 2.0), (0.56, 0.05), (0.55, 0.06))),
            row("Feature distance", "Fréchet distance of penultimate features; compared with resampled validation groups", (0.0, 4.2), 1.12, None, histogram((0.0, 12.0), (0.2, 0.1), (0.42, 0.14))),
        ],
        confidence: Confidence {
            validation_mean: 0.812,
            eval_mean: 0.741,
            histogram: histogram((0.0, 1.0), (0.98, 0.25), (0.88, 0.3)),
        },
        class_mix: CLASSES
            .iter()
            .zip([0.15, 0.21, 0.14, 0.25, 0.20, 0.05])
            .enumerate()
            .map(|(i, ((label, n), eval))| ClassShare {
                label: (*label).into(),
                validation_true: *n as f64 / 2527.0,
                validation_predicted: *n as f64 / 2527.0 + [0.01, -0.02, 0.0, 0.02, -0.015, 0.005][i],
                eval_predicted: eval + [0.02, -0.04, 0.01, 0.05, -0.03, -0.01][i],
                eval_true: Some(eval),
                eval_likely: Some([eval + 0.01, (eval - 0.03f64).max(0.0), eval + 0.05]),
                eval_black_box: Some(eval + 0.02),
            })
            .collect(),
    }
}

fn forecast() -> ScoreForecast {
    let expected = |score: &str, value: f64| Expected {
        score: score.into(),
        value,
        low: value - 0.07,
        high: value + 0.07,
        mean_error: 0.031,
    };
    let estimator = |name: &str, accuracy: f64, macro_f1, share| Estimator {
        name: name.into(),
        meaning: "what it is, with its source".into(),
        accuracy,
        macro_f1,
        share,
    };
    ScoreForecast {
        sentence: "Expected on eval, without its labels: macro-F1 0.67 (0.60 to 0.74), accuracy 0.69 (0.62 to 0.76)."
            .into(),
        expected: vec![expected("macro-F1", 0.67), expected("accuracy", 0.69)],
        estimators: vec![
            estimator("average confidence", 0.70, Some(0.69), 0.41),
            estimator("thresholded confidence", 0.66, Some(0.64), 0.34),
            estimator("agreement of nets", 0.72, None, 0.0),
        ],
        wrong: Some(74),
    }
}

fn ablated(name: &str, macro_f1: f64, mean: f64, gain: Option<(f64, Option<f64>)>) -> Ablated {
    let families = ["noise", "blur", "weather", "digital"].map(|family| (family.to_owned(), mean));
    Ablated { name: name.into(), macro_f1, families: families.into(), mean, gain }
}

fn robustness() -> Robustness {
    let corrupted = |(i, name): (usize, &str)| {
        let errors: Vec<f64> =
            (1..=5).map(|severity| 0.25 + 0.03 * f64::from(severity) * (1.0 + i as f64 / 3.0)).collect();
        Corrupted { name: name.into(), mean: errors.iter().sum::<f64>() / 5.0, errors }
    };
    let names = ["gaussian noise", "motion blur", "fog", "pixelate", "jpeg compression"];
    Robustness {
        sentence: "Of 200 out-of-fold originals 28% are wrong as they are and 41% on average over 15 corruptions."
            .into(),
        corruptions: names.into_iter().enumerate().map(corrupted).collect(),
        advice: "The first fold's net was trained 2 times more: `blur` helps most.".into(),
        ablation: vec![
            ablated("as configured", 0.71, 0.41, None),
            ablated("with blur", 0.70, 0.36, Some((0.05, Some(0.02)))),
            ablated("with noise", 0.71, 0.38, Some((0.03, None))),
        ],
    }
}

fn leak(kind: &str, pairs: usize, touched: usize, sentence: &str) -> LeakFinding {
    LeakFinding { kind: kind.into(), pairs, touched, sentence: sentence.into() }
}

fn galleries() -> Vec<Gallery> {
    let gallery = |title: &str, meaning: &str, caption: fn(usize) -> String, seed: usize| Gallery {
        title: title.into(),
        meaning: meaning.into(),
        pictures: (0..8)
            .filter_map(|i| {
                Picture::new(&drawing(seed + i), caption(i), format!("An object on a table, number {i}")).ok()
            })
            .collect(),
    };
    vec![
        gallery(
            "Most confident mistakes",
            "Wrong labels and classes that cannot be told apart gather here.",
            |i| format!("true {}, taken for {}\nconfidence 0.9{}", CLASSES[i % 6].0, CLASSES[(i + 4) % 6].0, 8 - i),
            1,
        ),
        gallery(
            "Eval images furthest from validation",
            "What do these have that training images lack?",
            |i| format!("eval/{i:04}.jpg"),
            40,
        ),
    ]
}

fn drawing(seed: usize) -> Frame {
    let (w, h) = (160, 120 + seed % 3 * 20);
    let mut frame =
        Frame::filled(Shape { width: w, height: h }, [(150 + seed * 13 % 80) as u8, (150 + seed * 7 % 60) as u8, 170]);
    let (cx, cy, r) = (60 + seed * 11 % 40, 50 + seed * 5 % 30, 28 + seed * 3 % 12);
    for y in 0..h {
        for x in 0..w {
            let inside = if seed.is_multiple_of(2) {
                x.abs_diff(cx).pow(2) + y.abs_diff(cy).pow(2) < r * r
            } else {
                x.abs_diff(cx) < r && y.abs_diff(cy) < r * 2 / 3
            };
            if inside {
                frame.put(x, y, [(seed * 53 % 200) as u8, (seed * 31 % 200) as u8, (120 + x / 2) as u8]);
            }
        }
    }
    frame
}

/// A search of two objectives and thirty trials, with a conditional value and trials of every end.
pub fn tuning() -> Tuning {
    const FILE: &str = "{lr: {log: [1.0e-4, 1.0e-1]}, batch_size: {choice: [16, 32]},
        steps: {choice: {none: [], flip: [{hflip: {p: {uniform: [0, 1]}}}]}}}";
    let space = Space::new(&serde_saphyr::from_str(FILE).expect("YAML")).expect("a space");
    let distributions: BTreeMap<String, Distribution> = space.all().into_iter().collect();
    let objectives =
        [("macro_f1".to_owned(), Direction::Maximise), ("images_per_second".to_owned(), Direction::Maximise)];
    let trial = |number: usize| {
        let mut rng = Key::root(number as u64).rng();
        let point = space.complete(|group| group.iter().map(|(_, distribution)| distribution.draw(&mut rng)).collect());
        let (state, why) = match number % 10 {
            3 | 6 => (State::Pruned, None),
            8 => (State::Fail, Some("the loss went astray <script>")),
            9 => (State::Running, None),
            _ => (State::Complete, None),
        };
        let steps = if state == State::Complete { 5 } else { 2 };
        let score = 0.9 - (libm::log10(point["lr"]) + 2.5).abs() / 4.0;
        let notes = json!({"seconds": 30.0 * f64::from(steps), "steps": 5, "why": why});
        Trial {
            id: number,
            number,
            state,
            params: point
                .into_iter()
                .map(|(name, value)| (name.clone(), (value, distributions[&name].clone())))
                .collect(),
            values: if matches!(state, State::Complete) { vec![score, 100.0 + number as f64] } else { vec![] },
            reported: (1..=i64::from(steps)).map(|step| (step, score)).collect(),
            user_attrs: notes.as_object().cloned().unwrap_or_default(),
            system_attrs: Map::default(),
        }
    };
    let study = Study {
        id: 0,
        name: "tune".into(),
        directions: objectives.iter().map(|(_, direction)| *direction).collect(),
        trials: (0..30).map(trial).collect(),
        user_attrs: Map::default(),
        system_attrs: Map::default(),
    };
    Tuning::new(&study, &space, &objectives, "demo-tune.yaml".into())
}
