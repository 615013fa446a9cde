//! A training that can be gone on with: all that the next epoch depends on, in one file.

use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor, no_grad};

use super::checkpoint::{Stored, f32_bytes, read, write};
use super::fit::Course;
use super::learner::Learner;
use super::{Epoch, Error, Net};

const NAME: &str = "state.safetensors";

#[derive(Serialize, Deserialize)]
struct Facts {
    key: String,
    epochs: Vec<Epoch>,
    best_epoch: usize,
    best_macro_f1: f64,
    step: usize,
    optimiser_steps: i32,
    loss_scale: Option<f64>,
    failed: Vec<(PathBuf, String)>,
}

/// Writes the state after an epoch. `key` stands for all that it depends on.
pub(super) fn save(folder: &Path, key: &str, net: &Net, learner: &Learner, course: &Course) -> Result<(), Error> {
    let path = folder.join(NAME);
    let store = |(name, tensor): (&str, &Tensor)| {
        Ok(Stored { name: name.into(), kind: Dtype::F32, shape: vec![tensor.numel()], bytes: f32_bytes(tensor)? })
    };
    let tensors = tensors(net, learner, course).into_iter().map(store).collect::<Result<Vec<_>, Error>>()?;
    let facts = Facts {
        key: key.into(),
        epochs: course.epochs.clone(),
        best_epoch: course.best.epoch,
        best_macro_f1: course.best.macro_f1,
        step: learner.step,
        optimiser_steps: learner.optimiser.steps,
        loss_scale: learner.scaler.as_ref().map(|scaler| scaler.scale),
        failed: course.failed.clone(),
    };
    write(&path, &tensors, [("facts", serde_json::to_string(&facts).expect("facts are plain values"))])
}

/// Goes on where a training of the same key was cut off, if there was one.
pub(super) fn load(
    folder: &Path,
    key: &str,
    net: &Net,
    learner: &mut Learner,
    course: &mut Course,
) -> Result<(), Error> {
    let path = folder.join(NAME);
    if !path.is_file() {
        return Ok(());
    }
    let bytes = read(&path)?;
    let wrong = |why: String| Error::Checkpoint { path: path.clone(), why };
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|e| wrong(e.to_string()))?;
    let facts = header.metadata().as_ref().and_then(|facts| facts.get("facts")).cloned().unwrap_or_default();
    let Ok(facts) = serde_json::from_str::<Facts>(&facts) else { return Ok(()) };
    if facts.key != key {
        return Ok(());
    }
    let file = SafeTensors::deserialize(&bytes).map_err(|e| wrong(e.to_string()))?;
    for (name, tensor) in tensors(net, learner, course) {
        let view = file.tensor(name).map_err(|e| wrong(format!("`{name}`: {e}")))?;
        let values = Tensor::f_from_data_size(view.data(), &[tensor.numel() as i64], Kind::Float)?;
        no_grad(|| tensor.shallow_clone().f_copy_(&values))?;
    }
    course.epochs = facts.epochs;
    course.failed = facts.failed;
    course.best.epoch = facts.best_epoch;
    course.best.macro_f1 = facts.best_macro_f1;
    learner.step = facts.step;
    learner.optimiser.steps = facts.optimiser_steps;
    if let (Some(scaler), Some(scale)) = (&mut learner.scaler, facts.loss_scale) {
        scaler.scale = scale;
    }
    Ok(())
}

/// Removes the state of a training that is done.
pub(super) fn remove(folder: &Path) {
    // One that stays is overwritten by the next training.
    let _ = std::fs::remove_file(folder.join(NAME));
}

fn tensors<'a>(net: &'a Net, learner: &'a Learner, course: &'a Course) -> Vec<(&'static str, &'a Tensor)> {
    let [momentum, square] = &learner.optimiser.state;
    let [best, best_statistics] = &course.best.weights;
    let mut all = vec![
        ("parameters", &net.weights.flat),
        ("statistics", &net.weights.flat_statistics),
        ("optimiser.0", momentum),
        ("optimiser.1", square),
        ("best.parameters", best),
        ("best.statistics", best_statistics),
    ];
    if let Some(ema) = &learner.ema {
        all.extend([("ema.parameters", &ema.weights[0]), ("ema.statistics", &ema.weights[1])]);
    }
    all
}
