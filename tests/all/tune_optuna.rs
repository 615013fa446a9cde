//! Random draws, pruners and importances beside Optuna's own, which reads the journals that ours leave.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use evenfold::random::Key;
use evenfold::tune::{
    Asked, Direction, Journal, Point, Pruner, Sampler, Search, Space, State, Study, Worker, importances,
};
use serde_json::{Value, json};

use crate::support::{Ran, python};

fn space(yaml: &str) -> Space {
    Space::new(&serde_saphyr::from_str(yaml).unwrap()).unwrap()
}

fn objectives(directions: &[Direction]) -> Vec<(String, Direction)> {
    directions.iter().enumerate().map(|(i, direction)| (format!("value {i}"), *direction)).collect()
}

fn search<'a>(name: &'a str, space: &'a Space, objectives: &'a [(String, Direction)], pruner: Pruner) -> Search<'a> {
    Search { name, objectives, setting: Value::Null, space, sampler: Sampler::Random, pruner, seed: 7 }
}

/// Runs a script of Python with `storage` and `given`; what it prints is JSON.
fn optuna(script: &str, folder: &Path, given: &Value) -> Option<Value> {
    let head = "
import json, math, sys, warnings
warnings.simplefilter('ignore')
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
optuna.logging.set_verbosity(optuna.logging.ERROR)
storage = JournalStorage(JournalFileBackend(sys.argv[1] + '/study.log'))
given = json.load(open(sys.argv[1] + '/given.json'))
";
    let mut python = python()?;
    fs::write(folder.join("given.json"), given.to_string()).unwrap();
    let ran: Ran = python.arg("-c").arg(format!("{head}{script}")).arg(folder).output().unwrap().into();
    Some(serde_json::from_str(&ran.expect(0).out).unwrap())
}

#[test]
fn random_values_come_from_the_distributions_of_optunas_random_sampler() {
    let ranges = "
plain: {uniform: [-1, 3]}
stepped: {uniform: [0, 1, 0.25]}
log: {log: [1.0e-5, 1.0e-1]}
whole: {int: [2, 11, 3]}
log_whole: {log_int: [1, 40]}
choice: {choice: [a, b, c]}
";
    let (space, folder) = (space(ranges), tempfile::tempdir().unwrap());
    let objectives = objectives(&[Direction::Minimise]);
    let search = search("random", &space, &objectives, Pruner::None);
    let (user_attrs, system_attrs) = Default::default();
    let directions = vec![Direction::Minimise];
    let study = Study { id: 0, name: "random".into(), directions, trials: Vec::new(), user_attrs, system_attrs };
    let distributions: BTreeMap<_, _> = space.all().into_iter().collect();
    let mut draws: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for number in 0..4000 {
        let point = search.point(&study, number, &serde_json::Map::default());
        for (name, distribution) in &distributions {
            draws.entry(name).or_default().push(distribution.external(point[name]));
        }
    }
    let script = "
from scipy.stats import chi2_contingency, ks_2samp
space = {
    'plain': optuna.distributions.FloatDistribution(-1, 3),
    'stepped': optuna.distributions.FloatDistribution(0, 1, step=0.25),
    'log': optuna.distributions.FloatDistribution(1e-5, 1e-1, log=True),
    'whole': optuna.distributions.IntDistribution(2, 11, step=3),
    'log_whole': optuna.distributions.IntDistribution(1, 40, log=True),
    'choice': optuna.distributions.CategoricalDistribution(['a', 'b', 'c']),
}
study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
trials = [study.ask(space).params for _ in range(4000)]
said = {}
for name, ours in given.items():
    theirs = [trial[name] for trial in trials]
    if name in ('plain', 'log'):
        said[name] = ks_2samp(ours, theirs).pvalue
        continue
    values = sorted(set(ours) | set(theirs))
    assert set(ours) == set(theirs), (name, values)
    said[name] = chi2_contingency([[side.count(v) for v in values] for side in (ours, theirs)]).pvalue
print(json.dumps(said))
";
    let Some(chances) = optuna(script, folder.path(), &json!(draws)) else { return };
    println!("chances of a difference as large by luck: {chances}");
    let chances = chances.as_object().unwrap();
    assert_eq!(chances.len(), 6);
    for (name, chance) in chances {
        assert!(chance.as_f64().unwrap() > 1e-3, "{name}: {chance}");
    }
}

