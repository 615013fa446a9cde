//! How even folds of given groups could be at best.

use super::Deck;

/// No split of the deck into this many equal parts has a smaller J.
pub(super) fn j_bound(deck: &Deck, parts: usize) -> f64 {
    let mut of_stratum: Vec<Vec<u64>> = vec![Vec::new(); deck.strata()];
    for &(stratum, count) in (0..deck.groups()).flat_map(|group| deck.counts(group)) {
        of_stratum[stratum as usize].push(count.into());
    }
    let sizes: Vec<u64> = (0..deck.groups()).map(|group| deck.size(group).into()).collect();
    let terms = deck.weights().into_iter().zip(&of_stratum).map(|(weight, groups)| match weight {
        0.0 => 0.0,
        weight => weight * deviation_bound(groups, parts),
    });
    terms.sum::<f64>() + deviation_bound(&sizes, parts)
}

/// The least that the standard deviation over folds of (count in fold / total) can be, for groups of these sizes.
pub(super) fn deviation_bound(groups: &[u64], folds: usize) -> f64 {
    let total = groups.iter().sum::<u64>().max(1) as f64;
    (least_square(groups, folds) / folds as f64).sqrt() / total
}

/// A bound that the sum of squared distances of the folds' counts from their mean cannot be below, for groups of these
/// sizes, however they are dealt out.
///
/// However groups are dealt, the j fullest folds hold at least the j largest groups. Of all counts that do, the most even
/// ones have a group for itself as long as it is larger than an even share of what is left, and share out the rest
/// evenly (by majorisation, no sum of a convex function is smaller). All counts are multiples of the groups' greatest
/// common divisor.
fn least_square(groups: &[u64], folds: usize) -> f64 {
    let unit = groups.iter().fold(0, |a, &b| gcd(a, b)).max(1);
    let mut left = groups.iter().sum::<u64>() / unit;
    let mean = left as f64 / folds as f64;
    let distance = |count: u64| (count as f64 - mean).powi(2);
    let (mut open, mut square) = (folds as u64, 0.0);
    let mut large: Vec<u64> = groups.iter().map(|n| n / unit).collect();
    let most = folds.min(large.len());
    if most < large.len() {
        large.select_nth_unstable_by(most, |a, b| b.cmp(a));
        large.truncate(most);
    }
    large.sort_unstable_by(|a, b| b.cmp(a));
    for group in large {
        if open == 0 || group * open <= left {
            break;
        }
        square += distance(group);
        left -= group;
        open -= 1;
    }
    if open > 0 {
        let over = left % open;
        square += over as f64 * distance(left / open + 1) + (open - over) as f64 * distance(left / open);
    }
    square * (unit as f64).powi(2)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;

    /// The smallest sum of squared distances over all ways to deal the groups out.
    fn best_of_all(groups: &[u64], folds: usize) -> f64 {
        let mean = groups.iter().sum::<u64>() as f64 / folds as f64;
        let ways = (folds as u64).pow(groups.len() as u32);
        let square = |way: u64| {
            let mut counts = vec![0; folds];
            groups.iter().fold(way, |way, n| {
                counts[(way % folds as u64) as usize] += n;
                way / folds as u64
            });
            counts.iter().map(|&n| (n as f64 - mean).powi(2)).sum::<f64>()
        };
        (0..ways).map(square).fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn the_bound_is_below_the_best_of_all_ways_and_often_reached() {
        let mut rng = Key::root(5).rng();
        let mut reached = 0;
        for _ in 0..200 {
            let groups: Vec<u64> = (0..rng.whole(3, 7)).map(|_| rng.whole(1, 9) as u64).collect();
            let folds = rng.whole(2, 3) as usize;
            let (bound, best) = (least_square(&groups, folds), best_of_all(&groups, folds));
            assert!(bound <= best + 1e-9, "{groups:?} in {folds}: bound {bound}, best {best}");
            reached += u32::from((bound - best).abs() < 1e-9);
        }
        assert!(reached > 100, "{reached} of 200");
    }
}
