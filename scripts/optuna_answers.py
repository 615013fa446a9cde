"""Writes tests/data/optuna.json: the best value after 50 and after 100 trials of Optuna's TPE, 30 seeds, on the functions of
tests/all/tune_sampler.rs, which holds our sampler against them.

usage: "$(scripts/peer-env tune optuna==5.0.0)" scripts/optuna_answers.py
"""
import csv
import json
import math
import warnings
from pathlib import Path

import optuna

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)
TESTS = Path(__file__).parent.parent / "tests/data"
TABLE = {tuple(map(int, row[:5])): float(row[5]) for row in list(csv.reader(open(TESTS / "tune-table.csv")))[1:]}


def floats(trial, n, low, high):
    return [trial.suggest_float(f"x.{i}", low, high) for i in range(n)]


def sphere(trial):
    return sum((x - 1) ** 2 for x in floats(trial, 5, -5, 5))


def branin(trial):
    x, y = trial.suggest_float("x", -5, 10), trial.suggest_float("y", 0, 15)
    a = y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6
    return a * a + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def rosenbrock(trial):
    x = floats(trial, 4, -2, 2)
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in zip(x, x[1:]))


def ackley(trial):
    x = floats(trial, 5, -10, 20)
    n = len(x)
    square, wave = sum(v * v for v in x) / n, sum(math.cos(2 * math.pi * v) for v in x) / n
    return -20 * math.exp(-0.2 * math.sqrt(square)) - math.exp(wave) + 20 + math.e


def styblinski_tang(trial):
    return sum(x**4 - 16 * x * x + 5 * x for x in floats(trial, 4, -5, 5)) / 2


def mixed(trial):
    lr = trial.suggest_float("lr", 1e-5, 1e-1, log=True)
    width = trial.suggest_int("width", 8, 256, log=True)
    depth = trial.suggest_int("depth", 1, 8)
    kind = trial.suggest_categorical("kind", ["a", "b", "c"])
    rate = math.log10(lr) + 3 + 0.1 * depth
    return rate**2 + (math.log2(width) - 6) ** 2 / 4 + abs(depth - 5) / 4 + {"a": 0.5, "b": 0.0, "c": 1.0}[kind]


def conditional(trial):
    if trial.suggest_categorical("kind", ["near", "far"]) == "near":
        return trial.suggest_float("near.x", -5, 5) ** 2 + 1
    return sum((trial.suggest_float(f"far.{i}", -5, 5) - i) ** 2 for i in range(3))


def table(trial):
    names = ["dropout", "weight_decay", "label_smoothing", "batch_size", "lr"]
    most = [max(key[i] for key in TABLE) for i in range(5)]
    return -TABLE[tuple(trial.suggest_int(name, 0, top) for name, top in zip(names, most))]


FUNCTIONS = [sphere, branin, rosenbrock, ackley, styblinski_tang, mixed, conditional, table]
VARIANTS = {"multivariate": dict(multivariate=True, group=True), "default": {}}
answers = {"optuna": optuna.__version__}
for variant, options in VARIANTS.items():
    for function in FUNCTIONS:
        best = []
        for seed in range(30):
            study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed, **options))
            study.optimize(function, n_trials=100)
            values = [trial.value for trial in study.trials]
            best.append([min(values[:50]), min(values)])
        answers.setdefault(variant, {})[function.__name__] = best
        (TESTS / "optuna.json").write_text(json.dumps(answers, indent=None, separators=(",", ":")) + "\n")
