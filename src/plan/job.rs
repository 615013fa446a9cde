//! Rows, a policy and a seed to an ordered list of work.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::SourceId;
use super::rebalance::{quota, targets};
use crate::data::{HOLDOUT, Sample};
use crate::pipeline::{Above, Balance};
use crate::random::Key;

/// Why no plan could be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A class is named that the data does not have.
    #[error("{at} names the class `{class}`, which the data does not have; it has {}", classes.join(", "))]
    UnknownClass {
        /// As it was written.
        class: String,
        /// Where it was written.
        at: &'static str,
        /// The classes that there are.
        classes: Vec<String>,
    },
    /// More copies of one original than allowed.
    #[error(
        "class `{class}` would need {needed} copies of each of its {sources} originals, and balance.max_copies allows {allowed}: \
         lower balance.target, collect more originals, or raise balance.max_copies"
    )]
    TooManyCopies {
        /// The class.
        class: String,
        /// Copies of one original.
        needed: u32,
        /// Originals that can be read.
        sources: usize,
        /// The limit.
        allowed: u32,
    },
    /// A class without a single original to copy from.
    #[error("class `{class}` should have {target} images but has no original that can be read")]
    NoSources {
        /// The class.
        class: String,
        /// Its target.
        target: usize,
    },
}

/// What is done with one original.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The original's row in the manifest.
    pub row: usize,
    /// Who it is.
    pub id: SourceId,
    /// The numbers of the copies to make.
    pub copies: std::ops::Range<u32>,
}

/// What happens to one class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassPlan {
    /// The class.
    pub label: String,
    /// Images that can be read, without the holdout.
    pub have: usize,
    /// Originals among them.
    pub sources: usize,
    /// What the policy asks for.
    pub target: usize,
    /// Copies to make.
    pub new: usize,
    /// Images that are left out because the class is above its target.
    pub left_out: usize,
    /// Most copies of one original.
    pub copies_of_one: u32,
}

impl ClassPlan {
    /// Images afterwards.
    pub fn after(&self) -> usize {
        self.have + self.new - self.left_out
    }
}

/// All that is to be done, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// By label.
    pub classes: Vec<ClassPlan>,
    /// In the order of the manifest; originals without copies too.
    pub jobs: Vec<Job>,
    /// Rows that are not in the result, because they are above a target.
    pub left_out: HashSet<usize>,
}

/// Plans what brings each class to its target. `ids` holds `None` for rows whose picture cannot be read: they count for
/// nothing, so that the rest makes up for them.
///
/// The originals of a class make the same number of copies each, or one more: who makes one more is drawn from the
/// seed and the source's id.
pub fn plan(samples: &[Sample], ids: &[Option<SourceId>], balance: &Balance, seed: u64) -> Result<Plan, Error> {
    let mut members: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, sample) in samples.iter().enumerate() {
        let rows = members.entry(&sample.label).or_default();
        if ids[row].is_some() && sample.fold != Some(HOLDOUT) {
            rows.push(row);
        }
    }
    let have = members.iter().map(|(label, rows)| ((*label).to_owned(), rows.len())).collect();
    let targets = targets(&have, &balance.target)?;
    // Copies that are there already keep their numbers; new ones go on after them.
    let mut made: HashMap<&str, u32> = HashMap::new();
    for sample in samples.iter().filter(|sample| !sample.is_original()) {
        let most = made.entry(&sample.source).or_insert(0);
        *most = sample.copy.max(*most);
    }
    let mut plan = Plan { classes: Vec::new(), jobs: Vec::new(), left_out: HashSet::new() };
    for (label, rows) in members {
        let target = targets[label];
        let key = Key::root(seed).child("plan").child(label);
        let place = |row: usize| key.child(ids[row].map(|id| id.to_string()).unwrap_or_default()).bits();
        let mut sources: Vec<usize> = rows.iter().copied().filter(|&row| samples[row].is_original()).collect();
        sources.sort_by_key(|&row| place(row));
        let new = target.saturating_sub(rows.len());
        if new > 0 && sources.is_empty() {
            return Err(Error::NoSources { class: label.into(), target });
        }
        let copies_of_one = if new > 0 { quota(new, sources.len(), 0) } else { 0 };
        if balance.max_copies > 0 && copies_of_one > balance.max_copies {
            return Err(Error::TooManyCopies {
                class: label.into(),
                needed: copies_of_one,
                sources: sources.len(),
                allowed: balance.max_copies,
            });
        }
        let surplus = match balance.above {
            Above::Keep => Vec::new(),
            Above::Trim => surplus(samples, &rows, target, place),
        };
        for (position, &row) in sources.iter().enumerate() {
            let first = made.get(samples[row].path.as_str()).map_or(1, |last| last + 1);
            let count = if new > 0 { quota(new, sources.len(), position) } else { 0 };
            if let Some(id) = ids[row] {
                plan.jobs.push(Job { row, id, copies: first..first + count });
            }
        }
        plan.classes.push(ClassPlan {
            label: label.into(),
            have: rows.len(),
            sources: sources.len(),
            target,
            new,
            left_out: surplus.len(),
            copies_of_one,
        });
        plan.left_out.extend(surplus);
    }
    let trimmed = std::mem::take(&mut plan.jobs).into_iter().filter(|job| !plan.left_out.contains(&job.row));
    let mut jobs: Vec<_> = trimmed.collect();
    jobs.sort_by_key(|job| job.row);
    plan.jobs = jobs;
    Ok(plan)
}

