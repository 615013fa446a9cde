use std::path::PathBuf;

use super::answer::{Answer, Failure};
use crate::data::{Labels, Manifest, write_atomically};
use crate::run::replay;

/// Makes one copy again, from its source and its recipe
///
/// Gives the very bytes that `augment` wrote, whether or not the copy is still there. Exit code 1 if they differ from
/// the hash in the manifest: the source was changed, or another JPEG encoder was used.
#[derive(clap::Args)]
pub struct Args {
    /// `samples.parquet`, or `folds.parquet` made from it
    #[arg(value_name = "SAMPLES.parquet")]
    manifest: PathBuf,
    /// The copy's row, counted from 0 as polars and pandas do
    #[arg(long, value_name = "N")]
    row: usize,
    /// Where to write the picture [default: only check that it can be made again]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub fn run(args: &Args) -> Result<Answer, Failure> {
    let manifest = Manifest::open(&args.manifest, Labels::Optional)?;
    let made = replay(&manifest, &args.manifest, args.row)?;
    if let Some(out) = &args.out {
        write_atomically(out, &made.bytes)?;
    }
    let written = args.out.as_ref().map_or(String::new(), |out| format!("Written: {}\n", out.display()));
    let row = args.row;
    let text = match &made.recorded {
        _ if made.same() => {
            format!("Row {row}, {}: {} bytes, the very ones that were written.\n", made.path, made.bytes.len())
        }
        None => format!("Row {row}, {}: made again, but the manifest holds no hash to compare with.\n", made.path),
        Some(_) if made.jpeg_backend != made.own_jpeg_backend => format!(
            "Row {row}, {}: other bytes than were written. JPEG was written by {} then and by {} now: use the same build \
             to have the same bytes.\n",
            made.path, made.jpeg_backend, made.own_jpeg_backend
        ),
        Some(_) => format!(
            "Row {row}, {}: other bytes than were written. Its source {} has probably been changed since.\n",
            made.path, made.source
        ),
    };
    Ok(Answer::new(text + &written, &made, !made.same()))
}
