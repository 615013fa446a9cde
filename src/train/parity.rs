//! Our nets beside timm's: `tests/data/timm.safetensors` holds what timm said for weights and pictures that both sides
//! make from the same whole numbers (`scripts/timm_answers.py`).

use std::path::PathBuf;

use safetensors::SafeTensors;
use tch::{Device, Kind, Reduction, Tensor};

use super::optimiser::Optimiser;
use super::{Config, Net, NetOptions, save};

const CLASSES: usize = 7;

/// Even numbers from `low` to `high`, by `SplitMix64` on the CRC-32 of a name.
fn even(name: &str, shape: &[i64], [low, high]: [f64; 2]) -> Tensor {
    let seed = u64::from(crc32fast::hash(name.as_bytes()));
    let number = |i: u64| {
        let mut x = seed.wrapping_add(i.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^= x >> 31;
        (low + (high - low) * ((x >> 40) as f64 / f64::from(1 << 24))) as f32
    };
    let numbers: Vec<f32> = (1..=shape.iter().product::<i64>() as u64).map(number).collect();
    Tensor::from_slice(&numbers).view(shape)
}

fn pictures(side: i64) -> Tensor {
    even(&format!("pictures {side}"), &[4, 3, side, side], [-2.0, 2.0])
}

/// The net with the weights of the comparison.
fn net(config: &Config) -> Net {
    let net = Net::new(NetOptions::of(config, CLASSES).unwrap(), 1, Device::Cpu).unwrap();
    for (slot, tensor) in net.weights.all() {
        let range = match slot.shape[..] {
            [_, inner, height, width] => {
                let bound = (3.0 / (inner * height * width) as f64).sqrt();
                [-bound, bound]
            }
            _ if slot.name.ends_with("running_var") => [0.5, 1.5],
            [_] if slot.name.ends_with("weight") => [0.8, 1.2],
            _ => [-0.1, 0.1],
        };
        tch::no_grad(|| tensor.shallow_clone().copy_(&even(&slot.name, &slot.shape, range)));
    }
    net
}

fn config(model: &str) -> Config {
    Config { model: model.into(), dropout: 0.0, drop_path: 0.0, label_smoothing: 0.1, ..Config::default() }
}

/// Largest difference over the largest number.
fn apart(ours: &Tensor, theirs: &Tensor) -> f64 {
    ((ours - theirs).abs().max() / theirs.abs().max()).double_value(&[])
}

/// One case a padding, an epsilon and a family.
const COMPARED: [&str; 5] =
    ["test_efficientnet", "efficientnet_b0", "tf_efficientnet_b0", "tf_efficientnetv2_b0", "efficientnetv2_rw_t"];

#[test]
fn activations_logits_and_gradients_are_those_of_timm() {
    let bytes = include_bytes!("../../tests/data/timm.safetensors");
    let stored = SafeTensors::deserialize(bytes).unwrap();
    for model in COMPARED {
        let timm = |name: &str| {
            let view = stored.tensor(&format!("{model}.{name}")).unwrap();
            let shape: Vec<i64> = view.shape().iter().map(|&side| side as i64).collect();
            Tensor::from_data_size(view.data(), &shape, Kind::Float)
        };
        let check = |what: &str, off: f64, most: f64| {
            println!("{model}: {what} is {off:.1e} apart");
            assert!(off < most, "{model}: {what} is {off:.1e} apart, at most {most:.0e}");
        };
        let net = net(&config(model));
        let pooled = |x: &Tensor| x.mean_dim([2, 3].as_slice(), false, Kind::Float);
        for side in [64, 75] {
            let frozen = net.freeze().unwrap();
            let [stem, features, logits] = frozen.depths(&pictures(side)).unwrap();
            check(&format!("stem at {side} px"), apart(&pooled(&stem), &timm(&format!("stem_{side}"))), 1e-4);
            let features = apart(&pooled(&features), &timm(&format!("features_{side}")));
            check(&format!("features at {side} px"), features, 1e-4);
            check(&format!("logits at {side} px"), apart(&logits, &timm(&format!("logits_{side}"))), 1e-4);
        }
        let (logits, gradients) = gradients(&net);
        check("training logits", apart(&logits, &timm("train")), 1e-4);
        let theirs = timm("gradients");
        for (i, (slot, gradient)) in net.weights.plan.parameters.iter().zip(&gradients).enumerate() {
            let pattern = even(&slot.name, &slot.shape, [-1.0, 1.0]);
            let number = |j| theirs.double_value(&[i as i64, j]);
            let (norm, along) = (gradient.norm().double_value(&[]), (gradient * pattern).sum(Kind::Double));
            // What a normalisation cancels later on has a gradient of rounding errors only. timm itself, channels first
            // and channels last, is up to 1.1e-4 apart by this measure.
            let size = number(0).max(1e-2 * theirs.max().double_value(&[]));
            let off = (norm - number(0)).abs().max((along.double_value(&[]) - number(1)).abs()) / size;
            assert!(off < 3e-4, "{model}: the gradient of {} is {off:.1e} apart", slot.name);
        }
    }
}

fn gradients(net: &Net) -> (Tensor, Vec<Tensor>) {
    let logits = net.train(&pictures(64)).unwrap();
    let classes = Tensor::arange(4, (Kind::Int64, Device::Cpu)).remainder(CLASSES as i64);
    let loss = logits.cross_entropy_loss(&classes, None::<Tensor>, Reduction::Mean, -100, 0.1);
    (logits.detach(), Tensor::run_backward(&[&loss], &net.weights.parameters, false, false))
}

/// `scripts/timm-parity` then loads these files into timm, strictly.
#[test]
fn trained_nets_are_saved_for_timm() {
    let Some(folder) = std::env::var_os("EVENFOLD_PARITY").map(PathBuf::from) else { return };
    for model in COMPARED {
        let (config, net) = (config(model), net(&config(model)));
        let mut optimiser = Optimiser::new(&config, &net.weights.flat, net.weights.segments(None, false)).unwrap();
        for _ in 0..3 {
            let gradient = net.weights.flatten(&gradients(&net).1).unwrap();
            optimiser.step(&net.weights.flat, &gradient, 1e-3).unwrap();
        }
        let classes = vec!["class".to_owned(); CLASSES];
        save(&folder.join(format!("{model}.safetensors")), &net, &config, &classes, 3).unwrap();
        let logits: Vec<f32> = net.freeze().unwrap().logits(&pictures(64)).unwrap().reshape([-1]).try_into().unwrap();
        let text = logits.iter().map(f32::to_string).collect::<Vec<_>>().join(" ");
        std::fs::write(folder.join(format!("{model}.logits")), text).unwrap();
    }
}
