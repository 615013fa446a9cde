//! The grammar of steps: transforms, and what composes them.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Recipe;
use crate::image::Shape;
use crate::random::Key;
use crate::transform::{CATALOG, Drawn, Range, Step};

/// A list of steps, applied one after the other.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Steps(Vec<Node>);

impl Steps {
    /// The steps.
    pub fn nodes(&self) -> &[Node] {
        &self.0
    }

    /// Draws everything for one picture. Each step draws from its own place below `key`, so that a change to one step
    /// leaves the numbers of the others as they were.
    pub fn draw(&self, shape: Shape, key: &Key) -> Recipe {
        let mut drawing = Drawing { shape, drawn: Vec::new() };
        drawing.all(&self.0, key);
        Recipe(drawing.drawn)
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A transform.
    Step(Step),
    /// All steps of the block, in order.
    Sequence(Block),
    /// One step of the block, chosen by weight.
    OneOf(Block),
    /// Some steps of the block, chosen by weight without putting back, in their order.
    SomeOf(SomeOf),
}

/// Steps that are applied together with chance `p`.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// The chance that the block is applied.
    #[serde(default = "always")]
    pub p: f64,
    /// What it holds.
    pub steps: Vec<Node>,
}

/// Some of several steps.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SomeOf {
    /// How many: a number, or [low, high].
    pub n: Range,
    /// The chance that the block is applied.
    #[serde(default = "always")]
    pub p: f64,
    /// What is chosen from.
    pub steps: Vec<Node>,
}

fn always() -> f64 {
    1.0
}

const SEQUENCE: &str = "sequence";
const ONE_OF: &str = "one_of";
const SOME_OF: &str = "some_of";

impl Node {
    /// The chance that it is applied, or its weight inside `one_of` and `some_of`.
    pub fn chance(&self) -> f64 {
        match self {
            Self::Step(step) => step.chance(),
            Self::Sequence(block) | Self::OneOf(block) => block.p,
            Self::SomeOf(some) => some.p,
        }
    }

    fn check(&self) -> Result<(), String> {
        let (name, p, steps) = match self {
            Self::Step(step) => return step.check().map_err(|why| format!("{}: {why}", step.card().name)),
            Self::Sequence(Block { p, steps }) => (SEQUENCE, *p, steps),
            Self::OneOf(Block { p, steps }) => (ONE_OF, *p, steps),
            Self::SomeOf(SomeOf { n, p, steps }) => {
                n.within("n", 0.0, steps.len() as f64).map_err(|why| format!("{SOME_OF}: {why}"))?;
                (SOME_OF, *p, steps)
            }
        };
        if !(0.0..=1.0).contains(&p) {
            return Err(format!("{name}: p must be from 0 to 1, got {p}"));
        }
        if steps.is_empty() {
            return Err(format!("{name}: no steps to choose from"));
        }
        if name != SEQUENCE && steps.iter().all(|step| step.chance() == 0.0) {
            return Err(format!("{name}: every step has the weight p = 0"));
        }
        Ok(())
    }
}

struct Drawing {
    shape: Shape,
    drawn: Vec<Drawn>,
}

