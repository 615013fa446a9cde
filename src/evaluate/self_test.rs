//! What the nets are worth on worse pictures, and, learnt from that, what they will be worth on the eval set.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::choose;
use super::corrupted::{family, ways};
use super::folds::{Error, World};
use super::forecast::{self, Guess, Rows, Shift, Source, Temperature, guess, scores};
use super::kept::Kept;
use super::nets::Nets;
use super::outcome::{ClassMix, Forecasted, Gain, Named, Robustness};
use super::parts::members;
use super::seen::Seen;
use crate::data::write_atomically;
use crate::random::Key;
use crate::run::{Event, Listener};
use crate::train;
use crate::transform::{CorruptionKind, SEVERITIES};

/// What was tried, kept beside the run so that a second run need not try again.
#[derive(Serialize, Deserialize)]
pub(super) struct Tried {
    key: String,
    seconds: f64,
    originals: usize,
    clean_error: f64,
    /// By corruption, then by severity.
    shifts: Vec<Shift>,
}

fn name(kind: CorruptionKind) -> String {
    let name = serde_json::to_value(kind).ok().and_then(|name| name.as_str().map(|name| name.replace('_', " ")));
    name.unwrap_or_default()
}

/// The predictions of single nets, each calibrated on its own fold: what the estimators take for one model.
pub(super) struct Calibrated {
    truth: Vec<usize>,
    rows: Vec<Vec<f32>>,
    nets: Vec<Temperature>,
}

impl Calibrated {
    pub(super) fn new(world: &World, nets: &[Kept]) -> Self {
        let mut found = Self { truth: Vec::new(), rows: Vec::new(), nets: Vec::new() };
        for kept in nets {
            let truth = world.truth(&kept.validation_rows);
            let temperature = Temperature::fit(&truth, &kept.validation.plain);
            found.rows.extend(singles(&temperature, &kept.validation.plain));
            found.truth.extend(truth);
            found.nets.push(temperature);
        }
        found
    }

    /// Each net's rows, calibrated as it is.
    pub(super) fn singles<'r>(&self, rows: impl Iterator<Item = &'r [Vec<f32>]>) -> Vec<Vec<Vec<f32>>> {
        self.nets.iter().zip(rows).map(|(temperature, rows)| singles(temperature, rows)).collect()
    }

    pub(super) fn source(&self) -> Source<'_> {
        Source::new(&self.truth, &self.rows)
    }
}

fn singles(temperature: &Temperature, rows: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let single = |row: &Vec<f32>| temperature.apply(row).into_iter().map(|p| p as f32).collect();
    rows.iter().map(single).collect()
}

