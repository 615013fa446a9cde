"""timm in PyTorch on this CPU; started by scripts/bench_train.py in the peer's environment.

speed MODEL SIDE BATCH FORMAT                     images a second in training and in inference, tensors at hand
epochs MODEL SIDE BATCH FORMAT FILES EPOCHS PX    images a second in each epoch, from files through Albumentations and a DataLoader
gemm                                              billions of multiply-adds a second of a large matrix product
FORMAT: contiguous_format or channels_last. FILES: a file with lines PATH<tab>NUMBER OF THE CLASS.
"""

import os
import sys
import time

import torch

CORES = os.cpu_count()


def fastest(images, call, rounds=5, calls=4):
    call()
    best = 0.0
    for _ in range(rounds):
        begun = time.perf_counter()
        for _ in range(calls):
            call()
        best = max(best, calls * images / (time.perf_counter() - begun))
    return best


class Trainer:
    """As timm's train.py: AdamW, the gradient's memory given back, loss read after every step as a progress display does."""

    def __init__(self, model, classes, layout):
        import timm

        self.layout = getattr(torch, layout)
        self.net = timm.create_model(model, num_classes=classes).to(memory_format=self.layout)
        self.optimizer = torch.optim.AdamW(self.net.parameters(), 1e-4)
        self.loss = torch.nn.CrossEntropyLoss()

    def step(self, pictures, classes):
        self.net.train()
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.net(pictures), classes)
        loss.backward()
        self.optimizer.step()
        return loss.item()


def speed(model, side, batch, layout):
    side, batch = int(side), int(batch)
    trainer = Trainer(model, 18, layout)
    pictures = torch.randn(batch, 3, side, side).contiguous(memory_format=trainer.layout)
    classes = torch.arange(batch) % 18
    trained = fastest(batch, lambda: trainer.step(pictures, classes))
    trainer.net.eval()
    with torch.inference_mode():
        predicted = fastest(batch, lambda: trainer.net(pictures))
    print(trained, predicted)


class Files(torch.utils.data.Dataset):
    def __init__(self, list_file, side, load_px):
        import albumentations as A
        import cv2

        # A worker is one thread, as Albumentations' guide to DataLoaders has it.
        cv2.setNumThreads(0)
        self.cv2 = cv2
        self.files = [line.rstrip("\n").split("\t") for line in open(list_file)]
        self.steps = A.Compose([
            A.SmallestMaxSize(load_px, interpolation=cv2.INTER_AREA),
            A.HorizontalFlip(p=0.5),
            A.Affine(rotate=(-15, 15), scale=(0.9, 1.1), p=0.5),
            A.RandomBrightnessContrast(0.2, 0.2, p=0.5),
            A.HueSaturationValue(20, 20, 10, p=0.5),
            A.Resize(side, side, interpolation=cv2.INTER_AREA),
            A.Normalize(),
            A.ToTensorV2(),
        ])

    def __len__(self):
        return len(self.files)

    def __getitem__(self, at):
        path, label = self.files[at]
        picture = self.cv2.cvtColor(self.cv2.imread(path), self.cv2.COLOR_BGR2RGB)
        return self.steps(image=picture)["image"], int(label)


def epochs(model, side, batch, layout, list_file, count, load_px):
    files = Files(list_file, int(side), int(load_px))
    trainer = Trainer(model, 1 + max(int(label) for _, label in files.files), layout)
    loader = torch.utils.data.DataLoader(
        files, int(batch), shuffle=True, drop_last=True, num_workers=CORES, persistent_workers=True, prefetch_factor=2
    )
    for _ in range(int(count)):
        begun, seen = time.perf_counter(), 0
        for pictures, classes in loader:
            trainer.step(pictures.contiguous(memory_format=trainer.layout), classes)
            seen += len(classes)
        print(seen / (time.perf_counter() - begun), end=" ", flush=True)
    print()


def gemm():
    n = 2048
    a, b = torch.randn(n, n), torch.randn(n, n)
    print(fastest(n**3, lambda: a @ b, calls=2) / 1e9)


if __name__ == "__main__":
    torch.set_num_threads(CORES)
    torch.manual_seed(0)
    {"speed": speed, "epochs": epochs, "gemm": gemm}[sys.argv[1]](*sys.argv[2:])
