//! Who may be mixed with whom.

use std::collections::{BTreeMap, HashMap};

use super::SourceId;
use crate::data::{HOLDOUT, Manifest, Sample};
use crate::random::Key;
use crate::transform::{Among, Mix};

/// Originals that share every fold with one another, by class, in the order of their ids. Mixing two of them carries nothing
/// over a border.
///
/// Where the data has folds, these are the originals of one `fold` (and of one fold in each repeat and each inner split);
/// where it has none, those of one `group`, since a mix of two groups would make one of them.
pub struct Partners<'a> {
    samples: &'a [Sample],
    pools: Vec<BTreeMap<&'a str, Vec<(SourceId, usize)>>>,
    /// Of each row that is in a pool, its id and the number of the pool.
    places: HashMap<usize, (SourceId, usize)>,
    /// Originals of each class.
    sizes: HashMap<&'a str, usize>,
}

impl<'a> Partners<'a> {
    /// Of the rows that have an id.
    pub fn of(manifest: &'a Manifest, ids: &[Option<SourceId>]) -> Self {
        let folds: Vec<Vec<Option<String>>> =
            manifest.further_fold_columns().iter().filter_map(|name| manifest.column(name).ok()).collect();
        let samples = manifest.samples.as_slice();
        let in_folds = samples.iter().any(|sample| sample.fold.is_some());
        let (pools, places, sizes) = (Vec::new(), HashMap::new(), HashMap::new());
        let mut partners = Self { samples, pools, places, sizes };
        let mut numbers: HashMap<Vec<Option<String>>, usize> = HashMap::new();
        for (row, sample) in samples.iter().enumerate() {
            let Some(id) = ids[row].filter(|_| sample.is_original() && sample.fold != Some(HOLDOUT)) else { continue };
            *partners.sizes.entry(&sample.label).or_insert(0) += 1;
            let shared = if in_folds {
                let own = sample.fold.map(|fold| fold.to_string());
                std::iter::once(own).chain(folds.iter().map(|column| column[row].clone())).collect()
            } else if sample.group.is_some() {
                vec![sample.group.clone()]
            } else {
                continue;
            };
            let next = partners.pools.len();
            let pool = *numbers.entry(shared).or_insert(next);
            if pool == next {
                partners.pools.push(BTreeMap::new());
            }
            partners.pools[pool].entry(&sample.label).or_default().push((id, row));
            partners.places.insert(row, (id, pool));
        }
        partners.pools.iter_mut().flat_map(BTreeMap::values_mut).for_each(|class| class.sort_unstable());
        partners
    }

    /// Whether any original has a partner.
    pub fn any(&self) -> bool {
        self.pools.iter().any(|pool| pool.values().map(Vec::len).sum::<usize>() > 1)
    }

    /// The row of each original that is in a pool.
    pub fn rows(&self) -> impl Iterator<Item = (SourceId, usize)> {
        self.pools.iter().flat_map(BTreeMap::values).flatten().copied()
    }

    /// A hash of who may be mixed with whom, whatever the order of rows: what is drawn depends on it.
    pub fn digest(&self) -> String {
        let hash_of = |pool: &BTreeMap<&str, Vec<(SourceId, usize)>>| {
            let ids = |class: &[(SourceId, usize)]| class.iter().map(|(id, _)| *id).collect::<Vec<_>>();
            let classes: Vec<_> = pool.iter().map(|(label, class)| (label, self.sizes[label], ids(class))).collect();
            *blake3::hash(&serde_json::to_vec(&classes).expect("text and numbers are JSON")).as_bytes()
        };
        let mut hashes: Vec<[u8; 32]> = self.pools.iter().map(hash_of).collect();
        hashes.sort_unstable();
        blake3::hash(&hashes.concat()).to_hex().to_string()
    }

