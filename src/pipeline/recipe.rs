//! The drawn numbers of one picture, and carrying them out.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Serialize};

use crate::image::{Frame, MAX_PIXELS, Scratch, Shape};
use crate::transform::{Canvas, Drawn, Mix};

/// Everything that was drawn for one picture, in order: complete, and with nothing random left in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Recipe(pub Vec<Drawn>);

impl Recipe {
    /// The shape of a picture afterwards.
    pub fn shape(&self, before: Shape) -> Shape {
        self.0.iter().fold(before, |shape, drawn| drawn.shape(shape))
    }

    /// Leaves out the mixes for which `has_partners` finds nobody, and those after which less than half of the label would
    /// be the source's.
    pub fn keep_mixes(&mut self, mut has_partners: impl FnMut(&Mix) -> bool) {
        let mut share = 1.0;
        self.0.retain(|drawn| {
            let Some(mix) = drawn.mix() else { return true };
            let keep = share * mix.share >= 0.5 && has_partners(&mix);
            share *= if keep { mix.share } else { 1.0 };
            keep
        });
    }

    /// The source's share of the label, and that of each partner, in the order in which mixes take them. They sum to 1.
    pub fn shares(&self) -> (f64, Vec<f64>) {
        let (mut source, mut partners) = (1.0, Vec::new());
        for mix in self.0.iter().filter_map(Drawn::mix) {
            source *= mix.share;
            partners.iter_mut().for_each(|share| *share *= mix.share);
            partners.extend(std::iter::repeat_n((1.0 - mix.share) / mix.partners as f64, mix.partners));
        }
        (source, partners)
    }

    /// Carries the recipe out; see [`Canvas`] for what is joined.
    pub fn apply(&self, frame: &mut Frame, scratch: &mut Scratch) {
        let mut canvas = Canvas::new(frame, scratch);
        for drawn in &self.0 {
            drawn.apply(&mut canvas);
        }
        canvas.finish();
    }

