//! `split`: a fold for every row.

use std::ops::Range;

use serde::Serialize;

use super::{Closure, Deck, Error, Evenness, Options, Rule, Strata, close, deal, evenness, stratified_kfold};
use crate::data::{HOLDOUT, Manifest, Sample, fold_column};
use crate::random::Key;

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
    options.check()?;
    let closure = close(&manifest.samples, &options.grouping, &options.alike);
    let task = Task::new(&manifest.samples, &closure, options)?;
    manifest.forget_folds();
    let (mut first, mut more) = (Vec::new(), Vec::new());
    for repeat in 0..options.repeats {
        let fold_of = task.folds(&manifest.samples, repeat)?;
        let of_row = task.outer(&fold_of);
        if repeat == 0 {
            manifest.samples.iter_mut().zip(of_row).for_each(|(sample, fold)| sample.fold = fold);
        } else {
            let column = fold_column(repeat, None);
            manifest.put_folds(&column, of_row);
            more.push(Spread::of_folds(column, task.evenness(&fold_of, 0)));
        }
        if let Some(inner) = options.inner {
            for fold in 0..options.folds {
                let (of_row, evenness) = task.inner(&fold_of, repeat, fold, inner)?;
                let column = fold_column(repeat, Some(fold));
                manifest.put_folds(&column, of_row);
                more.push(Spread::of_folds(column, evenness));
            }
        }
        if repeat == 0 {
            first = fold_of;
        }
    }
    let also = options.strata.iter().enumerate().skip(1).map(|(column, strata)| Spread {
        column: strata.column.clone(),
        values: strata.values.clone(),
        evenness: task.evenness(&first, column),
    });
    let names: Vec<String> = closure.names(&manifest.samples, &options.grouping).map(str::to_owned).collect();
    let result = Split {
        classes: options.strata[0].values.clone(),
        holdout: task.held_of_class(),
        holdout_size: task.deck.total() - task.kept.total(),
        evenness: task.evenness(&first, 0),
        also: also.collect(),
        more,
        scarce: task.scarce(),
        oversized: task.oversized().map(|(row, size)| (names[row].clone(), size)).collect(),
        closure: closure.clone(),
    };
    manifest.samples.iter_mut().zip(names).for_each(|(sample, name)| sample.group = Some(name));
    Ok(result)
}

impl Spread {
    fn of_folds(column: String, evenness: Evenness) -> Self {
        Self { column, values: Vec::new(), evenness }
    }
}

/// What there is to deal out, the holdout set aside.
struct Task<'a> {
    options: &'a Options,
    closure: &'a Closure,
    key: Key,
    /// The groups with originals.
    deck: Deck,
    /// The number in the closure of each of them.
    dealt: Vec<u32>,
    /// The groups of the deck in the holdout, and the others.
    held: Vec<usize>,
    left: Vec<usize>,
    /// The others with all that evenness is measured by, ...
    kept: Deck,
    /// ... and with what is to be even.
    wanted: Deck,
    /// Which strata of the deck each column's values are.
    ranges: Vec<Range<usize>>,
}

