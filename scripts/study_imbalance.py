"""Lopsided sets, ways against that, three seeds; started by scripts/study-imbalance."""

import argparse
import csv
import json
import statistics
import subprocess
import sys
from pathlib import Path

import polars

# Small nets from scratch: the study is about ways against imbalance, not about the best score.
RECIPE = {"model": "test_efficientnet", "batch_size": 32, "lr": 3.0e-3, "min_lr": 1.0e-5, "warmup_epochs": 1, "dropout": 0.1,
          "drop_path": 0.0, "weight_decay": 0.05, "label_smoothing": 0.1, "naive_folds": 0, "self_test": 0}
SHIFTS = {"affine": {"shift_x_frac": [-0.1, 0.1], "shift_y_frac": [-0.1, 0.1], "scale": [0.9, 1.1], "p": 1.0}}
MIRRORED = {"hflip": {"p": 0.5}}
# Set: epochs, side, steps, groups, folds.
SETS = {
    "cifar_mini, long tail": (30, 48, [MIRRORED, SHIFTS], "none", 2),
    "trash150": (10, 64, [MIRRORED, SHIFTS], "none", 5),
    "gtsrb7": (4, 48, [SHIFTS], "track", 3),
}
ADJUSTED = {"loss": {"logit_adjusted": {"tau": 1.0}}}
# Way: what is set, and the target of `augment`.
WAYS = {
    "as they are": ({}, None),
    "`augment` to the largest class": ({}, "max"),
    "`augment`, square root of the counts": ({}, "{power: 0.5}"),
    "`loss: logit_adjusted`": (ADJUSTED, None),
    "`augment` to the largest class and `logit_adjusted`": (ADJUSTED, "max"),
    "`augment`, square root, and `logit_adjusted`": (ADJUSTED, "{power: 0.5}"),
    "timm, as they are": (None, None),
    "`class_weights: effective_number`": ({"class_weights": {"effective_number": 0.999}}, None),
    "`loss: ldam`, `class_weights` for the last quarter": ({"loss": {"ldam": {"max_margin": 0.5}}, "class_weights": "inverse", "defer_epochs": 22}, None),
    "`sampler: class_balanced`": ({"sampler": "class_balanced"}, None),
}
PIPELINE = """version: 1
seed: {seed}
balance: {{target: {target}, max_copies: 200}}
steps:
  - hflip: {{p: 0.5}}
  - affine: {{rotate_deg: [-10, 10], scale: [0.9, 1.1], shift_x_frac: [-0.1, 0.1], shift_y_frac: [-0.1, 0.1]}}
  - brightness_contrast: {{brightness: [-0.15, 0.15], contrast: [-0.2, 0.2], p: 0.7}}
"""

args = argparse.ArgumentParser()
args.add_argument("--evenfold", required=True)
args.add_argument("--peer", required=True)
args.add_argument("--data", type=Path, default=Path("../shared/data"))
args.add_argument("--runs", type=Path, default=Path("target/study-imbalance"))
args.add_argument("--seeds", type=int, default=3)
args.add_argument("--only", action="append", choices=SETS)
args.add_argument("--out", default="docs/study-imbalance.md")
args = args.parse_args()


def call(*command):
    ran = subprocess.run([args.evenfold, *map(str, command), "--quiet"], capture_output=True, text=True)
    if ran.returncode not in (0, 1):
        sys.exit(f"{command}: {ran.stderr}")


