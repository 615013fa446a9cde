use std::path::PathBuf;

use serde_json::json;

use super::answer::{Answer, Failure, few};
use super::table::table;
use crate::data::{Labels, Manifest};
use crate::evaluate::{Difference, STATISTICS, compare, examine_statistics, least_visible, measure, numbered};
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
    let mut sides = Vec::new();
    for (name, path) in [("reading a", &args.a), ("reading b", &args.b)] {
        let manifest = Manifest::open_with(path, None, Labels::Optional)?;
        let rows: Vec<usize> = (0..manifest.samples.len()).filter(|&row| manifest.samples[row].is_original()).collect();
        let column = args.groups.as_ref().map(|column| manifest.column(column)).transpose()?;
        let group = |&row: &usize| match &column {
            Some(column) => column[row].as_deref().unwrap_or(&manifest.samples[row].path),
            None => manifest.samples[row].group_or_source(),
        };
        let (groups, _) = numbered(rows.iter().map(group));
        listener.hear(Event::Started { what: name, total: rows.len() as u64 });
        let measured = measure(&manifest, &rows, &groups, listener);
        listener.hear(Event::Finished { note: &format!("{} pictures", measured.rows.len()) });
        sides.push((manifest, measured));
    }
    let [(_, a), (of_b, b)] = &sides[..] else { unreachable!("two sides were read") };
    if a.rows.is_empty() || b.rows.is_empty() {
        return Err("nothing to compare: one side has no picture that can be read".into());
    }
    let skipped: Vec<&Skipped> = a.skipped.iter().chain(&b.skipped).collect();
    let differences = compare(&a.side(), &b.side(), &Key::root(args.seed));
    let examined = examine_statistics(&a.side(), &b.side(), &Key::root(args.seed));
    let mut rows = vec![row!["statistic", "a", "b", "effect", "p", "PSI", "in words", "what it is"]];
    for d in &differences {
        let statistic = &STATISTICS[d.statistic];
        let words = d.in_words().map_or("no plain difference".to_owned(), |words| format!("b is {words}"));
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
    let groups = [a, b].map(|side| numbered(&side.groups).1);
    let mut text = table(&rows);
    text += &format!(
        "\n{} pictures in {} groups against {} in {}; effect is Cohen's d; p by permutation of groups, times 8; PSI above \
         0.25 is plain.\n",
        a.rows.len(),
        groups[0],
        b.rows.len(),
        groups[1]
    );
    let apart = &examined.tests[0];
    let [low, high] = apart.interval.unwrap_or([apart.value; 2]);
    text += &format!(
        "A classifier between the sets: AUC {:.2} ({low:.2} to {high:.2}), by chance up to {:.2}, p {:.3}.\n",
        apart.value, apart.chance, apart.p_value
    );
    let telling: Vec<&str> =
        examined.telling.iter().take(5).map(|(at, _)| of_b.samples[b.rows[*at]].path.as_str()).collect();
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
