use std::path::PathBuf;

use super::answer::{Answer, Failure};
use super::augment::{Job, answer};
use crate::run::{Listener, merge};

/// Joins the shards of `augment --shard` into one result
///
/// Checks that every shard is there and was run to its end (exit code 2 and their names, if not), makes up for pictures that
/// a shard found damaged, and writes the `samples.parquet` that a run without shards would have written, to the byte.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    job: Job,
    /// Folders of shards that were not run into --out itself; their pictures are linked or copied there
    #[arg(long, value_name = "FOLDER", num_args = 1..)]
    from: Vec<PathBuf>,
}

pub fn run(args: &Args, listener: &dyn Listener) -> Result<Answer, Failure> {
    let (manifest, pipeline) = args.job.open()?;
    let out = args.job.out(&pipeline)?;
    let summary = merge(&manifest, &pipeline, &out, &args.from, listener)?;
    Ok(answer(&manifest, &pipeline, &summary))
}
