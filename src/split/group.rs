//! Rows that must stay together, and why.

use std::collections::HashSet;

use rayon::prelude::*;
use serde::Serialize;

use crate::data::Sample;
use crate::leak::Forest;

/// Where the user's groups come from.
#[derive(Clone, Debug)]
pub enum Grouping {
    /// Nobody says.
    Nothing,
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
    pub of_row: Vec<u32>,
    /// For each group, the row whose value or path names it.
    #[serde(skip)]
    namesakes: Vec<u32>,
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
    /// Rows that are near-duplicates of another.
    pub by_likeness: usize,
    /// Rows for which the column or pattern gave no group.
    pub ungrouped: usize,
}

impl Grouping {
    /// The user's group of a row.
    pub fn of<'a>(&'a self, row: usize, sample: &'a Sample) -> Option<&'a str> {
        match self {
            Self::Nothing => None,
            Self::AsGiven => sample.group.as_deref(),
            Self::Values(values) => values[row].as_deref(),
            Self::Path(pattern) => {
                let found = pattern.captures(&sample.source)?;
                found.get(1).or_else(|| found.get(0)).map(|found| found.as_str())
            }
        }
    }
}

impl Closure {
    /// The rows of each group, in their order.
    pub fn rows(&self) -> RowsByGroup {
        let mut starts = vec![0u32; self.groups + 1];
        self.of_row.iter().for_each(|&group| starts[group as usize + 1] += 1);
        (0..self.groups).for_each(|group| starts[group + 1] += starts[group]);
        let (mut next, mut rows) = (starts.clone(), vec![0; self.of_row.len()]);
        for (row, &group) in self.of_row.iter().enumerate() {
            let place = &mut next[group as usize];
            rows[*place as usize] = row as u32;
            *place += 1;
        }
        RowsByGroup { starts, rows }
    }

    /// A row of a group.
    pub fn row_of(&self, group: u32) -> usize {
        self.namesakes[group as usize] as usize
    }

    /// The group of each row by name: the smallest of the user's groups in it, else the first of its paths, whatever
    /// the order of rows.
    pub fn names<'a>(&'a self, samples: &'a [Sample], grouping: &'a Grouping) -> impl Iterator<Item = &'a str> {
        let name = |group: &u32| {
            let row = self.namesakes[*group as usize] as usize;
            grouping.of(row, &samples[row]).unwrap_or(&samples[row].source)
        };
        self.of_row.iter().map(name)
    }
}

/// The rows of each group.
pub struct RowsByGroup {
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl RowsByGroup {
    /// The rows of group 0, 1, …
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        self.starts.windows(2).map(|ends| &self.rows[ends[0] as usize..ends[1] as usize])
    }
}

/// Joins rows that share a group, an original that they show or their pixels, or are near-duplicates (pairs of rows),
/// directly or through others.
pub fn close(samples: &[Sample], grouping: &Grouping, alike: &[[usize; 2]]) -> Closure {
    let named: Vec<Option<&str>> = samples.par_iter().enumerate().map(|(row, s)| grouping.of(row, s)).collect();
    let mut forest = Forest::new(samples.len());
    let by_group = forest.join_equal(named.iter().copied());
    let by_source = forest.join_equal(samples.iter().map(|sample| Some(sample.source.as_str())));
    forest.join_mixes(samples);
    let by_content = forest.join_equal(samples.iter().map(|sample| sample.content_hash.as_deref()));
    for &[a, b] in alike {
        forest.join(a, b);
    }
    let by_likeness = alike.iter().flatten().collect::<HashSet<_>>().len();

    // The user's names come before paths.
    let name = |row: usize| (named[row].is_none(), named[row].unwrap_or(&samples[row].source));
    let mut namesake: Vec<u32> = (0..samples.len() as u32).collect();
    let mut originals = vec![0u32; samples.len()];
    for (row, sample) in samples.iter().enumerate() {
        let root = forest.root(row);
        originals[root] += u32::from(sample.is_original());
        if name(row) < name(namesake[root] as usize) {
            namesake[root] = row as u32;
        }
    }
    let mut roots: Vec<u32> = (0..samples.len()).filter(|&row| forest.root(row) == row).map(|row| row as u32).collect();
    roots.par_sort_unstable_by_key(|&root| name(namesake[root as usize] as usize));
    let mut group_of_root = vec![0; samples.len()];
    for (group, &root) in roots.iter().enumerate() {
        group_of_root[root as usize] = group as u32;
    }
    Closure {
        of_row: (0..samples.len()).map(|row| group_of_root[forest.root(row)]).collect(),
        groups: roots.len(),
        larger: roots.iter().filter(|&&root| originals[root as usize] > 1).count(),
        namesakes: roots.iter().map(|&root| namesake[root as usize]).collect(),
        by_group,
        by_source,
        by_content,
        by_likeness,
        ungrouped: named.iter().filter(|name| name.is_none()).count(),
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
        let grouping = Grouping::Path(regex::Regex::new("^([a-z])/").unwrap());
        let closure = close(&samples, &grouping, &[]);
        assert_eq!(closure.of_row, [0, 0, 0, 1, 1]);
        assert_eq!(closure.names(&samples, &grouping).collect::<Vec<_>>(), ["a", "a", "a", "c", "c"]);
        assert_eq!((closure.larger, closure.by_content, closure.ungrouped), (1, 2, 0));
    }

    #[test]
    fn a_mix_joins_the_groups_of_its_originals() {
        let mut samples: Vec<_> = ["a", "b", "c", "d"].map(|p| Sample::original(p, "x")).into();
        let partners = vec!["c".to_owned()];
        samples.push(Sample { origin: Origin::Copy, source: "a".into(), partners, ..Sample::original("a-1", "x") });
        assert_eq!(close(&samples, &Grouping::Nothing, &[]).of_row, [0, 1, 0, 2, 0]);
    }
}
