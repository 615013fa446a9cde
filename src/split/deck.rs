//! What is dealt out: groups with their counts of everything that is to be spread evenly.

/// Groups of samples, and how many samples of each stratum each group has.
///
/// A stratum is one value of one column: a class, or a value of a further column that is to be balanced too. A sample
/// may count in several (multi-label, several columns) or in none. Kept in one list for all groups (compressed sparse
/// rows), about 20 bytes for a group of one sample.
#[derive(Clone, Debug)]
pub struct Deck {
    starts: Vec<u32>,
    entries: Vec<(u32, u32)>,
    sizes: Vec<u32>,
    column_of: Vec<u32>,
    totals: Vec<u64>,
    total: u64,
}

impl Deck {
    /// No groups yet; `column_of[stratum]` says which column (0, 1, …) a stratum is a value of.
    pub fn new(column_of: Vec<u32>) -> Self {
        let totals = vec![0; column_of.len()];
        Self { starts: vec![0], entries: Vec::new(), sizes: Vec::new(), column_of, totals, total: 0 }
    }

    /// Makes room for so many further groups of so many samples in all.
    pub fn reserve(&mut self, groups: usize, samples: usize) {
        self.starts.reserve(groups);
        self.sizes.reserve(groups);
        self.entries.reserve(samples);
    }

    /// Adds a group of `size` samples with the strata of its samples, in any order, one entry for each sample and value.
    pub fn push(&mut self, size: u32, strata: &mut [u32]) {
        strata.sort_unstable();
        let first = self.entries.len();
        for &mut stratum in strata {
            match self.entries[first..].last_mut() {
                Some((last, count)) if *last == stratum => *count += 1,
                _ => self.entries.push((stratum, 1)),
            }
            self.totals[stratum as usize] += 1;
        }
        self.end(size);
    }

    fn end(&mut self, size: u32) {
        self.starts.push(self.entries.len() as u32);
        self.sizes.push(size);
        self.total += u64::from(size);
    }

    /// These groups alone, in this order.
    #[must_use]
    pub fn subset(&self, groups: &[usize]) -> Self {
        let mut deck = Self::new(self.column_of.clone());
        for &group in groups {
            for &(stratum, count) in self.counts(group) {
                deck.entries.push((stratum, count));
                deck.totals[stratum as usize] += u64::from(count);
            }
            deck.end(self.sizes[group]);
        }
        deck
    }

    /// The same groups by size alone: nothing is to be spread evenly but samples.
    #[must_use]
    pub fn without_strata(&self) -> Self {
        let mut deck = Self::new(Vec::new());
        self.sizes.iter().for_each(|&size| deck.end(size));
        deck
    }

    /// How many groups there are.
    pub fn groups(&self) -> usize {
        self.sizes.len()
    }

    /// How many strata there are, with those that no group has.
    pub fn strata(&self) -> usize {
        self.column_of.len()
    }

    /// (stratum, count) of a group, by stratum, counts above 0.
    pub fn counts(&self, group: usize) -> &[(u32, u32)] {
        &self.entries[self.starts[group] as usize..self.starts[group + 1] as usize]
    }

    /// Samples of a group.
    pub fn size(&self, group: usize) -> u32 {
        self.sizes[group]
    }

    /// Samples of a stratum.
    pub fn total_of(&self, stratum: usize) -> u64 {
        self.totals[stratum]
    }

    /// Samples in all.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The weight of each stratum in J: its share in the mean over columns of the mean over a column's values. Values
    /// that no group has weigh nothing.
    pub fn weights(&self) -> Vec<f64> {
        let columns = self.column_of.iter().max().map_or(0, |&last| last as usize + 1);
        let mut present = vec![0u32; columns];
        for (stratum, &column) in self.column_of.iter().enumerate() {
            present[column as usize] += u32::from(self.totals[stratum] > 0);
        }
        let filled = present.iter().filter(|&&n| n > 0).count() as f64;
        let weight = |(stratum, &column): (usize, &u32)| match self.totals[stratum] {
            0 => 0.0,
            _ => 1.0 / (f64::from(present[column as usize]) * filled),
        };
        self.column_of.iter().enumerate().map(weight).collect()
    }

    /// Every group is one sample in one stratum at most.
    pub fn is_plain(&self) -> bool {
        (0..self.groups()).all(|group| self.sizes[group] == 1 && self.counts(group).len() <= 1)
    }
}
