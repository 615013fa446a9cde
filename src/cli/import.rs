use std::path::PathBuf;

use serde_json::json;

use super::answer::{Answer, Failure};
use crate::data::write_whole;
use crate::pipeline::import;

/// Translates a pipeline that Albumentations saved (A.save, YAML or JSON) into a pipeline file
///
/// Steps and keys that cannot be translated are all reported with their line, and nothing is written (exit code 2). Steps
/// that ours does a little differently are translated with a note (exit code 1).
#[derive(clap::Args)]
pub struct Args {
    /// The saved pipeline
    file: PathBuf,
    /// The pipeline file to write [default: FILE's name with .evenfold.yaml, beside it]
    #[arg(long, value_name = "OUT.yaml")]
    out: Option<PathBuf>,
}

pub fn run(args: &Args) -> Result<Answer, Failure> {
    let imported = import(&args.file)?;
    let out = args.out.clone().unwrap_or_else(|| args.file.with_extension("evenfold.yaml"));
    write_whole(&out, imported.yaml.as_bytes())?;
    let notes: Vec<_> = imported.notes.iter().map(|note| note.at(&args.file)).collect();
    let mut text = format!("{} steps translated.\n", imported.steps);
    if !notes.is_empty() {
        text += "Not quite the same:\n";
        for note in &notes {
            text += &format!("  {note}\n");
        }
    }
    let shown = out.display();
    text += &format!("Pipeline: {shown}\nNext: evenfold augment --pipeline {shown} --data PHOTOS --out EVEN\n");
    let json = json!({"pipeline": out, "steps": imported.steps, "notes": notes});
    Ok(Answer { text, json, look: !notes.is_empty() })
}