    /// As [`apply`](Self::apply), for a recipe that comes from a file and that anybody may have changed: says why where its
    /// numbers do not fit the picture. What the frame holds then is not defined.
    pub fn try_apply(&self, frame: &mut Frame, scratch: &mut Scratch) -> Result<(), String> {
        // Kernels are sure of numbers that were drawn for the picture, and say so by a panic.
        let applied = catch_unwind(AssertUnwindSafe(|| {
            let mut shape = frame.shape();
            for drawn in &self.0 {
                shape = drawn.shape(shape);
                if shape.width as u64 * shape.height as u64 > MAX_PIXELS {
                    return Err(format!("it would make a picture of {} x {} pixels", shape.width, shape.height));
                }
            }
            self.apply(frame, scratch);
            Ok(())
        }));
        applied.unwrap_or_else(|_| Err("its numbers do not fit the picture".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::Steps;
    use crate::random::Key;

    fn drawn(yaml: &str, shape: Shape) -> Recipe {
        serde_saphyr::from_str::<Steps>(yaml).unwrap().draw(shape, &Key::root(3))
    }

    fn picture(shape: Shape) -> Frame {
        Frame::new(shape, (0..shape.bytes()).map(|i| (i * 31 % 256) as u8).collect())
    }

    fn one_by_one(recipe: &Recipe, frame: &mut Frame) {
        for step in &recipe.0 {
            Recipe(vec![step.clone()]).apply(frame, &mut Scratch::default());
        }
    }

    #[test]
    fn joined_point_operations_equal_separate_ones() {
        let shape = Shape { width: 16, height: 16 };
        let recipe = drawn("[gamma: {gamma: 1.4}, brightness_contrast: , solarize: , posterize: ]", shape);
        let (mut joined, mut separate) = (picture(shape), picture(shape));
        recipe.apply(&mut joined, &mut Scratch::default());
        one_by_one(&recipe, &mut separate);
        assert_eq!(joined, separate);
    }

    #[test]
    fn joined_turns_equal_separate_ones() {
        let shape = Shape { width: 9, height: 5 };
        let recipe = drawn("[hflip: {p: 1}, rotate90: , vflip: {p: 1}, rotate90: , rotate90: ]", shape);
        let (mut joined, mut separate) = (picture(shape), picture(shape));
        recipe.apply(&mut joined, &mut Scratch::default());
        one_by_one(&recipe, &mut separate);
        assert_eq!(joined, separate);
    }

    #[test]
    fn a_rotation_and_its_opposite_cost_no_sharpness() {
        let shape = Shape { width: 31, height: 31 };
        let turn = |deg: f64| format!("affine: {{rotate_deg: {deg}, scale: 1, shift_x_frac: 0, shift_y_frac: 0}}");
        let recipe = drawn(&format!("[{}, {}]", turn(20.0), turn(-20.0)), shape);
        let mut joined = picture(shape);
        recipe.apply(&mut joined, &mut Scratch::default());
        let worst = joined.pixels().iter().zip(picture(shape).pixels()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(worst <= Some(1), "{worst:?}");
    }

    /// The largest difference between the recipe of `joined` and what the steps give one after the other.
    fn worst(joined: &str, shape: Shape) -> u8 {
        let recipe = drawn(joined, shape);
        let (mut at_once, mut separate) = (picture(shape), picture(shape));
        recipe.apply(&mut at_once, &mut Scratch::default());
        one_by_one(&recipe, &mut separate);
        assert_eq!(at_once.shape(), separate.shape());
        at_once.pixels().iter().zip(separate.pixels()).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or_default()
    }

    #[test]
    fn a_crop_after_a_warp_joins_it_and_changes_nothing() {
        let shape = Shape { width: 41, height: 30 };
        let steps = "[rotate: {rotate_deg: 17}, random_crop: {width_px: 20, height_px: 11}, hflip: {p: 1}]";
        assert!(worst(steps, shape) <= 1);
    }

    #[test]
    fn a_warp_after_a_crop_sees_the_border_and_not_what_was_cut_off() {
        let shape = Shape { width: 41, height: 30 };
        for steps in [
            "[center_crop: {width_px: 20, height_px: 11}, rotate: {rotate_deg: 17, border: black}]",
            "[rotate: {rotate_deg: 30}, center_crop: {width_px: 20, height_px: 11}, rotate: {rotate_deg: 17}]",
        ] {
            assert_eq!(worst(steps, shape), 0, "{steps}");
        }
    }

    /// Which places are mixed shows whether one interpolation or two were done: enlarging a rotated picture of one white
    /// pixel in one step gives another picture than rotating it first.
    #[test]
    fn a_resize_joins_a_warp_unless_it_shrinks() {
        let shape = Shape { width: 40, height: 40 };
        let enlarged = "[rotate: {rotate_deg: 17}, resize: {width_px: 60, height_px: 40}]";
        assert!(worst(enlarged, shape) > 0, "the two did not become one");
        for shrunk in ["[rotate: {rotate_deg: 17}, resize: {width_px: 60, height_px: 39}]", "[hflip: {p: 1}, resize: ]"]
        {
            assert_eq!(worst(shrunk, shape), 0, "{shrunk}");
        }
    }

    #[test]
    fn a_joined_resize_looks_where_the_two_steps_look() {
        // On a ramp bilinear interpolation is exact, however often it is done.
        let shape = Shape { width: 40, height: 30 };
        let ramp = (0..shape.bytes()).map(|i| ((i / 3 % 40) * 3 + i / 120 * 2) as u8).collect();
        let steps = "[affine: {rotate_deg: 5, scale: 1.6, shift_x_frac: 0, shift_y_frac: 0}, \
                     random_resized_crop: {size_px: [70, 50], scale: 0.8}, letterbox: {width_px: 90, height_px: 60}]";
        let recipe = drawn(steps, shape);
        let (mut at_once, mut separate) = (Frame::new(shape, ramp), picture(shape));
        separate.copy_from(&at_once);
        recipe.apply(&mut at_once, &mut Scratch::default());
        one_by_one(&recipe, &mut separate);
        let pairs = at_once.pixels().iter().zip(separate.pixels());
        let worst = pairs.map(|(a, b)| a.abs_diff(*b)).max();
        assert!(worst <= Some(2), "{worst:?}");
    }

    #[test]
    fn a_recipe_survives_json() {
        let steps = "[affine: , hue_saturation_value: , gauss_noise: , coarse_dropout: , random_resized_crop: ]";
        let recipe = drawn(steps, Shape { width: 150, height: 100 });
        let text = serde_json::to_string(&recipe).unwrap();
        assert_eq!(serde_json::from_str::<Recipe>(&text).unwrap(), recipe);
    }
}
