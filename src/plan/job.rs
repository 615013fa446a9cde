//! Rows, a policy and a seed to an ordered list of work.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::SourceId;
use super::rebalance::{Place, apportion, quota, targets};
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
    /// A list of targets that is not as long as the list of classes.
    #[error("balance.target lists {given} numbers for {} classes: {}; give one number for each, in this order", classes.len(), classes.join(", "))]
    WrongList {
        /// Numbers in the list.
        given: usize,
        /// The classes that there are.
        classes: Vec<String>,
    },
    /// Fewer originals than a class may be copied from.
    #[error(
        "class `{class}` has {sources} originals to copy from, and balance.min_sources asks for {needed}: \
         collect more, lower balance.min_sources, or give the class a target of its own with balance.target: {{{class}: {have}}}"
    )]
    TooFewSources {
        /// The class.
        class: String,
        /// Originals that can be read.
        sources: usize,
        /// The limit.
        needed: usize,
        /// Images of the class.
        have: usize,
    },
    /// More copies of one original than allowed.
    #[error(
        "class `{class}` would need {needed} copies of one of its {sources} originals, and balance.max_copies allows {allowed}: \
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
    /// A mix without anybody to mix with.
    #[error(
        "the pipeline mixes originals ({step}), and none has a partner: partners come from the source's own fold, or in data \
         without folds from its own group. Run `evenfold split` first and give its folds.parquet as --data"
    )]
    NoPartners {
        /// The step.
        step: &'static str,
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
    /// Fewest and most copies of one original. Without folds they differ by at most 1.
    pub copies_of_one: [u32; 2],
    /// Images afterwards in the training part of each fold; empty where the data has no folds.
    pub training: BTreeMap<i32, usize>,
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

impl Plan {
    /// The numbers of the copies to make of a row.
    pub fn copies_of(&self, row: usize) -> std::ops::Range<u32> {
        self.jobs.binary_search_by_key(&row, |job| job.row).map_or(0..0, |at| self.jobs[at].copies.clone())
    }
}

/// The rows of one class in one fold; of the whole class where there are no folds.
#[derive(Default)]
struct Part {
    rows: Vec<usize>,
    sources: Vec<usize>,
}

/// Plans what brings each class to its target. `ids` holds `None` for rows whose picture cannot be read: they count for
/// nothing, so that the rest makes up for them.
///
/// The originals of a class make the same number of copies each, or one more: who makes one more is drawn from the
/// seed and the source's id.
///
/// Where the data has folds, copies stay in the fold of their source, and the targets hold inside every fold's training
/// part. All classes follow one profile: the shares that the fullest class (the one nearest to its target) has in the
/// folds, because it can move least. If p(k) is fold k's share in it, a class of target T gets T p(k) images in fold k,
/// by largest remainders, and so less than 1 off T (1 - p(k)) in the training part of k; classes of one target get
/// exactly the same. Two things can stand against it: a fold that holds more of a class than its share, where nothing
/// may be trimmed, and a fold without an original of the class; the other folds of the class then share the rest by
/// the same profile, and the class as a whole still has its target. Copies per original are even within a fold.
pub fn plan(samples: &[Sample], ids: &[Option<SourceId>], balance: &Balance, seed: u64) -> Result<Plan, Error> {
    let mut members: BTreeMap<&str, BTreeMap<Option<i32>, Part>> = BTreeMap::new();
    let folds: BTreeSet<Option<i32>> = samples.iter().map(|s| s.fold).filter(|&fold| fold != Some(HOLDOUT)).collect();
    for (row, sample) in samples.iter().enumerate() {
        let parts =
            members.entry(&sample.label).or_insert_with(|| folds.iter().map(|&fold| (fold, Part::default())).collect());
        if let Some(part) = parts.get_mut(&sample.fold).filter(|_| ids[row].is_some()) {
            part.rows.push(row);
            part.sources.extend(sample.is_original().then_some(row));
        }
    }
    let size = |parts: &BTreeMap<_, Part>| parts.values().map(|part| part.rows.len()).sum::<usize>();
    let have: BTreeMap<String, usize> =
        members.iter().map(|(label, parts)| ((*label).to_owned(), size(parts))).collect();
    let targets = targets(&have, &balance.target)?;
    let after =
        |label: &str| if balance.above == Above::Trim { targets[label] } else { targets[label].max(have[label]) };
    // have / after of one class against another's, without division.
    let fullness = |a: &str, b: &str| (have[a] * after(b)).cmp(&(have[b] * after(a))).then(have[a].cmp(&have[b]));
    let fullest = members.iter().rev().max_by(|a, b| fullness(a.0, b.0));
    let profile: Vec<usize> =
        fullest.iter().flat_map(|(_, parts)| parts.values().map(|part| part.rows.len())).collect();

    // Copies that are there already keep their numbers; new ones go on after them.
    let mut made: HashMap<&str, u32> = HashMap::new();
    for sample in samples.iter().filter(|sample| !sample.is_original()) {
        let most = made.entry(&sample.source).or_insert(0);
        *most = sample.copy.max(*most);
    }
    let mut plan = Plan { classes: Vec::new(), jobs: Vec::new(), left_out: HashSet::new() };
    for (label, parts) in &members {
        let (have, target, after) = (have[*label], targets[*label], after(label));
        let key = Key::root(seed).child("plan").child(label);
        let place = |row: usize| key.child(ids[row].map(|id| id.to_string()).unwrap_or_default()).bits();
        let sources = parts.values().map(|part| part.sources.len()).sum();
        check_sources(label, balance, sources, [have, after])?;
        let bounds = parts.values().zip(&profile).map(|(part, &weight)| {
            let have = part.rows.len();
            let (least, most) = match (after < size(parts), part.sources.is_empty()) {
                (true, _) => (0, have),
                (false, true) => (have, have),
                (false, false) => (have, usize::MAX / 2),
            };
            Place { weight, least, most }
        });
        let wanted = apportion(after, &bounds.collect::<Vec<_>>());

        let mut class = ClassPlan {
            label: (*label).to_owned(),
            have,
            sources,
            target,
            new: after.saturating_sub(have),
            left_out: have.saturating_sub(after),
            copies_of_one: [u32::MAX, 0],
            training: folds.iter().zip(&wanted).filter_map(|(fold, own)| Some(((*fold)?, after - own))).collect(),
        };
        for (part, &wanted) in parts.values().zip(&wanted) {
            let mut sources = part.sources.clone();
            sources.sort_by_cached_key(|&row| place(row));
            let new = wanted.saturating_sub(part.rows.len());
            for (position, &row) in sources.iter().enumerate() {
                let first = made.get(samples[row].path.as_str()).map_or(1, |last| last + 1);
                let count = quota(new, sources.len(), position);
                let [fewest, most] = class.copies_of_one;
                class.copies_of_one = [fewest.min(count), most.max(count)];
                if let Some(id) = ids[row] {
                    plan.jobs.push(Job { row, id, copies: first..first + count });
                }
            }
            if wanted < part.rows.len() {
                plan.left_out.extend(surplus(samples, &part.rows, wanted, place));
            }
        }
        class.copies_of_one[0] = class.copies_of_one[0].min(class.copies_of_one[1]);
        if balance.max_copies > 0 && class.copies_of_one[1] > balance.max_copies {
            let (needed, allowed) = (class.copies_of_one[1], balance.max_copies);
            return Err(Error::TooManyCopies { class: class.label, needed, sources, allowed });
        }
        plan.classes.push(class);
    }
    plan.jobs.retain(|job| !plan.left_out.contains(&job.row));
    plan.jobs.sort_by_key(|job| job.row);
    Ok(plan)
}

fn check_sources(class: &str, balance: &Balance, sources: usize, [have, after]: [usize; 2]) -> Result<(), Error> {
    if after <= have {
        return Ok(());
    }
    match sources {
        0 => Err(Error::NoSources { class: class.into(), target: after }),
        _ if sources < balance.min_sources => {
            Err(Error::TooFewSources { class: class.into(), sources, needed: balance.min_sources, have })
        }
        _ => Ok(()),
    }
}

/// The rows above the target: copies go first, then originals, from each group in turn so that no group is lost whole
/// while another keeps several.
fn surplus(samples: &[Sample], rows: &[usize], target: usize, place: impl Fn(usize) -> u64) -> Vec<usize> {
    let mut rows = rows.to_vec();
    rows.sort_by_cached_key(|&row| place(row));
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut turns: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let sample = &samples[row];
            let turn = seen.entry(sample.group_or_source()).or_insert(0);
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
        assert!(error.contains("44 copies of one of its 2 originals"), "{error}");
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

    #[test]
    fn too_few_originals_are_refused() {
        let (_folder, manifest, ids) = rows(&[("a", 9), ("b", 2)]);
        let policy = Balance { min_sources: 3, ..balance(Target::Max) };
        let error = plan(&manifest.samples, &ids, &policy, 1).unwrap_err().to_string();
        assert!(error.contains("has 2 originals") && error.contains("{b: 2}"), "{error}");
    }

    /// Classes of these sizes, row i of a class in fold i % folds or, with `skew`, mostly in the first.
    fn in_folds(counts: &[usize], folds: i32, skew: usize) -> (Vec<Sample>, Vec<Option<SourceId>>) {
        let labelled = counts.iter().enumerate().flat_map(|(class, &count)| (0..count).map(move |i| (class, i)));
        let samples = labelled.map(|(class, i)| Sample {
            fold: Some(if skew > 0 && i % (skew + 1) > 0 { 0 } else { (i as i32) % folds }),
            ..Sample::original(format!("{class}/{i}.jpg"), format!("{class}"))
        });
        let samples: Vec<_> = samples.collect();
        let folder = tempfile::tempdir().unwrap();
        for sample in &samples {
            let path = folder.path().join(&sample.path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, &sample.path).unwrap();
        }
        let manifest = Manifest::new(folder.path().into(), samples);
        let ids = identify(&manifest, || {}).into_iter().map(Result::ok).collect();
        (manifest.samples, ids)
    }

    /// Label and fold to images afterwards, counted from the jobs and not from what the plan says of itself.
    fn counted(plan: &Plan, samples: &[Sample]) -> BTreeMap<(String, i32), usize> {
        let mut counts = BTreeMap::new();
        for job in &plan.jobs {
            let sample = &samples[job.row];
            *counts.entry((sample.label.clone(), sample.fold.unwrap())).or_insert(0) += 1 + job.copies.len();
        }
        counts
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(48))]
        #[test]
        fn targets_hold_in_every_training_part(
            counts in proptest::collection::vec(10usize..60, 2..5),
            folds in 2i32..6,
            skew in 0usize..3,
            above in 0usize..40,
        ) {
            let (samples, ids) = in_folds(&counts, folds, skew);
            let target = counts.iter().max().unwrap() + above;
            let policy = Balance { max_copies: 0, ..balance(Target::Number(target)) };
            let plan = plan(&samples, &ids, &policy, 1).unwrap();
            let after = counted(&plan, &samples);
            let in_fold = |class: usize, fold: i32| after.get(&(format!("{class}"), fold)).copied().unwrap_or(0);
            let largest = (0..counts.len()).rev().max_by_key(|&class| (counts[class], std::cmp::Reverse(class))).unwrap();
            let before = |class: usize, fold: i32| {
                samples.iter().filter(|s| s.label == format!("{class}") && s.fold == Some(fold)).count()
            };
            for class in 0..counts.len() {
                // Exact as a whole, and what the plan says of its training parts is true.
                proptest::prop_assert_eq!((0..folds).map(|fold| in_fold(class, fold)).sum::<usize>(), target);
                for (&fold, &training) in &plan.classes[class].training {
                    proptest::prop_assert_eq!(training, target - in_fold(class, fold));
                }
                // Nothing stands against it: the same in every training part as the class that gives the profile.
                let share = |fold: i32| (target * before(largest, fold)) as f64 / counts[largest] as f64;
                let free = (0..folds).all(|f| before(class, f) as f64 <= share(f).floor() && before(class, f) > 0);
                if free {
                    for fold in 0..folds {
                        proptest::prop_assert_eq!(in_fold(class, fold), in_fold(largest, fold));
                        let off = (in_fold(class, fold) as f64 - share(fold)).abs();
                        proptest::prop_assert!(off < 1.0, "class {} fold {}: {} off", class, fold, off);
                    }
                }
                // Even within a fold.
                for fold in 0..folds {
                    let of_fold = plan.jobs.iter().filter(|j| samples[j.row].label == format!("{class}") && samples[j.row].fold == Some(fold));
                    let copies: Vec<_> = of_fold.map(|job| job.copies.len()).collect();
                    let spread = copies.iter().max().unwrap_or(&0) - copies.iter().min().unwrap_or(&0);
                    proptest::prop_assert!(spread <= 1);
                }
            }
        }
    }
}
