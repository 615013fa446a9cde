//! What each net trains on and is validated on, and where a run keeps it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::folds::{Error, World};
use crate::data::{HOLDOUT, Sample};
use crate::random::Key;
use crate::split::{Deck, deal};

/// A training and a validation set.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) name: String,
    pub(super) fold: usize,
    /// Which of the fold's nets.
    pub(super) seed: usize,
    pub(super) train: Vec<usize>,
    pub(super) validation: Vec<usize>,
    /// Whether holdout and eval are predicted too.
    pub(super) judge: bool,
}

/// Where a run keeps what belongs to a net: to a fold's first one, seed 0, in the fold's own folder.
fn folder(run: &Path, kind: &str, fold: usize, seed: usize) -> PathBuf {
    let folder = run.join(format!("{kind}-{fold}"));
    if seed == 0 { folder } else { folder.join(format!("seed-{seed}")) }
}

/// Where a run keeps a net of an honest fold.
pub fn checkpoint(run: &Path, fold: usize, seed: usize) -> PathBuf {
    folder(run, "fold", fold, seed).join(CHECKPOINT)
}

/// A net, in its folder.
pub(super) const CHECKPOINT: &str = "checkpoint.safetensors";

impl Parts {
    pub(super) fn refuse_empty(&self) -> Result<(), Error> {
        let (validation, train) = (self.validation.len(), self.train.len());
        if train == 0 || validation == 0 {
            return Err(Error::EmptyFold { fold: self.fold as i32, validation, train });
        }
        Ok(())
    }

    /// The same, for another of the fold's nets.
    pub(super) fn of_seed(&self, seed: usize) -> Self {
        let name = if seed == 0 { self.name.clone() } else { format!("{}, seed {}", self.name, seed + 1) };
        Self { name, seed, ..self.clone() }
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
            seed: 0,
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
        Parts { name: format!("{which}, fold {}", fold + 1), fold, seed: 0, train, validation, judge: false }
    }

    pub(super) fn folder(&self, &Parts { fold, seed, judge: honest, .. }: &Parts) -> PathBuf {
        let kind = if honest { "fold" } else { "naive-fold" };
        folder(self.job.out, kind, fold, seed)
    }
}
