//! `split`: a fold for every row.

use std::ops::Range;

use serde::Serialize;

use super::{Closure, Deck, Evenness, Grouping, Strata, close, deal, evenness, stratified_kfold};
use crate::data::{HOLDOUT, Manifest, Sample, fold_column};
use crate::random::Key;

/// Why the data cannot be split as asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Fewer than two folds.
    #[error("{0} must be at least 2, got {1}")]
    TooFewFolds(&'static str, usize),
    /// No repeat at all.
    #[error("--repeats must be at least 1")]
    NoRepeat,
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
    /// Fewer groups than inner folds.
    #[error(
        "{inner} inner folds need as many groups, and the training part of fold {fold} has {groups}: use --inner {groups} \
         at most, or more --folds"
    )]
    TooFewInner {
        /// Inner folds asked for.
        inner: usize,
        /// The outer fold whose training part is too small.
        fold: usize,
        /// Groups of its training part.
        groups: usize,
    },
    /// No class can be spread over all folds.
    #[error(
        "every class has fewer images than there are folds (the largest, {class}, has {images}), so that nothing can be \
         stratified: use --folds {images} at most{}", if *numeric { ", or cut the numbers in `label` into bins with --bins" } else { ", or leave out --stratified" }
    )]
    NoClassFits {
        /// The largest class.
        class: String,
        /// Its originals.
        images: u64,
        /// Whether all labels are numbers.
        numeric: bool,
    },
    /// scikit-learn's rule knows no groups.
    #[error(
        "--compat sklearn deals out single images, and {0} of {1} groups hold more than one original that must stay \
         together: leave --compat out"
    )]
    GroupsInCompat(usize, usize),
}

/// How folds are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// As even as can be found, the same for any order of rows.
    Even,
    /// [`stratified_kfold`], by the order of rows.
    Sklearn,
}

/// What is asked of a split.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many folds: 2 or more.
    pub folds: usize,
    /// How often the data is split anew: 1 or more.
    pub repeats: usize,
    /// Folds of each fold's training part, for nested cross-validation.
    pub inner: Option<usize>,
    /// Spread the strata evenly, not only the sizes.
    pub stratified: bool,
    /// The target (classes, labels or bins), then what is to be balanced beside it, for the manifest's rows.
    pub strata: Vec<Strata>,
    /// Where the user's groups come from.
    pub grouping: Grouping,
    /// Share of the data to set aside first: 0 to below 1.
    pub holdout: f64,
    /// How folds are chosen.
    pub rule: Rule,
    /// The seed of everything that is drawn.
    pub seed: u64,
}

/// A split and what can be said of it.
#[derive(Clone, Debug, Serialize)]
pub struct Split {
    /// What was kept together.
    pub closure: Closure,
    /// The classes (labels, bins), in the order of all counts.
    pub classes: Vec<String>,
    /// Originals of each class in the holdout.
    pub holdout: Vec<u64>,
    /// Originals in the holdout.
    pub holdout_size: u64,
    /// How even the column `fold` is.
    pub evenness: Evenness,
    /// How evenly the further columns are spread over `fold`.
    pub also: Vec<Spread>,
    /// How even the folds of repeats and of nested cross-validation are.
    pub more: Vec<Spread>,
    /// Classes with fewer groups than folds, and how many groups they have: some folds cannot have them.
    pub scarce: Vec<(String, usize)>,
    /// Groups of more originals than a fold should have, and how many.
    pub oversized: Vec<(String, u32)>,
}

/// The evenness of one column.
#[derive(Clone, Debug, Serialize)]
pub struct Spread {
    /// A column that is balanced, or a column of folds.
    pub column: String,
    /// Its values; none for a column of folds, which is measured by the classes.
    pub values: Vec<String>,
    /// How even it is.
    pub evenness: Evenness,
}

