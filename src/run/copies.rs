//! The copies of one source, one after the other: drawn, carried out, and drawn again where they show nothing new.

use std::sync::Arc;

use super::diversity::Thumbnail;
use super::mixer::{Mixer, Partner};
use crate::image::{Frame, Scratch, Shape};
use crate::pipeline::{Recipe, Steps};
use crate::plan::SourceId;
use crate::random::Key;

/// What one thread uses again for picture after picture.
pub struct Worker {
    /// The picture that was made last.
    pub frame: Frame,
    /// What the kernels need.
    pub scratch: Scratch,
    /// The file that was encoded last.
    pub bytes: Vec<u8>,
}

impl Default for Worker {
    fn default() -> Self {
        let frame = Frame::filled(Shape { width: 1, height: 1 }, [0; 3]);
        Self { frame, scratch: Scratch::default(), bytes: Vec::new() }
    }
}

impl Worker {
    /// Leaves in `frame` what the recipe makes of the source and the partners that its mixes take.
    fn carry_out(&mut self, recipe: &Recipe, source: &Frame, partners: &[Partner]) {
        self.frame.copy_from(source);
        self.scratch.partners.clear();
        self.scratch.partners.extend(partners.iter().map(|(_, picture)| Arc::clone(picture)));
        recipe.apply(&mut self.frame, &mut self.scratch);
    }
}

/// One copy's numbers.
pub struct Copied {
    pub recipe: Recipe,
    /// The other originals in it, in the order in which the recipe takes them.
    pub partners: Vec<Partner>,
    /// 0, or how often it was drawn again.
    pub attempt: u32,
    /// To its source or its nearest earlier sibling, whichever is less.
    pub distance: f32,
}

/// A source and the copies of it that were made, in the order of their numbers: what a copy is depends on them.
pub struct Siblings<'a> {
    source: &'a Frame,
    row: usize,
    key: Key,
    steps: &'a Steps,
    mixer: &'a Mixer<'a>,
    seen: Vec<Thumbnail>,
}

impl<'a> Siblings<'a> {
    /// Of the source in this row of the mixer's manifest.
    pub fn of(source: &'a Frame, row: usize, id: SourceId, mixer: &'a Mixer<'a>) -> Self {
        let pipeline = mixer.pipeline;
        let of_class = pipeline.classes.get(&mixer.manifest.samples[row].label);
        let steps = of_class.map_or(&pipeline.steps, |class| &class.steps);
        Self { source, row, key: id.key(pipeline.seed), steps, mixer, seen: vec![Thumbnail::of(source)] }
    }

    /// Takes over a copy that is made already, so that the next ones are told from it.
    pub fn recall(&mut self, recipe: &Recipe, partners: &[Partner], worker: &mut Worker) {
        worker.carry_out(recipe, self.source, partners);
        self.seen.push(Thumbnail::of(&worker.frame));
    }

    /// Makes copy number `n` and leaves its picture in the worker's frame.
    ///
    /// One that comes out nearer than `diversity.min_distance` is drawn again, `diversity.redraws` times at most; if
    /// all are too near, the farthest is taken. The attempt is part of the random path, so that the result does not
    /// depend on what else is drawn.
    pub fn make(&mut self, n: u32, worker: &mut Worker) -> Copied {
        let first = self.key.nth(n.into());
        let wanted = self.mixer.pipeline.diversity;
        let mut best: Option<(Copied, Thumbnail)> = None;
        for attempt in 0..=wanted.redraws {
            let key = if attempt == 0 { first } else { first.child("redraw").nth(attempt.into()) };
            let mut recipe = self.steps.draw(self.source.shape(), &key);
            let partners = self.mixer.complete(self.row, &mut recipe);
            worker.carry_out(&recipe, self.source, &partners);
            let thumbnail = Thumbnail::of(&worker.frame);
            let distance = self.seen.iter().map(|other| thumbnail.distance(other)).fold(f32::INFINITY, f32::min);
            let enough = f64::from(distance) >= wanted.min_distance;
            if best.as_ref().is_none_or(|(best, _)| distance > best.distance) {
                best = Some((Copied { recipe, partners, attempt, distance }, thumbnail));
            } else if attempt == wanted.redraws {
                // The farthest was an earlier one.
                if let Some((best, _)) = &best {
                    worker.carry_out(&best.recipe, self.source, &best.partners);
                }
            }
            if enough {
                break;
            }
        }
        let (copied, thumbnail) = best.expect("there is a first attempt");
        self.seen.push(thumbnail);
        copied
    }
}
