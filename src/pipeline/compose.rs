//! What composes steps.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use super::Node;
use crate::transform::Range;

/// Steps joined to one.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Composition {
    /// All steps of the block, in order.
    Sequence(Block),
    /// One step of the block, chosen by weight.
    OneOf(Block),
    /// Some steps of the block, chosen by weight without putting back, in their order.
    SomeOf(SomeOf),
    /// All steps of the block, in an order drawn anew for each picture.
    RandomOrder(Block),
    /// One of two steps.
    OneOrOther(Box<OneOrOther>),
}

/// Each composition's name, what it does, and how it is written.
pub const COMPOSITIONS: &[[&str; 3]] = &[
    ["sequence", "All steps, in order, each with its own chance `p`.", "sequence: {p: 0.5, steps: [hflip, gamma]}"],
    ["one_of", "One step; `p` of the steps are weights.", "one_of: [gaussian_blur, gauss_noise: {p: 0.2}]"],
    [
        "some_of",
        "`n` steps, chosen without putting back, in their order; `p` of the steps are weights.",
        "some_of: {n: [1, 2], steps: [gamma, contrast, brightness]}",
    ],
    [
        "random_order",
        "All steps, each with its own chance `p`, in an order drawn anew for each picture.",
        "random_order: [gamma, gaussian_blur, gauss_noise: {p: 0.5}]",
    ],
    [
        "one_or_other",
        "The first step with chance `p` (0.5), else the second.",
        "one_or_other: {p: 0.7, first: gamma, second: equalize}",
    ],
];

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

/// One of two steps, whatever their own `p`.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneOrOther {
    /// The chance of the first; else it is the second.
    #[serde(default = "even")]
    pub p: f64,
    /// Applied with chance `p`.
    pub first: Node,
    /// Applied otherwise.
    pub second: Node,
}

fn always() -> f64 {
    1.0
}

fn even() -> f64 {
    0.5
}

impl Composition {
    /// Reads the body of the composition of this name; `None` where there is none of this name.
    pub fn read<'de, A: MapAccess<'de>>(name: &str, map: &mut A) -> Option<Result<Self, A::Error>> {
        Some(match name {
            "sequence" => map.next_value::<OrList>().map(|block| Self::Sequence(block.0)),
            "one_of" => map.next_value::<OrList>().map(|block| Self::OneOf(block.0)),
            "some_of" => map.next_value().map(Self::SomeOf),
            "random_order" => map.next_value::<OrList>().map(|block| Self::RandomOrder(block.0)),
            "one_or_other" => map.next_value().map(Self::OneOrOther),
            _ => return None,
        })
    }

    /// The JSON schema of each composition's body, by name.
    pub fn schemas(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)> {
        let (block, list) = (generator.subschema_for::<Block>(), generator.subschema_for::<Vec<Node>>());
        let block = json_schema!({"oneOf": [block, list]});
        vec![
            ("sequence", block.clone()),
            ("one_of", block.clone()),
            ("some_of", generator.subschema_for::<SomeOf>()),
            ("random_order", block),
            ("one_or_other", generator.subschema_for::<OneOrOther>()),
        ]
    }

    /// The steps in it.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        let (steps, pair) = match self {
            Self::Sequence(block) | Self::OneOf(block) | Self::RandomOrder(block) => (block.steps.as_slice(), None),
            Self::SomeOf(some) => (some.steps.as_slice(), None),
            Self::OneOrOther(choice) => (&[][..], Some([&choice.first, &choice.second])),
        };
        steps.iter().chain(pair.into_iter().flatten())
    }

    /// The chance that it is applied, or its weight where it is chosen.
    pub fn chance(&self) -> f64 {
        match self {
            Self::Sequence(block) | Self::OneOf(block) | Self::RandomOrder(block) => block.p,
            Self::SomeOf(some) => some.p,
            Self::OneOrOther(_) => 1.0,
        }
    }

    /// Says what is wrong, if anything is.
    pub fn check(&self) -> Result<(), String> {
        let (name, p, steps, weighed) = match self {
            Self::Sequence(Block { p, steps }) => ("sequence", *p, steps.as_slice(), false),
            Self::OneOf(Block { p, steps }) => ("one_of", *p, steps.as_slice(), true),
            Self::SomeOf(SomeOf { n, p, steps }) => {
                n.within("n", 0.0, steps.len() as f64).map_err(|why| format!("some_of: {why}"))?;
                ("some_of", *p, steps.as_slice(), true)
            }
            Self::RandomOrder(Block { p, steps }) => ("random_order", *p, steps.as_slice(), false),
            Self::OneOrOther(choice) => {
                let pair = std::slice::from_ref(&choice.first);
                ("one_or_other", choice.p, pair, false)
            }
        };
        if !(0.0..=1.0).contains(&p) {
            return Err(format!("{name}: p must be from 0 to 1, got {p}"));
        }
        if steps.is_empty() {
            return Err(format!("{name}: no steps to choose from"));
        }
        if weighed && steps.iter().all(|step| step.chance() == 0.0) {
            return Err(format!("{name}: every step has the weight p = 0"));
        }
        Ok(())
    }
}

/// A block may be written as a bare list of steps.
struct OrList(Block);

impl<'de> Deserialize<'de> for OrList {
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
