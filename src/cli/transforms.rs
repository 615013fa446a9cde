use serde_json::json;

use super::answer::{Answer, Failure};
use super::table::table;
use crate::pipeline::COMPOSITIONS;
use crate::row;
use crate::transform::{CATALOG, Card, Step};

/// Lists the transforms, or describes one
#[derive(clap::Args)]
pub struct Args {
    /// The transform to describe
    name: Option<String>,
}

pub fn run(args: &Args) -> Result<Answer, Failure> {
    let Some(name) = &args.name else {
        let mut rows = vec![row!["transform", "what it does"]];
        rows.extend(CATALOG.iter().map(|card| row![card.name, summary(card)]));
        let text = format!(
            "{}\nComposed by {}. More: evenfold transforms NAME, pipelines/REFERENCE.md\n",
            table(&rows),
            COMPOSITIONS.iter().map(|[name, ..]| *name).collect::<Vec<_>>().join(", ")
        );
        let names: Vec<_> = CATALOG.iter().map(|card| json!({"name": card.name, "doc": summary(card)})).collect();
        return Ok(Answer::new(text, &names, false));
    };
    if let Some([_, doc, example]) = COMPOSITIONS.iter().find(|[known, ..]| known == name) {
        let text = format!("{name}: {doc}\n\nIn a pipeline:\n  - {example}\n");
        return Ok(Answer::new(text, &json!({"name": name, "doc": doc}), false));
    }
    let card = CATALOG.iter().find(|card| card.name == *name);
    let (Some(card), Some(step)) = (card, Step::named(name)) else {
        return Err(format!("no transform is called `{name}`; `evenfold transforms` lists them all").into());
    };
    let defaults = serde_json::to_value(&step)?[card.name].clone();
    let mut rows = vec![row!["parameter", "default", "meaning"]];
    rows.extend(card.parameters.iter().map(|p| row![p.name, defaults[p.name], p.doc.trim()]));
    let doc = card.doc.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let text =
        format!("{name}: {}\n\n{}\nIn a pipeline:\n  - {name}: {{p: {}}}\n", doc.trim(), table(&rows), defaults["p"]);
    let parameters: Vec<_> = card
        .parameters
        .iter()
        .map(|p| json!({"name": p.name, "default": defaults[p.name], "doc": p.doc.trim()}))
        .collect();
    Ok(Answer::new(text, &json!({"name": name, "doc": doc.trim(), "parameters": parameters}), false))
}

fn summary(card: &Card) -> String {
    let doc = card.doc.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    doc.split_once(". ").map_or(doc.trim(), |(first, _)| first).trim_end_matches('.').to_owned()
}