/// Gives every row of the manifest its fold and its group. Row order does not matter, except to [`Rule::Sklearn`].
pub fn split(manifest: &mut Manifest, options: &Options) -> Result<Split, Error> {
    check(options)?;
    let closure = close(&manifest.samples, &options.grouping);
    let (deck, dealt) = deck(&manifest.samples, &closure, &options.strata);
    let holdout = options.holdout > 0.0;
    if deck.groups() < options.folds + usize::from(holdout) {
        return Err(Error::TooFewGroups { folds: options.folds, holdout, groups: deck.groups() });
    }
    let classes = &options.strata[0].values;
    if options.stratified {
        some_class_fits(&deck, classes, options.folds)?;
    }
    let key = Key::root(options.seed).child("split");
    let wanted = if options.stratified { deck.clone() } else { deck.without_strata() };
    let set_aside = if holdout {
        deal(&wanted, &[1.0 - options.holdout, options.holdout], &key.child("holdout"))
    } else {
        vec![0; deck.groups()]
    };
    let (left, held): (Vec<usize>, Vec<usize>) = (0..deck.groups()).partition(|&group| set_aside[group] == 0);
    let (kept, wanted) = (deck.subset(&left), wanted.subset(&left));
    let ranges = ranges(&options.strata);

    manifest.forget_folds();
    let names: Vec<String> = closure.names(&manifest.samples, &options.grouping).map(str::to_owned).collect();
    let rows = Rows { of_row: &closure.of_row, groups: closure.groups, dealt: &dealt };
    let (mut first, mut more) = (Vec::new(), Vec::new());
    for repeat in 0..options.repeats {
        let key = key.child("folds").nth(repeat as u64);
        let fold_of = match options.rule {
            Rule::Even => deal(&wanted, &equal(options.folds), &key),
            Rule::Sklearn => in_row_order(&manifest.samples, &closure, &dealt, options)?,
        };
        let mut of_group = vec![Some(HOLDOUT); deck.groups()];
        left.iter().zip(&fold_of).for_each(|(&group, &fold)| of_group[group] = Some(fold as i32));
        let of_row = rows.spread(&of_group, options.folds);
        if repeat == 0 {
            manifest.samples.iter_mut().zip(of_row).for_each(|(sample, fold)| sample.fold = fold);
        } else {
            let column = fold_column(repeat, None);
            manifest.put_folds(&column, of_row);
            more.push(Spread::of_folds(column, evenness(&kept, &fold_of, options.folds, ranges[0].clone())));
        }
        for fold in 0..options.inner.map_or(0, |_| options.folds) {
            let inner = options.inner.unwrap_or_default();
            let training: Vec<usize> = (0..left.len()).filter(|&group| fold_of[group] as usize != fold).collect();
            if training.len() < inner {
                return Err(Error::TooFewInner { inner, fold, groups: training.len() });
            }
            let inner_of = deal(&wanted.subset(&training), &equal(inner), &key.child("inner").nth(fold as u64));
            let mut of_group = vec![None; deck.groups()];
            training.iter().zip(&inner_of).for_each(|(&group, &fold)| of_group[left[group]] = Some(fold as i32));
            let column = fold_column(repeat, Some(fold));
            manifest.put_folds(&column, rows.spread(&of_group, inner));
            let even = evenness(&kept.subset(&training), &inner_of, inner, ranges[0].clone());
            more.push(Spread::of_folds(column, even));
        }
        if repeat == 0 {
            first = fold_of;
        }
    }
    let measure = |range: &Range<usize>| evenness(&kept, &first, options.folds, range.clone());
    let also = options.strata.iter().zip(&ranges).skip(1).map(|(strata, range)| Spread {
        column: strata.column.clone(),
        values: strata.values.clone(),
        evenness: measure(range),
    });
    let also = also.collect();
    let mut held_of_class = vec![0; classes.len()];
    for &(stratum, n) in
        held.iter().flat_map(|&group| deck.counts(group)).filter(|(s, _)| ranges[0].contains(&(*s as usize)))
    {
        held_of_class[stratum as usize] += u64::from(n);
    }
    let fair = kept.total() / options.folds as u64;
    let large = left.iter().filter(|&&group| u64::from(deck.size(group)) > fair.max(1));
    let oversized = large.map(|&group| (names[closure.row_of(dealt[group])].clone(), deck.size(group))).collect();
    let evenness = measure(&ranges[0]);
    manifest.samples.iter_mut().zip(names).for_each(|(sample, name)| sample.group = Some(name));
    Ok(Split {
        also,
        scarce: scarce(&kept, classes, options.folds),
        oversized,
        holdout: held_of_class,
        holdout_size: deck.total() - kept.total(),
        classes: classes.clone(),
        evenness,
        more,
        closure,
    })
}

