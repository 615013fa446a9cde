//! What each net leaves behind: in memory, and in its folder for a later run.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Predicted;
use super::folds::{Error, World, add_samples};
use super::parts::{Member, Parts};
use crate::data::write_atomically;
use crate::train::{CHECKPOINT, Epoch, Net, load};

/// What the training of a net leaves behind.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    /// What it depends on.
    pub(super) key: String,
    pub(super) epochs: Vec<Epoch>,
    pub(super) best_epoch: usize,
    pub(super) validation: Predicted,
    pub(super) holdout: Option<Predicted>,
    #[serde(skip)]
    pub(super) eval: Option<Predicted>,
    pub(super) failed: Vec<(PathBuf, String)>,
    /// Whether its time was not up before its last epoch.
    pub(super) complete: bool,
    #[serde(skip)]
    pub(super) found: bool,
    #[serde(skip)]
    pub(super) validation_rows: Vec<usize>,
    #[serde(skip)]
    pub(super) train_rows: Vec<usize>,
}

/// What came before a net's predictions.
pub(super) struct Course {
    pub(super) key: String,
    pub(super) epochs: Vec<Epoch>,
    pub(super) best_epoch: usize,
    pub(super) failed: Vec<(PathBuf, String)>,
    pub(super) complete: bool,
}

/// What a net said, in its folder.
const RESULT: &str = "result.json";

/// What a fold's net says of the images that will be judged.
#[derive(Serialize, Deserialize)]
struct KeptEval {
    /// What it depends on.
    key: String,
    predicted: Predicted,
}

impl World<'_> {
    /// The net that an earlier cycle of a training ended with. `last` is the one that the training ended with.
    pub(super) fn snapshot(&self, parts: &Parts, last: &Kept) -> Result<Kept, Error> {
        let Member { seed, cycle } = parts.member;
        let key = format!("cycle {cycle} of {}", last.key);
        if let Some(kept) = self.found(parts, &key)? {
            return Ok(kept);
        }
        let config = &self.seeds[seed].0;
        let best_epoch = (cycle * config.epochs / config.cycles).min(last.epochs.len());
        let (epochs, failed, complete) = (last.epochs[..best_epoch].to_vec(), Vec::new(), last.complete);
        let net = load(&self.folder(parts).join(CHECKPOINT), config.device())?.net;
        self.kept(parts, &net, Course { key, epochs, best_epoch, failed, complete })
    }

    /// What an earlier run left of a net.
    pub(super) fn found(&self, parts: &Parts, key: &str) -> Result<Option<Kept>, Error> {
        let left = std::fs::read(self.folder(parts).join(RESULT)).ok();
        let kept: Option<Kept> = left.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let Some(kept) = kept.filter(|kept| kept.key == key && kept.complete) else { return Ok(None) };
        let (validation_rows, train_rows) = (parts.validation.clone(), parts.train.clone());
        let eval = self.eval_of(parts, key)?;
        Ok(Some(Kept { found: true, validation_rows, train_rows, eval, ..kept }))
    }

    /// Asks a net about all that it has not seen, and leaves the answers in its folder, where its checkpoint is.
    pub(super) fn kept(&self, parts: &Parts, net: &Net, course: Course) -> Result<Kept, Error> {
        let predicted = |rows: &[usize]| self.predicted(net, rows, self.job.manifest, true);
        let Course { key, epochs, best_epoch, failed, complete } = course;
        let mut kept = Kept {
            validation: predicted(&parts.validation)?,
            holdout: if parts.judge && !self.holdout.is_empty() { Some(predicted(&self.holdout)?) } else { None },
            eval: None,
            key,
            epochs,
            best_epoch,
            failed,
            complete,
            found: false,
            validation_rows: parts.validation.clone(),
            train_rows: parts.train.clone(),
        };
        let result = self.folder(parts).join(RESULT);
        write_atomically(&result, &serde_json::to_vec(&kept).expect("a result is plain numbers"))?;
        kept.eval = self.eval_of(parts, &kept.key)?;
        Ok(kept)
    }

    /// A net's predictions of the images that will be judged, or what an earlier run left of them. They are kept apart from
    /// the net, so that it can be asked about other images without being trained again.
    fn eval_of(&self, parts: &Parts, key: &str) -> Result<Option<Predicted>, Error> {
        let Some(eval) = self.job.eval.filter(|_| parts.judge && !self.eval.is_empty()) else { return Ok(None) };
        let file = self.folder(parts).join("eval.json");
        let mut hasher = blake3::Hasher::new();
        hasher.update(key.as_bytes());
        add_samples(&mut hasher, &eval.manifest);
        let key = hasher.finalize().to_hex().to_string();
        let kept: Option<KeptEval> = std::fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if let Some(kept) = kept.filter(|kept| kept.key == key) {
            return Ok(Some(kept.predicted));
        }
        let predicted = self.predicted(&self.net(parts.fold, parts.member)?, &self.eval, &eval.manifest, true)?;
        let kept = KeptEval { key, predicted };
        write_atomically(&file, &serde_json::to_vec(&kept).expect("predictions are plain numbers"))?;
        Ok(Some(kept.predicted))
    }
}
