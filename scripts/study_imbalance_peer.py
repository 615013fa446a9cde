"""timm by the recipe of scripts/study_imbalance.py, a net a fold; reads FOLDER/train.yaml, rows.csv and judged.csv, writes
FOLDER/answer.json: macro-F1 out-of-fold and of the vote on the judged images."""

import csv
import json
import math
import sys
from pathlib import Path

import cv2
import numpy as np
import timm
import torch
from timm.optim import create_optimizer_v2
from torchvision.transforms import v2

folder = Path(sys.argv[1])
config = json.loads((folder / "train.yaml").read_text())
side = config["image_size"]


def read(path):
    picture = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    how = cv2.INTER_AREA if min(picture.shape[:2]) > side else cv2.INTER_LINEAR
    return torch.from_numpy(cv2.resize(picture, (side, side), interpolation=how)).permute(2, 0, 1)


def rows_of(name):
    rows = [row for row in csv.DictReader((folder / name).open()) if row["path"]]
    return rows, torch.stack([read(row["path"]) for row in rows]) if rows else None


def normalised(pictures):
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    pictures = (pictures.float() / 255 - mean[:, None, None]) / std[:, None, None]
    return pictures.contiguous(memory_format=torch.channels_last)


def fitted(pictures, truth, classes, seed):
    torch.manual_seed(seed)
    steps = [v2.RandomAffine(0, translate=(0.1, 0.1), scale=(0.9, 1.1))]
    if any("hflip" in step for step in config["steps"]):
        steps.append(v2.RandomHorizontalFlip())
    change = v2.Compose(steps)
    net = timm.create_model(config["model"], num_classes=classes, drop_rate=config["dropout"]).to(memory_format=torch.channels_last)
    optimizer = create_optimizer_v2(net, "adamw", lr=config["lr"], weight_decay=config["weight_decay"])
    loss = torch.nn.CrossEntropyLoss(label_smoothing=config["label_smoothing"])
    batches = math.ceil(len(pictures) / config["batch_size"])
    total, warmup = batches * config["epochs"], batches * config["warmup_epochs"]

    def rate(step):
        if step < warmup:
            return (step + 1) / warmup
        low = config["min_lr"] / config["lr"]
        return low + (1 - low) * (1 + math.cos(math.pi * (step - warmup) / max(1, total - warmup))) / 2

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    net.train()
    for _ in range(config["epochs"]):
        for batch in torch.randperm(len(pictures)).tensor_split(batches):
            optimizer.zero_grad()
            seen = torch.stack([change(pictures[i]) for i in batch])
            loss(net(normalised(seen)), truth[batch]).backward()
            optimizer.step()
            schedule.step()
    return net.eval()


@torch.inference_mode()
def asked(net, pictures):
    return torch.cat([net(normalised(part)).softmax(-1) for part in pictures.split(256)])


def macro_f1(truth, probabilities):
    predicted, scores = probabilities.argmax(-1), []
    for label in range(probabilities.shape[1]):
        hit = int(((predicted == label) & (truth == label)).sum())
        both = int((predicted == label).sum() + (truth == label).sum())
        if both:
            scores.append(2 * hit / both)
    return float(np.mean(scores))


torch.set_num_threads(torch.get_num_threads())
rows, pictures = rows_of("rows.csv")
judged, judged_pictures = rows_of("judged.csv")
labels = sorted({row["label"] for row in rows})
number = lambda some: torch.tensor([labels.index(row["label"]) for row in some])
truth, fold = number(rows), torch.tensor([int(row["fold"]) for row in rows])
out_of_fold, vote = torch.zeros(len(rows), len(labels)), 0
for k in range(int(fold.max()) + 1):
    net = fitted(pictures[fold != k], truth[fold != k], len(labels), config["seed"])
    out_of_fold[fold == k] = asked(net, pictures[fold == k])
    if judged:
        vote = vote + asked(net, judged_pictures)
scores = [macro_f1(truth, out_of_fold), macro_f1(number(judged), vote) if judged else None]
(folder / "answer.json").write_text(json.dumps(scores))
