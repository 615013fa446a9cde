//! Steps as YAML for people: a transform a line, blocks indented.

use serde_json::Value as Json;

/// A list of steps, each `{name: {parameters}}`.
pub fn steps(steps: &[Json], indent: usize) -> String {
    steps.iter().map(|step| one(step, indent)).collect()
}

fn one(step: &Json, indent: usize) -> String {
    let (name, body) = step.as_object().and_then(|map| map.iter().next()).expect("a step has a name");
    let margin = " ".repeat(indent);
    let is_block = |value: &Json| value.is_array() && value[0].is_object();
    match body.as_object() {
        Some(entries) if entries.values().any(is_block) => {
            let mut text = format!("{margin}- {name}:\n");
            for (key, value) in entries {
                text += &match value {
                    block if is_block(block) => {
                        let inner = block.as_array().map_or(String::new(), |inner| steps(inner, indent + 6));
                        format!("{margin}    {key}:\n{inner}")
                    }
                    plain => format!("{margin}    {key}: {}\n", flow(plain)),
                };
            }
            text
        }
        _ => format!("{margin}- {name}: {}\n", flow(body)),
    }
}

fn flow(value: &Json) -> String {
    let list = |items: Vec<String>, [open, close]: [&str; 2]| format!("{open}{}{close}", items.join(", "));
    match value {
        Json::Array(items) => list(items.iter().map(flow).collect(), ["[", "]"]),
        Json::Object(entries) => {
            list(entries.iter().map(|(key, value)| format!("{key}: {}", flow(value))).collect(), ["{", "}"])
        }
        // Every text here is a name of ours.
        Json::String(name) => name.clone(),
        other => other.to_string(),
    }
}
