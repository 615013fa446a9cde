use std::path::PathBuf;

use clap::ValueEnum;

use super::answer::{Answer, Failure, few};
use crate::data::{Labels, Manifest};
use crate::run::{Listener, Shards, pack};

/// Packs pictures and labels into WebDataset or Parquet shards, for other trainers
///
/// Takes what `augment` or `split` wrote, or any folder per class or manifest. Pictures are packed as they are, in an
/// order drawn from the seed, so that every shard holds all classes. Run again, it writes only the shards that are
/// missing.
#[derive(clap::Args)]
pub struct Args {
    /// `samples.parquet`, `folds.parquet`, a folder per class, or a CSV or Parquet file with `path,label`
    #[arg(long, value_name = "PATH")]
    data: PathBuf,
    /// Folder that the paths of a CSV or Parquet manifest start from [default: the manifest's own]
    #[arg(long, value_name = "FOLDER")]
    images: Option<PathBuf>,
    /// The kind of shards
    #[arg(long, value_enum)]
    to: To,
    /// The folder to write
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Megabytes of pictures in a shard, at most
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u64).range(1..))]
    shard_mb: u64,
    /// The seed of the order
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum To {
    /// Tar files with KEY.jpg, KEY.cls and KEY.json
    Webdataset,
    /// Parquet files with `image: {bytes, path}` and `label`, as Hugging Face `datasets` reads them
    Parquet,
}

pub fn run(args: &Args, listener: &dyn Listener) -> Result<Answer, Failure> {
    let manifest = Manifest::open_with(&args.data, args.images.as_deref(), Labels::Required)?;
    let to = match args.to {
        To::Webdataset => Shards::Webdataset,
        To::Parquet => Shards::Parquet,
    };
    let packed = pack(&manifest, to, args.shard_mb * 1_000_000, args.seed, &args.out, listener)?;
    let out = args.out.display();
    let mut text =
        format!("{} pictures of {} classes in {} shards.\n", packed.images, packed.classes.len(), packed.shards.len());
    if !packed.skipped.is_empty() {
        text += &format!("{} files could not be packed:\n", packed.skipped.len());
        text += &few(packed.skipped.iter().map(|s| format!("{}: {}", s.path, s.why)), 10);
    }
    text += &format!("Shards: {out}; pack.json there lists them and the classes.\n");
    text += &match args.to {
        To::Webdataset => {
            format!("Next, in Python: webdataset.WebDataset(sorted(glob(\"{out}/*.tar\"))).decode(\"pil\")\n")
        }
        To::Parquet => format!("Next, in Python: datasets.load_dataset(\"parquet\", data_files=\"{out}/*.parquet\")\n"),
    };
    Ok(Answer::new(text, &packed, !packed.skipped.is_empty()))
}
