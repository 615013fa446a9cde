//! A configuration in which any value may be a range.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value};

use super::{Distribution, Error, Interval, Trial};

/// Values by the name of their hyper-parameter, in Optuna's internal representation.
pub type Point = BTreeMap<String, f64>;

/// What is searched: a configuration with ranges in it.
///
/// | in the file | values |
/// | --- | --- |
/// | `{uniform: [a, b]}` | numbers from a to b; a third number is their step |
/// | `{log: [a, b]}` | numbers from a to b, evenly by logarithm |
/// | `{int: [a, b]}` | whole numbers from a to b; a third number is their step |
/// | `{log_int: [a, b]}` | whole numbers, evenly by logarithm |
/// | `{choice: [x, y, …]}` | one of these, each of which may be a whole subtree with ranges of its own |
/// | `{choice: {name: x, …}}` | the same with names for the options |
///
/// A hyper-parameter is named by its path, such as `lr` or `steps.1.affine.p`; below a choice the option's name stands in
/// the path, for there it exists only where that option was taken.
#[derive(Clone, Debug)]
pub struct Space {
    root: Node,
}

#[derive(Clone, Debug)]
enum Node {
    Fixed(Value),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
    Range { name: String, distribution: Distribution },
    Choice { name: String, names: Vec<Value>, options: Vec<Node> },
}

impl Space {
    /// Finds the ranges in a configuration.
    pub fn new(template: &Value) -> Result<Self, Error> {
        Ok(Self { root: node(template, "")? })
    }

    /// The hyper-parameters whose values can be chosen next, in groups that exist together: first those that stand in no
    /// choice, then those of each option taken.
    pub fn next(&self, known: &Point) -> Vec<Vec<(String, Distribution)>> {
        let mut groups = Vec::new();
        gather(&self.root, known, &mut groups);
        groups
    }

    /// The point of a trial; none where it lacks a value.
    pub fn point(&self, trial: &Trial) -> Option<Point> {
        self.try_complete(|group| trial.row(group))
    }

    /// The configuration at a point, which must hold every hyper-parameter that [`Self::next`] asks for.
    pub fn fill(&self, point: &Point) -> Value {
        fill(&self.root, point)
    }

    /// Every hyper-parameter, those of options not taken too, in the order of the file.
    pub fn all(&self) -> Vec<(String, Distribution)> {
        let mut all = Vec::new();
        each(&self.root, &mut |name, distribution| all.push((name.to_owned(), distribution.clone())));
        all
    }

    /// The configuration with the kind of each range in its place: what must stay the same in a study. Ends of ranges may
    /// move.
    pub fn fixed(&self) -> Value {
        fixed(&self.root)
    }

    /// Points that together take every option and both ends of every range: what fails at one of these is found before
    /// the first trial.
    pub fn corners(&self) -> Vec<Point> {
        let most = self.all().iter().map(|(_, d)| if let Distribution::Choice(c) = d { c.len() } else { 2 }).max();
        (0..most.unwrap_or(1))
            .map(|turn| {
                self.complete(|group| {
                    let value = |distribution: &Distribution| match distribution {
                        Distribution::Choice(choices) => turn.min(choices.len() - 1) as f64,
                        Distribution::Float(i) | Distribution::Int(i) => [i.low, i.high][turn % 2],
                    };
                    group.iter().map(|(_, distribution)| value(distribution)).collect()
                })
            })
            .collect()
    }

    /// A whole point: `take` is asked for the values of one group of hyper-parameters after the other, those in no
    /// choice first, then those of each option taken.
    pub fn complete(&self, mut take: impl FnMut(&[(String, Distribution)]) -> Vec<f64>) -> Point {
        self.try_complete(|group| Some(take(group))).unwrap_or_default()
    }

    fn try_complete(&self, mut take: impl FnMut(&[(String, Distribution)]) -> Option<Vec<f64>>) -> Option<Point> {
        let mut point = Point::new();
        loop {
            let groups = self.next(&point);
            if groups.is_empty() {
                return Some(point);
            }
            for group in groups {
                let values = take(&group)?;
                point.extend(group.into_iter().map(|(name, _)| name).zip(values));
            }
        }
    }
}

fn wrong(path: &str, why: impl Into<String>) -> Error {
    Error::Space { path: if path.is_empty() { "the file".into() } else { path.into() }, why: why.into() }
}

fn node(value: &Value, path: &str) -> Result<Node, Error> {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Array(items) => {
            let nodes = items.iter().enumerate().map(|(i, item)| node(item, &below(&i.to_string())));
            Ok(Node::List(nodes.collect::<Result<_, _>>()?))
        }
        Value::Object(map) => {
            if let Some(range) = range(map, path)? {
                Ok(range)
            } else {
                let nodes = map.iter().map(|(key, value)| Ok((key.clone(), node(value, &below(key))?)));
                Ok(Node::Map(nodes.collect::<Result<_, Error>>()?))
            }
        }
        plain => Ok(Node::Fixed(plain.clone())),
    }
}

