//! Rows that must stay together, and why.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::data::Sample;
use crate::leak::{duplicates, sources};

/// Where the user's groups come from.
#[derive(Clone, Debug)]
pub enum Grouping {
    /// The manifest's `group` column, where it has values.
    AsGiven,
    /// The values of a column; nulls are groups of their own.
    Values(Vec<Option<String>>),
    /// The first capture of a pattern on the source's path, or the whole match; rows without a match are groups of their
    /// own.
    Path(regex::Regex),
}

/// Which group each row is in, and what joined them.
#[derive(Clone, Debug, Serialize)]
pub struct Closure {
    /// The group of each row: 0, 1, … in the order of their names.
    #[serde(skip)]
    pub of_row: Vec<usize>,
    /// A name for each group.
    #[serde(skip)]
    pub names: Vec<String>,
    /// Groups in all.
    pub groups: usize,
    /// Groups of more than one original.
    pub larger: usize,
    /// Rows that share a group which the user named.
    pub by_group: usize,
    /// Rows that share a source with another.
    pub by_source: usize,
    /// Rows with the same pixels as another.
    pub by_content: usize,
    /// Rows for which the column or pattern gave no group.
    pub ungrouped: usize,
}

/// Joins rows that share a group, a source or their pixels, directly or through others.
pub fn close(samples: &[Sample], grouping: &Grouping) -> Closure {
    let named: Vec<Option<String>> = samples
        .iter()
        .enumerate()
        .map(|(row, sample)| match grouping {
            Grouping::AsGiven => sample.group.clone(),
            Grouping::Values(values) => values[row].clone(),
            Grouping::Path(pattern) => pattern
                .captures(&sample.source)
                .and_then(|found| found.get(1).or_else(|| found.get(0)))
                .map(|found| found.as_str().to_owned()),
        })
        .collect();
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, name) in named.iter().enumerate() {
        if let Some(name) = name {
            by_name.entry(name).or_default().push(row);
        }
    }
    let by_name: Vec<Vec<usize>> = by_name.into_values().filter(|rows| rows.len() > 1).collect();
    let (by_source, by_content) = (sources(samples), duplicates(samples));
    let mut forest = Forest::new(samples.len());
    for set in by_name.iter().chain(&by_source).chain(&by_content) {
        set.windows(2).for_each(|pair| forest.join(pair[0], pair[1]));
    }
    // Named after the user's group, else after the first path: whatever the order of rows.
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for row in 0..samples.len() {
        members.entry(forest.root(row)).or_default().push(row);
    }
    let mut groups: Vec<(String, Vec<usize>)> = members
        .into_values()
        .map(|rows| {
            let name = rows.iter().filter_map(|&row| named[row].as_ref()).min();
            let path = || rows.iter().map(|&row| &samples[row].source).min();
            (name.or_else(path).cloned().unwrap_or_default(), rows)
        })
        .collect();
    groups.sort();
    let mut of_row = vec![0; samples.len()];
    for (group, (_, rows)) in groups.iter().enumerate() {
        for &row in rows {
            of_row[row] = group;
        }
    }
    let originals = |rows: &Vec<usize>| rows.iter().filter(|&&row| samples[row].is_original()).count();
    let rows_of = |sets: &[Vec<usize>]| sets.iter().map(Vec::len).sum();
    Closure {
        of_row,
        groups: groups.len(),
        larger: groups.iter().filter(|(_, rows)| originals(rows) > 1).count(),
        by_group: rows_of(&by_name),
        by_source: rows_of(&by_source),
        by_content: rows_of(&by_content),
        ungrouped: named.iter().filter(|name| name.is_none()).count(),
        names: groups.into_iter().map(|(name, _)| name).collect(),
    }
}

/// Disjoint sets, joined (Tarjan 1975, with path halving).
struct Forest(Vec<usize>);

impl Forest {
    fn new(n: usize) -> Self {
        Self((0..n).collect())
    }

    fn root(&mut self, mut row: usize) -> usize {
        while self.0[row] != row {
            self.0[row] = self.0[self.0[row]];
            row = self.0[row];
        }
        row
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Origin;

    #[test]
    fn groups_join_through_sources_and_equal_pixels() {
        let mut samples: Vec<_> = ["a/1", "a/2", "b/1", "c/1"].map(|p| Sample::original(p, "x")).into();
        samples.push(Sample { origin: Origin::Copy, source: "c/1".into(), ..Sample::original("c/1-1", "x") });
        samples[1].content_hash = Some("7".into());
        samples[2].content_hash = Some("7".into());
        let closure = close(&samples, &Grouping::Path(regex::Regex::new("^([a-z])/").unwrap()));
        assert_eq!(closure.of_row, [0, 0, 0, 1, 1]);
        assert_eq!(closure.names, ["a", "c"]);
        assert_eq!((closure.larger, closure.by_content, closure.ungrouped), (1, 2, 0));
    }
}
