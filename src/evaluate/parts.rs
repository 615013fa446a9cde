//! What each net trains on and is validated on, and where a run keeps it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::folds::{Error, World};
use crate::data::{HOLDOUT, Sample};
use crate::random::Key;
use crate::split::{Deck, deal};
use crate::train::{CHECKPOINT, Config, cycle_folder};

/// A training and a validation set.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) name: String,
    pub(super) fold: usize,
    pub(super) member: Member,
    pub(super) train: Vec<usize>,
    pub(super) validation: Vec<usize>,
    /// Whether holdout and eval are predicted too.
    pub(super) judge: bool,
}

/// Which of a fold's nets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// Of which training, from 0.
    pub seed: usize,
    /// At the end of which of its cycles, from 1; 0 is the last one's, which is the net that the training ends with.
    pub cycle: usize,
}

/// All nets of a fold.
pub fn members(config: &Config) -> impl Iterator<Item = Member> + use<> {
    let Config { seeds, cycles, .. } = *config;
    (0..seeds).flat_map(move |seed| (0..cycles).map(move |cycle| Member { seed, cycle }))
}

/// Where a run keeps what belongs to a net: to a fold's first one in the fold's own folder.
fn folder(run: &Path, kind: &str, fold: usize, Member { seed, cycle }: Member) -> PathBuf {
    let mut folder = run.join(format!("{kind}-{fold}"));
    if seed > 0 {
        folder.push(format!("seed-{seed}"));
    }
    if cycle == 0 { folder } else { cycle_folder(&folder, cycle) }
}

/// Where a run keeps a net of an honest fold.
pub fn checkpoint(run: &Path, fold: usize, member: Member) -> PathBuf {
    folder(run, "fold", fold, member).join(CHECKPOINT)
}

impl Parts {
    pub(super) fn refuse_empty(&self) -> Result<(), Error> {
        let (validation, train) = (self.validation.len(), self.train.len());
        if train == 0 || validation == 0 {
            return Err(Error::EmptyFold { fold: self.fold as i32, validation, train });
        }
        Ok(())
    }

    /// The same, for another of the fold's nets.
    pub(super) fn of(&self, member: Member) -> Self {
        let name =
            if member.seed == 0 { self.name.clone() } else { format!("{}, seed {}", self.name, member.seed + 1) };
        Self { name, member, ..self.clone() }
    }
}

impl World<'_> {
    /// Laws 1 and 2.
    pub(super) fn honest(&self, fold: usize) -> Parts {
        let of = |keep: &dyn Fn(&Sample) -> bool| -> Vec<usize> {
            self.rows.iter().copied().filter(|&row| keep(&self.samples()[row])).collect()
        };
        Parts {
            name: format!("fold {} of {}", fold + 1, self.folds),
            fold,
            member: Member::default(),
            train: of(&|sample| sample.trains(fold as i32)),
            validation: of(&|sample| sample.validates(fold as i32)),
            judge: true,
        }
    }

    /// The folds that were given; or the entrant's mistake: every image, copies too, dealt out at random by class.
    pub(super) fn naive_folds(&self) -> HashMap<usize, usize> {
        if let Some(given) = self.job.given {
            let fold = |row: usize| given.folds[row].and_then(|fold| usize::try_from(fold).ok());
            return self.rows.iter().filter_map(|&row| Some((row, fold(row)?))).collect();
        }
        let rows: Vec<usize> = self.rows.iter().copied().filter(|&r| self.samples()[r].fold != Some(HOLDOUT)).collect();
        let mut deck = Deck::new(vec![0; self.classes.len()]);
        for &row in &rows {
            deck.push(1, &mut [self.class(&self.samples()[row].label) as u32]);
        }
        let shares = vec![1.0 / self.folds as f64; self.folds];
        let parts = deal(&deck, &shares, &Key::root(self.job.config.seed).child("naive"));
        rows.into_iter().zip(parts.into_iter().map(|part| part as usize)).collect()
    }

    pub(super) fn naive(&self, fold: usize, of_row: &HashMap<usize, usize>) -> Parts {
        let (validation, train) =
            self.rows.iter().filter(|row| of_row.contains_key(row)).partition(|row| of_row[row] == fold);
        let which = if self.job.given.is_some() { "folds given" } else { "naive split" };
        Parts {
            name: format!("{which}, fold {}", fold + 1),
            fold,
            member: Member::default(),
            train,
            validation,
            judge: false,
        }
    }

    pub(super) fn folder(&self, &Parts { fold, member, judge: honest, .. }: &Parts) -> PathBuf {
        let kind = if honest { "fold" } else { "naive-fold" };
        folder(self.job.out, kind, fold, member)
    }
}
