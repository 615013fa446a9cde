//! Nets on disk: safetensors with timm's names, so that `timm.create_model(…).load_state_dict(…)` takes them as they
//! are; configuration and class names are in the file's metadata.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use tch::{Device, Kind, Tensor, no_grad};

use super::efficientnet::{Net, NetOptions};
use super::weights::Slot;
use super::{Config, Error};
use crate::data::write_atomically;

/// A net read from disk, with what it was trained for.
pub struct Checkpoint {
    /// The net.
    pub net: Net,
    /// The configuration that it was trained with.
    pub config: Config,
    /// Its classes, in the order of its outputs.
    pub classes: Vec<String>,
}

/// The file of a net, in its folder.
pub const CHECKPOINT: &str = "checkpoint.safetensors";

/// Where in a training's folder the net goes that an earlier than the last of its cycles, from 1, ends with.
pub fn cycle_folder(folder: &Path, cycle: usize) -> PathBuf {
    folder.join(format!("cycle-{cycle}"))
}

/// Writes a net. The file appears whole or not at all.
pub fn save(path: &Path, net: &Net, config: &Config, classes: &[String], steps: i64) -> Result<(), Error> {
    let mut tensors = Vec::new();
    for (slot, tensor) in net.weights.all() {
        let bytes = f32_bytes(tensor)?;
        tensors.push(Stored { name: slot.name.clone(), kind: Dtype::F32, shape: usizes(slot), bytes });
        if let Some(norm) = slot.name.strip_suffix("running_var") {
            // timm's normalisations count their batches, and strict loading asks for the count.
            let name = format!("{norm}num_batches_tracked");
            tensors.push(Stored { name, kind: Dtype::I64, shape: vec![], bytes: steps.to_le_bytes().to_vec() });
        }
    }
    let facts = [
        ("format", "pt".to_owned()),
        ("config", serde_json::to_string(config).expect("a configuration is plain values")),
        ("classes", serde_json::to_string(classes).expect("names are text")),
    ];
    write(path, &tensors, facts)
}

/// A tensor as a file holds it.
pub(super) struct Stored {
    pub name: String,
    pub kind: Dtype,
    pub shape: Vec<usize>,
    pub bytes: Vec<u8>,
}

/// Writes tensors and facts. The file appears whole or not at all.
pub(super) fn write<const N: usize>(path: &Path, tensors: &[Stored], facts: [(&str, String); N]) -> Result<(), Error> {
    let wrong = |why: String| Error::Checkpoint { path: path.to_path_buf(), why };
    let views = tensors.iter().map(|Stored { name, kind, shape, bytes }| {
        TensorView::new(*kind, shape.clone(), bytes).map(|view| (name.as_str(), view))
    });
    let views = views.collect::<Result<Vec<_>, _>>().map_err(|e| wrong(e.to_string()))?;
    let mut metadata: HashMap<String, String> = facts.map(|(name, fact)| (name.to_owned(), fact)).into();
    metadata.insert("made_by".into(), concat!("evenfold ", env!("CARGO_PKG_VERSION")).into());
    let bytes = serialize(views, Some(metadata)).map_err(|e| wrong(e.to_string()))?;
    Ok(write_atomically(path, &bytes)?)
}

/// Reads a net that [`save`] wrote.
pub fn load(path: &Path, device: Device) -> Result<Checkpoint, Error> {
    let bytes = read(path)?;
    let wrong = |why: String| Error::Checkpoint { path: path.to_path_buf(), why };
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|e| wrong(e.to_string()))?;
    let facts = header.metadata().clone().unwrap_or_default();
    let fact = |name: &str| facts.get(name).ok_or_else(|| wrong(format!("not written by evenfold: no `{name}`")));
    let config: Config = serde_json::from_str(fact("config")?).map_err(|e| wrong(format!("`config`: {e}")))?;
    let classes: Vec<String> = serde_json::from_str(fact("classes")?).map_err(|e| wrong(format!("`classes`: {e}")))?;
    let mut net = Net::new(NetOptions::of(&config, classes.len())?, config.seed, device)?;
    fill(path, &bytes, &mut net, &[])?;
    Ok(Checkpoint { net, config, classes })
}

