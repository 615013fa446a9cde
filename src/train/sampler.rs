//! Which examples an epoch shows, and in which order.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Error;
use crate::pipeline::{Above, Rule, Target};
use crate::plan::targets;
use crate::random::Key;

/// How often an epoch shows the examples of a class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Sampler {
    /// Every example once.
    Shuffle,
    /// All classes equally often, as many examples in all as there are.
    ClassBalanced,
    /// Classes as the square roots of their counts, as many examples in all as there are (Mahajan et al. 2018).
    SquareRoot,
    /// The examples of a class whose share is below the threshold `sqrt(threshold / share)` times, all others once (Gupta
    /// et al. 2019, LVIS): `balance` with this target.
    RepeatFactor(f64),
    /// As many examples of a class as `augment` would make images of it, in the words of a pipeline file: every further
    /// time that an example is shown it is transformed anew, so that these are augment's copies without files.
    Balance {
        /// A number, max, mean, median, xK, {class: number}, [numbers in class order], {ratio: r}, {power: q},
        /// {`effective_number`: beta} or {`repeat_factor`: t}, of what the training part has.
        target: Target,
        /// What becomes of a class that has more than its target.
        #[serde(default)]
        above: Above,
    },
}

impl Sampler {
    /// How many examples of each class an epoch shows.
    pub fn quotas(&self, classes: &[String], counts: &[usize]) -> Result<Vec<usize>, Error> {
        let total = counts.iter().sum::<usize>();
        let shares: Vec<f64> = match self {
            Self::Shuffle => return Ok(counts.to_vec()),
            Self::RepeatFactor(threshold) => {
                return balanced(&Target::Rule(Rule::RepeatFactor, *threshold), Above::Keep, classes, counts);
            }
            Self::Balance { target, above } => return balanced(target, *above, classes, counts),
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
        Ok(shares.into_iter().map(quota).collect())
    }
}

/// What `augment` would bring each class to; a class without examples stays without.
fn balanced(target: &Target, above: Above, classes: &[String], counts: &[usize]) -> Result<Vec<usize>, Error> {
    let have = classes.iter().cloned().zip(counts.iter().copied()).collect();
    let wanted = targets(&have, target).map_err(|why| Error::Config(format!("`sampler`: {why}")))?;
    let quota = |(class, &n): (&String, &usize)| match (n, above) {
        (0, _) => 0,
        (n, Above::Keep) => wanted[class].max(n),
        (_, Above::Trim) => wanted[class],
    };
    let quotas: Vec<usize> = classes.iter().zip(counts).map(quota).collect();
    if quotas.iter().sum::<usize>() < 2 {
        return Err(Error::Config("`sampler`: its target leaves less than two pictures an epoch".into()));
    }
    Ok(quotas)
}

/// The numbers of the examples of one epoch, shuffled, so many of each class. No example of a class comes twice more often
/// than another.
pub(super) fn order(class_of: &[usize], counts: &[usize], quotas: &[usize], key: &Key) -> Vec<usize> {
    let mut order: Vec<usize> = (0..class_of.len()).collect();
    key.child("order").rng().shuffle(&mut order);
    if quotas == counts {
        return order;
    }
    let mut of_class = vec![Vec::new(); counts.len()];
    for &example in &order {
        of_class[class_of[example]].push(example);
    }
    let shown = of_class.iter().zip(quotas).flat_map(|(examples, &quota)| examples.iter().cycle().take(quota));
    let mut shown: Vec<usize> = shown.copied().collect();
    key.child("shown").rng().shuffle(&mut shown);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTS: [usize; 4] = [100, 36, 0, 4];

    fn quotas(sampler: &Sampler) -> Vec<usize> {
        sampler.quotas(&["a", "b", "c", "d"].map(str::to_owned), &COUNTS).unwrap()
    }

    fn balance(yaml: &str) -> Sampler {
        serde_saphyr::from_str(&format!("balance: {yaml}")).unwrap()
    }

    #[test]
    fn quotas_are_those_of_the_formulas() {
        assert_eq!(quotas(&Sampler::Shuffle), COUNTS);
        assert_eq!(quotas(&Sampler::ClassBalanced), [47, 46, 0, 47]);
        // 140 as 10 : 6 : 2
        assert_eq!(quotas(&Sampler::SquareRoot), [78, 46, 0, 16]);
        // Only 4 of 140 is below 0.1: sqrt(0.1 * 140 / 4) = 1.87 times.
        assert_eq!(quotas(&Sampler::RepeatFactor(0.1)), [100, 36, 0, 7]);
        assert_eq!(quotas(&balance("{target: max}")), [100, 100, 0, 100]);
        // 100 √(36 / 100), 100 √(4 / 100)
        assert_eq!(quotas(&balance("{target: {power: 0.5}}")), [100, 60, 0, 20]);
        assert_eq!(quotas(&balance("{target: 40}")), [100, 40, 0, 40]);
        assert_eq!(quotas(&balance("{target: 40, above: trim}")), [40, 40, 0, 40]);
        assert_eq!(quotas(&balance("{target: {d: 9}}")), [100, 36, 0, 9]);
        for (wrong, why) in [("{target: {e: 9}}", "class `e`"), ("{target: 0, above: trim}", "less than two")] {
            let said = balance(wrong).quotas(&["a".into()], &[5]).unwrap_err().to_string();
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn an_epoch_keeps_its_quotas_and_shows_the_examples_of_a_class_alike() {
        let classes: Vec<usize> = COUNTS.iter().enumerate().flat_map(|(class, &n)| vec![class; n]).collect();
        let trim = balance("{target: 40, above: trim}");
        for sampler in [Sampler::Shuffle, Sampler::ClassBalanced, Sampler::SquareRoot, Sampler::RepeatFactor(0.1), trim]
        {
            let quotas = quotas(&sampler);
            let epoch = |seed: u64| order(&classes, &COUNTS, &quotas, &Key::root(seed));
            let shown = epoch(1);
            let mut times = vec![0usize; classes.len()];
            shown.iter().for_each(|&example| times[example] += 1);
            for (class, &quota) in quotas.iter().enumerate() {
                let of_class: Vec<_> =
                    times.iter().zip(&classes).filter(|(_, c)| **c == class).map(|(t, _)| *t).collect();
                assert_eq!(of_class.iter().sum::<usize>(), quota, "{sampler:?}, class {class}");
                let (least, most) = (of_class.iter().min(), of_class.iter().max());
                assert!(most.zip(least).is_none_or(|(most, least)| most - least <= 1), "{sampler:?}, class {class}");
            }
            assert_eq!(shown, epoch(1));
            assert_ne!(shown, epoch(2));
        }
    }
}
