//! Our side of a comparison with timm's speed; the other side prints the same line.

use std::time::Instant;

use tch::{Device, Kind, Reduction, Tensor};

use super::optimiser::Optimiser;
use super::{Config, Net, NetOptions};

/// `EVENFOLD_SPEED="MODEL SIDE BATCH" cargo test --release --lib speed -- --ignored --nocapture`
#[test]
#[ignore = "a measurement: compare with timm on the same quiet machine, alternating"]
fn images_a_second() {
    let given = std::env::var("EVENFOLD_SPEED").unwrap_or_else(|_| "efficientnet_b0 64 64".into());
    let [model, side, batch] = given.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let [side, n] = [side, batch].map(|number| number.parse::<i64>().unwrap());
    let config = Config { model: model.into(), dropout: 0.0, drop_path: 0.0, ..Config::default() };
    tch::set_num_threads(config.threads() as i32);
    let net = Net::new(NetOptions::of(&config, 18).unwrap(), 1, Device::Cpu).unwrap();
    // As a batch comes: channels last.
    let pictures = Tensor::randn([n, side, side, 3], (Kind::Float, Device::Cpu)).permute([0, 3, 1, 2]);
    let classes = Tensor::arange(n, (Kind::Int64, Device::Cpu)).remainder(18);
    let mut optimiser = Optimiser::new(&config, &net.weights.flat, net.weights.segments(None, false)).unwrap();
    let mut train = || {
        let loss =
            net.train(&pictures).unwrap().cross_entropy_loss(&classes, None::<Tensor>, Reduction::Mean, -100, 0.0);
        optimiser.step(&net.weights.flat, &net.gradient(&loss, false).unwrap(), 1e-4).unwrap();
        assert!(loss.double_value(&[]).is_finite());
    };
    let trained = rate(n, &mut train);
    let frozen = net.freeze().unwrap();
    let predicted = rate(n, &mut || drop(frozen.logits(&pictures).unwrap()));
    println!("{model} {side}px batch {n} evenfold: train {trained:7.1} img/s  infer {predicted:7.1} img/s");
}

/// The best of five rounds of four calls, so that what else the machine does counts little.
fn rate(images: i64, call: &mut dyn FnMut()) -> f64 {
    const CALLS: i64 = 4;
    call();
    let round = |call: &mut dyn FnMut()| {
        let begun = Instant::now();
        (0..CALLS).for_each(|_| call());
        (CALLS * images) as f64 / begun.elapsed().as_secs_f64()
    };
    (0..5).map(|_| round(call)).fold(0.0, f64::max)
}
