//! The partners of mixes, found and read.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::data::{Manifest, read_file};
use crate::image::{Frame, decode};
use crate::pipeline::{PipelineFile, Recipe, Steps};
use crate::plan::{Error, Partners, SourceId, plan};
use crate::transform::Mix;

/// A partner and its picture.
pub type Partner = (SourceId, Arc<Frame>);

/// What is made of which originals, and whom the mixes in it may take.
pub struct Mixer<'a> {
    pub manifest: &'a Manifest,
    pub pipeline: &'a PipelineFile,
    /// `None` where nothing is mixed.
    pool: Option<Pool<'a>>,
}

struct Pool<'a> {
    partners: Partners<'a>,
    rows: HashMap<SourceId, usize>,
    digest: String,
}

impl<'a> Mixer<'a> {
    /// For these rows, with an id where the file can be read. Who is drawn depends on them; a picture that turns out to be
    /// damaged later stays among them and is passed over, so that a run that goes on draws as the one before it did. What is
    /// to be left out of the result is no partner.
    pub fn of(manifest: &'a Manifest, pipeline: &'a PipelineFile, ids: &[Option<SourceId>]) -> Result<Self, Error> {
        let Some(step) = mixing(pipeline) else { return Ok(Self { manifest, pipeline, pool: None }) };
        let left_out = plan(&manifest.samples, ids, &pipeline.balance, pipeline.seed)?.left_out;
        let ids: Vec<_> = ids.iter().enumerate().map(|(row, id)| id.filter(|_| !left_out.contains(&row))).collect();
        let partners = Partners::of(manifest, &ids);
        if !partners.any() {
            return Err(Error::NoPartners { step });
        }
        let (rows, digest) = (partners.rows().collect(), partners.digest());
        Ok(Self { manifest, pipeline, pool: Some(Pool { partners, rows, digest }) })
    }

    /// What the mixes are drawn from: copies that were made of another set are not the same.
    pub fn digest(&self) -> Option<&str> {
        self.pool.as_ref().map(|pool| pool.digest.as_str())
    }

    /// The row of an original that may be a partner.
    pub fn row_of(&self, id: SourceId) -> Option<usize> {
        self.pool.as_ref()?.rows.get(&id).copied()
    }

    /// The partners of a source's recipe, in the order in which it takes them. Mixes without one leave the recipe.
    pub fn complete(&self, row: usize, recipe: &mut Recipe) -> Vec<Partner> {
        let mut found = Vec::new();
        recipe.keep_mixes(|mix| {
            let of_mix: Option<Vec<Partner>> = (0..mix.partners).map(|nth| self.partner(row, mix, nth)).collect();
            let complete = of_mix.is_some();
            found.extend(of_mix.into_iter().flatten());
            complete
        });
        found
    }

    /// The pictures of partners that were found before; the path of one that can no longer be read.
    pub fn pictures(&self, ids: &[SourceId]) -> Result<Vec<Partner>, PathBuf> {
        let picture = |&id: &SourceId| {
            let row = self.row_of(id).ok_or_else(|| self.manifest.folder.clone())?;
            let picture = self.picture(row).ok_or_else(|| self.manifest.locate(&self.manifest.samples[row]))?;
            Ok((id, picture))
        };
        ids.iter().map(picture).collect()
    }

    fn partner(&self, row: usize, mix: &Mix, nth: usize) -> Option<Partner> {
        let mut candidates = self.pool.as_ref()?.partners.candidates(row, mix, nth);
        candidates.find_map(|(id, row)| Some((id, self.picture(row)?)))
    }

    fn picture(&self, row: usize) -> Option<Arc<Frame>> {
        let bytes = read_file(&self.manifest.locate(&self.manifest.samples[row])).ok()?;
        Some(Arc::new(decode(&bytes).ok()?))
    }
}

/// The first step of a pipeline that mixes originals, if any does.
pub fn mixing(pipeline: &PipelineFile) -> Option<&'static str> {
    let classes = pipeline.classes.values().map(|class| &class.steps);
    std::iter::once(&pipeline.steps).chain(classes).find_map(Steps::mixing)
}