impl Spread {
    fn of_folds(column: String, evenness: Evenness) -> Self {
        Self { column, values: Vec::new(), evenness }
    }
}

/// From what was dealt out to rows.
struct Rows<'a> {
    of_row: &'a [u32],
    groups: usize,
    dealt: &'a [u32],
}

impl Rows<'_> {
    /// The fold of each row. Groups of copies without their original validate nothing, and go round.
    fn spread(&self, of_dealt: &[Option<i32>], folds: usize) -> Vec<Option<i32>> {
        let mut of_group: Vec<Option<i32>> = (0..self.groups).map(|group| Some((group % folds) as i32)).collect();
        self.dealt.iter().zip(of_dealt).for_each(|(&group, &fold)| of_group[group as usize] = fold);
        self.of_row.iter().map(|&group| of_group[group as usize]).collect()
    }
}

fn equal(folds: usize) -> Vec<f64> {
    vec![1.0 / folds as f64; folds]
}

/// Which strata of the deck each column's values are.
fn ranges(strata: &[Strata]) -> Vec<Range<usize>> {
    let mut start = 0;
    let range = |strata: &Strata| {
        start += strata.values.len();
        start - strata.values.len()..start
    };
    strata.iter().map(range).collect()
}

/// The groups with originals, and the number of each in the closure.
fn deck(samples: &[Sample], closure: &Closure, strata: &[Strata]) -> (Deck, Vec<u32>) {
    let starts = ranges(strata);
    let column_of = starts.iter().zip(0u32..).flat_map(|(range, column)| range.clone().map(move |_| column));
    let mut deck = Deck::new(column_of.collect());
    let mut dealt = Vec::new();
    let mut values = Vec::new();
    for (group, rows) in (0..).zip(closure.rows().iter()) {
        let originals = || rows.iter().map(|&row| row as usize).filter(|&row| samples[row].is_original());
        let size = originals().count() as u32;
        if size > 0 {
            values.clear();
            for (strata, range) in strata.iter().zip(&starts) {
                values.extend(originals().flat_map(|row| strata.of(row)).map(|value| value + range.start as u32));
            }
            deck.push(size, &mut values);
            dealt.push(group);
        }
    }
    (deck, dealt)
}
fn check(options: &Options) -> Result<(), Error> {
    if options.folds < 2 {
        return Err(Error::TooFewFolds("--folds", options.folds));
    }
    if let Some(inner) = options.inner.filter(|&inner| inner < 2) {
        return Err(Error::TooFewFolds("--inner", inner));
    }
    if options.repeats == 0 {
        return Err(Error::NoRepeat);
    }
    if !(0.0..1.0).contains(&options.holdout) {
        return Err(Error::Holdout(options.holdout));
    }
    Ok(())
}

/// Stratifying means something if at least one class can be in every fold; scikit-learn's condition too.
fn some_class_fits(deck: &Deck, classes: &[String], folds: usize) -> Result<(), Error> {
    let Some(largest) = (0..classes.len()).max_by_key(|&class| deck.total_of(class)) else { return Ok(()) };
    let images = deck.total_of(largest);
    if images >= folds as u64 {
        return Ok(());
    }
    let numeric = classes.iter().all(|class| class.parse::<f64>().is_ok());
    Err(Error::NoClassFits { class: classes[largest].clone(), images, numeric })
}

