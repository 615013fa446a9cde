//! The drawn numbers of one picture, and carrying them out.

use serde::{Deserialize, Serialize};

use crate::image::{Frame, Scratch, Shape};
use crate::transform::{Canvas, Drawn};

/// Everything that was drawn for one picture, in order: complete, and with nothing random left in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Recipe(pub Vec<Drawn>);

impl Recipe {
    /// The shape of a picture afterwards.
    pub fn shape(&self, before: Shape) -> Shape {
        self.0.iter().fold(before, |shape, drawn| drawn.shape(shape))
    }

    /// Carries the recipe out; see [`Canvas`] for what is joined.
    pub fn apply(&self, frame: &mut Frame, scratch: &mut Scratch) {
        let mut canvas = Canvas::new(frame, scratch);
        for drawn in &self.0 {
            drawn.apply(&mut canvas);
        }
        canvas.finish();
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
        let turn = |deg: f64| format!("affine: {{rotate_deg: {deg}, scale: 1, shift_x: 0, shift_y: 0}}");
        let recipe = drawn(&format!("[{}, {}]", turn(20.0), turn(-20.0)), shape);
        let mut joined = picture(shape);
        recipe.apply(&mut joined, &mut Scratch::default());
        let worst = joined.pixels().iter().zip(picture(shape).pixels()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(worst <= Some(1), "{worst:?}");
    }

    #[test]
    fn a_recipe_survives_json() {
        let steps = "[affine: , hue_saturation_value: , gauss_noise: , coarse_dropout: , random_resized_crop: ]";
        let recipe = drawn(steps, Shape { width: 150, height: 100 });
        let text = serde_json::to_string(&recipe).unwrap();
        assert_eq!(serde_json::from_str::<Recipe>(&text).unwrap(), recipe);
    }
}