def table(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def given(name):
    """A manifest, the folder of its images, and the images that are judged, or none."""
    data = (args.data / name.split(",")[0]).resolve()
    if name == "gtsrb7":
        return data / "train.csv", data, data / "test.csv"
    if name == "trash150":
        return data, data, None
    # 400 of the largest class, 4 of the smallest, evenly falling in between (Cui et al. 2019, imbalance 100).
    photos = lambda part, label: sorted((data / part / label).iterdir())
    labels = sorted(folder.name for folder in (data / "train").iterdir())
    some = [(p, label) for i, label in enumerate(labels) for p in photos("train", label)[: round(400 * 100 ** (-i / 9))]]
    judged = [(p, label) for label in labels for p in photos("test", label)]
    rows = lambda pairs: [{"path": p.relative_to(data), "label": label} for p, label in pairs]
    return table(args.runs / "long_tail.csv", rows(some)), data, table(args.runs / "judged.csv", rows(judged))


def trained(name, way, seed):
    """Macro-F1 out-of-fold and on the images that are judged."""
    epochs, side, steps, groups, folds = SETS[name]
    more, target = WAYS[way]
    manifest, images, judged = given(name)
    out = args.runs / "".join(c if c.isalnum() else "_" for c in f"{name} {way} {seed}")
    answer = out / "answer.json"
    if answer.is_file():
        return json.loads(answer.read_text())
    out.mkdir(parents=True, exist_ok=True)
    split = out / "folds.parquet"
    where = ["--images", images] if manifest.is_file() else []
    call("split", "--stratified", "--folds", folds, "--data", manifest, *where, "--groups", groups, "--near-duplicates", "off", "--seed", seed, "--out", split)
    count = polars.read_parquet(split).height
    if target:
        (out / "pipeline.yaml").write_text(PIPELINE.format(seed=seed, target=target))
        call("augment", "--pipeline", out / "pipeline.yaml", "--data", split, "--out", out / "even")
        split = out / "even/samples.parquet"
        # As many steps as without copies.
        epochs = max(1, round(epochs * count / polars.read_parquet(split).height))
    config = {**RECIPE, "epochs": epochs, "image_size": side, "steps": steps, "seed": seed, **(more or {})}
    (out / "train.yaml").write_text(json.dumps(config))
    eval_of = ["--eval", judged, "--eval-images", images] if judged else []
    if more is None:
        rows = polars.read_parquet(split).select("path", "label", "fold").to_dicts()
        table(out / "rows.csv", [{**row, "path": split.parent / row["path"]} for row in rows])
        eval_rows = csv.DictReader(judged.open()) if judged else []
        table(out / "judged.csv", [{"path": images / row["path"], "label": row["label"]} for row in eval_rows] or [{"path": "", "label": ""}])
        subprocess.run([args.peer, "scripts/study_imbalance_peer.py", out], check=True)
        return json.loads(answer.read_text())
    call("train-eval", "--folds", split, "--config", out / "train.yaml", "--out", out / "run", *eval_of)
    summary = json.loads((out / "run/summary.json").read_text())
    scores = [summary[part] and summary[part]["macro_f1"]["value"] for part in ("out_of_fold", "eval")]
    answer.write_text(json.dumps(scores))
    return scores


def cell(values):
    if None in values:
        return ""
    return f"{statistics.mean(values):.3f} ± {statistics.stdev(values):.3f}" if len(values) > 1 else f"{values[0]:.3f}"


def main():
    page = f"""# Ways against imbalance

Written by `scripts/study-imbalance`: macro-F1, mean ± standard deviation over {args.seeds} seeds (split, weights, order and copies all
follow from the seed). timm 1.0.31's `test_efficientnet` from scratch, the same recipe for all: AdamW, cosine, label smoothing
0.1, mirrored and shifted anew each epoch; timm's own net in PyTorch with that recipe beside it. With copies, epochs are fewer, so
that the number of steps is the same.

"""
    for name in args.only or SETS:
        epochs, side, _, groups, folds = SETS[name]
        ways = WAYS if "tail" in name else {"as they are": WAYS["as they are"], "timm, as they are": WAYS["timm, as they are"]}
        page += f"## {name}\n\n{folds} folds{'' if groups == 'none' else f' by {groups}'}, {side} px, {epochs} epochs.\n\n"
        page += "| | out-of-fold | judged images |\n| --- | ---: | ---: |\n"
        for way in ways:
            scores = []
            for seed in range(1, args.seeds + 1):
                scores.append(trained(name, way, seed))
                print(name, way, seed, scores[-1], file=sys.stderr, flush=True)
            page += f"| {way} | {cell([s[0] for s in scores])} | {cell([s[1] for s in scores])} |\n"
            # A study that is cut off has said what it knows.
            Path(args.out).write_text(page)
        page += "\n"


main()
