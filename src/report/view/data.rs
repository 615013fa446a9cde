//! What the report rests on: images, groups, skipped files, leaks.

use minijinja::{Value, context};

use super::{MOST_ROWS, svg, text};
use crate::report::{
    ClassCount, DataSummary, LeakFinding,
    chart::{self, Bar},
    number,
};

pub fn summary(data: &DataSummary) -> Value {
    if data.classes.is_empty() && data.skipped.is_empty() {
        return Value::from(());
    }
    let most = data.classes.iter().map(total).max().unwrap_or(0);
    let skipped = data.skipped.iter().take(MOST_ROWS);
    context! {
        sentence => sentence(data),
        top => number::count(most),
        rows => data.classes.iter().take(MOST_ROWS).map(|class| row(class, most)).collect::<Vec<_>>(),
        skipped => skipped.map(|(path, why)| context! { path => text(path), why => text(why) }).collect::<Vec<_>>(),
        skipped_title => format!("{} skipped", number::counted(data.skipped.len(), "file")),
        skipped_note => super::more(data.skipped.len(), "file"),
    }
}

fn total(class: &ClassCount) -> usize {
    class.originals.saturating_add(class.copies).saturating_add(class.holdout)
}

fn row(class: &ClassCount, most: usize) -> Value {
    let bar = |look, n: usize| Bar { class: look, share: n as f64 / most.max(1) as f64 };
    let bars = [bar("full", class.originals), bar("half", class.copies), bar("hollow", class.holdout)];
    context! {
        label => text(&class.label), bar => svg(chart::stacked(&bars)),
        originals => number::count(class.originals), copies => number::count(class.copies),
        after => number::count(class.originals.saturating_add(class.copies)), holdout => number::count(class.holdout),
    }
}

fn sentence(data: &DataSummary) -> String {
    let sum =
        |of: fn(&ClassCount) -> usize| data.classes.iter().fold(0usize, |sum, class| sum.saturating_add(of(class)));
    let (originals, copies, holdout) = (sum(|c| c.originals), sum(|c| c.copies), sum(|c| c.holdout));
    let mut said = vec![match data.groups {
        Some(groups) => format!(
            "{} in {} that are never separated.",
            number::counted(originals.saturating_add(holdout), "original"),
            number::counted(groups, "group")
        ),
        None => format!(
            "{}; no groups are known, so images of one person or object may lie in several folds unless they look alike.",
            number::counted(originals.saturating_add(holdout), "original")
        ),
    }];
    if copies > 0 {
        said.push(format!("{} were made to even the classes.", number::counted(copies, "copy")));
    }
    let before = unevenness(&data.classes, |class| class.originals);
    let after = unevenness(&data.classes, |class| class.originals.saturating_add(class.copies));
    if let (Some(before), Some(after)) = (before, after) {
        said.push(match copies {
            0 => format!("The largest class is {} times the smallest.", number::fixed(before, 1)),
            _ => format!(
                "The largest class was {} times the smallest; now it is {} times.",
                number::fixed(before, 1),
                number::fixed(after, 1)
            ),
        });
    }
    said.join(" ")
}

fn unevenness(classes: &[ClassCount], of: fn(&ClassCount) -> usize) -> Option<f64> {
    let counts = || classes.iter().map(of);
    let (least, most) = (counts().min()?, counts().max()?);
    (least > 0 && classes.len() > 1).then(|| most as f64 / least as f64)
}

pub fn leaks(leaks: &[LeakFinding]) -> Value {
    let row = |leak: &LeakFinding| {
        context! {
            kind => text(&leak.kind), found => leak.pairs > 0, pairs => number::count(leak.pairs),
            touched => number::count(leak.touched), sentence => number::short(&leak.sentence, 1000),
        }
    };
    leaks.iter().take(MOST_ROWS).map(row).collect::<Vec<_>>().into()
}
