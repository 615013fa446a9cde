//! What nets are worth on worse pictures, and what would help, in words and numbers.

use super::{Ablated, Corrupted, Robustness, number};
use crate::evaluate::{self, Ablation};

pub(super) fn robustness(found: &evaluate::Robustness, ablation: &[Ablation]) -> Robustness {
    Robustness {
        sentence: format!(
            "Of {} out-of-fold originals, each predicted by the one net that never saw it, {} are wrong as they are and {} on \
             average over 15 corruptions at 5 severities (ImageNet-C; not divided by another model's error). The test took {}.",
            number::count(found.originals),
            number::percent(found.clean_error),
            number::percent(found.mean_error),
            number::seconds(found.seconds)
        ),
        corruptions: found
            .errors
            .iter()
            .map(|(name, errors)| Corrupted {
                name: name.clone(),
                mean: errors.iter().sum::<f64>() / errors.len().max(1) as f64,
                errors: errors.clone(),
            })
            .collect(),
        advice: advice(found, ablation),
        ablation: ablation.iter().map(ablated).collect(),
    }
}

fn ablated(found: &Ablation) -> Ablated {
    let named = !found.name.is_empty();
    let unsure = found.gain.unsure;
    Ablated {
        name: if named { format!("with {}", found.name) } else { "as configured".into() },
        macro_f1: found.macro_f1,
        families: found.families.iter().map(|(name, error)| ((*name).to_owned(), *error)).collect(),
        mean: found.mean_error,
        gain: named.then(|| (found.gain.by, unsure.is_finite().then_some(unsure))),
    }
}

/// Which further steps are worth it.
fn advice(found: &evaluate::Robustness, ablation: &[Ablation]) -> String {
    let Some((own, tried)) = ablation.split_first() else {
        let mean = |errors: &[f64]| errors.iter().sum::<f64>() / errors.len().max(1) as f64;
        let worst = found.errors.iter().max_by(|a, b| mean(&a.1).total_cmp(&mean(&b.1)));
        return worst.map_or_else(String::new, |(name, errors)| {
            format!(
                "Worst is {name} ({} wrong). `ablation: common` would tell which further steps in training help, for eight more                  trainings of one fold.",
                number::percent(mean(errors))
            )
        });
    };
    let best =
        tried.iter().max_by(|a, b| a.gain.by.total_cmp(&b.gain.by)).filter(|best| best.gain.by > best.gain.unsure);
    let told = best.map_or_else(
        || "none of them makes plainly fewer errors on corrupted pictures.".to_owned(),
        |best| {
            format!(
                "`{}` helps most: {} wrong instead of {} of corrupted pictures, and macro-F1 {} instead of {} on pictures as they                  are.",
                best.name,
                number::percent(best.mean_error),
                number::percent(own.mean_error),
                number::score(best.macro_f1),
                number::score(own.macro_f1)
            )
        },
    );
    format!(
        "The first fold's net was trained {} more, each time with one list of further steps: {told} The intervals are over \
         groups of originals; another seed would move all of it a little more.",
        number::counted(tried.len(), "time")
    )
}
