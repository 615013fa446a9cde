//! Whole groups to parts, so that every stratum is spread as the parts' shares say.

use std::collections::HashMap;

use rayon::prelude::*;

use super::Deck;
use super::anneal::anneal;
use super::bound::j_bound;
use super::greedy::{iterative, wasikowski};
use super::table::Table;
use crate::random::{Key, Rng};

/// The part of each group. `shares` are the parts' wanted shares of the data, and sum to 1; there must be at least as
/// many groups as parts, and then no part stays empty. The answer depends on the deck, its order and the key alone.
///
/// Groups of one sample in one class are dealt out class by class, so that every class has its floor or ceiling in every
/// equal part, and so have the sizes. Others are placed greedily, then moved and swapped by simulated annealing on J
/// (see [`Evenness`](super::Evenness)).
pub fn deal(deck: &Deck, shares: &[f64], key: &Key) -> Vec<u32> {
    let equal = shares.iter().all(|share| (share - shares[0]).abs() < 1e-12);
    if equal && deck.is_plain() {
        return round_robin(deck, shares.len(), key);
    }
    let first = || Table::new(deck, shares, iterative(deck, shares, &mut key.child("iterative").rng()));
    let second = || (equal && deck.strata() > 0).then(|| Table::new(deck, shares, wasikowski(deck, shares.len())));
    let least = || if equal { j_bound(deck, shares.len()) } else { 0.0 };
    let ((first, bound), second) = rayon::join(|| (first(), least()), second);
    let mut table = second.filter(|second| second.j() < first.j()).unwrap_or(first);
    anneal(&mut table, bound, &mut key.child("anneal").rng());
    let mut part_of = table.part_of;
    interchange(deck, &mut part_of, &mut key.child("interchange").rng());
    part_of
}

/// Each class goes on where the one before it stopped, so that sizes differ by at most one too.
fn round_robin(deck: &Deck, parts: usize, key: &Key) -> Vec<u32> {
    let strata = deck.strata();
    let class = |group: usize| deck.counts(group).first().map_or(strata, |&(stratum, _)| stratum as usize);
    let mut starts = vec![0usize; strata + 2];
    (0..deck.groups()).for_each(|group| starts[class(group) + 1] += 1);
    (0..=strata).for_each(|class| starts[class + 1] += starts[class]);
    let (mut next, mut order) = (starts.clone(), vec![0u32; deck.groups()]);
    for group in 0..deck.groups() {
        let place = &mut next[class(group)];
        order[*place] = group as u32;
        *place += 1;
    }
    let (mut classes, mut rest) = (Vec::with_capacity(strata + 1), &mut order[..]);
    for class in 0..=strata {
        let (own, others) = rest.split_at_mut(starts[class + 1] - starts[class]);
        classes.push(own);
        rest = others;
    }
    let key = key.child("class");
    classes.into_par_iter().enumerate().for_each(|(class, own)| key.nth(class as u64).rng().shuffle(own));
    let mut part_of = vec![0; deck.groups()];
    for (place, &group) in order.iter().enumerate() {
        part_of[group as usize] = (place % parts) as u32;
    }
    part_of
}

/// Groups with equal counts may change places at no cost: which of them goes where is drawn, so that another seed or
/// repeat gives other folds even where the search ends in the same counts.
fn interchange(deck: &Deck, part_of: &mut [u32], rng: &mut Rng) {
    let mut kinds = HashMap::new();
    let mut kind_of = Vec::with_capacity(part_of.len());
    for group in 0..deck.groups() {
        let next = kinds.len() as u32;
        kind_of.push(*kinds.entry((deck.counts(group), deck.size(group))).or_insert(next));
    }
    let mut order: Vec<u32> = (0..part_of.len() as u32).collect();
    order.sort_by_key(|&group| kind_of[group as usize]);
    for alike in order.chunk_by(|&a, &b| kind_of[a as usize] == kind_of[b as usize]) {
        let mut parts: Vec<u32> = alike.iter().map(|&group| part_of[group as usize]).collect();
        rng.shuffle(&mut parts);
        for (&group, part) in alike.iter().zip(parts) {
            part_of[group as usize] = part;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Groups of (class, count), in one column of classes.
    fn deck(groups: &[Vec<(u32, u32)>]) -> Deck {
        let classes = groups.iter().flatten().map(|(class, _)| class + 1).max().unwrap_or(0);
        let mut deck = Deck::new(vec![0; classes as usize]);
        for counts in groups {
            let each = counts.iter().flat_map(|&(class, n)| std::iter::repeat_n(class, n as usize));
            let mut strata: Vec<u32> = each.collect();
            deck.push(strata.len() as u32, &mut strata);
        }
        deck
    }

    /// The shapes in which scikit-learn leaves folds empty (its issues 33085 and 34828): hardly more groups than folds,
    /// sizes from 1 to very large, classes that few groups have.
    #[test]
    fn no_part_is_empty_in_ten_thousand_cases_with_as_many_groups_as_parts() {
        let mut rng = Key::root(34828).rng();
        for case in 0..10_000 {
            let parts = rng.whole(2, 7) as usize;
            let count = parts as i64 + rng.whole(0, 3);
            let groups: Vec<Vec<(u32, u32)>> = (0..count)
                .map(|_| {
                    let highest = 1 << rng.below(7);
                    (0..rng.whole(1, 3)).map(|_| (rng.below(4) as u32, rng.whole(1, highest) as u32)).collect()
                })
                .collect();
            let shares = if case % 4 == 0 {
                let first = rng.between(0.01, 0.9);
                (0..parts).map(|part| if part == 0 { first } else { (1.0 - first) / (parts - 1) as f64 }).collect()
            } else {
                vec![1.0 / parts as f64; parts]
            };
            let part_of = deal(&deck(&groups), &shares, &Key::root(case));
            assert_eq!(part_of.len(), groups.len());
            for part in 0..parts as u32 {
                assert!(part_of.contains(&part), "part {part} of {parts} is empty: {groups:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn single_samples_get_floor_or_ceiling_of_every_class(
            classes in prop::collection::vec(0u32..5, 10..200), parts in 2usize..7, seed: u64
        ) {
            let groups: Vec<_> = classes.iter().map(|&class| vec![(class, 1)]).collect();
            let part_of = deal(&deck(&groups), &vec![1.0 / parts as f64; parts], &Key::root(seed));
            for class in 0..5 {
                let total = classes.iter().filter(|&&c| c == class).count();
                for part in 0..parts as u32 {
                    let here = (0..classes.len()).filter(|&i| classes[i] == class && part_of[i] == part).count();
                    prop_assert!(here == total / parts || here == total.div_ceil(parts));
                }
            }
            let sizes: Vec<_> = (0..parts as u32).map(|p| part_of.iter().filter(|&&q| q == p).count()).collect();
            prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
        }
    }

    #[test]
    fn another_seed_gives_other_folds_of_the_same_evenness() {
        let groups: Vec<_> = (0..60).map(|group| vec![(group % 3, 7)]).collect();
        let deck = deck(&groups);
        let deals = [1, 2].map(|seed| deal(&deck, &[0.25; 4], &Key::root(seed)));
        assert_ne!(deals[0], deals[1]);
        for part_of in deals {
            assert!(Table::new(&deck, &[0.25; 4], part_of).j() < 1e-12);
        }
    }
}
