//! Our side of `scripts/timm_parity.py`: the same weights and pictures as timm, the same numbers out.

use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use tch::{Device, Kind, Reduction, Tensor};

use super::optimiser::AdamW;
use super::{Config, Net, NetOptions, save, start_from};

const CLASSES: usize = 7;

fn folder() -> PathBuf {
    std::env::var_os("EVENFOLD_PARITY").expect("set by scripts/timm_parity.py").into()
}

fn tensor(path: &Path, name: &str) -> Tensor {
    let bytes = std::fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let view = file.tensor(name).unwrap();
    let shape: Vec<i64> = view.shape().iter().map(|&side| side as i64).collect();
    Tensor::from_data_size(view.data(), &shape, Kind::Float)
}

/// Largest difference over the largest number.
fn apart(ours: &Tensor, theirs: &Tensor) -> f64 {
    ((ours - theirs).abs().max() / theirs.abs().max()).double_value(&[])
}

#[test]
#[ignore = "needs Python with timm: run scripts/timm_parity.py"]
fn logits_and_training_are_those_of_timm() {
    for model in ["test_efficientnet", "efficientnet_b0", "tf_efficientnetv2_b0"] {
        let at = |name: &str| folder().join(format!("{model}.{name}.safetensors"));
        let config =
            Config { model: model.into(), dropout: 0.0, drop_path: 0.0, label_smoothing: 0.1, ..Config::default() };
        let mut net = Net::new(NetOptions::of(&config, CLASSES).unwrap(), 1, Device::Cpu).unwrap();
        start_from(&at("start"), &mut net).unwrap();
        for side in [64, 75] {
            let pictures = tensor(&at("given"), &format!("pictures_{side}"));
            let logits = net.freeze().unwrap().logits(&pictures).unwrap();
            let off = apart(&logits, &tensor(&at("given"), &format!("eval_{side}")));
            println!("{model} at {side} px: predicted logits are {off:.1e} apart");
            assert!(off < 1e-4);
        }

        let pictures = tensor(&at("given"), "pictures_64");
        let classes = Tensor::arange(pictures.size()[0], (Kind::Int64, Device::Cpu)).remainder(CLASSES as i64);
        let mut optimiser = AdamW::new(&net.weights.flat, 0.05, net.weights.decayed).unwrap();
        let mut losses = Vec::new();
        for step in 0..3 {
            let logits = net.train(&pictures).unwrap();
            if step == 0 {
                let off = apart(&logits.detach(), &tensor(&at("given"), "train_64"));
                println!("{model}: training logits are {off:.1e} apart");
                assert!(off < 1e-4);
            }
            let loss = logits.cross_entropy_loss(&classes, None::<Tensor>, Reduction::Mean, -100, 0.1);
            losses.push(loss.double_value(&[]) as f32);
            let gradients = Tensor::run_backward(&[&loss], &net.weights.parameters, false, false);
            let gradient = net.weights.flatten(&gradients).unwrap();
            optimiser.step(&net.weights.flat, &gradient, 1e-3).unwrap();
        }
        let off = apart(&Tensor::from_slice(&losses), &tensor(&at("given"), "losses"));
        println!("{model}: losses of three AdamW steps are {off:.1e} apart");
        assert!(off < 1e-3);
        let logits = net.freeze().unwrap().logits(&pictures).unwrap().contiguous();
        Tensor::write_safetensors(&[("logits", logits)], at("said")).unwrap();
        save(&at("ours"), &net, &config, &vec!["class".to_owned(); CLASSES], 3).unwrap();
    }
}