/// A map of one key that names a kind of range.
fn range(map: &Map<String, Value>, path: &str) -> Result<Option<Node>, Error> {
    let Some((kind, given)) = map.iter().next().filter(|_| map.len() == 1) else { return Ok(None) };
    let name = path.to_owned();
    let distribution = match kind.as_str() {
        "choice" => return choice(given, path).map(Some),
        "uniform" => Distribution::Float(interval(given, path, kind, false, None)?),
        "log" => Distribution::Float(interval(given, path, kind, true, None)?),
        "int" => Distribution::Int(interval(given, path, kind, false, Some(1.0))?),
        "log_int" => Distribution::Int(interval(given, path, kind, true, Some(1.0))?),
        _ => return Ok(None),
    };
    Ok(Some(Node::Range { name, distribution }))
}

fn interval(given: &Value, path: &str, kind: &str, log: bool, step: Option<f64>) -> Result<Interval, Error> {
    let numbers = given.as_array().map(|items| items.iter().filter_map(Value::as_f64).collect::<Vec<_>>());
    let shape = if log { "[low, high]" } else { "[low, high] or [low, high, step]" };
    let bad = |why: &str| wrong(path, format!("`{kind}` {why}, got {given}"));
    let (low, high, step) = match numbers.as_deref() {
        Some(&[low, high]) => (low, high, step),
        Some(&[low, high, step]) if !log => (low, high, Some(step)),
        _ => return Err(bad(&format!("needs {shape}"))),
    };
    if low > high {
        return Err(bad("needs its lower end first"));
    }
    if log && low <= 0.0 {
        return Err(bad("needs numbers above 0"));
    }
    if step.is_some_and(|step| step <= 0.0) {
        return Err(bad("needs a step above 0"));
    }
    if kind.ends_with("int") && [low, high, step.unwrap_or(1.0)].iter().any(|v| v.fract() != 0.0) {
        return Err(bad("needs whole numbers"));
    }
    Ok(Interval { low, high, log, step })
}

fn choice(given: &Value, path: &str) -> Result<Node, Error> {
    // Optuna's choices are plain values: a subtree goes by its name.
    let plain = |value: &Value| !(value.is_array() || value.is_object());
    let options: Vec<(Value, &Value)> = match given {
        Value::Array(items) => items.iter().enumerate().map(|(i, item)| (label(item, i), item)).collect(),
        Value::Object(named) => named.iter().map(|(name, item)| (Value::from(name.as_str()), item)).collect(),
        _ => return Err(wrong(path, format!("`choice` needs a list, or options by name, got {given}"))),
    };
    if options.is_empty() {
        return Err(wrong(path, "`choice` needs at least one option"));
    }
    let mut seen = HashSet::new();
    if let Some((twice, _)) = options.iter().find(|(name, _)| !seen.insert(name.to_string())) {
        return Err(wrong(path, format!("`choice` holds {twice} twice")));
    }
    let names = options.iter().map(|(name, _)| name.clone()).collect();
    let below = |(i, (name, item)): (usize, &(Value, &Value))| {
        let name = if given.is_object() { name.as_str().unwrap_or_default().to_owned() } else { i.to_string() };
        if plain(item) { Ok(Node::Fixed((*item).clone())) } else { node(item, &format!("{path}.{name}")) }
    };
    let options = options.iter().enumerate().map(below).collect::<Result<_, _>>()?;
    Ok(Node::Choice { name: path.to_owned(), names, options })
}

/// The name of an option in a list: itself where it is a plain value, else its number and the beginning of its text.
fn label(item: &Value, at: usize) -> Value {
    const MOST: usize = 40;
    if !(item.is_array() || item.is_object()) {
        return item.clone();
    }
    let text = item.to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => Value::from(format!("{at}: {}…", &text[..end])),
        None => Value::from(text),
    }
}

/// The groups of what is not known yet below a node: its own, then those of options taken.
fn gather(node: &Node, known: &Point, groups: &mut Vec<Vec<(String, Distribution)>>) {
    let (at, mut own) = (groups.len(), Vec::new());
    collect(node, known, &mut own, groups);
    if !own.is_empty() {
        groups.insert(at, own);
    }
}

/// What is not known yet: of this level into `group`, of options taken into groups of their own.
fn collect(
    node: &Node,
    known: &Point,
    group: &mut Vec<(String, Distribution)>,
    groups: &mut Vec<Vec<(String, Distribution)>>,
) {
    match node {
        Node::Fixed(_) => {}
        Node::List(items) => items.iter().for_each(|item| collect(item, known, group, groups)),
        Node::Map(items) => items.iter().for_each(|(_, item)| collect(item, known, group, groups)),
        Node::Range { name, distribution } => {
            if !known.contains_key(name) {
                group.push((name.clone(), distribution.clone()));
            }
        }
        Node::Choice { name, names, options } => match known.get(name) {
            None => group.push((name.clone(), Distribution::Choice(names.clone()))),
            Some(&taken) => {
                if let Some(option) = options.get(taken as usize) {
                    gather(option, known, groups);
                }
            }
        },
    }
}

