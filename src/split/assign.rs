//! `split`: a fold for every row.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Closure, Deck, Evenness, Grouping, close, deal, evenness};
use crate::data::{HOLDOUT, Manifest, Sample};
use crate::random::Key;

/// Why the data cannot be split as asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Fewer than two folds.
    #[error("--folds must be at least 2, got {0}")]
    TooFewFolds(usize),
    /// A holdout that is no fraction.
    #[error("--holdout must be at least 0 and below 1, got {0}")]
    Holdout(f64),
    /// Fewer groups than folds.
    #[error(
        "{folds} folds{} need {} groups that may be separated, and the data has {groups}: use --folds {} at most, \
         or collect more groups", if *holdout { " and a holdout" } else { "" }, folds + usize::from(*holdout), groups.saturating_sub(usize::from(*holdout))
    )]
    TooFewGroups {
        /// Folds asked for.
        folds: usize,
        /// Whether a holdout was asked for too.
        holdout: bool,
        /// Groups with at least one original.
        groups: usize,
    },
}

/// What is asked of a split.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many folds: 2 or more.
    pub folds: usize,
    /// Spread every class evenly, not only the sizes.
    pub stratified: bool,
    /// Where the user's groups come from.
    pub grouping: Grouping,
    /// Share of the data to set aside first: 0 to below 1.
    pub holdout: f64,
    /// The seed of everything that is drawn.
    pub seed: u64,
}

/// A split and what can be said of it.
#[derive(Clone, Debug, Serialize)]
pub struct Split {
    /// What was kept together.
    pub closure: Closure,
    /// How even the folds are.
    pub evenness: Evenness,
    /// Classes with fewer groups than folds, and how many groups they have: some folds cannot have them.
    pub scarce: Vec<(String, usize)>,
}

/// Gives every row of the manifest its fold and its group. Row order does not matter.
pub fn split(manifest: &mut Manifest, options: &Options) -> Result<Split, Error> {
    if options.folds < 2 {
        return Err(Error::TooFewFolds(options.folds));
    }
    if !(0.0..1.0).contains(&options.holdout) {
        return Err(Error::Holdout(options.holdout));
    }
    let classes = manifest.classes();
    let closure = close(&manifest.samples, &options.grouping);
    let counts = group_counts(&manifest.samples, &closure, &classes);
    let with_originals = counts.iter().filter(|counts| !counts.is_empty()).count();
    let holdout = options.holdout > 0.0;
    if with_originals < options.folds + usize::from(holdout) {
        return Err(Error::TooFewGroups { folds: options.folds, holdout, groups: with_originals });
    }

    let key = Key::root(options.seed).child("split");
    let mut fold_of = vec![HOLDOUT; closure.groups];
    let mut left: Vec<usize> = (0..closure.groups).collect();
    if holdout {
        let shares = [options.holdout, 1.0 - options.holdout];
        let parts = deal(&deck(&counts, &left, &classes, options.stratified), &shares, &key.child("holdout"));
        left = left.into_iter().zip(parts).filter(|(_, part)| *part == 1).map(|(group, _)| group).collect();
    }
    let shares = vec![1.0 / options.folds as f64; options.folds];
    let parts = deal(&deck(&counts, &left, &classes, options.stratified), &shares, &key.child("folds"));
    for (group, part) in left.iter().zip(parts) {
        fold_of[*group] = part as i32;
    }

    for (row, sample) in manifest.samples.iter_mut().enumerate() {
        let group = closure.of_row[row];
        sample.fold = Some(fold_of[group]);
        sample.group = Some(closure.names[group].clone());
    }
    let mut groups_of_class: BTreeMap<usize, usize> = BTreeMap::new();
    for &group in &left {
        counts[group].iter().for_each(|(class, _)| *groups_of_class.entry(*class).or_insert(0) += 1);
    }
    let scarce = groups_of_class.into_iter().filter(|(_, groups)| *groups < options.folds);
    Ok(Split {
        scarce: scarce.map(|(class, groups)| (classes[class].clone(), groups)).collect(),
        evenness: evenness(&manifest.samples, &classes, options.folds),
        closure,
    })
}

