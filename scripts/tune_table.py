"""Trains every setting of a small grid and writes tests/data/tune-table.csv, the recorded table that samplers are compared on.

usage: scripts/tune_table.py EVENFOLD FOLDER   (the binary; a working folder, kept so that a killed sweep goes on)
The data are the demo's: 592 rendered photos of 8 classes, 3 folds of whole objects; a setting takes seconds.
"""
import csv
import itertools
import json
import subprocess
import sys
from pathlib import Path

GRID = {
    "dropout": [0.0, 0.3],
    "weight_decay": [0.0, 0.1],
    "label_smoothing": [0.0, 0.1],
    "batch_size": [8, 16, 32],
    "lr": [1e-4, 3e-4, 1e-3, 2e-3, 4e-3, 8e-3, 1.6e-2, 5e-2],
}
FIXED = ["model=test_efficientnet", "image_size=32", "epochs=3", "warmup_epochs=0.5", "drop_path=0", "min_lr=0", "threads=1"]

binary, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)
folds = folder / "folds.parquet"
if not folds.exists():
    subprocess.run([binary, "-q", "demo-data", folder / "demo"], check=True)
    split = ["split", "--folds", "3", "--stratified", "--groups", "([a-z]+-[0-9]+)_"]
    subprocess.run([binary, "-q", *split, "--data", folder / "demo/train", "--out", folds], check=True)

rows = []
for levels in itertools.product(*(range(len(values)) for values in GRID.values())):
    setting = {key: values[level] for (key, values), level in zip(GRID.items(), levels)}
    out = folder / ("run-" + "".join(map(str, levels)))
    if not (out / "report.json").exists():
        sets = [f"--set={key}={value}" for key, value in setting.items()] + [f"--set={pair}" for pair in FIXED]
        subprocess.run([binary, "-q", "train-eval", "--folds", folds, "--out", out, *sets], stdout=subprocess.DEVNULL)
    report = json.loads((out / "report.json").read_text())
    rows.append([*levels, report["scores"][0]["macro_f1"]["value"]])
    with open(Path(__file__).parent.parent / "tests/data/tune-table.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*GRID, "macro_f1"])
        writer.writerows(rows)
