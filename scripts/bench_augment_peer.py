"""One peer doing the work of pipelines/bench-augment.yaml: every class of a folder of JPEGs to TARGET photos.

usage: bench_augment_peer.py PEER SRC DST TARGET WORKERS MADE
MADE: copies that evenfold has made of the same photos.
PEER: floor (decode each source once, then encode pictures that were made, as many as it has copies) | albumentations | torchvision | augmentor
Prints images and seconds, without the time that imports and the start of workers take.
"""

import multiprocessing
import os
import sys
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
PEER, SRC, DST = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
TARGET, WORKERS, MADE = int(sys.argv[4]), int(sys.argv[5]), Path(sys.argv[6])


def classes():
    """Each class's photos and how many copies it needs."""
    for folder in sorted(p for p in SRC.iterdir() if p.is_dir()):
        photos = sorted(folder.iterdir())
        if len(photos) < TARGET:
            yield folder, photos, TARGET - len(photos)


def jobs():
    """(source, copies to write) for each source that has any."""
    for folder, photos, need in classes():
        (DST / folder.name).mkdir(parents=True)
        for i, photo in enumerate(photos):
            copies = need // len(photos) + (i < need % len(photos))
            if copies:
                yield str(photo), [str(DST / folder.name / f"{photo.stem}_{k}.jpg") for k in range(copies)]


def floor():
    import itertools

    import simplejpeg

    # Copies have more noise than photos and take longer to encode; some of them stand for all.
    copies = sorted(path for path in MADE.rglob("*.jpg") if not (SRC / path.relative_to(MADE)).exists())
    pictures = itertools.cycle([simplejpeg.decode_jpeg(path.read_bytes()) for path in copies[::16]])

    def run(source, copies):
        simplejpeg.decode_jpeg(Path(source).read_bytes())
        for copy, picture in zip(copies, pictures):
            Path(copy).write_bytes(simplejpeg.encode_jpeg(picture, 95, colorsubsampling="420", fastdct=False))

    return run


def albumentations():
    import albumentations as A
    import cv2

    cv2.setNumThreads(1)
    steps = A.Compose([
        A.HorizontalFlip(p=0.5),
        A.Affine(rotate=(-15, 15), scale=(0.9, 1.1), translate_percent=(-0.05, 0.05),
                 border_mode=cv2.BORDER_REFLECT_101, p=0.5),
        A.RandomBrightnessContrast(0.2, 0.2, p=0.5),
        A.HueSaturationValue(10, 20, 10, p=0.5),
        A.GaussianBlur(blur_limit=0, sigma_limit=(0.5, 1.5), p=0.3),
        A.GaussNoise(std_range=(5 / 255, 15 / 255), p=0.3),
    ])

    def run(source, copies):
        picture = cv2.imread(source, cv2.IMREAD_COLOR_RGB)
        for copy in copies:
            made = steps(image=picture)["image"]
            cv2.imwrite(copy, cv2.cvtColor(made, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 95])

    return run


def torchvision():
    import torch
    from torchvision import io
    from torchvision.transforms import v2 as T

    torch.set_num_threads(1)
    noise = [T.ToDtype(torch.float32, scale=True), T.GaussianNoise(0, 10 / 255), T.ToDtype(torch.uint8, scale=True)]
    steps = T.Compose([
        T.RandomHorizontalFlip(0.5),
        T.RandomApply([T.RandomAffine(15, (0.05, 0.05), (0.9, 1.1), interpolation=T.InterpolationMode.BILINEAR)], 0.5),
        T.RandomApply([T.ColorJitter(0.2, 0.2)], 0.5),
        T.RandomApply([T.ColorJitter(0, 0, 0.2, 20 / 360)], 0.5),
        T.RandomApply([T.GaussianBlur(7, (0.5, 1.5))], 0.3),
        T.RandomApply([T.Compose(noise)], 0.3),
    ])

    def run(source, copies):
        picture = io.decode_jpeg(io.read_file(source), mode=io.ImageReadMode.RGB)
        for copy in copies:
            io.write_jpeg(steps(picture), copy, 95)

    return run


def augmentor():
    """Has no blur, noise or hue: the nearest that it has, in its own threads."""
    import Augmentor

    count = 0
    start = time.perf_counter()
    for folder, _, need in classes():
        steps = Augmentor.Pipeline(str(folder), str((DST / folder.name).absolute()), save_format="JPEG")
        steps.flip_left_right(0.5)
        steps.rotate(0.5, 15, 15)
        steps.random_brightness(0.5, 0.8, 1.2)
        steps.random_contrast(0.5, 0.8, 1.2)
        steps.random_color(0.5, 0.8, 1.2)
        steps.sample(need, multi_threaded=True)
        count += need
    return count, time.perf_counter() - start


def start(ready):
    global run
    run = {"floor": floor, "albumentations": albumentations, "torchvision": torchvision}[PEER]()
    ready.wait()


def call(job):
    run(*job)
    return len(job[1])


if __name__ == "__main__":
    if PEER == "augmentor":
        images, seconds = augmentor()
    else:
        context = multiprocessing.get_context("spawn")
        ready = context.Barrier(WORKERS + 1)
        with context.Pool(WORKERS, start, (ready,)) as pool:
            ready.wait()
            begin = time.perf_counter()
            images = sum(pool.imap_unordered(call, jobs(), chunksize=4))
            seconds = time.perf_counter() - begin
    print(f"\n{images} {seconds:.4f}")
