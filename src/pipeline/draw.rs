//! Drawing: what the steps of a pipeline become for one picture.

use super::compose::{Block, Composition};
use super::{Node, Recipe};
use crate::image::Shape;
use crate::random::Key;
use crate::transform::Drawn;

/// Draws everything for one picture. Each step draws from its own place below `key`, so that a change to one step leaves
/// the numbers of the others as they were.
pub fn draw(nodes: &[Node], shape: Shape, key: &Key) -> Recipe {
    let mut drawing = Drawing { shape, drawn: Vec::new() };
    drawing.each(nodes, 0..nodes.len(), key);
    Recipe(drawing.drawn)
}

struct Drawing {
    shape: Shape,
    drawn: Vec<Drawn>,
}

impl Drawing {
    /// In this order, each with its own chance.
    fn each(&mut self, nodes: &[Node], order: impl IntoIterator<Item = usize>, key: &Key) {
        for i in order {
            let key = key.nth(i as u64);
            if key.child("p").rng().chance(nodes[i].chance()) {
                self.one(&nodes[i], &key);
            }
        }
    }

    /// Draws a node whose turn it is, whatever its `p`.
    fn one(&mut self, node: &Node, key: &Key) {
        match node {
            Node::Step(step) => {
                let drawn = step.draw(self.shape, &mut key.rng());
                self.shape = drawn.shape(self.shape);
                self.drawn.push(drawn);
            }
            Node::Composed(composition) => self.composed(composition, key),
        }
    }

    fn composed(&mut self, composition: &Composition, key: &Key) {
        match composition {
            Composition::Sequence(Block { steps, .. }) => self.each(steps, 0..steps.len(), key),
            Composition::OneOf(block) => self.chosen(&block.steps, 1, key),
            Composition::SomeOf(some) => {
                let count = some.n.draw_whole(&mut key.child("n").rng()) as usize;
                self.chosen(&some.steps, count, key);
            }
            Composition::RandomOrder(Block { steps, .. }) => {
                let mut order: Vec<usize> = (0..steps.len()).collect();
                key.child("order").rng().shuffle(&mut order);
                self.each(steps, order, key);
            }
            Composition::OneOrOther(choice) => {
                if key.child("choice").rng().chance(choice.p) {
                    self.one(&choice.first, &key.nth(0));
                } else {
                    self.one(&choice.second, &key.nth(1));
                }
            }
        }
    }

    /// So many by weight, without putting back, in their order.
    fn chosen(&mut self, nodes: &[Node], count: usize, key: &Key) {
        let mut rng = key.child("choice").rng();
        let mut left: Vec<usize> = (0..nodes.len()).filter(|&i| nodes[i].chance() > 0.0).collect();
        let mut chosen = Vec::new();
        while chosen.len() < count && !left.is_empty() {
            let total: f64 = left.iter().map(|&i| nodes[i].chance()).sum();
            let mut mark = rng.between(0.0, total);
            // The last one is taken where rounding leaves a rest.
            let passed = left[..left.len() - 1].iter().take_while(|&&i| {
                mark -= nodes[i].chance();
                mark >= 0.0
            });
            let at = passed.count();
            chosen.push(left.remove(at));
        }
        chosen.sort_unstable();
        for i in chosen {
            self.one(&nodes[i], &key.nth(i as u64));
        }
    }
}
