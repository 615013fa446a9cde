"""A peer's side of scripts/bench-peers: reads requests as JSON lines, answers each with a JSON line.
usage: bench_peers_worker.py PHOTO...    requests {"library": "alb", "call": "A.HorizontalFlip(p=1)", "photos": 200}
`alb` and `tv` calls make a transform; `pil` and `cv` calls are functions of one photo. Results are made contiguous."""
import json, os, random, sys, time
os.environ.update(OMP_NUM_THREADS="1", NO_ALBUMENTATIONS_UPDATE="1")
import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps
names = {"np": np, "Image": Image, "ImageEnhance": ImageEnhance, "ImageFilter": ImageFilter, "ImageOps": ImageOps, "random": random}
try:
    import torch
    from torchvision.transforms import v2 as T
    torch.set_num_threads(1)
    names.update(torch=torch, T=T)
except ImportError:
    import cv2, albumentations as A
    cv2.setNumThreads(1)
    cv2.ocl.setUseOpenCL(False)
    names.update(cv2=cv2, A=A)

arrays = [np.asarray(Image.open(path).convert("RGB")) for path in sys.argv[1:]]
native = {
    "alb": lambda: arrays, "cv": lambda: arrays,
    "pil": lambda: [Image.fromarray(array) for array in arrays],
    "tv": lambda: [torch.from_numpy(array).permute(2, 0, 1).contiguous() for array in arrays],
}
photos, calls = {}, {}


def of(library, call):
    made = eval(call, names)
    if library == "alb":
        return lambda x: np.ascontiguousarray(made(image=x)["image"])
    if library == "tv":
        return lambda x: made(x).contiguous()
    return made if library == "pil" else lambda x: np.ascontiguousarray(made(x))


for line in sys.stdin:
    request = json.loads(line)
    library, call = request["library"], request["call"]
    try:
        if library not in photos:
            photos[library] = native[library]()
        if (library, call) not in calls:
            calls[library, call] = of(library, call)
        f, some = calls[library, call], photos[library][:request["photos"]]
        wall, cpu = time.perf_counter(), time.thread_time()
        for photo in some:
            f(photo)
        answer = {"n": len(some), "wall": time.perf_counter() - wall, "cpu": time.thread_time() - cpu}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
