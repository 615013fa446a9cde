//! The grammar of steps: transforms, and what composes them.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use super::Recipe;
use super::compose::{COMPOSITIONS, Composition};
use super::draw::draw;
use crate::image::Shape;
use crate::random::Key;
use crate::transform::{CATALOG, Step};

/// A list of steps, applied one after the other.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Steps(Vec<Node>);

impl Steps {
    /// The steps.
    pub fn nodes(&self) -> &[Node] {
        &self.0
    }

    /// These, then those.
    #[must_use]
    pub fn and(mut self, then: &Self) -> Self {
        self.0.extend_from_slice(&then.0);
        self
    }

    /// The name of the first step that mixes originals, if any does.
    pub fn mixing(&self) -> Option<&'static str> {
        self.0.iter().find_map(Node::mixing)
    }

    /// Draws everything for one picture. Each step draws from its own place below `key`, so that a change to one step
    /// leaves the numbers of the others as they were.
    pub fn draw(&self, shape: Shape, key: &Key) -> Recipe {
        draw(&self.0, shape, key)
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(untagged)]
pub enum Node {
    /// A transform.
    Step(Step),
    /// Several steps, joined to one.
    Composed(Composition),
}

impl Node {
    /// The chance that it is applied, or its weight inside `one_of` and `some_of`.
    pub fn chance(&self) -> f64 {
        match self {
            Self::Step(step) => step.chance(),
            Self::Composed(composition) => composition.chance(),
        }
    }

    fn mixing(&self) -> Option<&'static str> {
        match self {
            Self::Step(step) => {
                let mixes = step.example(Shape { width: 1, height: 1 }).mix().is_some();
                mixes.then_some(step.card().name)
            }
            Self::Composed(composition) => composition.nodes().find_map(Self::mixing),
        }
    }

    fn check(&self) -> Result<(), String> {
        match self {
            Self::Step(step) => step.check().map_err(|why| format!("{}: {why}", step.card().name)),
            Self::Composed(composition) => composition.check(),
        }
    }

    /// Reads the body of what has this name; `None` where nothing has.
    fn read<'de, A: MapAccess<'de>>(name: &str, map: &mut A) -> Option<Result<Self, A::Error>> {
        Composition::read(name, map)
            .map(|read| read.map(Self::Composed))
            .or_else(|| Step::read(name, map).map(|read| read.map(Self::Step)))
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
        let Some(node) = Node::read(&name, &mut map) else {
            return Err(de::Error::custom(unknown(&name)));
        };
        let node = node?;
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
    let names = CATALOG.iter().map(|card| card.name).chain(COMPOSITIONS.iter().map(|[name, ..]| *name));
    let near = names.max_by(|a, b| strsim::jaro_winkler(name, a).total_cmp(&strsim::jaro_winkler(name, b)));
    match near.filter(|near| strsim::jaro_winkler(name, near) > 0.75) {
        Some(near) => format!("no transform is called `{name}`; did you mean `{near}`?"),
        None => format!("no transform is called `{name}`; `evenfold transforms` lists them all"),
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
        let named = [Composition::schemas(generator), Step::schemas(generator)].concat();
        let mut kinds: Vec<_> = named.into_iter().map(|(name, schema)| keyed(name, schema)).collect();
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
    fn random_order_takes_all_in_every_order_alike() {
        let mut counts = std::collections::BTreeMap::new();
        for seed in 0..1200 {
            let mut taken = names("- random_order: [invert, to_gray, gamma]", seed);
            *counts.entry(taken.clone()).or_insert(0) += 1;
            taken.sort_unstable();
            assert_eq!(taken, ["gamma", "invert", "to_gray"]);
        }
        assert!(counts.len() == 6 && counts.values().all(|count| (140..260).contains(count)), "{counts:?}");
    }

    #[test]
    fn one_or_other_takes_the_first_with_chance_p() {
        let yaml = "- one_or_other: {p: 0.8, first: invert, second: {sequence: [to_gray, invert: {p: 0}]}}";
        let taken: Vec<_> = (0..1000).map(|seed| names(yaml, seed)).collect();
        let first = taken.iter().filter(|t| **t == ["invert"]).count();
        assert!((750..850).contains(&first), "{first}");
        assert!(taken.iter().all(|t| *t == ["invert"] || *t == ["to_gray"]));
    }

    #[test]
    fn the_examples_of_compositions_are_read() {
        for [name, _, example] in COMPOSITIONS {
            let steps = parse(&format!("- {example}")).unwrap();
            assert!(matches!(&steps.nodes()[0], Node::Composed(c) if json_name(c) == *name), "{example}");
        }
    }

    fn json_name(node: &impl serde::Serialize) -> String {
        serde_json::to_value(node).unwrap().as_object().unwrap().keys().next().unwrap().clone()
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
            ("- gamma: strong", vec!["line 1", "`strong` stands where {parameters} should"]),
            ("- invert\n- rand_augment: rand-m9-q3", vec!["line 2", "`q3` of `rand-m9-q3`"]),
            ("- rand_augment: {timm: rand-m9, num_ops: 3}", vec!["no meaning beside timm's string"]),
            ("- random_order: []", vec!["random_order: no steps"]),
            ("- invert\n- one_or_other: {first: hflip}", vec!["line 2", "second"]),
            ("- one_or_other: {p: -1, first: hflip, second: vflip}", vec!["p must be from 0 to 1, got -1"]),
            ("- randomorder: []", vec!["did you mean `random_order`"]),
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
            parse("- hflip\n- one_of: {p: 0.5, steps: [gamma, invert: {p: 0.2}]}\n- sequence: [to_gray]\n- random_order: [vflip]\n- rand_augment: rand-m9-n3-mstd0.5-inc1\n\
                   - one_or_other: {first: hflip, second: {some_of: {n: 1, steps: [vflip]}}}").unwrap();
        let text = serde_json::to_string(&steps).unwrap();
        assert_eq!(serde_json::from_str::<Steps>(&text).unwrap(), steps);
    }
}
