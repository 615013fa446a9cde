//! The options `--near-duplicates` and `--near-model`, and what they lead to.

use std::io;
#[cfg(feature = "train")]
use std::path::PathBuf;
use std::str::FromStr;
#[cfg(feature = "train")]
use std::sync::Arc;

use crate::data::Manifest;
#[cfg(feature = "train")]
use crate::leak::SHORTLIST;
use crate::leak::{DEFAULT_BITS, Link, MAX_BITS, Seen, Take, near_duplicates, read};
use crate::run::{Event, Listener};

use super::Failure;

/// Whether to look for near-duplicates, and how far apart their perceptual hashes may be.
#[derive(Clone, Copy, Debug)]
pub struct Near(Option<u32>);

impl Default for Near {
    fn default() -> Self {
        Self(Some(DEFAULT_BITS))
    }
}

impl FromStr for Near {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self(None)),
            "on" => Ok(Self::default()),
            bits => match bits.parse() {
                Ok(bits @ 0..=MAX_BITS) => Ok(Self(Some(bits))),
                _ => Err(format!("expected on, off or a number of bits from 0 to {MAX_BITS}")),
            },
        }
    }
}

impl Near {
    /// Whether they are looked for.
    pub fn is_on(self) -> bool {
        self.0.is_some()
    }

    /// Reads every original once, and finds the links between them.
    pub fn look(
        self,
        model: &Model,
        manifest: &mut Manifest,
        listener: &dyn Listener,
    ) -> Result<(Seen, Vec<Link>), Failure> {
        let full = |why: io::Error| {
            format!(
                "{}: what the search for near-duplicates puts aside, up to 15 kB a picture, cannot be kept here: {why}; name \
                 another folder in TMPDIR, or leave the search out: --near-duplicates off",
                std::env::temp_dir().display()
            )
        };
        let seen = read(manifest, if self.is_on() { Take::Sketch } else { Take::Hash }, listener).map_err(full)?;
        let Some(bits) = self.0 else { return Ok((seen, Vec::new())) };
        let proposed = model.proposes(manifest, &seen.sketches.rows().collect::<Vec<_>>(), listener)?;
        listener.hear(Event::Started { what: "looking for near-duplicates", total: 1 });
        let links = near_duplicates(&manifest.samples, &seen.sketches, bits, &proposed).map_err(full)?;
        listener.hear(Event::Finished { note: &format!("{} links", links.len()) });
        Ok((seen, links))
    }
}

/// A net that helps to find near-duplicates.
#[derive(clap::Args, Default)]
pub struct Model {
    /// The run folder of an earlier `evenfold train-eval`: what its net finds most alike is looked at as a near-duplicate too
    /// (5 kB of memory an image)
    #[cfg(feature = "train")]
    #[arg(long, value_name = "RUN")]
    near_model: Option<PathBuf>,
}

impl Model {
    /// Pairs of rows that the net finds most alike; none without a net.
    #[cfg(feature = "train")]
    fn proposes(
        &self,
        manifest: &Manifest,
        rows: &[usize],
        listener: &dyn Listener,
    ) -> Result<Vec<[usize; 2]>, Failure> {
        use crate::evaluate::{Member, checkpoint, embeddings, neighbours, pictures};
        use crate::train::{Loader, Pictures, load};

        let Some(run) = &self.near_model else { return Ok(Vec::new()) };
        listener.hear(Event::Started { what: "looking at pictures as the net does", total: 1 });
        let path = checkpoint(run, 0, Member::default());
        let found = load(&path, tch::Device::cuda_if_available())?;
        let loader = Loader::new(&found.config, Arc::new(Pictures::new(&found.config)))?;
        let embedded = embeddings(&found.net.freeze()?, &loader, &pictures(rows, manifest))?;
        let pairs = neighbours(&embedded, SHORTLIST)?;
        listener.hear(Event::Finished { note: &format!("{} pairs proposed by {}", pairs.len(), path.display()) });
        Ok(pairs.into_iter().map(|pair| pair.map(|place| rows[place])).collect())
    }

    #[cfg(not(feature = "train"))]
    #[allow(clippy::unused_self, clippy::unnecessary_wraps, reason = "as with nets")]
    fn proposes(&self, _: &Manifest, _: &[usize], _: &dyn Listener) -> Result<Vec<[usize; 2]>, Failure> {
        Ok(Vec::new())
    }
}
