"""Computes the peers' answers for tests/all/peers.rs: for each call in FOLDER/calls.json, FOLDER/NAME.png from
FOLDER/photo.png. usage: peers.py FOLDER"""
import json
import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageEnhance, ImageOps

folder = Path(sys.argv[1])
img = np.asarray(Image.open(folder / "photo.png").convert("RGB"))
h, w = img.shape[:2]
for name, call in json.loads((folder / "calls.json").read_text()).items():
    answer = eval(call, {"img": img, "h": h, "w": w, "np": np, "cv2": cv2, "Image": Image, "ImageEnhance": ImageEnhance,
                          "ImageOps": ImageOps})
    if answer.dtype != np.uint8:
        answer = np.clip(np.rint(answer), 0, 255).astype(np.uint8)
    Image.fromarray(np.ascontiguousarray(answer)).save(folder / f"{name}.png")