impl World<'_> {
    /// Corrupts some out-of-fold originals in 75 ways and lets each be predicted by the nets that never saw it.
    pub(super) fn tried(
        &self,
        all: &Nets,
        calibrated: &Calibrated,
        source: &Source,
        listener: &dyn Listener,
    ) -> Result<Option<Tried>, Error> {
        let nets = &all.folds;
        if self.job.config.self_test == 0 {
            return Ok(None);
        }
        let mut key = blake3::Hasher::new();
        for kept in nets {
            key.update(kept.key.as_bytes());
        }
        let key = key.update(&self.job.config.self_test.to_le_bytes()).finalize().to_hex().to_string();
        let file = self.job.out.join("self-test.json");
        let kept: Option<Tried> = std::fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if let Some(kept) = kept.filter(|kept| kept.key == key) {
            return Ok(Some(kept));
        }
        let begun = Instant::now();
        let most = (self.job.config.self_test as usize).div_ceil(nets.len());
        listener.hear(Event::Started {
            what: "self-test on corrupted pictures",
            total: (ways().len() * nets.len()) as u64,
        });
        let (mut truth, mut clean, mut corrupted) = (Vec::new(), Vec::new(), vec![Vec::new(); ways().len()]);
        for (fold, kept) in nets.iter().enumerate() {
            let places = self.some(fold, kept.validation_rows.len(), most);
            let rows: Vec<usize> = places.iter().map(|&place| kept.validation_rows[place]).collect();
            truth.extend(self.truth(&rows));
            clean.extend(places.iter().map(|&place| kept.validation.plain[place].clone()));
            let kept = members(self.job.config).map(|member| self.net(fold, member));
            let kept: Vec<_> = kept.collect::<Result<_, _>>()?;
            let frozen: Vec<_> = kept.iter().map(train::Net::freeze).collect::<Result<_, _>>()?;
            let heard = || listener.hear(Event::Advanced { by: 1 });
            let in_ways = self.corrupted(&frozen, &all.weighing.of_fold(fold), &rows, &heard)?;
            for (corrupted, rows) in corrupted.iter_mut().zip(in_ways) {
                corrupted.extend(singles(&calibrated.nets[fold], &rows));
            }
        }
        let shift = |((kind, _), rows): ((CorruptionKind, usize), &Vec<Vec<f32>>)| {
            let (accuracy, macro_f1) = scores(&truth, rows);
            Shift { family: family(kind).into(), guess: guess(source, rows), accuracy, macro_f1 }
        };
        let shifts = ways().zip(&corrupted).map(shift).collect();
        let clean_error = 1.0 - scores(&truth, &clean).0;
        let tried = Tried { key, seconds: begun.elapsed().as_secs_f64(), originals: truth.len(), clean_error, shifts };
        let note = format!("{} originals in {} ways, {:.0} s", tried.originals, ways().len(), tried.seconds);
        listener.hear(Event::Finished { note: &note });
        write_atomically(&file, &serde_json::to_vec(&tried).expect("plain numbers"))?;
        Ok(Some(tried))
    }

    /// The mix of classes on eval, the score to be expected there, and the images that are likely to be wrong. `gain` is
    /// what views and votes add to the accuracy and the macro-F1 of a single net on the picture as it is.
    pub(super) fn forecasted(
        &self,
        seen: &Seen,
        source: &Source,
        tried: Option<&Tried>,
        gain: [Gain; 2],
    ) -> Option<(ClassMix, Forecasted)> {
        let eval = self.job.eval?;
        let Seen { singles: members, target, target_groups, prior, vote, .. } = seen;
        let key = Key::root(self.job.config.seed).child("prior");
        let mix = ClassMix {
            ranges: source.prior_intervals(prior, target, target_groups, &key),
            black_box: source.black_box_prior(target),
            validation: prior.source.clone(),
            likely: prior.target.clone(),
        };
        let found: Guess = guess(source, target);
        let blend = tried.and_then(|tried| forecast::fit(&tried.shifts));
        let (expected, why_none) = match (&blend, blend.as_ref().and_then(|blend| blend.forecast(&found))) {
            (None, _) => (None, "The self-test was left out (`self_test: 0`).".to_owned()),
            (Some(blend), None) => (
                None,
                format!(
                    "The nets are less sure of the eval images (mean confidence {:.2}) than of any of the {} corrupted sets \
                     that the forecast was tested on: nothing is known of its worth so far out.",
                    found.confidence, blend.shifts
                ),
            ),
            (_, Some(expected)) => {
                let moved = |score: usize| expected[score].moved(gain[score].by, gain[score].unsure);
                (Some([moved(0), moved(1)]), String::new())
            }
        };
        let adapted: Vec<Rows> = members.iter().map(|member| source.adapted(prior, member)).collect();
        let mut likely_wrong: Vec<Named> = vote
            .iter()
            .zip(&self.eval)
            .enumerate()
            .map(|(at, (vote, &row))| {
                let (sample, class) = (&eval.manifest.samples[row], choose(vote));
                let right = adapted.iter().map(|rows| rows[at][class]).sum::<f64>() / adapted.len() as f64;
                Named { file: eval.manifest.locate(sample), path: sample.path.clone(), class, chance: 1.0 - right }
            })
            .collect();
        likely_wrong.sort_by(|a, b| b.chance.total_cmp(&a.chance));
        let agreement = agreement(members);
        let shares = blend.as_ref().map(forecast::Blend::shares);
        Some((mix, Forecasted { guess: found, shares, expected, why_none, gain, agreement, likely_wrong }))
    }
}

/// Share of images that two nets call alike, over all pairs of nets; `None` for one net (Jiang et al., "Assessing
/// generalization via disagreement", 2022, take it for the accuracy).
fn agreement(members: &[Vec<Vec<f32>>]) -> Option<f64> {
    let chosen: Vec<Vec<usize>> = members.iter().map(|rows| rows.iter().map(|row| choose(row)).collect()).collect();
    let (mut alike, mut all) = (0, 0);
    for (i, a) in chosen.iter().enumerate() {
        for b in &chosen[i + 1..] {
            alike += a.iter().zip(b).filter(|(a, b)| a == b).count();
            all += a.len();
        }
    }
    (all > 0).then(|| alike as f64 / all as f64)
}

impl Tried {
    /// The error under each corruption.
    pub(super) fn robustness(&self) -> Robustness {
        let of_kind = |(kind, shifts): (CorruptionKind, &[Shift])| {
            (name(kind), shifts.iter().map(|shift| 1.0 - shift.accuracy).collect::<Vec<f64>>())
        };
        let errors: Vec<_> = CorruptionKind::ALL.into_iter().zip(self.shifts.chunks(SEVERITIES)).map(of_kind).collect();
        let all = errors.iter().flat_map(|(_, errors)| errors);
        let mean_error = all.clone().sum::<f64>() / all.count().max(1) as f64;
        Robustness {
            originals: self.originals,
            seconds: self.seconds,
            clean_error: self.clean_error,
            errors,
            mean_error,
        }
    }
}
