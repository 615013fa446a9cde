"""Times our split and scikit-learn's in turn on the same arrays. usage: bench_split.py BENCH ROUNDS
BENCH is the program that `cargo bench --bench split --no-run` makes. Writes docs/bench-split.md."""
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import sklearn
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

BENCH, ROUNDS, FOLDS = sys.argv[1], int(sys.argv[2]), 5
# rows, classes, rows of a group, whether scikit-learn is timed at this size
CASES = [(100_000, 100, 1, True), (1_000_000, 100, 1, True), (10_000_000, 1_000, 1, True),
         (100_000, 100, 7, True), (1_000_000, 1_000, 7, True), (10_000_000, 1_000, 7, False)]


def data(rows, classes, size):
    """Long-tailed classes (1:100), drawn row by row; groups are runs of rows."""
    p = 0.01 ** (np.arange(classes) / (classes - 1))
    y = np.random.default_rng(0).choice(classes, rows, p=p / p.sum())
    return y, np.arange(rows) // size


def evenness(y, fold):
    table = np.zeros((FOLDS, y.max() + 1))
    np.add.at(table, (fold, y), 1)
    table = table[:, table.sum(0) > 0]
    sizes = table.sum(1)
    return (table / table.sum(0)).std(0).mean() + (sizes / len(y)).std(), sizes.max() / sizes.min()


def theirs(y, g, size):
    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=0) if size == 1 else StratifiedGroupKFold(FOLDS)
    x, fold, start = np.zeros(len(y)), np.zeros(len(y), int), time.perf_counter()
    for k, (_, test) in enumerate(splitter.split(x, y, g)):
        fold[test] = k
    seconds = time.perf_counter() - start
    return seconds, *evenness(y, fold)


def ours(file):
    """Its own clock, around all but reading the file; and the most memory that the process had."""
    answer = json.loads(subprocess.run([BENCH, file, str(FOLDS)], stdout=subprocess.PIPE, check=True).stdout)
    return tuple(answer[key] for key in ["seconds", "j", "size_ratio", "j_bound", "peak_mb"])


median = lambda values: float(np.median(values))
lines = []
for rows, classes, size, both in CASES:
    y, g = data(rows, classes, size)
    with tempfile.NamedTemporaryFile() as file:
        np.stack([y, g], 1).astype("<u4").tofile(file.name)
        rounds = 1 if rows > 1_000_000 or (both and size > 1 and rows > 100_000) else ROUNDS
        pairs = [(ours(file.name), theirs(y, g, size) if both else None) for _ in range(rounds)]
    mine, (_, j, ratio, bound, memory) = median([a[0] for a, _ in pairs]), pairs[0][0]
    cells = [f"{rows:,}", f"{classes:,}", "-" if size == 1 else f"{rows // size + (rows % size > 0):,}", f"{mine:.3f}"]
    if both:
        other = median([b[0] for _, b in pairs])
        cells += [f"{other:.3f}", f"**{other / mine:.1f}**", f"{j:.6f}", f"{pairs[0][1][1]:.6f}", f"{bound:.6f}",
                  f"{ratio:.4f}", f"{pairs[0][1][2]:.4f}"]
    else:
        cells += ["", "", f"{j:.6f}", "", f"{bound:.6f}", f"{ratio:.4f}", ""]
    lines.append("| " + " | ".join(cells + [f"{memory:,.0f}"]) + " |")
    print(lines[-1], flush=True)

page = f"""# Speed and evenness of splits

Made by `scripts/bench-split`: our search (`evenfold::split::deal`) and scikit-learn {sklearn.__version__} (`StratifiedKFold` where
there are no groups, else `StratifiedGroupKFold`), {FOLDS} folds, in turn, {ROUNDS} rounds (1 where scikit-learn takes long), medians of
seconds from arrays of integers to the fold of each row. J and sizes (largest fold / smallest) say how even the folds are; no
split is below "J bound". Memory is the most that our process had, its copy of the input included. {os.cpu_count()} cores,
{platform.machine()}; scikit-learn uses one, ours two where it can.

| rows | classes | groups | ours, s | theirs, s | times faster | J ours | J theirs | J bound | sizes ours | sizes theirs | ours, MB |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
""" + "\n".join(lines) + "\n"
Path("docs/bench-split.md").write_text(page)