/// The rows above the target: copies go first, then originals, from each group in turn so that no group is lost whole
/// while another keeps several.
fn surplus(samples: &[Sample], rows: &[usize], target: usize, place: impl Fn(usize) -> u64) -> Vec<usize> {
    let mut rows = rows.to_vec();
    rows.sort_by_key(|&row| place(row));
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut turns: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let sample = &samples[row];
            let turn = seen.entry(sample.group.as_deref().unwrap_or(&sample.source)).or_insert(0);
            *turn += 1;
            (!sample.is_original(), *turn, row)
        })
        .collect();
    turns.sort_by_key(|&(copy, turn, _)| (copy, turn));
    turns.into_iter().skip(target).map(|(_, _, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Manifest;
    use crate::pipeline::Target;
    use crate::plan::identify;

    fn rows(counts: &[(&str, usize)]) -> (tempfile::TempDir, Manifest, Vec<Option<SourceId>>) {
        let folder = tempfile::tempdir().unwrap();
        let mut samples = Vec::new();
        for (label, count) in counts {
            for i in 0..*count {
                let path = format!("{label}{i}.jpg");
                std::fs::write(folder.path().join(&path), format!("{label} {i}")).unwrap();
                samples.push(Sample::original(path, *label));
            }
        }
        let manifest = Manifest::new(folder.path().into(), samples);
        let ids = identify(&manifest, || {}).into_iter().map(Result::ok).collect();
        (folder, manifest, ids)
    }

    fn balance(target: Target) -> Balance {
        Balance { target, ..Balance::default() }
    }

    #[test]
    fn every_class_reaches_its_target_with_copies_spread_evenly() {
        let (_folder, manifest, ids) = rows(&[("a", 10), ("b", 3)]);
        let plan = plan(&manifest.samples, &ids, &balance(Target::Max), 1).unwrap();
        let after: Vec<_> = plan.classes.iter().map(ClassPlan::after).collect();
        assert_eq!(after, [10, 10]);
        let mut counts: Vec<_> = plan.jobs.iter().filter(|j| j.row >= 10).map(|j| j.copies.len()).collect();
        counts.sort_unstable();
        assert_eq!(counts, [2, 2, 3]);
    }

    #[test]
    fn the_others_make_up_for_what_cannot_be_read_and_keep_the_copies_that_they_had() {
        let (_folder, manifest, mut ids) = rows(&[("a", 20), ("b", 4)]);
        let before = plan(&manifest.samples, &ids, &balance(Target::Max), 1).unwrap();
        ids[21] = None;
        let after = plan(&manifest.samples, &ids, &balance(Target::Max), 1).unwrap();
        assert_eq!(after.classes[1].after(), 20);
        for job in after.jobs.iter().filter(|job| job.row > 20) {
            let old = before.jobs.iter().find(|old| old.row == job.row).unwrap();
            assert!(job.copies.end >= old.copies.end && job.copies.start == old.copies.start);
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter() {
        let (_folder, manifest, ids) = rows(&[("a", 9), ("b", 4)]);
        let copies = |plan: Plan, samples: &[Sample]| {
            let named = plan.jobs.into_iter().map(|job| (samples[job.row].path.clone(), job.copies.len()));
            named.collect::<BTreeMap<_, _>>()
        };
        let forward = plan(&manifest.samples, &ids, &balance(Target::Max), 1).unwrap();
        let (samples, ids): (Vec<_>, Vec<_>) =
            (manifest.samples.iter().rev().cloned().collect(), ids.into_iter().rev().collect());
        let backward = plan(&samples, &ids, &balance(Target::Max), 1).unwrap();
        assert_eq!(copies(forward, &manifest.samples), copies(backward, &samples));
    }

    #[test]
    fn too_many_copies_of_one_original_are_refused() {
        let (_folder, manifest, ids) = rows(&[("a", 90), ("b", 2)]);
        let error = plan(&manifest.samples, &ids, &balance(Target::Max), 1).unwrap_err().to_string();
        assert!(error.contains("44 copies of each of its 2 originals"), "{error}");
    }

    #[test]
    fn trimming_takes_from_every_group_in_turn() {
        let (_folder, mut manifest, ids) = rows(&[("a", 9)]);
        for (i, sample) in manifest.samples.iter_mut().enumerate() {
            sample.group = Some(format!("person {}", i / 3));
        }
        let policy = Balance { above: Above::Trim, ..balance(Target::Number(3)) };
        let plan = plan(&manifest.samples, &ids, &policy, 1).unwrap();
        let groups: HashSet<_> = plan.jobs.iter().map(|job| manifest.samples[job.row].group.clone()).collect();
        assert_eq!((plan.jobs.len(), groups.len()), (3, 3));
    }
}
