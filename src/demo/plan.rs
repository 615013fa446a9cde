//! Which pictures the demo data consists of: known before the first one is rendered.

use crate::random::Key;

use super::backdrop::Setting;
use super::shape::Class;

/// A class and how much there is of it.
struct Share {
    class: Class,
    identities: u64,
    train: u64,
    eval: u64,
}

/// Lopsided 10 : 1 in training and 2 : 1 in eval. Every class has at least five identities, so that five folds can
/// each have one; the smallest class gets there with fewer frames of each.
const SHARES: [Share; 8] = [
    Share { class: Class::Mug, identities: 34, train: 170, eval: 36 },
    Share { class: Class::Bottle, identities: 24, train: 120, eval: 33 },
    Share { class: Class::Bowl, identities: 18, train: 90, eval: 30 },
    Share { class: Class::Jar, identities: 14, train: 70, eval: 27 },
    Share { class: Class::Vase, identities: 11, train: 55, eval: 27 },
    Share { class: Class::Glass, identities: 8, train: 40, eval: 24 },
    Share { class: Class::Jug, identities: 6, train: 30, eval: 21 },
    Share { class: Class::Teapot, identities: 5, train: 17, eval: 18 },
];

/// Of three eval pictures, two show one identity.
const EVAL_FRAMES: (u64, u64) = (3, 2);

/// One identity and the pictures to take of it.
pub struct Sitter {
    /// What it is.
    pub class: Class,
    /// Training or eval.
    pub setting: Setting,
    /// `mug-017`: the group that must never be separated.
    pub group: String,
    /// Where its random streams begin.
    pub key: Key,
    /// Frame number and path, relative to the demo's folder.
    pub shots: Vec<(u64, String)>,
}

/// All identities: those of training, then those of eval.
pub fn sitters(seed: u64) -> Vec<Sitter> {
    let key = Key::root(seed).child("demo-data");
    let mut all = Vec::new();
    for share in &SHARES {
        let frames = spread(share.train, share.identities);
        all.extend(frames.enumerate().map(|(i, frames)| sitter(share.class, Setting::Day, i as u64, frames, &key)));
    }
    let train = all.len();
    for share in &SHARES {
        let identities = share.eval * EVAL_FRAMES.1 / EVAL_FRAMES.0;
        // Numbers go on where training's end: no name stands for two objects.
        let frames = spread(share.eval, identities).enumerate();
        let of_eval = |(i, frames)| sitter(share.class, Setting::Evening, share.identities + i as u64, frames, &key);
        all.extend(frames.map(of_eval));
    }
    name_eval(&mut all[train..], &key);
    all
}

/// `total` in `parts` whole numbers that differ by at most one, mixed evenly.
fn spread(total: u64, parts: u64) -> impl Iterator<Item = u64> {
    (0..parts).map(move |part| total * (part + 1) / parts - total * part / parts)
}

fn sitter(class: Class, setting: Setting, number: u64, frames: u64, key: &Key) -> Sitter {
    let name = class.name();
    let group = format!("{name}-{:03}", number + 1);
    let shots = (0..frames).map(|frame| (frame, format!("train/{name}/{group}_{}.jpg", frame + 1))).collect();
    Sitter { class, setting, key: key.child(&group), group, shots }
}

/// Eval pictures get numbers in a drawn order, so that neither name nor place says what they show.
fn name_eval(sitters: &mut [Sitter], key: &Key) {
    let total = sitters.iter().map(|sitter| sitter.shots.len()).sum();
    let mut numbers: Vec<usize> = (1..=total).collect();
    key.child("eval-order").rng().shuffle(&mut numbers);
    for ((_, path), number) in sitters.iter_mut().flat_map(|sitter| &mut sitter.shots).zip(numbers) {
        *path = format!("eval/{number:06}.jpg");
    }
}
