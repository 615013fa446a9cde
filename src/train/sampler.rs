//! Which examples an epoch shows, and in which order.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::random::Key;

/// How often an epoch shows the examples of a class.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Sampler {
    /// Every example once.
    Shuffle,
    /// All classes equally often, as many examples in all as there are.
    ClassBalanced,
    /// Classes as the square roots of their counts, as many examples in all as there are (Mahajan et al. 2018).
    SquareRoot,
    /// The examples of a class whose share is below the threshold `sqrt(threshold / share)` times, all others once (Gupta
    /// et al. 2019, LVIS).
    RepeatFactor(f64),
}

impl Sampler {
    /// How many examples of each class an epoch shows.
    pub fn quotas(self, counts: &[usize]) -> Vec<usize> {
        let total = counts.iter().sum::<usize>();
        let shares: Vec<f64> = match self {
            Self::Shuffle => return counts.to_vec(),
            Self::RepeatFactor(threshold) => {
                let repeat = |n: f64| (threshold * total as f64 / n).sqrt().max(1.0);
                return counts
                    .iter()
                    .map(|&n| if n == 0 { 0 } else { (n as f64 * repeat(n as f64)).round() as usize })
                    .collect();
            }
            Self::ClassBalanced => counts.iter().map(|&n| if n == 0 { 0.0 } else { 1.0 }).collect(),
            Self::SquareRoot => counts.iter().map(|&n| (n as f64).sqrt()).collect(),
        };
        // Running sums rounded, so that the whole is exact.
        let (sum, mut so_far, mut given) = (shares.iter().sum::<f64>(), 0.0, 0);
        let quota = |share: f64| {
            so_far += share;
            let upto = (so_far / sum * total as f64).round() as usize;
            let quota = upto - given;
            given = upto;
            quota
        };
        shares.into_iter().map(quota).collect()
    }

    /// The numbers of the examples of one epoch, shuffled. No example of a class comes twice more often than another.
    pub fn epoch(self, classes: &[usize], counts: &[usize], key: &Key) -> Vec<usize> {
        let mut order: Vec<usize> = (0..classes.len()).collect();
        key.child("order").rng().shuffle(&mut order);
        if self == Self::Shuffle {
            return order;
        }
        let mut of_class = vec![Vec::new(); counts.len()];
        for &example in &order {
            of_class[classes[example]].push(example);
        }
        let quotas = self.quotas(counts);
        let shown = of_class.iter().zip(quotas).flat_map(|(examples, quota)| examples.iter().cycle().take(quota));
        let mut shown: Vec<usize> = shown.copied().collect();
        key.child("shown").rng().shuffle(&mut shown);
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTS: [usize; 4] = [100, 36, 0, 4];

    #[test]
    fn quotas_are_those_of_the_formulas() {
        assert_eq!(Sampler::Shuffle.quotas(&COUNTS), COUNTS);
        assert_eq!(Sampler::ClassBalanced.quotas(&COUNTS), [47, 46, 0, 47]);
        // 140 as 10 : 6 : 2
        assert_eq!(Sampler::SquareRoot.quotas(&COUNTS), [78, 46, 0, 16]);
        // Only 4 of 140 is below 0.1: sqrt(0.1 * 140 / 4) = 1.87 times.
        assert_eq!(Sampler::RepeatFactor(0.1).quotas(&COUNTS), [100, 36, 0, 7]);
    }

    #[test]
    fn an_epoch_keeps_its_quotas_and_shows_the_examples_of_a_class_alike() {
        let classes: Vec<usize> = COUNTS.iter().enumerate().flat_map(|(class, &n)| vec![class; n]).collect();
        for sampler in [Sampler::Shuffle, Sampler::ClassBalanced, Sampler::SquareRoot, Sampler::RepeatFactor(0.1)] {
            let shown = sampler.epoch(&classes, &COUNTS, &Key::root(1));
            let mut times = vec![0usize; classes.len()];
            shown.iter().for_each(|&example| times[example] += 1);
            for (class, quota) in sampler.quotas(&COUNTS).into_iter().enumerate() {
                let of_class: Vec<_> =
                    times.iter().zip(&classes).filter(|(_, c)| **c == class).map(|(t, _)| *t).collect();
                assert_eq!(of_class.iter().sum::<usize>(), quota, "{sampler:?}, class {class}");
                let (least, most) = (of_class.iter().min(), of_class.iter().max());
                assert!(most.zip(least).is_none_or(|(most, least)| most - least <= 1), "{sampler:?}, class {class}");
            }
            assert_eq!(shown, sampler.epoch(&classes, &COUNTS, &Key::root(1)));
            assert_ne!(shown, sampler.epoch(&classes, &COUNTS, &Key::root(2)));
        }
    }
}
