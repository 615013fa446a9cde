//! Which further steps in training would help against worse pictures: tried, not guessed.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::corrupted::{FAMILIES, family, ways};
use super::folds::{Error, World};
use super::metrics::student_975;
use super::nets::Nets;
use super::outcome::{Ablation, Gain};
use super::parts::Member;
use super::{choose, confusion, macro_f1, numbered};
use crate::data::write_atomically;
use crate::pipeline::Steps;
use crate::run::{Event, Listener};
use crate::train::{Config, Net};

/// How a net does; kept beside the run so that a second run need not train it again.
#[derive(Serialize, Deserialize)]
struct Reading {
    key: String,
    /// On all of the fold's originals as they are.
    macro_f1: f64,
    /// By way, then by original: whether it is wrong.
    wrong: Vec<Vec<bool>>,
}

impl Reading {
    /// Each original's share of wrong answers.
    fn errors(&self) -> Vec<f64> {
        let of = |at: usize| share(self.wrong.iter().map(|way| way[at]));
        (0..self.wrong.first().map_or(0, Vec::len)).map(of).collect()
    }

    /// The mean over a family's ways.
    fn of_family(&self, name: &str) -> f64 {
        let of_way = ways().zip(&self.wrong).filter(|((kind, _), _)| family(*kind) == name);
        share(of_way.flat_map(|(_, way)| way).copied())
    }
}

fn share(answers: impl Iterator<Item = bool>) -> f64 {
    let (mut wrong, mut all) = (0_usize, 0_usize);
    for answer in answers {
        wrong += usize::from(answer);
        all += 1;
    }
    wrong as f64 / all.max(1) as f64
}

impl World<'_> {
    /// The first fold's first net as it is, then one trained with each of the further steps; empty where none are asked for.
    pub(super) fn ablation(&self, nets: &Nets, listener: &dyn Listener) -> Result<Vec<Ablation>, Error> {
        let config = self.job.config;
        if config.ablation.is_empty() {
            return Ok(Vec::new());
        }
        let first = &nets.singles[0][0];
        let all = &first.validation_rows;
        let some = self.some(0, all.len(), config.self_test as usize);
        let rows: Vec<usize> = some.into_iter().map(|place| all[place]).collect();
        let groups = numbered(rows.iter().map(|&row| self.group_of[row])).0;
        let key = |steps: &Steps| {
            let steps = serde_json::to_string(steps).expect("steps are plain values");
            format!("{} with {steps}, {} originals", first.key, rows.len())
        };
        let own = self
            .read(all, &rows, "as-configured", key(&Steps::default()), listener, || self.net(0, Member::default()))?;
        let mut found = vec![told(String::new(), &own, &own, &groups)];
        for (name, steps) in &config.ablation {
            let reading = self.read(all, &rows, name, key(steps), listener, || {
                let steps = config.steps.clone().and(steps);
                self.trained_with(name, &Config { steps, ..config.clone() }, &key(&config.ablation[name]), listener)
            })?;
            found.push(told(name.clone(), &reading, &own, &groups));
        }
        Ok(found)
    }

    /// The first fold's net, trained with another configuration.
    fn trained_with(&self, name: &str, config: &Config, key: &str, listener: &dyn Listener) -> Result<Net, Error> {
        let mut parts = self.honest(0);
        parts.name = format!("ablation, {name}");
        let folder = self.job.out.join("ablation").join(name);
        Ok(self.fit(&parts, config, &folder, key, None, &mut |_| Ok(()), listener)?.net)
    }

    /// How a net does, or what an earlier run left of that.
    fn read(
        &self,
        all: &[usize],
        rows: &[usize],
        name: &str,
        key: String,
        listener: &dyn Listener,
        net: impl FnOnce() -> Result<Net, Error>,
    ) -> Result<Reading, Error> {
        let file = self.job.out.join("ablation").join(format!("{name}.json"));
        let kept: Option<Reading> = std::fs::read(&file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if let Some(kept) = kept.filter(|kept| kept.key == key) {
            return Ok(kept);
        }
        let net = net()?;
        let begun = Instant::now();
        listener.hear(Event::Started { what: "ablation: corrupted pictures", total: ways().len() as u64 });
        let predicted = self.predicted(&net, all, self.job.manifest, false)?.plain;
        let chosen: Vec<usize> = predicted.iter().map(|row| choose(row)).collect();
        let heard = || listener.hear(Event::Advanced { by: 1 });
        let corrupted = self.corrupted(&[net.freeze()?], &[1.0], rows, &heard)?;
        let truth = self.truth(rows);
        let wrong = |rows: &Vec<Vec<f32>>| rows.iter().zip(&truth).map(|(row, &class)| choose(row) != class).collect();
        let reading = Reading {
            key,
            macro_f1: macro_f1(&confusion(&self.truth(all), &chosen, self.classes.len())),
            wrong: corrupted.iter().map(wrong).collect(),
        };
        let note = format!("{name}: {} originals, {:.0} s", rows.len(), begun.elapsed().as_secs_f64());
        listener.hear(Event::Finished { note: &note });
        write_atomically(&file, &serde_json::to_vec(&reading).expect("plain values"))?;
        Ok(reading)
    }
}

fn told(name: String, reading: &Reading, own: &Reading, groups: &[usize]) -> Ablation {
    let errors = reading.errors();
    let less: Vec<f64> = own.errors().iter().zip(&errors).map(|(own, error)| own - error).collect();
    Ablation {
        name,
        macro_f1: reading.macro_f1,
        mean_error: errors.iter().sum::<f64>() / errors.len().max(1) as f64,
        families: FAMILIES.map(|name| (name, reading.of_family(name))),
        gain: mean_of_groups(&less, groups),
    }
}

/// The mean of values that are alike within a group, and half of its 95% interval from the cluster-robust standard error
/// (Liang and Zeger, "Longitudinal data analysis using generalized linear models", 1986).
fn mean_of_groups(values: &[f64], groups: &[usize]) -> Gain {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let count = groups.iter().max().map_or(0, |last| last + 1);
    let mut sums = vec![0.0; count];
    values.iter().zip(groups).for_each(|(value, &group)| sums[group] += value - mean);
    let squares = sums.iter().map(|sum| sum * sum).sum::<f64>();
    if count < 2 {
        return Gain { by: mean, unsure: f64::INFINITY };
    }
    let freedom = count as f64 - 1.0;
    Gain { by: mean, unsure: student_975(freedom) * (squares * count as f64 / freedom).sqrt() / n }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_s_error_counts_groups() {
        let gain = mean_of_groups(&[0.1, 0.3, -0.2, 0.4, 0.0, 0.2], &[0, 0, 1, 1, 2, 2]);
        assert!((gain.by - 0.8 / 6.0).abs() < 1e-12);
        // Sums about the mean: 0.4 - 2m, 0.2 - 2m, 0.2 - 2m with m = 2/15.
        let m = 2.0 / 15.0;
        let squares: f64 = [0.4, 0.2, 0.2].iter().map(|sum| (sum - 2.0 * m) * (sum - 2.0 * m)).sum();
        assert!((gain.unsure - 4.302_653 * (squares * 1.5f64).sqrt() / 6.0).abs() < 1e-12);
        // Values that are one group's tell nothing of their spread.
        assert_eq!(mean_of_groups(&[0.5, 0.5], &[0, 0]).unsure, f64::INFINITY);
    }
}
