//! Counts and a policy to targets, and targets to shares: pure arithmetic.

use std::collections::BTreeMap;

use super::Error;
use crate::pipeline::{Rule, Target};

/// How many images each class should have, by the policy. `have` counts what each class has now.
///
/// With n images in a class, L in the largest and N in all, the rules are, each rounded to a whole number:
///
/// - `xK`: n K;
/// - `ratio` r: at least L r, and never less than n (imbalanced-learn's `sampling_strategy` as a number);
/// - `power` q: L (n / L)^q, so that shares go with n^q: 1 changes nothing, ½ is square-root sampling, 0 is `max`
///   (Kang et al. 2020, "Decoupling representation and classifier", eq. 1);
/// - `effective_number` β: n E(L) / E(n) with E as in [`effective_number`]: copies in place of the class-balanced loss's
///   weights 1 / E(n), with 1 for the largest class (Cui et al. 2019, eq. 4);
/// - `repeat_factor` t: n max(1, √(t N / n)) (Gupta et al. 2019, "LVIS", section on repeat factor sampling).
pub fn targets(have: &BTreeMap<String, usize>, target: &Target) -> Result<BTreeMap<String, usize>, Error> {
    let mut counts: Vec<usize> = have.values().copied().collect();
    counts.sort_unstable();
    let middle = counts.len() / 2;
    let largest = counts.last().copied().unwrap_or(0);
    let all: usize = counts.iter().sum();
    let same = match target {
        Target::Number(n) => *n,
        Target::Max => largest,
        Target::Mean => (all as f64 / counts.len().max(1) as f64).round() as usize,
        Target::Median if counts.len() % 2 == 1 => counts[middle],
        Target::Median => counts.get(middle).map_or(0, |upper| (counts[middle - 1] + upper).div_ceil(2)),
        Target::Times(k) => return Ok(each(have, |n| n * k)),
        Target::Rule(rule, value) => return Ok(each(have, |n| follow(*rule, *value, n, largest as f64, all as f64))),
        Target::PerClass(named) => {
            if let Some(unknown) = named.keys().find(|class| !have.contains_key(*class)) {
                let classes = have.keys().cloned().collect();
                return Err(Error::UnknownClass { class: unknown.clone(), at: "balance.target", classes });
            }
            return Ok(have.iter().map(|(class, n)| (class.clone(), *named.get(class).unwrap_or(n))).collect());
        }
        Target::List(list) if list.len() == have.len() => {
            return Ok(have.keys().cloned().zip(list.iter().copied()).collect());
        }
        Target::List(list) => {
            return Err(Error::WrongList { given: list.len(), classes: have.keys().cloned().collect() });
        }
    };
    Ok(have.keys().map(|class| (class.clone(), same)).collect())
}

fn each(have: &BTreeMap<String, usize>, rule: impl Fn(f64) -> f64) -> BTreeMap<String, usize> {
    have.iter().map(|(class, &n)| (class.clone(), if n == 0 { 0 } else { rule(n as f64).round() as usize })).collect()
}

fn follow(rule: Rule, value: f64, n: f64, largest: f64, all: f64) -> f64 {
    match rule {
        Rule::Ratio => n.max(largest * value),
        Rule::Power => largest * libm::pow(n / largest, value),
        Rule::EffectiveNumber => n * effective_number(value, largest) / effective_number(value, n),
        Rule::RepeatFactor => n * (value * all / n).sqrt().max(1.0),
    }
}

/// E(n) = (1 - βⁿ) / (1 - β), 0 ≤ β < 1: how many examples n are worth that cover one another ever more (Cui et al. 2019,
/// "Class-balanced loss based on effective number of samples", eq. 2).
pub fn effective_number(beta: f64, n: f64) -> f64 {
    (1.0 - libm::pow(beta, n)) / (1.0 - beta)
}

/// What a place may hold, and its weight when a total is shared out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub weight: usize,
    pub least: usize,
    pub most: usize,
}

/// Shares `total` out in proportion to the weights, by largest remainders (of equals the earlier place gets more); a
/// place that would leave its bounds is held at them, and the others share the rest by the same rule.
///
/// Without held places every share is less than 1 away from its exact part. The bounds must allow the total.
pub(super) fn apportion(total: usize, places: &[Place]) -> Vec<usize> {
    let mut shares: Vec<Option<usize>> = vec![None; places.len()];
    loop {
        let free: Vec<usize> = (0..places.len()).filter(|&i| shares[i].is_none()).collect();
        let rest = total - shares.iter().flatten().sum::<usize>();
        let proposed = by_largest_remainder(rest, &free.iter().map(|&i| places[i].weight).collect::<Vec<_>>());
        let proposed: Vec<(usize, usize)> = free.into_iter().zip(proposed).collect();
        let low = |&&(i, share): &&(usize, usize)| share < places[i].least;
        let high = |&&(i, share): &&(usize, usize)| share > places[i].most;
        let lacking: usize = proposed.iter().filter(low).map(|&(i, share)| places[i].least - share).sum();
        let over: usize = proposed.iter().filter(high).map(|&(i, share)| share - places[i].most).sum();
        if lacking == 0 && over == 0 {
            for (i, share) in proposed {
                shares[i] = Some(share);
            }
            return shares.into_iter().flatten().collect();
        }
        // Only the side that is further off is held, so that what remains can always be shared out.
        if lacking >= over {
            proposed.iter().filter(low).for_each(|&(i, _)| shares[i] = Some(places[i].least));
        } else {
            proposed.iter().filter(high).for_each(|&(i, _)| shares[i] = Some(places[i].most));
        }
    }
}