impl<'a> Task<'a> {
    fn new(samples: &[Sample], closure: &'a Closure, options: &'a Options) -> Result<Self, Error> {
        let ranges = ranges(&options.strata);
        let (deck, dealt) = deck(samples, closure, &options.strata, &ranges);
        let holdout = options.holdout > 0.0;
        if deck.groups() < options.folds + usize::from(holdout) {
            return Err(Error::TooFewGroups { folds: options.folds, holdout, groups: deck.groups() });
        }
        if options.stratified {
            some_class_fits(&deck, &options.strata[0].values, options.folds)?;
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
        Ok(Self { options, closure, key, deck, dealt, held, left, kept, wanted, ranges })
    }

    fn key(&self, repeat: usize) -> Key {
        self.key.child("folds").nth(repeat as u64)
    }

    /// The fold of each group that is left.
    fn folds(&self, samples: &[Sample], repeat: usize) -> Result<Vec<u32>, Error> {
        match self.options.rule {
            Rule::Even => Ok(deal(&self.wanted, &equal(self.options.folds), &self.key(repeat))),
            Rule::Sklearn => in_row_order(samples, self.closure, &self.dealt, self.options),
        }
    }

    /// The fold of each row, the holdout's too.
    fn outer(&self, fold_of: &[u32]) -> Vec<Option<i32>> {
        let mut of_group = vec![Some(HOLDOUT); self.deck.groups()];
        self.left.iter().zip(fold_of).for_each(|(&group, &fold)| of_group[group] = Some(fold as i32));
        self.to_rows(&of_group, self.options.folds)
    }

    /// The inner fold of each row in the training part of an outer fold, and how even they are.
    fn inner(
        &self,
        fold_of: &[u32],
        repeat: usize,
        fold: usize,
        inner: usize,
    ) -> Result<(Vec<Option<i32>>, Evenness), Error> {
        let training: Vec<usize> = (0..self.left.len()).filter(|&group| fold_of[group] as usize != fold).collect();
        if training.len() < inner {
            return Err(Error::TooFewInner { inner, fold, groups: training.len() });
        }
        let key = self.key(repeat).child("inner").nth(fold as u64);
        let inner_of = deal(&self.wanted.subset(&training), &equal(inner), &key);
        let mut of_group = vec![None; self.deck.groups()];
        training.iter().zip(&inner_of).for_each(|(&group, &fold)| of_group[self.left[group]] = Some(fold as i32));
        let even = evenness(&self.kept.subset(&training), &inner_of, inner, self.ranges[0].clone());
        Ok((self.to_rows(&of_group, inner), even))
    }

    /// From groups of the deck to rows. Groups of copies without their original validate nothing, and go round.
    fn to_rows(&self, of_deck: &[Option<i32>], folds: usize) -> Vec<Option<i32>> {
        let mut of_group: Vec<Option<i32>> =
            (0..self.closure.groups).map(|group| Some((group % folds) as i32)).collect();
        self.dealt.iter().zip(of_deck).for_each(|(&group, &fold)| of_group[group as usize] = fold);
        self.closure.of_row.iter().map(|&group| of_group[group as usize]).collect()
    }

    /// How evenly a column's values are spread.
    fn evenness(&self, fold_of: &[u32], column: usize) -> Evenness {
        evenness(&self.kept, fold_of, self.options.folds, self.ranges[column].clone())
    }

    /// Originals of each class in the holdout.
    fn held_of_class(&self) -> Vec<u64> {
        let mut held = vec![0; self.ranges[0].len()];
        for &(stratum, n) in self.held.iter().flat_map(|&group| self.deck.counts(group)) {
            if let Some(held) = held.get_mut(stratum as usize) {
                *held += u64::from(n);
            }
        }
        held
    }

    /// Classes with fewer groups than folds.
    fn scarce(&self) -> Vec<(String, usize)> {
        let mut groups_of = vec![0; self.ranges[0].len()];
        for &(stratum, _) in (0..self.kept.groups()).flat_map(|group| self.kept.counts(group)) {
            if let Some(groups) = groups_of.get_mut(stratum as usize) {
                *groups += 1;
            }
        }
        let classes = self.options.strata[0].values.iter().zip(groups_of);
        let few = classes.filter(|(_, groups)| (1..self.options.folds).contains(groups));
        few.map(|(class, groups)| (class.clone(), groups)).collect()
    }

    /// A row, and the originals, of each group of more of them than a fold should have.
    fn oversized(&self) -> impl Iterator<Item = (usize, u32)> {
        let fair = (self.kept.total() / self.options.folds as u64).max(1);
        let large = self.left.iter().filter(move |&&group| u64::from(self.deck.size(group)) > fair);
        large.map(|&group| (self.closure.row_of(self.dealt[group]), self.deck.size(group)))
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
fn deck(samples: &[Sample], closure: &Closure, strata: &[Strata], ranges: &[Range<usize>]) -> (Deck, Vec<u32>) {
    let column_of = ranges.iter().zip(0u32..).flat_map(|(range, column)| range.clone().map(move |_| column));
    let mut deck = Deck::new(column_of.collect());
    deck.reserve(closure.groups, closure.groups);
    let mut dealt = Vec::new();
    let mut values = Vec::new();
    for (group, rows) in (0..).zip(closure.rows().iter()) {
        let originals = || rows.iter().map(|&row| row as usize).filter(|&row| samples[row].is_original());
        let size = originals().count() as u32;
        if size > 0 {
            values.clear();
            for (strata, range) in strata.iter().zip(ranges) {
                values.extend(originals().flat_map(|row| strata.of(row)).map(|value| value + range.start as u32));
            }
            deck.push(size, &mut values);
            dealt.push(group);
        }
    }
    (deck, dealt)
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::data::Origin;
    use crate::leak::{check, parts};
    use crate::split::Grouping;

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
            alike: Vec::new(),
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
