"""Decodes pictures with Pillow by the rules of src/image/codec.rs, for tests/all/decode.rs.

usage: pillow_decode.py LIST OUT: LIST holds a path a line; OUT/N.rgb gets width and height (u32, little-endian) and the
RGB bytes of line N. What Pillow cannot read, or fills up where data ends, has no file.
"""

import io
import struct
import sys
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps

warnings.simplefilter("ignore")
Image.MAX_IMAGE_PIXELS = 100_000_000


def rgb(path):
    picture = Image.open(path)
    picture.load()
    profile = picture.info.get("icc_profile")
    if picture.mode.startswith("I;16") or picture.mode == "I":
        # Pillow's own conversion cuts off at 255.
        picture = Image.fromarray(np.round(np.asarray(picture, dtype=np.float64) / 257).astype(np.uint8))
    picture = ImageOps.exif_transpose(picture)
    if picture.mode in ("LA", "PA", "RGBA", "RGBa", "La") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    grey = picture.mode == "L"
    picture = picture.convert("RGB")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            space = source.profile.xcolor_space.strip()
            if space == "RGB" or (space == "GRAY" and grey):
                if space == "GRAY":
                    picture = picture.convert("L")
                target = ImageCms.createProfile("sRGB")
                intent = ImageCms.getDefaultIntent(source)
                picture = ImageCms.profileToProfile(picture, source, target, intent, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            pass
    return picture


for number, path in enumerate(Path(sys.argv[1]).read_text().splitlines()):
    try:
        picture = rgb(path)
    except Exception:  # noqa: BLE001: whatever goes wrong, Pillow does not read it
        continue
    Path(sys.argv[2], f"{number}.rgb").write_bytes(struct.pack("<II", *picture.size) + picture.tobytes())