/// Hamilton's method; equal shares where all weights are 0.
fn by_largest_remainder(total: usize, weights: &[usize]) -> Vec<usize> {
    let sum: u128 = weights.iter().map(|&weight| weight as u128).sum();
    let exact = |weight: usize| {
        if sum == 0 { (total as u128, weights.len() as u128) } else { (total as u128 * weight as u128, sum) }
    };
    let mut shares: Vec<usize> = Vec::with_capacity(weights.len());
    let mut order: Vec<(std::cmp::Reverse<u128>, usize)> = Vec::with_capacity(weights.len());
    for (i, &weight) in weights.iter().enumerate() {
        let (part, whole) = exact(weight);
        shares.push((part / whole) as usize);
        order.push((std::cmp::Reverse(part % whole), i));
    }
    order.sort_unstable();
    let left = total - shares.iter().sum::<usize>();
    order.into_iter().take(left).for_each(|(_, i)| shares[i] += 1);
    shares
}

/// How many of `need` copies the source at `position` of `sources` makes: all the same, or one more for the first ones.
pub(super) fn quota(need: usize, sources: usize, position: usize) -> u32 {
    (need / sources + usize::from(position < need % sources)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_give_the_counts_that_they_name() {
        let have: BTreeMap<String, usize> = [("a".into(), 10), ("b".into(), 4), ("c".into(), 1)].into();
        for (target, wanted) in [
            (Target::Number(7), [7, 7, 7]),
            (Target::Max, [10, 10, 10]),
            (Target::Mean, [5, 5, 5]),
            (Target::Median, [4, 4, 4]),
            (Target::Times(1.5), [15, 6, 2]),
            (Target::Rule(Rule::Ratio, 0.5), [10, 5, 5]),
            (Target::Rule(Rule::Power, 0.0), [10, 10, 10]),
            // 10 √(4 / 10) = 6.32, 10 √(1 / 10) = 3.16
            (Target::Rule(Rule::Power, 0.5), [10, 6, 3]),
            (Target::Rule(Rule::Power, 1.0), [10, 4, 1]),
            (Target::Rule(Rule::EffectiveNumber, 0.0), [10, 4, 1]),
            // E(10) = 6.513, E(4) = 3.439, E(1) = 1
            (Target::Rule(Rule::EffectiveNumber, 0.9), [10, 8, 7]),
            // frequencies 2/3, 4/15, 1/15: factors 1, √(0.6 15/4) = 1.5, √(0.6 15) = 3
            (Target::Rule(Rule::RepeatFactor, 0.6), [10, 6, 3]),
            (Target::PerClass([("c".into(), 9)].into()), [10, 4, 9]),
            (Target::List(vec![1, 2, 3]), [1, 2, 3]),
        ] {
            assert_eq!(targets(&have, &target).unwrap().into_values().collect::<Vec<_>>(), wanted, "{target:?}");
        }
        assert!(targets(&have, &Target::PerClass([("d".into(), 9)].into())).is_err());
        let error = targets(&have, &Target::List(vec![1, 2])).unwrap_err().to_string();
        assert!(error.contains("2 numbers for 3 classes: a, b, c"), "{error}");
    }

    #[test]
    fn quotas_sum_to_the_need_and_differ_by_at_most_one() {
        for need in 0..50 {
            for sources in 1..12 {
                let quotas: Vec<_> = (0..sources).map(|i| quota(need, sources, i)).collect();
                assert_eq!(quotas.iter().sum::<u32>() as usize, need);
                assert!(quotas[0] - quotas[sources - 1] <= 1);
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn shares_sum_to_the_total_within_their_bounds(
            places in proptest::collection::vec((0usize..50, 0usize..20, 0usize..40), 1..8),
            fraction in 0.0..1.0,
        ) {
            let places: Vec<_> =
                places.into_iter().map(|(weight, least, room)| Place { weight, least, most: least + room }).collect();
            let sum = |of: fn(&Place) -> usize| places.iter().map(of).sum::<usize>();
            let (least, most) = (sum(|p| p.least), sum(|p| p.most));
            let total = least + ((most - least) as f64 * fraction) as usize;
            let shares = apportion(total, &places);
            proptest::prop_assert_eq!(shares.iter().sum::<usize>(), total);
            proptest::prop_assert!(shares.iter().zip(&places).all(|(n, p)| (p.least..=p.most).contains(n)));
        }
    }
}