    /// Who may be partner number `nth` of a source's mix, by id and row, the drawn one first: the next is taken where a picture
    /// cannot be read. Who is drawn follows from the mix and from who is there, not from the order of rows.
    pub fn candidates(&self, row: usize, mix: &Mix, nth: usize) -> impl Iterator<Item = (SourceId, usize)> {
        let own = self.samples[row].label.as_str();
        let fits = |label: &str| match mix.among {
            Among::All => true,
            Among::SameClass => label == own,
            Among::LargerClasses => self.sizes[label] > self.sizes[own],
        };
        let mut classes: Vec<&[(SourceId, usize)]> = Vec::new();
        let (mut count, mut itself) = (0, usize::MAX);
        if let Some(&(id, pool)) = self.places.get(&row) {
            for (_, class) in self.pools[pool].iter().filter(|(label, _)| fits(label)) {
                if let Ok(at) = class.binary_search(&(id, row)) {
                    itself = count + at;
                }
                classes.push(class);
                count += class.len();
            }
            count -= usize::from(itself < count);
        }
        let start = Key::root(mix.draw).nth(nth as u64).rng().below(count as u64) as usize;
        (0..count).map(move |i| {
            let mut at = (start + i) % count;
            at += usize::from(at >= itself);
            let class = classes.iter().find(|class| {
                let here = at < class.len();
                at -= if here { 0 } else { class.len() };
                here
            });
            class.expect("fewer than there are")[at]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Sample;
    use crate::plan::identify;

    fn mix(among: Among, draw: u64) -> Mix {
        Mix { share: 0.7, among, partners: 1, draw }
    }

    /// Classes a, b and c of 12, 6 and 3 originals in three folds, and one of the holdout.
    fn data() -> (tempfile::TempDir, Manifest, Vec<Option<SourceId>>) {
        let folder = tempfile::tempdir().unwrap();
        let mut samples = Vec::new();
        for (label, count) in [("a", 12), ("b", 6), ("c", 3)] {
            for i in 0..count {
                let path = format!("{label}{i}");
                std::fs::write(folder.path().join(&path), &path).unwrap();
                samples.push(Sample { fold: Some(i % 3), ..Sample::original(path, label) });
            }
        }
        samples[0].fold = Some(HOLDOUT);
        let manifest = Manifest::new(folder.path().into(), samples);
        let ids = identify(&manifest, || {}).into_iter().map(Result::ok).collect();
        (folder, manifest, ids)
    }

    #[test]
    fn partners_share_the_fold_and_are_of_the_asked_classes() {
        let (_folder, manifest, ids) = data();
        let partners = Partners::of(&manifest, &ids);
        assert!(partners.any());
        let samples = &manifest.samples;
        for row in 1..samples.len() {
            for among in [Among::All, Among::SameClass, Among::LargerClasses] {
                for other in partners.candidates(row, &mix(among, row as u64), 0).map(|(_, other)| other) {
                    assert!(other != row && samples[other].fold == samples[row].fold);
                    let (own, its) = (&samples[row].label, &samples[other].label);
                    assert!(match among {
                        Among::All => true,
                        Among::SameClass => own == its,
                        Among::LargerClasses => its < own,
                    });
                }
            }
        }
        assert_eq!(partners.candidates(0, &mix(Among::All, 1), 0).count(), 0, "the holdout is mixed with nothing");
        assert_eq!(partners.candidates(1, &mix(Among::LargerClasses, 1), 0).count(), 0, "a is the largest class");
    }

    #[test]
    fn partners_do_not_depend_on_the_order_of_rows() {
        let (_folder, manifest, ids) = data();
        let backward = Manifest::new(manifest.folder.clone(), manifest.samples.iter().rev().cloned().collect());
        let backward_ids: Vec<_> = ids.iter().rev().copied().collect();
        let (one, other) = (Partners::of(&manifest, &ids), Partners::of(&backward, &backward_ids));
        let last = manifest.samples.len() - 1;
        for row in 1..=last {
            let first: Vec<_> = one.candidates(row, &mix(Among::All, 9), 2).map(|(id, _)| id).collect();
            let second: Vec<_> = other.candidates(last - row, &mix(Among::All, 9), 2).map(|(id, _)| id).collect();
            assert_eq!(first, second);
        }
        assert_eq!(one.digest(), other.digest());
        let mut fewer = ids;
        fewer[5] = None;
        assert_ne!(one.digest(), Partners::of(&manifest, &fewer).digest());
    }

    #[test]
    fn without_folds_partners_come_from_the_own_group() {
        let (_folder, mut manifest, ids) = data();
        for (row, sample) in manifest.samples.iter_mut().enumerate() {
            sample.fold = None;
            sample.group = (row < 4).then(|| format!("{}", row / 2));
        }
        let partners = Partners::of(&manifest, &ids);
        let of =
            |row: usize| partners.candidates(row, &mix(Among::All, 3), 0).map(|(_, other)| other).collect::<Vec<_>>();
        assert_eq!((of(0), of(3), of(7)), (vec![1], vec![2], vec![]));
        for sample in &mut manifest.samples {
            sample.group = None;
        }
        assert!(!Partners::of(&manifest, &ids).any());
    }

    #[test]
    fn folds_of_a_repeat_are_borders_too() {
        let (_folder, mut manifest, ids) = data();
        manifest.put_folds("fold_r2", (0..manifest.samples.len()).map(|row| Some(row as i32 % 2)).collect());
        let partners = Partners::of(&manifest, &ids);
        for row in 1..manifest.samples.len() {
            assert!(partners.candidates(row, &mix(Among::All, 3), 0).all(|(_, other)| other % 2 == row % 2));
        }
    }
}