/// Carries out 40 trials, three at a time by turns, that report the values of `table` at `steps`.
fn prune(journal: &Path, search: &Search, steps: &[usize], table: &[Vec<f64>]) {
    let mut worker = Worker::join(journal, search).unwrap();
    let mut open: Vec<(Asked, usize)> = Vec::new();
    loop {
        while open.len() < 3
            && let Some(asked) = worker.ask(table.len()).unwrap()
        {
            open.push((asked, 0));
        }
        if open.is_empty() {
            return;
        }
        open = open
            .into_iter()
            .filter_map(|(asked, at)| {
                let value = table[asked.number][at];
                if worker.report(&asked, steps[at], value).unwrap() {
                    worker.tell(&asked, State::Pruned, None, &[]).unwrap();
                } else if at + 1 == steps.len() {
                    worker.tell(&asked, State::Complete, Some(vec![value]), &[]).unwrap();
                } else {
                    return Some((asked, at + 1));
                }
                None
            })
            .collect();
    }
}

#[test]
fn pruners_stop_the_trials_that_optunas_stop_and_leave_the_same_notes() {
    let (space, folder) = (space("x: {uniform: [0, 1]}"), tempfile::tempdir().unwrap());
    // Values that rise and cross, with ties.
    let table = |steps: &[usize]| -> Vec<Vec<f64>> {
        let curve = |trial: u64| {
            let mut rng = Key::root(5).nth(trial).rng();
            let end = rng.between(0.0, 1.0);
            steps
                .iter()
                .map(|&s| ((end * s as f64 / (s as f64 + 4.0) + rng.between(0.0, 0.1)) * 50.0).round())
                .collect()
        };
        (0..40).map(curve).collect()
    };
    let (folds, epochs) = (vec![1, 2, 3, 4, 5], vec![1, 2, 3, 4, 8, 9, 16, 27, 81, 242, 243]);
    let pruners = [
        ("MedianPruner()", Pruner::Median, &folds),
        ("SuccessiveHalvingPruner(min_resource=1)", Pruner::Asha, &folds),
        ("SuccessiveHalvingPruner(min_resource=1)", Pruner::Asha, &epochs),
        ("HyperbandPruner(1, 5)", Pruner::Hyperband { most: 5 }, &folds),
        ("HyperbandPruner(1, 243)", Pruner::Hyperband { most: 243 }, &epochs),
    ];
    let mut given = Vec::new();
    for (i, (theirs, ours, steps)) in pruners.into_iter().enumerate() {
        for direction in [Direction::Minimise, Direction::Maximise] {
            let (name, objectives) = (format!("{i} {direction:?}"), objectives(&[direction]));
            let table = table(steps);
            prune(&folder.path().join("study.log"), &search(&name, &space, &objectives, ours), steps, &table);
            given.push(json!({"name": name, "pruner": theirs, "steps": steps, "table": table}));
        }
    }
    let script = "
said = {}
for case in given:
    ours = optuna.load_study(study_name=case['name'], storage=storage)
    pruner = eval('optuna.pruners.' + case['pruner'])
    study = optuna.create_study(study_name=case['name'], direction=ours.direction, pruner=pruner)
    steps, table, turn = case['steps'], case['table'], []
    while True:
        while len(turn) < 3 and len(study.trials) < len(table):
            turn.append((study.ask(), 0))
        if not turn:
            break
        left = []
        for trial, at in turn:
            value = table[trial.number][at]
            trial.report(value, steps[at])
            if trial.should_prune():
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            elif at + 1 == len(steps):
                study.tell(trial, value)
            else:
                left.append((trial, at + 1))
        turn = left
    assert len(ours.trials) == len(study.trials) == len(table)
    for a, b in zip(ours.trials, study.trials):
        facts = [(t.state, t.value, t.intermediate_values, t.system_attrs) for t in (a, b)]
        assert facts[0] == facts[1], (case['name'], case['pruner'], a.number, facts)
    said[case['name']] = sum(t.state.name == 'PRUNED' for t in ours.trials)
print(json.dumps(said))
";
    let Some(pruned) = optuna(script, folder.path(), &json!(given)) else { return };
    println!("stopped of 40: {pruned}");
    let pruned = pruned.as_object().unwrap();
    assert_eq!(pruned.len(), 10);
    assert!(pruned.values().all(|n| (5..40).contains(&n.as_u64().unwrap())), "some are stopped, some not: {pruned:?}");
}

