//! Somebody else's folds, judged: what leaks in them, and evenfold's own folds of the same images to set beside them.

use super::answer::Failure;
use super::audit::name_groups;
use super::groups::{Groups, some_match};
use super::near::{Model, Near};
use crate::data::{HOLDOUT, Manifest};
use crate::evaluate::Given;
use crate::leak::{check, near_findings, parts};
use crate::run::{Event, Listener};
use crate::split::{Grouping, Options, Rule, Strata, split};

/// Own folds where the given split has no numbers.
const FOLDS: usize = 5;

/// Looks for leaks in the manifest's folds, or in the parts that its column `split` names, as `evenfold audit` does. Where
/// there are any, the manifest is split anew, and what was given is handed back.
pub fn judged(
    manifest: &mut Manifest,
    groups: &Groups,
    seed: u64,
    listener: &dyn Listener,
) -> Result<Option<Given>, Failure> {
    let given = given_folds(manifest);
    let parts = parts(manifest);
    // None where a column `split` says which part is for validation.
    let numbered = Some(manifest.folds()).filter(|folds| *folds > 0);
    let resolved = groups.resolve(manifest, FOLDS)?;
    some_match(&resolved.grouping, &manifest.samples)?;
    name_groups(manifest, resolved.grouping);
    let (_, links) = Near::default().look(&Model::default(), manifest, listener)?;
    let mut leaks = check(&manifest.samples, &parts);
    leaks.extend(near_findings(&links, &manifest.samples, &parts));
    match (leaks.is_empty(), numbered) {
        (false, _) => {}
        (true, Some(_)) => return Ok(None),
        (true, None) => {
            return Err(
                "no leak was found between the parts that `split` names; to train, make folds of the data: evenfold \
                        split --folds 5 --stratified"
                    .into(),
            );
        }
    }
    let held = given.iter().filter(|fold| **fold == Some(HOLDOUT)).count();
    let asked = Options {
        folds: numbered.map_or(FOLDS, |folds| folds.max(2)),
        repeats: 1,
        inner: None,
        stratified: true,
        strata: vec![Strata::new("label", manifest.samples.iter().map(|sample| [sample.label.as_str()]))],
        grouping: Grouping::AsGiven,
        alike: links.iter().map(|link| [link.a, link.b]).collect(),
        holdout: held as f64 / manifest.samples.len() as f64,
        rule: Rule::Even,
        seed,
    };
    split(manifest, &asked)?;
    let text = format!(
        "the folds given leak ({}): own folds of the same images are trained beside them",
        leaks[0].kind.name()
    );
    listener.hear(Event::Warning { text: &text });
    Ok(Some(Given { folds: given, validated: numbered.unwrap_or(1), leaks }))
}

/// The fold of each row. Of a column `split`, what is named for validation is fold 0 and what is named for training fold 1;
/// a third part is the holdout.
fn given_folds(manifest: &Manifest) -> Vec<Option<i32>> {
    if manifest.samples.iter().any(|sample| sample.fold.is_some()) {
        return manifest.samples.iter().map(|sample| sample.fold).collect();
    }
    let names = manifest.column("split").unwrap_or_default();
    let is = |name: &str, of: &[&str]| of.iter().any(|start| name.to_ascii_lowercase().starts_with(start));
    let has_validation = names.iter().flatten().any(|name| is(name, &["val", "dev"]));
    let fold = |name: &String| match name {
        name if is(name, &["train"]) => 1,
        name if is(name, &["val", "dev"]) || !has_validation => 0,
        _ => HOLDOUT,
    };
    names.iter().map(|name| name.as_ref().map(fold)).collect()
}