impl Drawing {
    fn all(&mut self, nodes: &[Node], key: &Key) {
        for (i, node) in nodes.iter().enumerate() {
            let key = key.nth(i as u64);
            if key.child("p").rng().chance(node.chance()) {
                self.one(node, &key);
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
            Node::Sequence(block) => self.all(&block.steps, key),
            Node::OneOf(block) => self.chosen(&block.steps, 1, key),
            Node::SomeOf(some) => {
                let count = some.n.draw_whole(&mut key.child("n").rng()) as usize;
                self.chosen(&some.steps, count, key);
            }
        }
    }

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

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = match self {
            Self::Step(step) => return step.serialize(serializer),
            _ => serializer.serialize_map(Some(1))?,
        };
        match self {
            Self::Sequence(block) => map.serialize_entry(SEQUENCE, block)?,
            Self::OneOf(block) => map.serialize_entry(ONE_OF, block)?,
            Self::SomeOf(some) => map.serialize_entry(SOME_OF, some)?,
            Self::Step(_) => {}
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a step such as `hflip: {p: 0.5}`")
    }

    /// `- hflip` alone means its defaults.
    fn visit_str<E: de::Error>(self, name: &str) -> Result<Node, E> {
        Step::named(name).map(Node::Step).ok_or_else(|| de::Error::custom(unknown(name)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let Some(name) = map.next_key::<String>()? else {
            return Err(de::Error::custom("a step needs a name, such as `hflip: {p: 0.5}`"));
        };
        let node = match name.as_str() {
            SEQUENCE => Node::Sequence(map.next_value::<OrList<Block>>()?.0),
            ONE_OF => Node::OneOf(map.next_value::<OrList<Block>>()?.0),
            SOME_OF => Node::SomeOf(map.next_value()?),
            other => match Step::read(other, &mut map) {
                Some(step) => Node::Step(step?),
                None => return Err(de::Error::custom(unknown(other))),
            },
        };
        if let Some(next) = map.next_key::<String>()? {
            return Err(de::Error::custom(format!(
                "`{next}` stands beside `{name}`: begin each step with `- `, and put parameters in braces or indent them \
                 by four more"
            )));
        }
        node.check().map_err(de::Error::custom)?;
        Ok(node)
    }
}

fn unknown(name: &str) -> String {
    let names = CATALOG.iter().map(|card| card.name).chain([SEQUENCE, ONE_OF, SOME_OF]);
    let near = names.max_by(|a, b| strsim::jaro_winkler(name, a).total_cmp(&strsim::jaro_winkler(name, b)));
    match near.filter(|near| strsim::jaro_winkler(name, near) > 0.75) {
        Some(near) => format!("no transform is called `{name}`; did you mean `{near}`?"),
        None => format!("no transform is called `{name}`; `evenfold transforms` lists them all"),
    }
}

/// A block may be written as a bare list of steps.
struct OrList<T>(T);

impl<'de> Deserialize<'de> for OrList<Block> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BlockVisitor;
        impl<'de> Visitor<'de> for BlockVisitor {
            type Value = Block;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a list of steps, or `{p: 0.5, steps: [...]}`")
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Block, A::Error> {
                let mut steps = Vec::new();
                while let Some(step) = seq.next_element()? {
                    steps.push(step);
                }
                Ok(Block { p: always(), steps })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Block, A::Error> {
                Block::deserialize(de::value::MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_any(BlockVisitor).map(OrList)
    }
}

impl JsonSchema for Node {
    fn schema_name() -> Cow<'static, str> {
        "Step".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let keyed = |name: &str, schema: Schema| {
            json_schema!({
                "type": "object", "properties": {name: schema}, "required": [name], "additionalProperties": false
            })
        };
        let block = generator.subschema_for::<Block>();
        let list = generator.subschema_for::<Vec<Node>>();
        let block = json_schema!({"oneOf": [block, list]});
        let mut kinds = vec![
            keyed(SEQUENCE, block.clone()),
            keyed(ONE_OF, block),
            keyed(SOME_OF, generator.subschema_for::<SomeOf>()),
        ];
        for (name, schema) in Step::schemas(generator) {
            kinds.push(keyed(name, json_schema!({"oneOf": [schema, {"type": "null"}]})));
        }
        let names: Vec<_> = CATALOG.iter().map(|card| card.name).collect();
        kinds.push(json_schema!({"type": "string", "enum": names}));
        json_schema!({"oneOf": kinds})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(yaml: &str) -> Result<Steps, String> {
        serde_saphyr::from_str(yaml).map_err(|e| e.to_string())
    }

    fn names(yaml: &str, seed: u64) -> Vec<String> {
        let recipe = parse(yaml).unwrap().draw(Shape { width: 64, height: 48 }, &Key::root(seed));
        let values = recipe.0.iter().map(|d| serde_json::to_value(d).unwrap());
        values.map(|v| v.as_object().unwrap().keys().next().unwrap().clone()).collect()
    }

    #[test]
    fn one_of_takes_exactly_one_by_weight() {
        let yaml = "- one_of: [hflip: {p: 0.9}, vflip: {p: 0.1}]";
        let taken: Vec<_> = (0..1000).map(|seed| names(yaml, seed)).collect();
        assert!(taken.iter().all(|t| t.len() == 1));
        let flips = taken.iter().filter(|t| t[0] == "hflip").count();
        assert!((860..940).contains(&flips), "{flips}");
    }

    #[test]
    fn some_of_takes_as_many_as_asked_in_their_order() {
        let yaml = "- some_of: {n: [1, 2], steps: [invert, to_gray, vflip: {p: 1}]}";
        let order = ["invert", "to_gray", "vflip"].map(String::from);
        let mut counts = [0; 4];
        for seed in 0..600 {
            let taken = names(yaml, seed);
            assert!(taken.windows(2).all(|w| {
                let place = |name| order.iter().position(|o| o == name);
                place(&w[0]) < place(&w[1])
            }));
            counts[taken.len()] += 1;
        }
        assert!(counts[0] == 0 && counts[3] == 0 && counts[1] > 200 && counts[2] > 200, "{counts:?}");
    }

    #[test]
    fn p_is_the_share_that_is_applied() {
        let applied = (0..2000).filter(|&seed| !names("- invert: {p: 0.3}", seed).is_empty()).count();
        assert!((530..670).contains(&applied), "{applied}");
    }

    #[test]
    fn a_changed_step_leaves_the_draws_of_the_others() {
        let shape = Shape { width: 64, height: 48 };
        let draw = |yaml: &str| parse(yaml).unwrap().draw(shape, &Key::root(5)).0;
        let before = draw("[affine: , gamma: , gauss_noise: ]");
        let after = draw("[affine: , gamma: {gamma: [1, 3]}, gauss_noise: ]");
        assert_eq!((&before[0], &before[2]), (&after[0], &after[2]));
        assert_ne!(before[1], after[1]);
    }

    #[test]
    fn errors_name_the_line_what_was_seen_and_what_was_meant() {
        for (yaml, wanted) in [
            ("- hflip: {}\n- hflipp: {}", vec!["line 2", "did you mean `hflip`"]),
            ("- hflip: {}\n- gamma: {gama: 2}", vec!["line 2", "gama"]),
            ("- gamma: {gamma: [2, 1]}", vec!["line 1", "low end first"]),
            ("- gamma: {gamma: .nan}", vec!["line 1", "finite"]),
            ("- hflip: {p: 1.5}", vec!["p must be from 0 to 1, got 1.5"]),
            ("- hflip: {p: 1, p: 0}", vec!["duplicate"]),
            ("- one_of: []", vec!["no steps to choose from"]),
            ("- some_of: {n: 3, steps: [hflip]}", vec!["n must lie within 0 and 1"]),
            ("- affine:\n  rotate_deg: 3", vec!["stands beside `affine`"]),
        ] {
            let error = parse(yaml).err().unwrap_or_else(|| panic!("{yaml} was accepted"));
            for part in wanted {
                assert!(error.contains(part), "{yaml}: {error}");
            }
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let steps =
            parse("- hflip\n- one_of: {p: 0.5, steps: [gamma, invert: {p: 0.2}]}\n- sequence: [to_gray]").unwrap();
        let text = serde_json::to_string(&steps).unwrap();
        assert_eq!(serde_json::from_str::<Steps>(&text).unwrap(), steps);
    }
}