/// The objectives' values at a point.
type Worth<'a> = &'a dyn Fn(&Point) -> Vec<f64>;

#[test]
fn importances_are_those_of_optunas_ped_anova() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("study.log");
    let mixed = "{lr: {log: [1.0e-5, 1.0e-1]}, width: {log_int: [8, 256]}, depth: {int: [1, 8]}, \
                 drop: {uniform: [0, 0.5, 0.1]}, fixed: {int: [3, 3]}, kind: {choice: [a, b, c]}}";
    let conditional = "{kind: {choice: {near: {x: {uniform: [-5, 5]}}, far: [{uniform: [-5, 5]}, {log: [0.1, 9]}]}}, \
                       y: {uniform: [0, 1]}}";
    // The ends of a range may move within a study.
    let moved = conditional.replace("y: {uniform: [0, 1]}", "y: {uniform: [0.2, 0.7]}");
    let of_mixed = |p: &Point| {
        let rate = p["lr"].log10() + 3.0 + 0.1 * p["depth"];
        rate.powi(2) + (p["width"].log2() - 6.0).powi(2) / 4.0 + [0.5, 0.0, 1.0][p["kind"] as usize] + p["drop"]
    };
    let of_conditional = |p: &Point| match p["kind"] as usize {
        0 => p["kind.near.x"].powi(2) + p["y"],
        _ => (p["kind.far.0"] - 1.0).powi(2) + p["kind.far.1"] + p["y"] / 2.0,
    };
    let (one, two) = ([Direction::Minimise], [Direction::Minimise, Direction::Maximise]);
    let cases: [(&str, &[&str], &[Direction], Worth); 5] = [
        ("mixed", &[mixed], &one, &|p| vec![of_mixed(p)]),
        ("better is more", &[mixed], &[Direction::Maximise], &|p| vec![of_mixed(p)]),
        ("with ties", &[mixed], &one, &|p| vec![of_mixed(p).round()]),
        ("conditional and moved", &[conditional, &moved], &one, &|p| vec![of_conditional(p)]),
        ("two objectives", &[conditional, &moved], &two, &|p| vec![of_conditional(p), p["y"]]),
    ];
    for (name, spaces, directions, value) in cases {
        let objectives = objectives(directions);
        for (i, yaml) in spaces.iter().enumerate() {
            let space = space(yaml);
            let search = search(name, &space, &objectives, Pruner::None);
            let mut worker = Worker::join(&journal, &search).unwrap();
            while let Some(asked) = worker.ask(60 * (i + 1) / spaces.len()).unwrap() {
                worker.tell(&asked, State::Complete, Some(value(&asked.point)), &[]).unwrap();
            }
        }
    }
    let script = "
named = lambda name: optuna.importance.get_param_importances(optuna.load_study(study_name=name, storage=storage),
    evaluator=optuna.importance.PedAnovaImportanceEvaluator())
print(json.dumps({name: named(name) for name in given}))
";
    let names = cases.map(|(name, ..)| name);
    let Some(theirs) = optuna(script, folder.path(), &json!(names)) else { return };
    let journal = Journal::open(&journal).unwrap();
    let mut widest = 0.0f64;
    for name in names {
        let ours = importances(journal.study(name).unwrap());
        assert_eq!(ours.len(), theirs[name].as_object().unwrap().len(), "{name}");
        assert!((ours.iter().map(|(_, share)| share).sum::<f64>() - 1.0).abs() < 1e-12 && ours[0].1 < 0.999);
        for (parameter, share) in ours {
            let off = (share - theirs[name][&parameter].as_f64().unwrap()).abs();
            assert!(off < 1e-9, "{name}, {parameter}: {share} against {}", theirs[name][&parameter]);
            widest = widest.max(off);
        }
    }
    println!("widest difference: {widest:e}");
}
