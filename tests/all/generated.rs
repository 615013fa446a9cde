//! Files that are made from the code and checked in.

use std::fmt::Write;

use evenfold::data::COLUMNS;
use evenfold::pipeline::{COMPOSITIONS, PipelineFile, read_yaml};
use evenfold::transform::{CATALOG, Peer, Step};

use crate::support::{generated, root};

#[test]
fn the_schema_of_pipeline_files() {
    let schema = schemars::schema_for!(PipelineFile);
    generated("pipelines/schema.json", &format!("{}\n", serde_json::to_string_pretty(&schema).unwrap()));
}

#[test]
fn the_reference_of_transforms() {
    let mut page = String::from(
        "# Transforms\n\nMade from the code by `UPDATE=1 cargo test`; do not edit. A pipeline file lists steps as \
         `- name: {parameters}`; every step takes `p`. A range is `[low, high]`, drawn from evenly, or one number.\n\nThe picture \
         before: ![the photo](../tests/data/photo.png)\n\n| composition | what it does | for example |\n| --- | --- | --- |\n",
    );
    for [name, doc, example] in COMPOSITIONS {
        writeln!(page, "| `{name}` | {doc} | `- {example}` |").unwrap();
    }
    for card in CATALOG {
        let step = Step::named(card.name).unwrap();
        let defaults = serde_json::to_value(&step).unwrap()[card.name].clone();
        let doc: Vec<_> = card.doc.lines().map(str::trim).collect();
        let name = card.name;
        writeln!(page, "\n## {name}\n\n{}\n\n![{name}](../tests/golden/{name}.png)\n", doc.join(" ").trim()).unwrap();
        writeln!(page, "| parameter | default | meaning |\n| --- | --- | --- |").unwrap();
        for parameter in card.parameters {
            assert!(
                !defaults[parameter.name].is_null() || ["size_px", "timm", "kind"].contains(&parameter.name),
                "{name}: {}",
                parameter.name
            );
            writeln!(page, "| `{}` | `{}` | {} |", parameter.name, defaults[parameter.name], parameter.doc.trim())
                .unwrap();
        }
        match card.peer {
            Peer::Call { python, max_diff: 0, .. } => writeln!(page, "\nEqual to `{python}`."),
            Peer::Call { python, because, .. } if name == "jpeg_compression" => {
                writeln!(page, "\nNear `{python}`: {because}.")
            }
            Peer::Call { python, max_diff, because } => {
                writeln!(page, "\nWithin {max_diff} levels of `{python}`: {because}.")
            }
            Peer::None { why } => writeln!(page, "\nNo peer: {why}."),
        }
        .unwrap();
    }
    generated("pipelines/REFERENCE.md", &page);
}

#[test]
fn the_columns_of_manifests() {
    let mut page = String::from(
        "# Columns of a manifest\n\nMade from the code by `UPDATE=1 cargo test`; do not edit. All other columns pass through \
         untouched. For fold k, validation is `fold == k and origin == \"original\"`, training is `fold != k and fold >= 0`.\n\n\
         | column | type | meaning |\n| --- | --- | --- |\n",
    );
    for column in COLUMNS {
        writeln!(page, "| `{}` | {} | {} |", column.name, column.kind, column.doc).unwrap();
    }
    page += "\n`split --repeats R` adds `fold_r2` to `fold_rR`, each like `fold`. `split --inner N` adds `fold_inner0`, `fold_inner1`, …: \
             the N folds of what outer fold 0, 1, … trains on, null for its validation and for the holdout (`fold_r2_inner0` for \
             a repeat). For a sample with several labels, `labels` is a list of them, or text with `|` between; `label`, where \
             there is none, is then all of them together.\n";
    generated("pipelines/COLUMNS.md", &page);
}

#[test]
fn every_pipeline_in_the_folder_is_read() {
    let mut read = 0;
    for entry in std::fs::read_dir(root("pipelines")).unwrap().flatten() {
        let path = entry.path();
        let name = entry.file_name().into_string().unwrap();
        // Those are configurations of train-eval and of tune.
        let other = ["-train.yaml", "-tune.yaml"].iter().any(|end| name.ends_with(end));
        if path.extension().is_some_and(|e| e == "yaml") && !other {
            read_yaml::<PipelineFile>(&path).unwrap_or_else(|e| panic!("{e}"));
            read += 1;
        }
    }
    assert!(read >= 2);
}
