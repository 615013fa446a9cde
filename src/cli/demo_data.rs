use std::path::PathBuf;

use super::answer::{Answer, Failure};
use crate::run::Listener;

/// Makes the embedded demo data: rendered photos with the structure that fools a random split
#[derive(clap::Args)]
pub struct Args {
    /// The folder to write
    folder: PathBuf,
    /// The seed of everything that is drawn
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

pub fn run(args: &Args, listener: &dyn Listener) -> Result<Answer, Failure> {
    let made = crate::demo::make(&args.folder, args.seed, listener)?;
    let text = format!("Demo data: {}\n", args.folder.display());
    Ok(Answer::new(text, &serde_json::json!({"train": made.train}), false))
}
