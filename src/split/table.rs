//! Parts being filled, with all that J needs kept up to date.

use super::Deck;

/// Which part each group is in, and how far the parts are from their shares.
pub(super) struct Table<'a> {
    pub deck: &'a Deck,
    /// The parts' wanted shares of the data; they sum to 1.
    pub shares: &'a [f64],
    pub part_of: Vec<u32>,
    /// `filled[stratum * parts + part]`; the sizes of the parts follow as one more stratum, that of all samples.
    filled: Vec<f64>,
    groups_in: Vec<usize>,
    totals: Vec<f64>,
    /// Weight in J / (samples * sqrt(parts)): times the root of a stratum's `square`, its term of J.
    scales: Vec<f64>,
    /// Sum over parts of (filled - wanted)².
    squares: Vec<f64>,
    terms: Vec<f64>,
}

/// Samples of each stratum that go from one part to another; negative the other way.
pub(super) struct Shift {
    /// By stratum, each but once with a number other than 0. The last entry is of all samples.
    moved: Vec<(u32, f64)>,
    /// Of each stratum, while the list is made: to add up by place has no branches to guess, as merging two lists has.
    net: Vec<f64>,
}

impl Shift {
    /// Of nothing.
    pub fn new(deck: &Deck) -> Self {
        Self { moved: Vec::new(), net: vec![0.0; deck.strata()] }
    }
}

impl<'a> Table<'a> {
    /// Every group in the part that it is given.
    pub fn new(deck: &'a Deck, shares: &'a [f64], part_of: Vec<u32>) -> Self {
        let (strata, parts) = (deck.strata(), shares.len());
        let (mut filled, mut groups_in) = (vec![0.0; (strata + 1) * parts], vec![0; parts]);
        for (group, &part) in part_of.iter().enumerate() {
            for &(stratum, count) in deck.counts(group) {
                filled[stratum as usize * parts + part as usize] += f64::from(count);
            }
            filled[strata * parts + part as usize] += f64::from(deck.size(group));
            groups_in[part as usize] += 1;
        }
        let totals: Vec<f64> = (0..strata).map(|s| deck.total_of(s)).chain([deck.total()]).map(|n| n as f64).collect();
        let weights = deck.weights().into_iter().chain([1.0]);
        let scales = weights.zip(&totals).map(|(weight, total)| weight / (total.max(1.0) * (parts as f64).sqrt()));
        let mut table = Table {
            scales: scales.collect(),
            squares: vec![0.0; totals.len()],
            terms: vec![0.0; totals.len()],
            deck,
            shares,
            part_of,
            filled,
            groups_in,
            totals,
        };
        (0..table.totals.len()).for_each(|stratum| table.measure(stratum));
        table
    }

    /// Brings a stratum's square and term up to date.
    fn measure(&mut self, stratum: usize) {
        let parts = self.shares.len();
        let filled = &self.filled[stratum * parts..(stratum + 1) * parts];
        let total = self.totals[stratum];
        self.squares[stratum] = filled.iter().zip(self.shares).map(|(n, share)| (n - share * total).powi(2)).sum();
        self.terms[stratum] = self.scales[stratum] * self.squares[stratum].sqrt();
    }

    /// The mean over strata of the standard deviation over parts of (count - wanted) / all of the stratum, and the same
    /// of the sizes.
    pub fn j(&self) -> f64 {
        self.terms.iter().sum()
    }

    /// Whether J is this small, but for rounding.
    pub fn is_at(&self, bound: f64) -> bool {
        self.j() <= bound + 1e-12
    }

    /// Whether a part holds this group alone.
    pub fn is_alone(&self, group: usize) -> bool {
        self.groups_in[self.part_of[group] as usize] == 1
    }

    /// What leaves the part of `a` when `a` goes, and `b` comes in its place.
    pub fn shift(&self, a: usize, b: Option<usize>, shift: &mut Shift) {
        let (going, coming) = (self.deck.counts(a), b.map_or(&[][..], |b| self.deck.counts(b)));
        going.iter().for_each(|&(stratum, count)| shift.net[stratum as usize] += f64::from(count));
        coming.iter().for_each(|&(stratum, count)| shift.net[stratum as usize] -= f64::from(count));
        shift.moved.clear();
        let net = |&(stratum, _): &(u32, u32)| (stratum, std::mem::take(&mut shift.net[stratum as usize]));
        shift.moved.extend(going.iter().chain(coming).map(net));
        let size = f64::from(self.deck.size(a)) - b.map_or(0.0, |b| f64::from(self.deck.size(b)));
        shift.moved.push((self.deck.strata() as u32, size));
    }

    /// How J changes by a shift.
    pub fn change(&self, shift: &Shift, from: usize, to: usize) -> f64 {
        let (parts, more) = (self.shares.len(), self.shares[to] - self.shares[from]);
        let mut change = 0.0;
        for &(stratum, n) in &shift.moved {
            let stratum = stratum as usize;
            let filled = &self.filled[stratum * parts..(stratum + 1) * parts];
            let over = filled[to] - filled[from] - more * self.totals[stratum];
            let square = self.squares[stratum] + 2.0 * n * (n + over);
            change += self.scales[stratum] * square.max(0.0).sqrt() - self.terms[stratum];
        }
        change
    }

    /// Moves group `a` to another part, and `b` from there into its place.
    pub fn apply(&mut self, a: usize, b: Option<usize>, to: usize, shift: &Shift) {
        let (parts, from) = (self.shares.len(), self.part_of[a] as usize);
        for &(stratum, n) in &shift.moved {
            let stratum = stratum as usize;
            self.filled[stratum * parts + from] -= n;
            self.filled[stratum * parts + to] += n;
            self.measure(stratum);
        }
        self.part_of[a] = to as u32;
        if let Some(b) = b {
            self.part_of[b] = from as u32;
        } else {
            self.groups_in[from] -= 1;
            self.groups_in[to] += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    #[test]
    fn a_change_told_in_advance_is_the_change_that_comes() {
        let mut rng = Key::root(2).rng();
        let mut deck = Deck::new(vec![0, 0, 0, 1, 1]);
        for _ in 0..40 {
            let size = rng.whole(1, 9) as u32;
            let mut strata: Vec<u32> = (0..size).flat_map(|_| [rng.below(3) as u32, 3 + rng.below(2) as u32]).collect();
            deck.push(size, &mut strata);
        }
        let shares = [0.5, 0.3, 0.2];
        let part_of = (0..40).map(|group| group % 3).collect();
        let (mut table, mut shift) = (Table::new(&deck, &shares, part_of), Shift::new(&deck));
        for _ in 0..500 {
            let (a, b) = (rng.index(40), rng.index(40));
            let (from, to) = (table.part_of[a] as usize, table.part_of[b] as usize);
            let b = rng.chance(0.5).then_some(b);
            if from != to && (b.is_some() || !table.is_alone(a)) {
                table.shift(a, b, &mut shift);
                let expected = table.j() + table.change(&shift, from, to);
                table.apply(a, b, to, &shift);
                let anew = Table::new(&deck, &shares, table.part_of.clone());
                assert!((table.j() - expected).abs() < 1e-12 && (table.j() - anew.j()).abs() < 1e-12);
            }
        }
    }
}
