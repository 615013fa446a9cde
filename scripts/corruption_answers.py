"""What other people's code makes of pictures of 224 x 224 pixels, for tests/all/corruptions.rs: tests/data/corruptions.json.

Elastic transforms are those of imagenet-c 0.0.3 (the paper's), the others those of imagecorruptions 1.1.2 (the paper's, for
any size and without ImageMagick). They need old packages, so this is run by hand, in an environment of its own:
    pip install imagecorruptions==1.1.2 numpy==1.26.4 scikit-image==0.22.0 scipy==1.13.1 opencv-python-headless==4.10.0.84
    pip download --no-deps imagenet-c==0.0.3 && unzip imagenet_c-0.0.3-py3-none-any.whl imagenet_c/corruptions.py
    PYTHONPATH=. python scripts/corruption_answers.py      # some minutes
Where nothing is random: every 1009th sample. Where something is, the mean over seeds of: the mean and the standard
deviation of the change, and the mean difference of samples from those of the next pixel to the right, all in levels."""
import json
import sys
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
from PIL import Image
from skimage import filters

for name in ("wand", "wand.image", "wand.api", "wand.color"):
    sys.modules[name] = MagicMock()
import imagecorruptions.corruptions as others
from imagenet_c.corruptions import elastic_transform



def gaussian(*given, multichannel=False, **more):
    """As old versions of scikit-image had it."""
    return filters.gaussian(*given, channel_axis=-1 if multichannel else None, **more)


others.elastic_transform = elastic_transform
others.gaussian = gaussian
EXACT = ["defocus_blur", "zoom_blur", "brightness", "contrast", "pixelate", "jpeg_compression"]
RANDOM = ["gaussian_noise", "shot_noise", "impulse_noise", "glass_blur", "motion_blur", "snow", "frost", "fog", "elastic_transform"]
REAL = ["cardboard", "metal", "trash"]
# More where angles, clouds and corners differ much from one to the next.
SEEDS = {"motion_blur": 64, "fog": 64, "elastic_transform": 32}
root = Path(__file__).parent.parent


def mirrored(picture):
    """Mirrored at its right and its lower edge, the edge repeated, to 224 x 224."""
    ys, xs = (np.minimum(np.arange(224) % (2 * n), 2 * n - 1 - np.arange(224) % (2 * n)) for n in picture.shape[:2])
    return picture[ys][:, xs]


def corrupted(picture, kind, severity):
    given = Image.fromarray(picture)
    return np.array(getattr(others, kind)(given, severity), dtype=float)


pictures = {"photo": mirrored(np.array(Image.open(root / "tests/data/photo.png").convert("RGB")))}
for label in REAL:
    file = sorted((root / "../shared/data/trash512" / label).iterdir())[0]
    pictures[f"{label}/{file.name}"] = np.array(Image.open(file).convert("RGB"))[80:304, 144:368]
answers = {}
for name, picture in pictures.items():
    before = picture.astype(float)
    of_picture = answers[name] = {}
    for kind in EXACT:
        of_picture[kind] = [[round(float(v), 1) for v in corrupted(picture, kind, severity).ravel()[::1009]] for severity in range(1, 6)]
    for kind in RANDOM:
        of_picture[kind] = []
        for severity in range(1, 6):
            seen = []
            for seed in range(SEEDS.get(kind, 8)):
                np.random.seed(seed)
                after = corrupted(picture, kind, severity)
                change = after - before
                seen.append([change.mean(), change.std(), np.abs(np.diff(after, axis=1)).mean()])
            of_picture[kind].append([round(float(v), 3) for v in np.mean(seen, 0)])
    print(name, flush=True)
(root / "tests/data/corruptions.json").write_text(json.dumps(answers, separators=(",", ":")) + "\n")