fn fill(node: &Node, point: &Point) -> Value {
    let at = |name: &str| point.get(name).copied().unwrap_or_default();
    match node {
        Node::Fixed(value) => value.clone(),
        Node::List(items) => items.iter().map(|item| fill(item, point)).collect(),
        Node::Map(items) => Value::Object(items.iter().map(|(key, item)| (key.clone(), fill(item, point))).collect()),
        Node::Range { name, distribution } => distribution.external(at(name)),
        Node::Choice { name, options, .. } => options.get(at(name) as usize).map_or(Value::Null, |o| fill(o, point)),
    }
}

fn fixed(node: &Node) -> Value {
    match node {
        Node::Fixed(value) => value.clone(),
        Node::List(items) => items.iter().map(fixed).collect(),
        Node::Map(items) => Value::Object(items.iter().map(|(key, item)| (key.clone(), fixed(item))).collect()),
        Node::Range { distribution, .. } => Value::from(match distribution {
            Distribution::Float(i) if i.log => "log",
            Distribution::Int(i) if i.log => "log_int",
            Distribution::Int(_) => "int",
            _ => "uniform",
        }),
        Node::Choice { names, options, .. } => {
            names.iter().zip(options).map(|(name, option)| Value::from(vec![name.clone(), fixed(option)])).collect()
        }
    }
}

fn each(node: &Node, take: &mut dyn FnMut(&str, &Distribution)) {
    match node {
        Node::Fixed(_) => {}
        Node::List(items) => items.iter().for_each(|item| each(item, take)),
        Node::Map(items) => items.iter().for_each(|(_, item)| each(item, take)),
        Node::Range { name, distribution } => take(name, distribution),
        Node::Choice { name, names, options } => {
            take(name, &Distribution::Choice(names.clone()));
            options.iter().for_each(|option| each(option, take));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FILE: &str = "
epochs: 5
lr: {log: [1.0e-5, 1.0e-2]}
batch_size: {choice: [16, 32]}
dropout: {uniform: [0, 0.5, 0.1]}
steps:
  choice:
    none: []
    light: [{hflip: {p: {uniform: [0, 1]}}}]
    heavy:
      - hflip
      - affine: {rotate_deg: [{uniform: [-30, 0]}, {uniform: [0, 30]}], p: {choice: [0.3, 0.5]}}
";

    fn space() -> Space {
        Space::new(&serde_saphyr::from_str(FILE).unwrap()).unwrap()
    }

    #[test]
    fn nested_and_conditional_ranges_are_found_and_filled() {
        let space = space();
        let names: Vec<_> = space.all().into_iter().map(|(name, _)| name).collect();
        let heavy =
            ["steps.heavy.1.affine.rotate_deg.0", "steps.heavy.1.affine.rotate_deg.1", "steps.heavy.1.affine.p"];
        let first = ["lr", "batch_size", "dropout", "steps"];
        assert_eq!(names, [first.as_slice(), &["steps.light.0.hflip.p"], &heavy].concat());

        let mut asked = Vec::new();
        let point = space.complete(|group| {
            asked.push(group.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>());
            group
                .iter()
                .map(|(name, d)| if name == "steps" { 2.0 } else { d.internal(&d.external(1.0)).unwrap_or(0.0) })
                .collect()
        });
        assert_eq!(asked, [first.map(str::to_owned).to_vec(), heavy.map(str::to_owned).to_vec()]);
        let filled = space.fill(&point);
        assert_eq!(filled["epochs"], json!(5));
        assert_eq!(filled["batch_size"], json!(32));
        assert_eq!(filled["steps"], json!(["hflip", {"affine": {"rotate_deg": [0.0, 1.0], "p": 0.5}}]));
    }

    #[test]
    fn corners_take_every_option_and_both_ends() {
        let corners = space().corners();
        let options: HashSet<_> = corners.iter().map(|point| point["steps"] as usize).collect();
        assert_eq!(options, HashSet::from([0, 1, 2]));
        let ends: HashSet<_> = corners.iter().map(|point| point["lr"].to_bits()).collect();
        assert_eq!(ends, HashSet::from([1e-5f64.to_bits(), 1e-2f64.to_bits()]));
    }

    #[test]
    fn bad_ranges_are_refused_by_path() {
        let table = [
            ("lr: {log: [0, 1]}", "`lr`", "above 0"),
            ("a: {b: {uniform: [2, 1]}}", "`a.b`", "lower end first"),
            ("n: {int: [1, 2.5]}", "`n`", "whole numbers"),
            ("n: {int: 3}", "`n`", "[low, high]"),
            ("n: {choice: []}", "`n`", "at least one"),
            ("n: {choice: [1, 1]}", "`n`", "twice"),
        ];
        for (file, path, why) in table {
            let said = Space::new(&serde_saphyr::from_str(file).unwrap()).unwrap_err().to_string();
            assert!(said.contains(path) && said.contains(why), "{file}: {said}");
        }
    }
}
