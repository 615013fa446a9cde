"""Computes the peers' answers for tests/all/peers.rs: for each call in FOLDER/calls.json, FOLDER/NAME.png from
FOLDER/photo.png. usage: peers.py FOLDER"""
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import scipy.ndimage
from PIL import Image, ImageEnhance, ImageOps
from scipy import special


def bits(places, key):
    """Our counter-based bits, written anew (lowbias32)."""
    h = places.astype(np.uint32) * np.uint32(0x9E3779B9) ^ np.uint32(key & 0xFFFFFFFF)
    h = (h ^ h >> np.uint32(16)) * np.uint32(0x21F0AAAD)
    h = ((h ^ h >> np.uint32(15)) + np.uint32(key >> 32)) * np.uint32(0xD35A2D97)
    return h ^ h >> np.uint32(15)


def byte_noise(n, key):
    """Sums of four even bytes, scaled to mean 0 and deviation 1."""
    return (bits(np.arange(n), key).view(np.uint8).reshape(n, 4).sum(1, dtype=np.float64) - 510) / np.sqrt(65535 / 3)


def gaussian(field, sigma):
    return scipy.ndimage.gaussian_filter(field, sigma, mode="nearest")


def plasma_fractal(least, decay, key):
    """Midpoint displacement on a torus from 0 to 1, from its definition."""
    side = 1
    while side < least:
        side *= 2
    field, step, wobble = np.zeros((side, side)), side, 1.0
    ys, xs = np.mgrid[:side, :side]
    noise = bits(ys * side + xs, key).view(np.int32) / 2.0**31
    while step >= 2:
        half = step // 2
        corners = field[::step, ::step]
        pairs = corners + np.roll(corners, -1, 0)
        field[half::step, half::step] = (pairs + np.roll(pairs, -1, 1)) / 4 + wobble * noise[half::step, half::step]
        middles = field[half::step, half::step]
        upper = corners + np.roll(corners, -1, 1) + middles + np.roll(middles, 1, 0)
        left = corners + np.roll(corners, -1, 0) + middles + np.roll(middles, 1, 1)
        field[::step, half::step] = upper / 4 + wobble * noise[::step, half::step]
        field[half::step, ::step] = left / 4 + wobble * noise[half::step, ::step]
        step, wobble = half, wobble / decay**2
    return (field - field.min()) / np.ptp(field)


def rain_drops(h, w, count, length, slant, key):
    """White streaks of one pixel on black."""
    layer = np.zeros((h, w), np.uint8)
    places = bits(np.arange(2 * count), key).astype(np.uint64)
    for x, y in zip(places[::2] * w >> 32, places[1::2] * (h - length) >> 32):
        for row in range(length + 1):
            column = int(x) + int(np.copysign(np.floor(abs(slant * row / length) + 0.5), slant))
            if 0 <= column < w and int(y) + row < h:
                layer[int(y) + row, column] = 255
    return layer


def place(at, n, border):
    """Which of the places 0..n stands at each place of an array; -1 where a colour does."""
    if border == "reflect":
        period = max(2 * (n - 1), 1)
        at = at % period
        return np.minimum(at, period - at) if n > 1 else at * 0
    if border == "symmetric":
        return np.minimum(at % (2 * n), 2 * n - 1 - at % (2 * n))
    if border == "edge":
        return np.clip(at, 0, n - 1)
    if border == "wrap":
        return at % n
    return np.where((at >= 0) & (at < n), at, -1)


def remap(img, xs, ys, border):
    """What lies at the places xs, ys of a picture, bilinear, in double precision."""
    left, top = np.floor(xs), np.floor(ys)
    out = 0
    for dx in (0, 1):
        for dy in (0, 1):
            x, y = (place((a + d).astype(int), n, border) for a, d, n in ((left, dx, img.shape[1]), (top, dy, img.shape[0])))
            weight = (1 - abs(xs - left - dx)) * (1 - abs(ys - top - dy))
            out = out + np.where((x < 0) | (y < 0), 0, weight)[..., None] * img[y, x]
    return out


def pixels(size):
    """The columns and rows of a picture of this width and height."""
    return np.meshgrid(np.arange(size[0], dtype=float), np.arange(size[1], dtype=float))


def warp(img, forward, size, border):
    """cv2.warpAffine and cv2.warpPerspective, in double precision."""
    xs, ys = pixels(size)
    back = np.linalg.inv(np.vstack([forward, [0, 0, 1]]) if len(forward) == 2 else forward)
    x, y, w = np.tensordot(back, np.stack([xs, ys, xs * 0 + 1]), 1)
    return remap(img, x / w, y / w, border)


folder = Path(sys.argv[1])
img = np.asarray(Image.open(folder / "photo.png").convert("RGB"))
h, w = img.shape[:2]
for name, call in json.loads((folder / "calls.json").read_text()).items():
    answer = eval(call, {"img": img, "h": h, "w": w, "np": np, "cv2": cv2, "Image": Image, "ImageEnhance": ImageEnhance,
                          "ImageOps": ImageOps, "byte_noise": byte_noise, "gaussian": gaussian,
                          "plasma_fractal": plasma_fractal, "rain_drops": rain_drops, "pixels": pixels, "remap": remap,
                          "warp": warp, "special": special})
    if answer.dtype != np.uint8:
        answer = np.clip(np.rint(answer), 0, 255).astype(np.uint8)
    Image.fromarray(np.ascontiguousarray(answer)).save(folder / f"{name}.png")
