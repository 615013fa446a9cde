//! Folds: a table, and how training went.

use minijinja::{Value, context};

use super::{MOST_ROWS, estimate, svg};
use crate::report::{
    Epoch, Fold,
    chart::{self, Curve, Panel},
    number,
};

/// Folds whose curves are drawn; with many repeats they all look alike.
const MOST_PANELS: usize = 20;

pub fn of(folds: &[Fold]) -> Value {
    if folds.is_empty() {
        return Value::from(());
    }
    let drawn: Vec<&Fold> = folds.iter().filter(|fold| !fold.epochs.is_empty()).take(MOST_PANELS).collect();
    let undrawn = folds.iter().filter(|fold| !fold.epochs.is_empty()).count() - drawn.len();
    let epochs: usize = folds.iter().map(|fold| fold.epochs.len()).sum();
    context! {
        rows => folds.iter().take(MOST_ROWS).map(row).collect::<Vec<_>>(),
        spread => spread(folds),
        loss => losses(&drawn), f1 => scores(&drawn), rate => rates(&drawn),
        undrawn => if undrawn > 0 { format!("{} more are not drawn.", number::counted(undrawn, "fold")) } else { String::new() },
        epochs => folds.iter().flat_map(|fold| fold.epochs.iter().map(|e| epoch(fold, e))).take(MOST_ROWS).collect::<Vec<_>>(),
        epochs_note => super::more(epochs, "epoch"),
    }
}

/// How much folds differ: the reader's first check of whether a difference between two runs means anything.
fn spread(folds: &[Fold]) -> String {
    let scores: Vec<f64> = folds.iter().map(|fold| fold.macro_f1.value).filter(|v| v.is_finite()).collect();
    if scores.len() < 2 {
        return String::new();
    }
    let mean = scores.iter().sum::<f64>() / scores.len() as f64;
    let variance = scores.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (scores.len() - 1) as f64;
    format!(
        "Macro-F1 of {}: mean {}, standard deviation {}, from {} to {}.",
        number::counted(scores.len(), "fold"),
        number::score(mean),
        number::score(variance.sqrt()),
        number::score(scores.iter().copied().fold(f64::INFINITY, f64::min)),
        number::score(scores.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
    )
}

fn row(fold: &Fold) -> Value {
    let f1 = &fold.macro_f1;
    let copies = match fold.copies {
        0 => String::new(),
        copies => format!(" ({} copies)", number::count(copies)),
    };
    context! {
        fold => fold.fold, macro_f1 => estimate(f1), accuracy => estimate(&fold.accuracy),
        bar => svg(chart::small_interval(f1.low, f1.value, f1.high)),
        train => format!("{}{copies}", number::count(fold.train)),
        validation => number::count(fold.validation),
        kept => if fold.epochs.is_empty() { number::NONE.to_owned() } else { format!("{} of {}", fold.best_epoch, fold.epochs.len()) },
        time => if fold.epochs.is_empty() { number::NONE.to_owned() } else { number::seconds(fold.epochs.iter().map(|e| e.seconds).sum()) },
    }
}

fn epoch(fold: &Fold, e: &Epoch) -> Value {
    context! {
        fold => fold.fold, epoch => e.epoch, kept => e.epoch == fold.best_epoch,
        train_loss => number::score(e.train_loss), validation_loss => number::score(e.validation_loss),
        macro_f1 => number::score(e.validation_macro_f1), accuracy => number::score(e.validation_accuracy),
        rate => number::loose(e.learning_rate), time => number::seconds(e.seconds),
        speed => number::loose(e.images_per_second),
    }
}

fn losses(folds: &[&Fold]) -> Vec<Value> {
    let all = folds.iter().flat_map(|fold| &fold.epochs).flat_map(|e| [e.train_loss, e.validation_loss]);
    let extent = chart::extent(all, true);
    let draw = |(i, fold): (usize, &&Fold)| {
        let title = format!("Loss over epochs, fold {}", fold.fold);
        let last = fold.epochs.last().map(|e| [number::score(e.train_loss), number::score(e.validation_loss)]);
        let [train, validation] = last.unwrap_or_default();
        let description = format!(
            "At the last epoch, training loss {train} and validation loss {validation}. Kept: {}.",
            fold.best_epoch
        );
        let curves = vec![
            Curve { class: "train", values: column(fold, |e| e.train_loss) },
            Curve { class: "validation", values: column(fold, |e| e.validation_loss) },
        ];
        let (id, kept) = (format!("loss-{i}"), Some(fold.best_epoch));
        panel(fold, &Panel { id: &id, title: &title, description: &description, curves, extent, kept })
    };
    folds.iter().enumerate().map(draw).collect()
}

fn scores(folds: &[&Fold]) -> Vec<Value> {
    let all = folds.iter().flat_map(|fold| &fold.epochs).map(|e| e.validation_macro_f1);
    let extent = chart::extent(all, false);
    let draw = |(i, fold): (usize, &&Fold)| {
        let title = format!("Validation macro-F1 over epochs, fold {}", fold.fold);
        let description = format!("At the kept epoch {}: {}.", fold.best_epoch, number::estimate(&fold.macro_f1));
        let curves = vec![Curve { class: "validation", values: column(fold, |e| e.validation_macro_f1) }];
        let (id, kept) = (format!("f1-{i}"), Some(fold.best_epoch));
        panel(fold, &Panel { id: &id, title: &title, description: &description, curves, extent, kept })
    };
    folds.iter().enumerate().map(draw).collect()
}

/// One panel where all folds follow one schedule, as they nearly always do.
fn rates(folds: &[&Fold]) -> Vec<Value> {
    let extent = chart::extent(folds.iter().flat_map(|fold| &fold.epochs).map(|e| e.learning_rate), true);
    let rates: Vec<Vec<f64>> = folds.iter().map(|fold| column(fold, |e| e.learning_rate)).collect();
    let alike = rates.windows(2).all(|pair| pair[0] == pair[1]);
    let shown = if alike { rates.len().min(1) } else { rates.len() };
    let draw = |(i, values): (usize, Vec<f64>)| {
        let name = if alike { "All folds".to_owned() } else { format!("Fold {}", folds[i].fold) };
        let title = format!("Learning rate over epochs: {name}");
        let ends = [values.first(), values.last()].map(|end| number::loose(end.copied().unwrap_or(f64::NAN)));
        let description = format!("From {} to {}.", ends[0], ends[1]);
        let (id, curves) = (format!("rate-{i}"), vec![Curve { class: "plain", values }]);
        let drawn =
            chart::curves(&Panel { id: &id, title: &title, description: &description, curves, extent, kept: None });
        context! { name, svg => svg(drawn) }
    };
    rates.into_iter().take(shown).enumerate().map(draw).collect()
}

fn column(fold: &Fold, number: impl Fn(&Epoch) -> f64) -> Vec<f64> {
    fold.epochs.iter().map(number).collect()
}

fn panel(fold: &Fold, panel: &Panel) -> Value {
    context! { fold => fold.fold, svg => svg(chart::curves(panel)) }
}
