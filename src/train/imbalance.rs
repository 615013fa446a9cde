//! Whether what is done about lopsided classes adds up to too much.

use super::{ClassWeights, Config, LossKind, Sampler};

/// A warning where several corrections count rare classes up at once, or where one has nothing left to correct. The
/// counts are those of a training set, without and with the copies that `augment` made.
pub fn overcorrection(config: &Config, originals: &[usize], with_copies: &[usize]) -> Option<String> {
    let skew = |counts: &[usize]| {
        let there = || counts.iter().filter(|n| **n > 0);
        there().max().zip(there().min()).map_or(1.0, |(most, least)| *most as f64 / *least as f64)
    };
    let mut corrections = Vec::new();
    match config.loss {
        LossKind::Ldam { .. } => corrections.push("`loss: ldam`"),
        LossKind::LogitAdjusted { .. } => corrections.push("`loss: logit_adjusted`"),
        LossKind::CrossEntropy | LossKind::Focal { .. } => {}
    }
    if config.sampler != Sampler::Shuffle {
        corrections.push("`sampler`");
    }
    if config.class_weights != ClassWeights::None {
        corrections.push("`class_weights`");
    }
    let evened = skew(originals) > 1.2 * skew(with_copies);
    if !corrections.is_empty() && evened && skew(with_copies) < 1.1 {
        let (what, was) = (corrections.join(", "), skew(originals));
        return Some(format!(
            "augment's copies have already evened the classes ({was:.1} to 1 before): {what} has nothing left to correct"
        ));
    }
    if evened {
        corrections.push("augment's copies");
    }
    // Margins with weights that start late are one published method: LDAM-DRW.
    let published = corrections == ["`loss: ldam`", "`class_weights`"] && config.defer_epochs > 0;
    (corrections.len() > 1 && !published).then(|| {
        let what = corrections.join(", ");
        format!("{what} all count rare classes up: together they can overcorrect; keep the one that validates best")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row<'a> = (&'a Config, [usize; 2], [usize; 2], &'a [&'a str]);

    #[test]
    fn several_corrections_are_named_and_one_is_not() {
        let plain = Config::default();
        let balanced = Config { sampler: Sampler::ClassBalanced, ..plain.clone() };
        let both = Config { class_weights: ClassWeights::Inverse, ..balanced.clone() };
        let ldam =
            Config { loss: LossKind::Ldam { max_margin: 0.5 }, class_weights: ClassWeights::Inverse, ..plain.clone() };
        let drw = Config { defer_epochs: 5, ..ldam.clone() };
        let (lopsided, half, even) = ([100, 10], [100, 50], [100, 100]);
        // (configuration, originals, with copies, words in the warning)
        let table: [Row; 8] = [
            (&plain, lopsided, lopsided, &[]),
            (&plain, lopsided, even, &[]),
            (&balanced, lopsided, lopsided, &[]),
            (&both, lopsided, lopsided, &["`sampler`", "`class_weights`"]),
            (&balanced, lopsided, half, &["`sampler`", "augment's copies"]),
            (&balanced, lopsided, even, &["`sampler`", "nothing left"]),
            (&ldam, lopsided, lopsided, &["`loss: ldam`"]),
            (&drw, lopsided, lopsided, &[]),
        ];
        for (config, originals, with_copies, words) in table {
            let said = overcorrection(config, &originals, &with_copies);
            assert_eq!(said.is_some(), !words.is_empty(), "{said:?}, expected {words:?}");
            words.iter().for_each(|word| assert!(said.as_ref().is_some_and(|said| said.contains(word)), "{said:?}"));
        }
    }
}
