//! Confusion: a table that can be read up to some twenty classes, a picture and a list beyond.

use minijinja::{Value, context};

use super::{MOST_ROWS, svg, text};
use crate::report::{Confusion, chart, number};

/// Up to here the matrix is a table of numbers.
const READABLE: usize = 22;

/// Above this, cells are too narrow for shares, and the counts must do.
const ROOMY: usize = 14;

/// Characters of a label beside a crowded matrix; the table of classes has them whole, in the same order.
const LABEL: usize = 24;

/// Mistakes that are put into words below the matrix.
const WORST: usize = 5;

/// Wrong classes that are listed for each true class.
const LISTED: usize = 12;

pub fn of(id: &str, title: &str, confusion: &Confusion) -> Value {
    let classes = confusion.labels.len();
    if classes == 0 {
        return Value::from(());
    }
    let labels: Vec<String> = confusion.labels.iter().map(|label| text(label)).collect();
    let readable = classes <= READABLE;
    let cells: Vec<Value> =
        if readable { (0..classes).map(|row| cells(confusion, &labels, row)).collect() } else { vec![] };
    let heat = if readable { None } else { chart::heat(&format!("heat-{id}"), title, confusion) };
    context! {
        cells, many => classes > ROOMY,
        turned => classes > 8 || labels.iter().any(|label| label.chars().count() > 11),
        heat => heat.map_or(Value::from(()), svg),
        worst => worst(confusion, &labels),
        rows => if readable { vec![] } else { listed(confusion, &labels) },
        labels => labels.iter().map(|label| number::short(label, LABEL)).collect::<Vec<_>>(),
    }
}

fn cells(confusion: &Confusion, labels: &[String], row: usize) -> Value {
    let sum = row_sum(confusion, row);
    let cell = |column: usize| {
        let count = at(confusion, row, column);
        let share = f64::from(count) / sum.max(1.0);
        let class = match count {
            0 => "none",
            _ if row == column => "right",
            _ => "wrong",
        };
        let percent = (count > 0 && labels.len() <= ROOMY).then(|| number::percent(share));
        context! { count => number::count(count as usize), share => format!("{share:.2}"), percent, class }
    };
    context! { label => number::short(&labels[row], LABEL), cells => (0..labels.len()).map(cell).collect::<Vec<_>>() }
}

fn worst(confusion: &Confusion, labels: &[String]) -> Vec<String> {
    let classes = labels.len();
    let mut mistakes: Vec<(u32, usize, usize)> = (0..classes)
        .flat_map(|row| (0..classes).map(move |column| (row, column)))
        .filter(|(row, column)| row != column)
        .map(|(row, column)| (at(confusion, row, column), row, column))
        .filter(|(count, ..)| *count > 0)
        .collect();
    mistakes.sort_by_key(|(count, row, column)| (std::cmp::Reverse(*count), *row, *column));
    let said = mistakes.into_iter().take(WORST).map(|(count, row, column)| {
        let share = number::percent(f64::from(count) / row_sum(confusion, row));
        let times = number::counted(count as usize, "time");
        format!("{} taken for {}: {times}, {share} of all {}", labels[row], labels[column], labels[row])
    });
    said.collect()
}

fn listed(confusion: &Confusion, labels: &[String]) -> Vec<Value> {
    let row = |row: usize| {
        let mut wrong: Vec<(u32, usize)> = (0..labels.len())
            .filter(|column| *column != row)
            .map(|column| (at(confusion, row, column), column))
            .filter(|(count, _)| *count > 0)
            .collect();
        wrong.sort_by_key(|(count, column)| (std::cmp::Reverse(*count), *column));
        let mut said: Vec<String> = wrong
            .iter()
            .take(LISTED)
            .map(|(count, column)| {
                format!("{} {}", number::short(&labels[*column], 40), number::count(*count as usize))
            })
            .collect();
        if wrong.len() > LISTED {
            said.push(format!("and {}", number::counted(wrong.len() - LISTED, "more class")));
        }
        let sum = row_sum(confusion, row);
        context! {
            number => row + 1, label => &labels[row], n => number::count(sum as usize),
            right => number::percent(f64::from(at(confusion, row, row)) / sum), wrong => said.join(" · "),
        }
    };
    (0..labels.len().min(MOST_ROWS)).map(row).collect()
}

/// A missing cell counts as 0: a matrix that is not square is a mistake elsewhere, and no reason to show nothing.
fn at(confusion: &Confusion, row: usize, column: usize) -> u32 {
    confusion.counts.get(row).and_then(|counts| counts.get(column)).copied().unwrap_or(0)
}

fn row_sum(confusion: &Confusion, row: usize) -> f64 {
    confusion.counts.get(row).into_iter().flatten().map(|count| f64::from(*count)).sum()
}
