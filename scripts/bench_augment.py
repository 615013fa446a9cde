"""Runs evenfold and its peers in turns and writes docs/bench-augment.md; started by scripts/bench-augment."""

import argparse
import collections
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import cpu_name

PEERS = ["floor", "albumentations", "torchvision", "augmentor"]
NAMES = {"floor": "codec floor (libjpeg-turbo alone)", "ours": "evenfold", "ours, 1 thread": "evenfold, 1 thread",
         "albumentations": "Albumentations 2.0.8", "torchvision": "torchvision 0.26 v2", "augmentor": "Augmentor 0.2.12"}

args = argparse.ArgumentParser()
args.add_argument("folder", nargs="?", default="../shared/data/trash512")
args.add_argument("--rounds", type=int, default=5)
args.add_argument("--target", type=int, default=400)
args.add_argument("--only", default="")
args.add_argument("--state")
args.add_argument("--out", default="docs/bench-augment.md")
args.add_argument("--ours", required=True)
for peer in PEERS:
    args.add_argument(f"--{peer}", required=True)
args = args.parse_args()
cores = os.cpu_count()


def child(command):
    """Runs to the end; its output, wall seconds, CPU seconds with all its children, and largest memory in MB."""
    with tempfile.TemporaryFile() as out:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE)
        error = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        if os.waitstatus_to_exitcode(status):
            sys.exit(f"{command}: {error.decode()}")
        out.seek(0)
        return out.read().decode(), wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measure(name, folder, made):
    """Images a second, CPU milliseconds an image, MB of one process."""
    if name.startswith("ours"):
        # The whole process, from reading and hashing the photos to the manifest.
        out, seconds, cpu, memory = child(ours(folder, 1 if "1 thread" in name else cores))
        images = json.loads(out)["made"]
    else:
        script = "scripts/bench_augment_peer.py"
        command = [getattr(args, name), script, name, args.folder, f"{folder}/out", str(args.target), str(cores), made]
        out, _, cpu, memory = child(command)
        images, seconds = out.splitlines()[-1].split()
    return int(images) / float(seconds), cpu / int(images) * 1000, memory


def ours(folder, jobs):
    """The command that does it all, into FOLDER/out."""
    pipeline = Path(folder, "pipeline.yaml")
    text = Path("pipelines/bench-augment.yaml").read_text()
    pipeline.write_text(text.replace("target: 400", f"target: {args.target}"))
    command = [args.ours, "augment", "--pipeline", pipeline, "--data", args.folder, "--out", f"{folder}/out"]
    return [*command, "--jobs", str(jobs), "--quiet", "--format", "json"]


def kind(binary, symbol):
    """What a function that `perf` saw is there for."""
    if symbol.startswith("[k]"):
        return "system: files, links, memory"
    if "blake3" in symbol:
        return "hashes: ids, pixels, files"
    if found := re.search(r"evenfold::kernel::(\w+)", symbol):
        return f"pixels: {found[1]}"
    if "Thumbnail" in symbol:
        return "how far copies look"
    if binary.startswith("libc"):
        return "copying and clearing memory"
    return "codec" if "::" not in symbol else "all else"


def profile():
    """Shares of one thread's time by what it was spent on; nothing where `perf` is not to be had."""
    if not shutil.which("perf"):
        return []
    with tempfile.TemporaryDirectory() as folder:
        data = f"{folder}/perf.data"
        subprocess.run(["perf", "record", "-q", "-F", "997", "-o", data, *ours(folder, 1)], check=True, capture_output=True)
        command = ["perf", "report", "-i", data, "--stdio", "-t", "\t", "-F", "overhead,dso,symbol"]
        seen = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    shares = collections.Counter()
    for line in seen.splitlines():
        if line.strip() and not line.startswith("#"):
            share, binary, symbol = (part.strip() for part in line.split("\t"))
            shares[kind(binary, symbol.removeprefix("[.] "))] += float(share.removesuffix("%"))
    return shares.most_common()


contestants = ["ours", "ours, 1 thread", *PEERS]
if args.only:
    contestants = [name for name in contestants if name in args.only.split(",") or name == "ours"]
# Of each reading, and of ours in the same turn.
state = Path(args.state) if args.state else None
readings = json.loads(state.read_text()) if state and state.exists() else {}
# Nothing is deleted before the end: for some seconds after that ext4 is slow to make files, and so would be whoever is next.
with tempfile.TemporaryDirectory() as results:
    # Ours comes first; the floor encodes what it has made.
    made = ""
    for turn in range(args.rounds + 1):
        for name in contestants:
            folder = tempfile.mkdtemp(dir=results)
            reading = measure(name, folder, made)
            if name == "ours":
                own, made = reading, f"{folder}/out"
            # The first turn fills caches.
            if turn:
                readings.setdefault(name, []).append((own, reading))
            rate, cpu, memory = reading
            print(f"{turn} {name}: {rate:.1f} images/s, {cpu:.2f} ms CPU an image, {memory:.0f} MB", flush=True)
    where = profile()

if state:
    state.write_text(json.dumps(readings))

rows = []
for name, pairs in sorted(readings.items(), key=lambda item: list(NAMES).index(item[0])):
    rate, cpu, memory = (statistics.median(column) for column in zip(*(theirs for _, theirs in pairs)))
    ratios = sorted(own[0] / theirs[0] for own, theirs in pairs)
    ratio = "" if name == "ours" else f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    rows.append(f"| {NAMES[name]} | {rate:.0f} | {cpu:.2f} | {memory:.0f} | {ratio} |")
rounds = " to ".join(map(str, sorted({len(pairs) for name, pairs in readings.items() if name != "ours"} or {args.rounds})))
cpu = cpu_name()
where = "".join(f"| {what} | {share:.1f} |\n" for what, share in where if share >= 0.5)
where = where and f"Where one thread of ours spends its time (`perf record`; least shares left out):\n\n| | % |\n| --- | --- |\n{where}\n"
page = f"""# `augment` from end to end

Every class of {Path(args.folder).name} to {args.target} photos by `pipelines/bench-augment.yaml` (flip, affine, brightness and contrast, hue
and saturation, blur, noise), JPEG to JPEG at quality 95; {cores} cores, {cpu}; medians of {rounds} rounds in which all ran in
turns. Ours is the whole process with reading, hashing and the manifest; the others are counted without imports and the
start of their workers, and decode each photo once for all its copies where they can (Augmentor cannot, and has no blur,
noise or hue). The floor decodes the same photos and encodes as many pictures, every 16th copy of ours in turn. CPU time is that
of the whole process with its children, imports too.

| | images/s | CPU ms an image | MB of one process | times as many by evenfold, median (range) |
| --- | --- | --- | --- | --- |
{chr(10).join(rows)}

{where}`scripts/bench-augment` makes this page again.
"""
Path(args.out).write_text(page)
print(page)
