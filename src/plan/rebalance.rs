//! Counts and a policy to targets: pure arithmetic.

use std::collections::BTreeMap;

use super::Error;
use crate::pipeline::Target;

/// How many images each class should have, by the policy. `have` counts what each class has now.
pub fn targets(have: &BTreeMap<String, usize>, target: &Target) -> Result<BTreeMap<String, usize>, Error> {
    let mut counts: Vec<usize> = have.values().copied().collect();
    counts.sort_unstable();
    let middle = counts.len() / 2;
    let same = match target {
        Target::Number(n) => *n,
        Target::Max => counts.last().copied().unwrap_or(0),
        Target::Mean => (counts.iter().sum::<usize>() as f64 / counts.len().max(1) as f64).round() as usize,
        Target::Median if counts.len() % 2 == 1 => counts[middle],
        Target::Median => counts.get(middle).map_or(0, |upper| (counts[middle - 1] + upper).div_ceil(2)),
        Target::PerClass(named) => {
            if let Some(unknown) = named.keys().find(|class| !have.contains_key(*class)) {
                let classes = have.keys().cloned().collect();
                return Err(Error::UnknownClass { class: unknown.clone(), at: "balance.target", classes });
            }
            return Ok(have.iter().map(|(class, n)| (class.clone(), *named.get(class).unwrap_or(n))).collect());
        }
    };
    Ok(have.keys().map(|class| (class.clone(), same)).collect())
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
            (Target::PerClass([("c".into(), 9)].into()), [10, 4, 9]),
        ] {
            assert_eq!(targets(&have, &target).unwrap().into_values().collect::<Vec<_>>(), wanted, "{target:?}");
        }
        assert!(targets(&have, &Target::PerClass([("d".into(), 9)].into())).is_err());
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
}
