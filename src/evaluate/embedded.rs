//! Pictures in the eyes of one net: the first fold's, since another's features are others.

use super::folds::{Error, World};
use super::kept::Kept;
use super::outcome::Embedded;
use super::parts::Member;
use super::summary::chosen;
use super::{embeddings, pictures};
use crate::data::Manifest;
use crate::image::Frame;
use crate::record::SPRITE_PX;

/// More pictures of a side than these are thinned out evenly for display.
const MOST: usize = 1000;

/// What the classifier of the first fold's net sees, a row a picture.
pub(super) struct Eyes {
    /// Of the fold's validation originals.
    pub validation: Vec<Vec<f32>>,
    /// Of the images that will be judged; none where there are none.
    pub eval: Vec<Vec<f32>>,
}

impl Eyes {
    pub fn new(world: &World, first: &Kept) -> Result<Self, Error> {
        let net = world.net(0, Member::default())?;
        let frozen = net.freeze()?;
        let seen = |rows: &[usize], from: &Manifest| embeddings(&frozen, &world.loader, &pictures(rows, from));
        let validation = seen(&first.validation_rows, world.job.manifest)?;
        let eval = world.job.eval.map(|eval| seen(&world.eval, &eval.manifest)).transpose()?;
        Ok(Self { validation, eval: eval.unwrap_or_default() })
    }

    /// Some of them, with what is known of them.
    pub fn shown(&self, world: &World, first: &Kept) -> Vec<Embedded> {
        let side = |split, rows: &[usize], from: &Manifest, predicted: &[Vec<f32>], seen: &[Vec<f32>]| {
            let predicted = chosen(predicted);
            let some: Vec<usize> = (0..rows.len()).step_by(rows.len().div_ceil(MOST).max(1)).collect();
            let files: Vec<_> = some.iter().map(|&at| from.locate(&from.samples[rows[at]])).collect();
            let embedded = |(at, sprite): (usize, Option<Frame>)| {
                let sample = &from.samples[rows[at]];
                Embedded {
                    path: sample.path.clone(),
                    split,
                    truth: (!sample.label.is_empty()).then(|| world.class(&sample.label)),
                    predicted: predicted[at],
                    features: seen[at].clone(),
                    sprite,
                }
            };
            some.into_iter().zip(world.loader.squares(&files, SPRITE_PX)).map(embedded).collect::<Vec<_>>()
        };
        let (rows, predicted) = (&first.validation_rows, &first.validation.plain);
        let mut shown = side("validation", rows, world.job.manifest, predicted, &self.validation);
        if let (Some(eval), Some(predicted)) = (world.job.eval, &first.eval) {
            shown.extend(side("eval", &world.eval, &eval.manifest, &predicted.plain, &self.eval));
        }
        shown
    }
}
