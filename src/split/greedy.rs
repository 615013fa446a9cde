//! Where the search starts: each group is placed once, by one of two rules.

use std::cmp::Reverse;

use super::Deck;
use crate::random::Rng;

/// The parts as they fill. As long as there are only as many groups left as parts without one, those parts alone are open.
struct Filling {
    groups_in: Vec<usize>,
    left: usize,
    empty: usize,
}

impl Filling {
    fn new(groups: usize, parts: usize) -> Self {
        Self { groups_in: vec![0; parts], left: groups, empty: parts }
    }

    fn open(&self, part: usize) -> bool {
        self.left > self.empty || self.groups_in[part] == 0
    }

    fn put(&mut self, part: usize) {
        self.left -= 1;
        self.empty -= usize::from(self.groups_in[part] == 0);
        self.groups_in[part] += 1;
    }
}

/// Iterative stratification (Sechidis, Tsoumakas and Vlahavas, "On the stratification of multi-label data", ECML PKDD
/// 2011) on groups: the groups of the rarest stratum that is left, largest first, each to the part that lacks most of
/// it, then to the one that lacks most samples. Groups without a stratum come last, largest first.
pub(super) fn iterative(deck: &Deck, shares: &[f64], rng: &mut Rng) -> Vec<u32> {
    let (strata, parts) = (deck.strata(), shares.len());
    let mut order: Vec<usize> = (0..deck.groups()).collect();
    rng.shuffle(&mut order);
    let mut groups_of: Vec<Vec<(u32, u32)>> = vec![Vec::new(); strata];
    for &group in &order {
        deck.counts(group).iter().for_each(|&(stratum, n)| groups_of[stratum as usize].push((n, group as u32)));
    }
    let lacking = |total: u64| shares.iter().map(move |share| share * total as f64);
    let mut lacks: Vec<f64> = (0..strata).flat_map(|stratum| lacking(deck.total_of(stratum))).collect();
    let mut lacks_all: Vec<f64> = lacking(deck.total()).collect();
    let mut left: Vec<u64> = (0..strata).map(|stratum| deck.total_of(stratum)).collect();
    let (mut part_of, mut filling) = (vec![u32::MAX; deck.groups()], Filling::new(deck.groups(), parts));

    let mut place = |group: usize, rarest: Option<usize>, left: &mut [u64]| {
        let need = |part: usize| (rarest.map_or(0.0, |stratum| lacks[stratum * parts + part]), lacks_all[part]);
        let best = (0..parts).filter(|&part| filling.open(part)).max_by(|&a, &b| {
            let (a, b) = (need(a), need(b));
            a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        let part = best.unwrap_or(0);
        for &(stratum, n) in deck.counts(group) {
            lacks[stratum as usize * parts + part] -= f64::from(n);
            left[stratum as usize] -= u64::from(n);
        }
        lacks_all[part] -= f64::from(deck.size(group));
        filling.put(part);
        part_of[group] = part as u32;
    };
    let mut placed = vec![false; deck.groups()];
    while let Some(rarest) = (0..strata).filter(|&stratum| left[stratum] > 0).min_by_key(|&stratum| left[stratum]) {
        let mut groups = std::mem::take(&mut groups_of[rarest]);
        groups.retain(|&(_, group)| !placed[group as usize]);
        groups.sort_by_key(|&(n, _)| Reverse(n));
        for (_, group) in groups {
            placed[group as usize] = true;
            place(group as usize, Some(rarest), &mut left);
        }
    }
    order.retain(|&group| !placed[group]);
    order.sort_by_key(|&group| Reverse(deck.size(group)));
    for group in order {
        place(group, None, &mut left);
    }
    part_of
}

/// The rule of scikit-learn's `StratifiedGroupKFold` without shuffling (after J. Wasikowski): groups by falling standard
/// deviation of their counts, each to the part with which the mean over classes of the standard deviation of shares
/// becomes smallest, and of nearly equal parts to the one with fewest samples. Starting from its answer too, the search
/// can never end above it. Parts are equal.
pub(super) fn wasikowski(deck: &Deck, parts: usize) -> Vec<u32> {
    let strata = deck.strata();
    let spread = |group: usize| {
        let n = strata.max(1) as f64;
        let squares: f64 = deck.counts(group).iter().map(|&(_, count)| f64::from(count).powi(2)).sum();
        squares / n - (f64::from(deck.counts(group).iter().map(|(_, count)| count).sum::<u32>()) / n).powi(2)
    };
    let mut order: Vec<(f64, u32)> = (0..deck.groups()).map(|group| (spread(group), group as u32)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut state = Deviations {
        deck,
        parts,
        weights: deck.weights(),
        filled: vec![0.0; strata * parts],
        sums: vec![0.0; strata],
        squares: vec![0.0; strata],
    };
    let (mut sizes, mut terms, mut j) = (vec![0.0; parts], vec![0.0; strata], 0.0f64);
    let (mut part_of, mut filling) = (vec![0; deck.groups()], Filling::new(deck.groups(), parts));
    for (_, group) in order {
        let group = group as usize;
        let mut best = (f64::INFINITY, f64::INFINITY, 0);
        for part in (0..parts).filter(|&part| filling.open(part)) {
            let counts = deck.counts(group).iter();
            let change: f64 = counts.map(|&(stratum, n)| state.after(stratum, n, part) - terms[stratum as usize]).sum();
            let (score, size) = (j + change, sizes[part]);
            let close = (score - best.0).abs() <= 1e-8 + 1e-5 * best.0.abs();
            if score < best.0 || (close && size < best.1) {
                best = (score, size, part);
            }
        }
        let (_, _, part) = best;
        for &(stratum, n) in deck.counts(group) {
            let term = state.after(stratum, n, part);
            j += term - std::mem::replace(&mut terms[stratum as usize], term);
            state.put(stratum, n, part);
        }
        sizes[part] += f64::from(deck.size(group));
        filling.put(part);
        part_of[group] = part as u32;
    }
    part_of
}

/// The standard deviations over parts of each stratum's shares, while parts fill.
struct Deviations<'a> {
    deck: &'a Deck,
    parts: usize,
    weights: Vec<f64>,
    /// `filled[stratum * parts + part]`
    filled: Vec<f64>,
    sums: Vec<f64>,
    squares: Vec<f64>,
}

impl Deviations<'_> {
    /// A stratum's term of the mean once `n` more of it are in a part.
    fn after(&self, stratum: u32, n: u32, part: usize) -> f64 {
        let (stratum, n, k) = (stratum as usize, f64::from(n), self.parts as f64);
        let square = self.squares[stratum] + n * (n + 2.0 * self.filled[stratum * self.parts + part]);
        let variance = square / k - ((self.sums[stratum] + n) / k).powi(2);
        self.weights[stratum] * variance.max(0.0).sqrt() / self.deck.total_of(stratum) as f64
    }

    fn put(&mut self, stratum: u32, n: u32, part: usize) {
        let (stratum, n) = (stratum as usize, f64::from(n));
        let filled = &mut self.filled[stratum * self.parts + part];
        self.squares[stratum] += n * (n + 2.0 * *filled);
        self.sums[stratum] += n;
        *filled += n;
    }
}