/// How many originals of each class each group has.
fn group_counts(samples: &[Sample], closure: &Closure, classes: &[String]) -> Vec<Vec<(usize, u32)>> {
    let mut counts: Vec<BTreeMap<usize, u32>> = vec![BTreeMap::new(); closure.groups];
    for (sample, &group) in samples.iter().zip(&closure.of_row) {
        if let (true, Ok(class)) = (sample.is_original(), classes.binary_search(&sample.label)) {
            *counts[group].entry(class).or_insert(0) += 1;
        }
    }
    counts.into_iter().map(|counts| counts.into_iter().collect()).collect()
}

fn deck(counts: &[Vec<(usize, u32)>], groups: &[usize], classes: &[String], stratified: bool) -> Deck {
    let of_group = |&group: &usize| -> Vec<(usize, u32)> {
        if stratified {
            return counts[group].clone();
        }
        let size: u32 = counts[group].iter().map(|(_, n)| n).sum();
        if size == 0 { Vec::new() } else { vec![(0, size)] }
    };
    let classes = if stratified { classes.len() } else { 1 };
    Deck { counts: groups.iter().map(of_group).collect(), classes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Origin;
    use crate::leak::{check, parts};

    /// 40 persons of 3 to 9 photos in 4 classes, with two copies of every third photo.
    fn persons() -> Manifest {
        let mut rng = Key::root(11).rng();
        let mut samples = Vec::new();
        for person in 0..40 {
            for photo in 0..rng.whole(3, 9) {
                let label = ["a", "b", "c", "d"][(person + (photo % 2) as usize) % 4];
                let original = Sample::original(format!("p{person:02}/{photo}.jpg"), label);
                if samples.len() % 3 == 0 {
                    for copy in 1..3 {
                        let path = format!("p{person:02}/{photo}-{copy}.jpg");
                        samples.push(Sample { path, copy, origin: Origin::Copy, ..original.clone() });
                    }
                }
                samples.push(original);
            }
        }
        Manifest::new(".".into(), samples)
    }

    fn options() -> Options {
        let grouping = Grouping::Path(regex::Regex::new(r"^(p\d+)/").unwrap());
        Options { folds: 5, stratified: true, grouping, holdout: 0.2, seed: 3 }
    }

    #[test]
    fn nothing_that_belongs_together_is_separated() {
        let mut manifest = persons();
        let split = split(&mut manifest, &options()).unwrap();
        assert!(check(&manifest.samples, &parts(&manifest)).is_empty());
        assert_eq!(split.closure.groups, 40);
        assert_eq!(split.evenness.empty_cells, 0);
        assert!(split.evenness.size_ratio < 1.15, "{:?}", split.evenness);
        let held = manifest.samples.iter().filter(|s| s.fold == Some(HOLDOUT)).count() as f64;
        assert!((held / manifest.samples.len() as f64 - 0.2).abs() < 0.04);
    }

    #[test]
    fn the_order_of_rows_does_not_matter() {
        let folds = |manifest: &Manifest| -> BTreeMap<String, i32> {
            manifest.samples.iter().map(|s| (s.path.clone(), s.fold.unwrap())).collect()
        };
        let (mut forward, mut backward) = (persons(), persons());
        backward.samples.reverse();
        split(&mut forward, &options()).unwrap();
        split(&mut backward, &options()).unwrap();
        assert_eq!(folds(&forward), folds(&backward));
    }

    #[test]
    fn too_few_groups_say_how_many_folds_would_do() {
        let mut manifest = persons();
        let error = split(&mut manifest, &Options { folds: 50, holdout: 0.0, ..options() }).unwrap_err().to_string();
        assert!(error.contains("--folds 40 at most"), "{error}");
    }
}