/// Gives a net the weights of a safetensors file with timm's names. A classifier of another shape stays as it is; any
/// other tensor that is missing or of another shape is an error.
pub fn start_from(path: &Path, net: &mut Net) -> Result<(), Error> {
    fill(path, &read(path)?, net, &["classifier.weight", "classifier.bias"])
}

fn fill(path: &Path, bytes: &[u8], net: &mut Net, optional: &[&str]) -> Result<(), Error> {
    let wrong = |why: String| Error::Checkpoint { path: path.to_path_buf(), why };
    let file = SafeTensors::deserialize(bytes).map_err(|e| wrong(e.to_string()))?;
    for (slot, tensor) in net.weights.all() {
        let Ok(view) = file.tensor(&slot.name) else {
            return Err(wrong(format!("no tensor `{}`: is it a net of this architecture?", slot.name)));
        };
        if view.dtype() != Dtype::F32 || view.shape() != usizes(slot) {
            if optional.contains(&slot.name.as_str()) {
                continue;
            }
            let (kind, shape) = (view.dtype(), view.shape());
            return Err(wrong(format!("`{}` is {kind:?} {shape:?}, expected F32 {:?}", slot.name, slot.shape)));
        }
        let values = Tensor::f_from_data_size(view.data(), &slot.shape, Kind::Float)?;
        no_grad(|| tensor.shallow_clone().f_copy_(&values))?;
    }
    Ok(())
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|source| crate::data::Error::Io { path: path.to_path_buf(), source }.into())
}

/// A tensor's numbers in the order of its dimensions, as little-endian `f32`.
pub(super) fn f32_bytes(tensor: &Tensor) -> Result<Vec<u8>, Error> {
    let laid = tensor.f_detach()?.f_to_device(Device::Cpu)?.f_reshape([-1])?;
    Ok(Vec::<f32>::try_from(laid)?.iter().flat_map(|v| v.to_le_bytes()).collect())
}

fn usizes(slot: &Slot) -> Vec<usize> {
    slot.shape.iter().map(|&side| side as usize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config { model: "test_efficientnet".into(), seed: 5, ..Config::default() }
    }

    fn logits(net: &Net) -> Vec<f32> {
        tch::manual_seed(1);
        let pictures = Tensor::randn([2, 3, 40, 40], (Kind::Float, Device::Cpu));
        Vec::<f32>::try_from(net.freeze().unwrap().logits(&pictures).unwrap().view([-1])).unwrap()
    }

    #[test]
    fn a_net_read_back_predicts_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net.safetensors");
        let classes = vec!["a".to_owned(), "b".to_owned()];
        let net = Net::new(NetOptions::of(&config(), 2).unwrap(), 7, Device::Cpu).unwrap();
        let _ = net.train(&Tensor::ones([4, 3, 40, 40], (Kind::Float, Device::Cpu))).unwrap();
        save(&path, &net, &config(), &classes, 1).unwrap();
        let read = load(&path, Device::Cpu).unwrap();
        assert_eq!((read.classes, read.config.seed), (classes, 5));
        assert_eq!(logits(&read.net), logits(&net));
    }

    #[test]
    fn starting_weights_may_have_another_classifier_but_no_other_body() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net.safetensors");
        let old = Net::new(NetOptions::of(&config(), 2).unwrap(), 7, Device::Cpu).unwrap();
        save(&path, &old, &config(), &["a".into(), "b".into()], 1).unwrap();
        let mut new = Net::new(NetOptions::of(&config(), 9).unwrap(), 8, Device::Cpu).unwrap();
        start_from(&path, &mut new).unwrap();
        let stem = |net: &Net| f32_bytes(net.weights.all().next().unwrap().1).unwrap();
        assert_eq!(stem(&new), stem(&old));
        let b0 = Config { model: "efficientnet_b0".into(), ..config() };
        let mut other = Net::new(NetOptions::of(&b0, 2).unwrap(), 8, Device::Cpu).unwrap();
        assert!(matches!(start_from(&path, &mut other), Err(Error::Checkpoint { .. })));
    }

    #[test]
    fn a_damaged_file_is_an_error_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net.safetensors");
        std::fs::write(&path, b"not a net").unwrap();
        assert!(load(&path, Device::Cpu).err().unwrap().to_string().contains("net.safetensors"));
    }
}