/// scikit-learn's folds for groups of one original each, by the order in which the originals stand in the manifest.
fn in_row_order(samples: &[Sample], closure: &Closure, dealt: &[u32], options: &Options) -> Result<Vec<u32>, Error> {
    if closure.larger > 0 {
        return Err(Error::GroupsInCompat(closure.larger, closure.groups));
    }
    let originals = || (0..samples.len()).filter(|&row| samples[row].is_original());
    let classes: Vec<u32> = originals().map(|row| options.strata[0].of(row)[0]).collect();
    let mut fold_of_group = vec![0; closure.groups];
    for (row, fold) in originals().zip(stratified_kfold(&classes, options.folds)) {
        fold_of_group[closure.of_row[row] as usize] = fold;
    }
    Ok(dealt.iter().map(|&group| fold_of_group[group as usize]).collect())
}

/// Classes with fewer groups than folds.
fn scarce(deck: &Deck, classes: &[String], folds: usize) -> Vec<(String, usize)> {
    let mut groups_of = vec![0; classes.len()];
    for &(stratum, _) in (0..deck.groups()).flat_map(|group| deck.counts(group)) {
        if let Some(groups) = groups_of.get_mut(stratum as usize) {
            *groups += 1;
        }
    }
    let few = classes.iter().zip(groups_of).filter(|(_, groups)| (1..folds).contains(groups));
    few.map(|(class, groups)| (class.clone(), groups)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

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

    fn options(manifest: &Manifest) -> Options {
        Options {
            folds: 5,
            repeats: 1,
            inner: None,
            stratified: true,
            strata: vec![Strata::new("label", manifest.samples.iter().map(|s| [s.label.as_str()]))],
            grouping: Grouping::Path(regex::Regex::new(r"^(p\d+)/").unwrap()),
            holdout: 0.2,
            rule: Rule::Even,
            seed: 3,
        }
    }

    fn split_persons(manifest: &mut Manifest, change: impl FnOnce(&mut Options)) -> Result<Split, Error> {
        let mut options = options(manifest);
        change(&mut options);
        split(manifest, &options)
    }

    #[test]
    fn nothing_that_belongs_together_is_separated() {
        let mut manifest = persons();
        let split = split_persons(&mut manifest, |_| {}).unwrap();
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
        split_persons(&mut forward, |_| {}).unwrap();
        split_persons(&mut backward, |_| {}).unwrap();
        assert_eq!(folds(&forward), folds(&backward));
    }

    #[test]
    fn repeats_and_inner_folds_keep_groups_together_and_each_covers_what_it_should() {
        let mut manifest = persons();
        let split = split_persons(&mut manifest, |options| (options.repeats, options.inner) = (3, Some(4))).unwrap();
        assert_eq!(split.more.len(), 2 + 3 * 5);
        let column = |name: &str| -> Vec<Option<i32>> {
            let values = manifest.column(name).unwrap().into_iter();
            values.map(|v| v.map(|v| v.parse().unwrap())).collect()
        };
        let group = |row: usize| manifest.samples[row].group.clone().unwrap();
        for repeat in 0..3 {
            let outer = column(&fold_column(repeat, None));
            for fold in 0..5 {
                let inner = column(&fold_column(repeat, Some(fold)));
                let mut fold_of_group = BTreeMap::new();
                for (row, inner) in inner.iter().enumerate() {
                    assert_eq!(inner.is_some(), outer[row].is_some_and(|outer| outer >= 0 && outer != fold as i32));
                    assert_eq!(*fold_of_group.entry(group(row)).or_insert(*inner), *inner);
                }
                let used: std::collections::BTreeSet<_> = inner.into_iter().flatten().collect();
                assert_eq!(used.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3]);
            }
        }
        assert_ne!(column("fold"), column("fold_r2"));
        // A later split without them forgets them.
        split_persons(&mut manifest, |_| {}).unwrap();
        assert!(manifest.column("fold_r2").is_err() && manifest.column("fold_inner0").is_err());
    }

    #[test]
    fn too_few_groups_say_how_many_folds_would_do() {
        let mut manifest = persons();
        let error = split_persons(&mut manifest, |options| (options.folds, options.holdout) = (50, 0.0)).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("--folds 40 at most"), "{error}");
    }
}
