use std::path::PathBuf;

use super::answer::{Answer, Failure};
use super::table::table;
use crate::row;
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
    let mut rows = vec![row!["class", "train", "eval"]];
    let eval = |class: &String| made.eval.get(class).copied().unwrap_or(0);
    rows.extend(made.train.iter().map(|(class, train)| row![class, train, eval(class)]));
    let folder = args.folder.display();
    let text = format!(
        "{}\n{} objects in training, {} others in eval; {} pictures rendered now.\nDemo data: {folder} (its README.md says \
         what it is)\nNext: evenfold augment --pipeline pipelines/demo.yaml --data {folder}/train --out even\n",
        table(&rows),
        made.train_identities,
        made.eval_identities,
        made.rendered
    );
    let json = serde_json::json!({
        "folder": args.folder, "train": made.train, "eval": made.eval, "rendered": made.rendered,
        "train_identities": made.train_identities, "eval_identities": made.eval_identities,
    });
    Ok(Answer::new(text, &json, false))
}
