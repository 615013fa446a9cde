//! Rows that belong together, through others too.

use std::collections::{BTreeMap, HashMap};

use crate::data::Sample;

/// Disjoint sets, joined (Tarjan 1975, with path halving).
pub(crate) struct Forest(Vec<u32>);

impl Forest {
    /// Each row a set of its own.
    pub fn new(n: usize) -> Self {
        Self((0..n as u32).collect())
    }

    /// The smallest row of the set, as far as sets were joined.
    pub fn root(&mut self, mut row: usize) -> usize {
        while self.0[row] as usize != row {
            self.0[row] = self.0[self.0[row] as usize];
            row = self.0[row] as usize;
        }
        row
    }

    /// Makes one set of two.
    pub fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b) as u32;
    }

    /// Joins rows of equal keys; returns how many share theirs with another.
    pub fn join_equal<'a>(&mut self, keys: impl Iterator<Item = Option<&'a str>>) -> usize {
        let mut first: HashMap<&str, (usize, bool)> = HashMap::new();
        let mut sharing = 0;
        for (row, key) in keys.enumerate().filter_map(|(row, key)| Some((row, key?))) {
            let (other, shared) = first.entry(key).or_insert((row, false));
            if *other != row {
                sharing += if *shared { 1 } else { 2 };
                *shared = true;
                self.join(*other, row);
            }
        }
        sharing
    }

    /// Joins each mix with every row that shows one of its originals.
    pub fn join_mixes(&mut self, samples: &[Sample]) {
        let mixes = samples.iter().enumerate().filter(|(_, sample)| !sample.partners.is_empty());
        let mut mixes = mixes.peekable();
        if mixes.peek().is_none() {
            return;
        }
        let of_source: HashMap<&str, usize> =
            samples.iter().enumerate().map(|(row, sample)| (sample.source.as_str(), row)).collect();
        let mut of_partner: HashMap<&str, usize> = HashMap::new();
        for (row, mix) in mixes {
            for partner in &mix.partners {
                let other = of_source.get(partner.as_str()).copied();
                self.join(row, other.unwrap_or_else(|| *of_partner.entry(partner).or_insert(row)));
            }
        }
    }

    /// The rows of each set of two or more, in their order.
    pub fn sets(&mut self) -> Vec<Vec<usize>> {
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for row in 0..self.0.len() {
            members.entry(self.root(row)).or_default().push(row);
        }
        members.into_values().filter(|rows| rows.len() > 1).collect()
    }
}
