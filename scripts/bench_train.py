"""Runs evenfold and timm in turns and writes docs/bench-train.md; started by scripts/bench-train."""

import argparse
import csv
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from machine import cpu_name

# As src/cli/train_eval.rs sets them for itself.
POLICIES = {"OMP_WAIT_POLICY": "passive", "THP_MEM_ALLOC_ENABLE": "1",
            "GLIBC_TUNABLES": "glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=8589934592"}
LAYOUTS = ["contiguous_format", "channels_last"]
# Model, side, batch, and billions of multiply-adds of a picture forward (0.39 at 224 px, Tan and Le 2019, and as the area).
SPEED = [("efficientnet_b0", 224, 16, 0.39), ("efficientnet_b0", 64, 64, 0.39 * (64 / 224) ** 2)]
# Model, side, batch, epochs, and of how many photos one is taken.
EPOCHS = [("efficientnet_b0", 224, 16, 1, 6), ("efficientnet_b0", 64, 32, 2, 1), ("test_efficientnet", 64, 32, 3, 1)]
STEPS = """
model: {model}
image_size: {side}
load_px: {px}
batch_size: {batch}
epochs: {count}
warmup_epochs: 0
naive_folds: 0
self_test: 0
cache_mb: {cache}
steps:
  - hflip: {{p: 0.5}}
  - affine: {{rotate_deg: [-15, 15], scale: [0.9, 1.1], p: 0.5}}
  - brightness_contrast: {{brightness: [-0.2, 0.2], contrast: [-0.2, 0.2], p: 0.5}}
  - hue_saturation_value: {{hue_deg: [-20, 20], saturation: [-20, 20], value: [-10, 10], p: 0.5}}
"""

args = argparse.ArgumentParser()
args.add_argument("--data", default="../shared/data/trash512")
args.add_argument("--rounds", type=int, default=3)
args.add_argument("--only", choices=["speed", "epochs"])
args.add_argument("--out", default="docs/bench-train.md")
args.add_argument("--steps", required=True, help="binary of the library's tests")
args.add_argument("--ours", required=True)
args.add_argument("--peer", required=True)
args = args.parse_args()


def said(command, **more):
    ran = subprocess.run(list(map(str, command)), capture_output=True, text=True, env={**os.environ, **more})
    if ran.returncode not in (0, 1):
        sys.exit(f"{command}: {ran.stderr}")
    return ran.stdout


def peer(*command):
    return [float(number) for number in said([args.peer, "scripts/bench_train_peer.py", *command]).split()]


def our_steps(model, side, batch):
    out = said([args.steps, "speed", "--ignored", "--nocapture"], EVENFOLD_SPEED=f"{model} {side} {batch}", **POLICIES)
    words = next(line for line in out.splitlines() if "evenfold: train" in line).split()
    return float(words[words.index("train") + 1]), float(words[words.index("infer") + 1])


def ratio(ours, theirs):
    """Median and range over rounds, and the medians themselves."""
    ratios = sorted(a / b for a, b in zip(ours, theirs))
    middle = [statistics.median(values) for values in (ours, theirs)]
    return f"{middle[1]:.1f} | {middle[0]:.1f} | **{statistics.median(ratios):.2f}** ({ratios[0]:.2f} to {ratios[-1]:.2f})"


def speeds(rate):
    for model, side, batch, giga in SPEED:
        ours, theirs = [], []
        for _ in range(args.rounds):
            ours.append(our_steps(model, side, batch))
            theirs.append([max(values) for values in zip(*(peer("speed", model, side, batch, layout) for layout in LAYOUTS))])
            print(model, side, ours[-1], theirs[-1], file=sys.stderr)
        # Backward is two products for each one forward.
        for kind, (what, passes) in enumerate([("training", 3), ("prediction", 1)]):
            mine, floor = [reading[kind] for reading in ours], rate / giga / passes
            compared = ratio(mine, [reading[kind] for reading in theirs])
            yield f"| {model}, {side} px, batch {batch} | {what} | {compared} | {floor:.0f} | {statistics.median(mine) / floor:.0%} |\n"


def our_epochs(folder, folds, model, side, batch, count, cache):
    config = Path(folder, "train.yaml")
    config.write_text(STEPS.format(model=model, side=side, px=2 * side, batch=batch, count=count, cache=cache))
    with tempfile.TemporaryDirectory(dir=folder) as run:
        said([args.ours, "train-eval", "--folds", folds, "--images", args.data, "--config", config, "--out", run, "--quiet"])
        rows = list(csv.DictReader(Path(run, "fold-0/results.csv").open()))
    # What is kept was decoded before the first epoch: that is counted in the row without a cache.
    return statistics.median(float(row["time/images_per_second"]) for row in rows)


def epochs():
    with tempfile.TemporaryDirectory() as folder:
        folds, table = Path(folder, "folds.csv"), Path(folder, "files.txt")
        for model, side, batch, count, every in EPOCHS:
            photos = sorted(Path(args.data).rglob("*.jpg"))[::every]
            labels = sorted({photo.parent.name for photo in photos})
            # One fold trains on all but a tenth of the photos, the other on that tenth.
            with folds.open("w", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(["path", "label", "fold"])
                writer.writerows([p.relative_to(args.data), p.parent.name, int(i % 10 > 0)] for i, p in enumerate(photos))
            train = [p for i, p in enumerate(photos) if i % 10]
            table.write_text("".join(f"{p}\t{labels.index(p.parent.name)}\n" for p in train))
            readings = {"kept": [], "read": [], "peer": []}
            for _ in range(args.rounds):
                readings["read"].append(our_epochs(folder, folds, model, side, batch, count, 0))
                readings["kept"].append(our_epochs(folder, folds, model, side, batch, count, 2048))
                theirs = [peer("epochs", model, side, batch, layout, table, count, 2 * side) for layout in LAYOUTS]
                readings["peer"].append(max(statistics.median(reading) for reading in theirs))
                print(model, side, {name: values[-1] for name, values in readings.items()}, file=sys.stderr)
            for name, what in [("read", "decoded every time"), ("kept", "kept in memory (the default)")]:
                yield f"| {model}, {side} px, batch {batch}, {len(train)} photos | {what} | {ratio(readings[name], readings['peer'])} |\n"


def main():
    parts = [args.only] if args.only else ["speed", "epochs"]
    rate = peer("gemm")[0]
    page = f"""# Training and predicting against timm

Written by `scripts/bench-train --rounds {args.rounds}`. {os.cpu_count()} cores, {cpu_name()}; medians of {args.rounds} rounds in which both ran in turns, with
the range of the ratio. The peer is timm 1.0.31 in PyTorch 2.11, contiguous and channels last, the better of the two in each
round; ours calls the same libtorch. A large product of matrices runs at {rate:.0f} billion multiply-adds a second here.

"""
    heading = "| | {} | timm: images/s | evenfold | times as many |{}\n| --- | --- | ---: | ---: | --- |{}\n"
    if "speed" in parts:
        page += "Tensors at hand, forward, backward and AdamW, or forward alone; what the products alone would allow at that rate:\n\n"
        page += heading.format("", " products alone | of that |", " ---: | ---: |") + "".join(speeds(rate))
    if "epochs" in parts:
        page += """
Whole epochs over JPEGs of 512 x 384 (flip, affine, brightness and contrast, hue and saturation; the shorter side first
made twice the net's): the peer by a DataLoader of a worker a core and Albumentations 2.0.8; ours as `train-eval` says in
`results.csv`.

""" + heading.format("pictures by evenfold", "", "") + "".join(epochs())
    Path(args.out).write_text(page)


main()
