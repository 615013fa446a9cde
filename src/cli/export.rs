use std::path::PathBuf;

use serde_json::json;

use super::answer::{Answer, Failure};
use crate::data::write_atomically;
use crate::evaluate::{Member, checkpoint};
use crate::train::load;

/// Writes a trained net as an ONNX model
///
/// The model takes `input`, `[batch, 3, side, side]`, pictures as the run's configuration frames and normalises them, and
/// gives `logits`, `[batch, classes]`. Configuration and class names are in its metadata.
#[derive(clap::Args)]
pub struct Args {
    /// The run folder of `evenfold train-eval`
    #[arg(long, value_name = "FOLDER")]
    run: PathBuf,
    /// Which fold's net
    #[arg(long, value_name = "N", default_value_t = 0)]
    fold: usize,
    /// Which of the fold's nets, where a run has several seeds
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: usize,
    /// The net at the end of this cycle, where a run has several; 0 for the last
    #[arg(long, value_name = "N", default_value_t = 0)]
    cycle: usize,
    /// The file to write
    #[arg(long, value_name = "FILE.onnx")]
    out: PathBuf,
}

pub fn run(args: &Args) -> Result<Answer, Failure> {
    let member = Member { seed: args.seed, cycle: args.cycle };
    let checkpoint = load(&checkpoint(&args.run, args.fold, member), tch::Device::Cpu)?;
    let (side, classes) = (checkpoint.config.image_size, checkpoint.classes);
    let facts = [("config", serde_json::to_string(&checkpoint.config)?), ("classes", serde_json::to_string(&classes)?)];
    let model = checkpoint.net.freeze()?.onnx(i64::from(side), &facts)?;
    write_atomically(&args.out, &model)?;
    let (out, n) = (args.out.display(), classes.len());
    let text = format!("{out}: {} for {n} classes, pictures of {side} x {side}\n", checkpoint.config.model);
    let json = json!({"model": args.out, "classes": classes, "image_size": side, "bytes": model.len()});
    Ok(Answer { text, json, look: false })
}
