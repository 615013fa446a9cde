"""Makes tests/data/splits.json: data with lopsided classes and uneven groups, what scikit-learn makes of them, and its
StratifiedKFold's folds. usage: .python/bin/python scripts/sklearn_splits.py > tests/data/splits.json

J = mean over classes of the standard deviation over folds of (count in fold / class total) + standard deviation of
fold size / N. The shapes of the data are those of known sets: few patients with many photos, one class a patient, long
tails, seven photos a person (18 classes), lesions seen once or twice, camera sites.
"""
import json

import numpy as np
import sklearn
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

FOLDS = 5


def rows(groups):
    y = [c for counts in groups for c, n in counts for _ in range(n)]
    g = [i for i, counts in enumerate(groups) for _, n in counts for _ in range(n)]
    return np.array(y), np.array(g)


def evenness(y, fold):
    table = np.zeros((FOLDS, y.max() + 1))
    np.add.at(table, (fold, y), 1)
    table = table[:, table.sum(0) > 0]
    sizes = table.sum(1)
    return float((table / table.sum(0)).std(0).mean() + (sizes / len(y)).std()), float(sizes.max() / max(1, sizes.min()))


def folds_of(splitter, y, g=None):
    fold = np.zeros(len(y), int)
    for k, (_, test) in enumerate(splitter.split(np.zeros(len(y)), y, g)):
        fold[test] = k
    return fold


def counted(labels):
    values, counts = np.unique(labels, return_counts=True)
    return [[int(v), int(n)] for v, n in zip(values, counts)]


def mixed(rng, groups, classes, low, high, alpha):
    """Each group has a mix of classes of its own."""
    share = rng.dirichlet(np.full(classes, 2.0))
    made = []
    for _ in range(groups):
        mix = rng.dirichlet(share * alpha * classes + 1e-3)
        made.append(counted(rng.choice(classes, int(rng.integers(low, high)), p=mix)))
    return made


def pure(rng):
    """Patients of one class each."""
    sizes = [40, 20, 10, 6]
    return [[[c, int(rng.lognormal(2.5, 0.6)) + 1]] for c, n in enumerate(sizes) for _ in range(n)]


def long_tail(rng):
    p = 0.7 ** np.arange(10)
    return [counted(rng.choice(10, int(rng.lognormal(2.2, 0.8)) + 1, p=p / p.sum())) for _ in range(300)]


def masks(rng):
    """2,700 persons of 7 photos: 5 with the mask on, 1 wrong, 1 without; 6 kinds of persons."""
    p = np.array([0.28, 0.18, 0.03, 0.27, 0.21, 0.03])
    return [[[k, 5], [k + 6, 1], [k + 12, 1]] for k in map(int, rng.choice(6, 2700, p=p))]


def lesions(rng):
    """7,470 lesions of one class each, most of them seen once."""
    p = np.array([0.67, 0.11, 0.11, 0.05, 0.033, 0.014, 0.013])
    return [[[int(c), int(n)]] for c, n in zip(rng.choice(7, 7470, p=p), np.minimum(6, rng.geometric(0.75, 7470)))]


def sites(rng):
    """243 camera sites, 100 species, each site with few of them and very uneven."""
    made = []
    for _ in range(243):
        species = rng.choice(100, int(rng.integers(2, 14)), replace=False, p=(q := 0.96 ** np.arange(100)) / q.sum())
        made.append([[int(c), int(rng.lognormal(2.5, 1.3)) + 1] for c in sorted(species)])
    return made


SHAPES = {
    "few patients": lambda rng: mixed(rng, 30, 5, 5, 41, 0.35),
    "one class a patient": pure,
    "long tail": long_tail,
    "seven photos a person": masks,
    "lesions": lesions,
    "camera sites": sites,
}

fixtures = []
for name, make in SHAPES.items():
    for seed in range(3 if name not in ("seven photos a person", "lesions") else 1):
        groups = make(np.random.default_rng(seed))
        y, g = rows(groups)
        plain = evenness(y, folds_of(StratifiedGroupKFold(FOLDS), y, g))
        fixtures.append({"name": name, "seed": seed, "folds": FOLDS, "j": plain[0], "size_ratio": plain[1], "groups": groups})

plain = []
rng = np.random.default_rng(0)
for case in range(40):
    k, classes = int(rng.integers(2, 8)), int(rng.integers(1, 6))
    y = rng.integers(0, classes, int(rng.integers(classes * k, 60 + classes * k)))
    if np.bincount(y).max() >= k:
        plain.append({"folds": k, "y": y.tolist(), "fold": folds_of(StratifiedKFold(k), y).tolist()})

print(json.dumps({"scikit-learn": sklearn.__version__, "stratified_group_kfold": fixtures, "stratified_kfold": plain},
                 separators=(",", ":")))
