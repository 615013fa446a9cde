//! What is asked of a split, and why it cannot be had.

use super::{Grouping, Strata};

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
    /// `stratified_kfold`, by the order of rows.
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
    /// Rows that are near-duplicates, in pairs.
    pub alike: Vec<[usize; 2]>,
    /// Share of the data to set aside first: 0 to below 1.
    pub holdout: f64,
    /// How folds are chosen.
    pub rule: Rule,
    /// The seed of everything that is drawn.
    pub seed: u64,
}

impl Options {
    /// Whether what is asked makes sense, whatever the data.
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.folds < 2 {
            return Err(Error::TooFewFolds("--folds", self.folds));
        }
        if let Some(inner) = self.inner.filter(|&inner| inner < 2) {
            return Err(Error::TooFewFolds("--inner", inner));
        }
        if self.repeats == 0 {
            return Err(Error::NoRepeat);
        }
        if !(0.0..1.0).contains(&self.holdout) {
            return Err(Error::Holdout(self.holdout));
        }
        Ok(())
    }
}
