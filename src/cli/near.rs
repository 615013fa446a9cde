//! The option `--near-duplicates` and what it leads to.

use std::io;
use std::str::FromStr;

use crate::data::Manifest;
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
    pub fn look(self, manifest: &mut Manifest, listener: &dyn Listener) -> Result<(Seen, Vec<Link>), Failure> {
        let full = |why: io::Error| {
            format!(
                "{}: what the search for near-duplicates puts aside, up to 15 kB a picture, cannot be kept here: {why}; name \
                 another folder in TMPDIR, or leave the search out: --near-duplicates off",
                std::env::temp_dir().display()
            )
        };
        let seen = read(manifest, if self.is_on() { Take::Sketch } else { Take::Hash }, listener).map_err(full)?;
        let Some(bits) = self.0 else { return Ok((seen, Vec::new())) };
        listener.hear(Event::Started { what: "looking for near-duplicates", total: 1 });
        let links = near_duplicates(&manifest.samples, &seen.sketches, bits).map_err(full)?;
        listener.hear(Event::Finished { note: &format!("{} links", links.len()) });
        Ok((seen, links))
    }
}
