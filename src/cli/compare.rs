use std::path::PathBuf;

use serde_json::json;

use super::answer::{Answer, Failure, few};
use super::table::table;
use crate::data::{Labels, Manifest};
use crate::evaluate::{Difference, Kind, STATISTICS, Side, Space, compare, examine, least_visible, measure};
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
    let (mut sides, mut paths) = (Vec::new(), Vec::new());
    for (name, path) in [("reading a", &args.a), ("reading b", &args.b)] {
        let manifest = Manifest::open_with(path, None, Labels::Optional)?;
        let rows: Vec<usize> = (0..manifest.samples.len()).filter(|&row| manifest.samples[row].is_original()).collect();
        let column = args.groups.as_ref().map(|column| manifest.column(column)).transpose()?;
        let mut names = std::collections::HashMap::new();
        listener.hear(Event::Started { what: name, total: rows.len() as u64 });
        let (mut values, mut groups) = (Vec::new(), Vec::new());
        // Of the second set in the end.
        paths.clear();
        for (measured, &row) in measure(&manifest, &rows, listener).into_iter().zip(&rows) {
            let sample = &manifest.samples[row];
            match measured {
                Ok(measured) => {
                    let given = column.as_ref().map_or_else(|| sample.group.clone(), |column| column[row].clone());
                    let next = names.len();
                    groups.push(*names.entry(given.unwrap_or_else(|| sample.path.clone())).or_insert(next));
                    values.push(measured);
                    paths.push(sample.path.clone());
                }
                Err(why) => skipped.push(Skipped { path: sample.path.clone(), why }),
            }
        }
        listener.hear(Event::Finished { note: &format!("{} pictures", values.len()) });
        sides.push((values, groups));
    }
    let [(a, ga), (b, gb)] = &sides[..] else { return Err("two sets are needed".into()) };
    let differences = compare(&Side { values: a, groups: ga }, &Side { values: b, groups: gb }, &Key::root(args.seed));
    if a.is_empty() || b.is_empty() {
        return Err("nothing to compare: one side has no picture that can be read".into());
    }
    let [values_a, values_b] =
        [a, b].map(|rows| rows.iter().map(|row| row.map(|x| x as f32).to_vec()).collect::<Vec<Vec<f32>>>());
    let space = Space { a: &values_a, b: &values_b, groups_a: ga, groups_b: gb };
    let examined = examine(Kind::Statistics, &space, &Key::root(args.seed).child("statistics"));
    let mut rows = vec![row!["statistic", "a", "b", "effect", "p", "PSI", "in words", "what it is"]];
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
            format!("{:.2}", d.stability),
            words,
            statistic.meaning
        ]);
    }
    let groups = [ga, gb].map(|groups| groups.iter().max().map_or(0, |most| most + 1));
    let mut text = table(&rows);
    text += &format!(
        "\n{} pictures in {} groups against {} in {}; effect is Cohen's d; p by permutation of groups, times 8; PSI above \
         0.25 is plain.\n",
        a.len(),
        groups[0],
        b.len(),
        groups[1]
    );
    let apart = &examined.tests[0];
    let [low, high] = apart.interval.unwrap_or([apart.value; 2]);
    text += &format!(
        "A classifier between the sets: AUC {:.2} ({low:.2} to {high:.2}), by chance up to {:.2}, p {:.3}.\n",
        apart.value, apart.chance, apart.p_value
    );
    let telling: Vec<&str> = examined.telling.iter().take(5).map(|(row, _)| paths[*row].as_str()).collect();
    // Half the pairs are told apart by luck; below this the sets overlap so much that it hardly matters.
    let differs = apart.p_value <= 0.05 && apart.value >= 0.6;
    if differs {
        text += &format!("Pictures of b that give the difference away most: {}\n", telling.join(", "));
    } else if !differences.iter().any(Difference::is_shift) {
        let visible = least_visible(groups);
        text += &format!(
            "No shift was found; so many groups show a difference of {visible:.2} standard deviations four times in five.\n"
        );
    }
    if !skipped.is_empty() {
        text += &format!("{} pictures cannot be read:\n", skipped.len());
        text += &few(skipped.iter().map(|s| format!("{}: {}", s.path, s.why)), 10);
    }
    let look = !skipped.is_empty() || differs || differences.iter().any(Difference::is_shift);
    let named = differences.iter().map(|d| json!({"name": STATISTICS[d.statistic].name, "difference": d}));
    let json = json!({
        "statistics": named.collect::<Vec<_>>(), "classifier": apart, "telling": telling, "skipped": skipped,
    });
    Ok(Answer { text, json, look })
}
