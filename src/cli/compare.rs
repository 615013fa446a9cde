use std::path::PathBuf;

use serde_json::json;

use super::answer::{Answer, Failure, few};
use super::table::table;
use crate::data::{Labels, Manifest};
use crate::evaluate::{STATISTICS, Side, compare, measure};
use crate::random::Key;
use crate::row;
use crate::run::{Event, Listener, Skipped};

/// Compares two sets of pictures, such as training and eval, without a model
///
/// Image statistics on both sides, with p-values by permutation of groups. Exit code 1 if they plainly differ.
#[derive(clap::Args)]
pub struct Args {
    /// Folder, CSV or Parquet file
    #[arg(long, value_name = "PATH")]
    a: PathBuf,
    /// Folder, CSV or Parquet file
    #[arg(long, value_name = "PATH")]
    b: PathBuf,
    /// Column of CSV or Parquet files whose values are not independent of one another [default: `group`]
    #[arg(long, value_name = "COLUMN")]
    groups: Option<String>,
    /// The seed of the permutations
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

pub fn run(args: &Args, listener: &dyn Listener) -> Result<Answer, Failure> {
    let mut skipped = Vec::new();
    let mut sides = Vec::new();
    for (name, path) in [("reading a", &args.a), ("reading b", &args.b)] {
        let manifest = Manifest::open_with(path, None, Labels::Optional)?;
        let rows: Vec<usize> = (0..manifest.samples.len()).filter(|&row| manifest.samples[row].is_original()).collect();
        let column = args.groups.as_ref().map(|column| manifest.column(column)).transpose()?;
        let mut names = std::collections::HashMap::new();
        listener.hear(Event::Started { what: name, total: rows.len() as u64 });
        let (mut values, mut groups) = (Vec::new(), Vec::new());
        for (measured, &row) in measure(&manifest, &rows, listener).into_iter().zip(&rows) {
            let sample = &manifest.samples[row];
            match measured {
                Ok(measured) => {
                    let given = column.as_ref().map_or_else(|| sample.group.clone(), |column| column[row].clone());
                    let next = names.len();
                    groups.push(*names.entry(given.unwrap_or_else(|| sample.path.clone())).or_insert(next));
                    values.push(measured);
                }
                Err(why) => skipped.push(Skipped { path: sample.path.clone(), why }),
            }
        }
        listener.hear(Event::Finished { note: &format!("{} pictures", values.len()) });
        sides.push((values, groups));
    }
    let [(a, ga), (b, gb)] = &sides[..] else { return Err("two sets are needed".into()) };
    let differences = compare(&Side { values: a, groups: ga }, &Side { values: b, groups: gb }, &Key::root(args.seed));
    let mut rows = vec![row!["statistic", "a", "b", "effect", "p", "in words", "what it is"]];
    for d in &differences {
        let statistic = &STATISTICS[d.statistic];
        let words = match (d.is_shift(), d.effect > 0.0) {
            (false, _) => "no plain difference".to_owned(),
            (true, true) => format!("b is {}", statistic.more),
            (true, false) => format!("b is {}", statistic.less),
        };
        let [mean_a, mean_b] = [d.mean_a, d.mean_b].map(|mean| format!("{mean:.3}"));
        rows.push(row![
            statistic.name,
            mean_a,
            mean_b,
            format!("{:+.2}", d.effect),
            format!("{:.3}", d.p_value),
            words,
            statistic.meaning
        ]);
    }
    let count = |groups: &[usize]| groups.iter().max().map_or(0, |most| most + 1);
    let mut text = table(&rows);
    text += &format!(
        "\n{} pictures in {} groups against {} in {}; effect is Cohen's d; p by permutation of groups, times 8.\n",
        a.len(),
        count(ga),
        b.len(),
        count(gb)
    );
    if !skipped.is_empty() {
        text += &format!("{} pictures cannot be read:\n", skipped.len());
        text += &few(skipped.iter().map(|s| format!("{}: {}", s.path, s.why)), 10);
    }
    let look = !skipped.is_empty() || differences.iter().any(crate::evaluate::Difference::is_shift);
    let named = differences.iter().map(|d| json!({"name": STATISTICS[d.statistic].name, "difference": d}));
    Ok(Answer { text, json: json!({"statistics": named.collect::<Vec<_>>(), "skipped": skipped}), look })
}
