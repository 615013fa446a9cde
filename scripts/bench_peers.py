"""The driver of scripts/bench-peers: asks ours and each peer for a pass over the same photos in turn, and writes the table."""
import argparse, json, math, pathlib, statistics, subprocess, sys

from machine import cpu_name

# Ours as pipeline steps, and the same done by each peer: parameters of the peers' own benchmark where it has the
# transform. `alb` Albumentations, `tv` torchvision (bilinear where it interpolates), `pil` Pillow, `cv` OpenCV itself.
# Pillow works on its own pictures, torchvision on tensors: neither conversion is timed.
ROWS = {
    # geometric
    "hflip": dict(ours="- hflip: {p: 1}", alb="A.HorizontalFlip(p=1)", tv="T.RandomHorizontalFlip(1)", cv="lambda x: cv2.flip(x, 1)",
                  pil="lambda x: x.transpose(Image.FLIP_LEFT_RIGHT)"),
    "vflip": dict(ours="- vflip: {p: 1}", alb="A.VerticalFlip(p=1)", tv="T.RandomVerticalFlip(1)", cv="lambda x: cv2.flip(x, 0)",
                  pil="lambda x: x.transpose(Image.FLIP_TOP_BOTTOM)"),
    "transpose": dict(ours="- transpose: {p: 1}", alb="A.Transpose(p=1)", pil="lambda x: x.transpose(Image.TRANSPOSE)"),
    "rotate90": dict(ours="- rotate90", alb="A.RandomRotate90(p=1)", pil="lambda x: x.transpose(random.choice(list(Image.Transpose)[2:5]))"),
    "d4": dict(ours="- d4", alb="A.D4(p=1)"),
    "affine": dict(ours="- affine: {rotate_deg: [-20, 20], scale: [0.8, 1.2], shear_deg: [-10, 10]}",
                   alb="A.Affine(scale=(0.8, 1.2), rotate=(-20, 20), translate_percent=(-.1, .1), shear=(-10, 10), border_mode=4, p=1)",
                   tv="T.RandomAffine(20, (.1, .1), (.8, 1.2), 10, interpolation=T.InterpolationMode.BILINEAR)",
                   cv="lambda x: cv2.warpAffine(x, cv2.getRotationMatrix2D((256, 192), random.uniform(-20, 20), random.uniform(.8, 1.2)), "
                      "(x.shape[1], x.shape[0]), borderMode=cv2.BORDER_REFLECT_101)"),
    "rotate": dict(ours="- rotate: {rotate_deg: [-45, 45]}", alb="A.Rotate((-45, 45), border_mode=4, p=1)",
                   tv="T.RandomRotation(45, interpolation=T.InterpolationMode.BILINEAR)",
                   pil="lambda x: x.rotate(random.uniform(-45, 45), Image.BILINEAR)"),
    "safe_rotate": dict(ours="- safe_rotate: {rotate_deg: [-45, 45]}", alb="A.SafeRotate((-45, 45), border_mode=4, p=1)"),
    "shift_scale_rotate": dict(ours="- shift_scale_rotate", alb="A.ShiftScaleRotate(border_mode=4, p=1)"),
    "shear": dict(ours="- shear", alb="A.Affine(shear=(-15, 15), border_mode=4, p=1)",
                  tv="T.RandomAffine(0, shear=15, interpolation=T.InterpolationMode.BILINEAR)"),
    "translate": dict(ours="- translate", alb="A.Affine(translate_percent=(-.1, .1), border_mode=4, p=1)",
                      tv="T.RandomAffine(0, (.1, .1))"),
    "perspective": dict(ours="- perspective", alb="A.Perspective((0.05, 0.1), border_mode=4, p=1)", tv="T.RandomPerspective(0.1, 1)"),
    "elastic": dict(ours="- elastic", alb="A.ElasticTransform(alpha=50, sigma=5, border_mode=4, p=1)", tv="T.ElasticTransform(50., 5.)"),
    "grid_distortion": dict(ours="- grid_distortion", alb="A.GridDistortion(p=1)"),
    "optical_distortion": dict(ours="- optical_distortion", alb="A.OpticalDistortion(p=1)"),
    "thin_plate_spline": dict(ours="- thin_plate_spline", alb="A.ThinPlateSpline(p=1)"),
    "piecewise_affine": dict(ours="- piecewise_affine", alb="A.PiecewiseAffine(p=1)"),
    "grid_shuffle": dict(ours="- grid_shuffle", alb="A.RandomGridShuffle(p=1)"),
    "resize": dict(ours="- resize: {width_px: 256, height_px: 256}", alb="A.Resize(256, 256, interpolation=cv2.INTER_AREA, p=1)", tv="T.Resize((256, 256))",
                   pil="lambda x: x.resize((256, 256), Image.BILINEAR)"),
    "longest_max_size": dict(ours="- longest_max_size", alb="A.LongestMaxSize(256, interpolation=cv2.INTER_AREA, p=1)"),
    "smallest_max_size": dict(ours="- smallest_max_size", alb="A.SmallestMaxSize(256, interpolation=cv2.INTER_AREA, p=1)", tv="T.Resize(256)"),
    "random_resized_crop": dict(ours="- random_resized_crop: {scale: [0.3, 1], size_px: [224, 224]}",
                                alb="A.RandomResizedCrop((224, 224), scale=(0.3, 1), interpolation=cv2.INTER_AREA, p=1)", tv="T.RandomResizedCrop(224, scale=(.3, 1))"),
    "random_crop": dict(ours="- random_crop", alb="A.RandomCrop(224, 224, p=1)", tv="T.RandomCrop(224)"),
    "center_crop": dict(ours="- center_crop", alb="A.CenterCrop(224, 224, p=1)", tv="T.CenterCrop(224)"),
    "crop": dict(ours="- crop", alb="A.Crop(0, 0, 224, 224, p=1)", pil="lambda x: x.crop((0, 0, 224, 224))"),
    "crop_and_pad": dict(ours="- crop_and_pad", alb="A.CropAndPad(percent=(-.1, .1), border_mode=4, p=1)"),
    "pad": dict(ours="- pad", alb="A.Pad(16, border_mode=4, p=1)", tv="T.Pad(16, padding_mode='reflect')"),
    "letterbox": dict(ours="- letterbox", alb="A.Compose([A.LongestMaxSize(224, interpolation=cv2.INTER_AREA), A.PadIfNeeded(224, 224, fill=114)])"),
    # colour
    "brightness": dict(ours="- brightness", tv="T.ColorJitter(.2)", alb="A.ColorJitter((.8, 1.2), (1, 1), (1, 1), (0, 0), p=1)",
                       pil="lambda x: ImageEnhance.Brightness(x).enhance(random.uniform(.8, 1.2))"),
    "contrast": dict(ours="- contrast", tv="T.ColorJitter(contrast=.2)", alb="A.ColorJitter((1, 1), (.8, 1.2), (1, 1), (0, 0), p=1)",
                     pil="lambda x: ImageEnhance.Contrast(x).enhance(random.uniform(.8, 1.2))"),
    "brightness_contrast": dict(ours="- brightness_contrast", alb="A.RandomBrightnessContrast(p=1)", tv="T.ColorJitter(.2, .2)"),
    "gamma": dict(ours="- gamma", alb="A.RandomGamma(p=1)"),
    "tone_curve": dict(ours="- tone_curve", alb="A.RandomToneCurve(p=1)"),
    "hue_saturation_value": dict(ours="- hue_saturation_value: {hue_deg: [-40, 40]}", alb="A.HueSaturationValue(p=1)"),
    "color_jitter": dict(ours="- color_jitter: {hue_deg: [-36, 36]}", alb="A.ColorJitter((.8, 1.2), (.8, 1.2), (.8, 1.2), (-.1, .1), p=1)",
                         tv="T.ColorJitter(.2, .2, .2, .1)"),
    "saturation": dict(ours="- saturation", tv="T.ColorJitter(saturation=.2)", alb="A.ColorJitter((1, 1), (1, 1), (.8, 1.2), (0, 0), p=1)",
                       pil="lambda x: ImageEnhance.Color(x).enhance(random.uniform(.8, 1.2))"),
    "rgb_shift": dict(ours="- rgb_shift", alb="A.RGBShift(p=1)"),
    "to_gray": dict(ours="- to_gray", alb="A.ToGray(p=1)", tv="T.Grayscale(3)", cv="lambda x: cv2.cvtColor(cv2.cvtColor(x, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)"),
    "sepia": dict(ours="- sepia", alb="A.ToSepia(p=1)"),
    "channel_shuffle": dict(ours="- channel_shuffle", alb="A.ChannelShuffle(p=1)", tv="T.RandomChannelPermutation()"),
    "channel_dropout": dict(ours="- channel_dropout", alb="A.ChannelDropout(p=1)"),
    "invert": dict(ours="- invert", alb="A.InvertImg(p=1)", tv="T.RandomInvert(1)", cv="cv2.bitwise_not", pil="ImageOps.invert"),
    "solarize": dict(ours="- solarize", alb="A.Solarize(p=1)", tv="T.RandomSolarize(128, 1)", pil="lambda x: ImageOps.solarize(x, 128)"),
    "posterize": dict(ours="- posterize: {bits: 4}", alb="A.Posterize(p=1)", tv="T.RandomPosterize(4, 1)", pil="lambda x: ImageOps.posterize(x, 4)"),
    "equalize": dict(ours="- equalize", alb="A.Equalize(p=1)", tv="T.RandomEqualize(1)", pil="ImageOps.equalize"),
    "clahe": dict(ours="- clahe", alb="A.CLAHE(p=1)"),
    "auto_contrast": dict(ours="- auto_contrast", alb="A.AutoContrast(p=1)", tv="T.RandomAutocontrast(1)", pil="ImageOps.autocontrast"),
    "planckian_jitter": dict(ours="- planckian_jitter", alb="A.PlanckianJitter(p=1)"),
    "fancy_pca": dict(ours="- fancy_pca", alb="A.FancyPCA(p=1)"),
    "illumination": dict(ours="- illumination", alb="A.Illumination(p=1)"),
    "sharpen": dict(ours="- sharpen", alb="A.Sharpen(p=1)", tv="T.RandomAdjustSharpness(2, 1)",
                    pil="lambda x: ImageEnhance.Sharpness(x).enhance(2)"),
    "sharpness": dict(ours="- sharpness", tv="T.RandomAdjustSharpness(1.8, 1)", pil="lambda x: ImageEnhance.Sharpness(x).enhance(1.8)"),
    "unsharp_mask": dict(ours="- unsharp_mask", alb="A.UnsharpMask(p=1)", pil="lambda x: x.filter(ImageFilter.UnsharpMask())"),
    "emboss": dict(ours="- emboss", alb="A.Emboss(p=1)", pil="lambda x: x.filter(ImageFilter.EMBOSS)"),
    # blur
    "gaussian_blur": dict(ours="- gaussian_blur: {sigma: [0.5, 1.4]}", alb="A.GaussianBlur(blur_limit=(3, 7), p=1)", tv="T.GaussianBlur(5)",
                          cv="lambda x: cv2.GaussianBlur(x, (0, 0), random.uniform(.5, 1.4))",
                          pil="lambda x: x.filter(ImageFilter.GaussianBlur(random.uniform(.5, 1.4)))"),
    "box_blur": dict(ours="- box_blur", alb="A.Blur((3, 7), p=1)", pil="lambda x: x.filter(ImageFilter.BoxBlur(2))"),
    "median_blur": dict(ours="- median_blur", alb="A.MedianBlur((3, 7), p=1)", pil="lambda x: x.filter(ImageFilter.MedianFilter(5))"),
    "motion_blur": dict(ours="- motion_blur", alb="A.MotionBlur((3, 9), p=1)"),
    "defocus": dict(ours="- defocus", alb="A.Defocus(p=1)"),
    "zoom_blur": dict(ours="- zoom_blur", alb="A.ZoomBlur(p=1)"),
    "glass_blur": dict(ours="- glass_blur", alb="A.GlassBlur(p=1)"),
    # noise
    "gauss_noise": dict(ours="- gauss_noise", alb="A.GaussNoise(p=1)"),
    "iso_noise": dict(ours="- iso_noise", alb="A.ISONoise(p=1)"),
    "shot_noise": dict(ours="- shot_noise", alb="A.ShotNoise(p=1)"),
    "multiplicative_noise": dict(ours="- multiplicative_noise: {per_channel: true, elementwise: true}", alb="A.MultiplicativeNoise(per_channel=True, elementwise=True, p=1)"),
    "salt_and_pepper": dict(ours="- salt_and_pepper", alb="A.SaltAndPepper(p=1)"),
    "pixel_dropout": dict(ours="- pixel_dropout", alb="A.PixelDropout(p=1)"),
    # degradation
    "jpeg_compression": dict(ours="- jpeg_compression", alb="A.ImageCompression(quality_range=(50, 90), p=1)", tv="T.JPEG((50, 90))"),
    "downscale": dict(ours="- downscale", alb="A.Downscale(p=1)"),
    "ringing": dict(ours="- ringing", alb="A.RingingOvershoot(p=1)"),
    "chromatic_aberration": dict(ours="- chromatic_aberration", alb="A.ChromaticAberration(p=1)"),
    # occlusion
    "coarse_dropout": dict(ours="- coarse_dropout: {holes: [1, 2], width_frac: [0.1, 0.2], height_frac: [0.1, 0.2]}", alb="A.CoarseDropout(p=1)"),
    "random_erasing": dict(ours="- random_erasing: {p: 1}", alb="A.Erasing(p=1)", tv="T.RandomErasing(1)"),
    "grid_dropout": dict(ours="- grid_dropout", alb="A.GridDropout(p=1)"),
    # weather
    "rain": dict(ours="- rain", alb="A.RandomRain(p=1)"),
    "snow": dict(ours="- snow", alb="A.RandomSnow(p=1)"),
    "fog": dict(ours="- fog", alb="A.RandomFog(p=1)"),
    "shadow": dict(ours="- shadow", alb="A.RandomShadow(p=1)"),
    "sun_flare": dict(ours="- sun_flare", alb="A.RandomSunFlare(p=1)"),
    "spatter": dict(ours="- spatter", alb="A.Spatter(p=1)"),
    # policies
    "auto_augment": dict(ours="- auto_augment", tv="T.AutoAugment(interpolation=T.InterpolationMode.BILINEAR)"),
    "rand_augment": dict(ours="- rand_augment", tv="T.RandAugment(interpolation=T.InterpolationMode.BILINEAR)"),
    "trivial_augment_wide": dict(ours="- trivial_augment_wide", tv="T.TrivialAugmentWide(interpolation=T.InterpolationMode.BILINEAR)"),
    "aug_mix": dict(ours="- aug_mix", tv="T.AugMix(interpolation=T.InterpolationMode.BILINEAR)"),
}
NO_PEER = {
    "cmo": "no peer has it",
    "corruption": "15 transforms in one, by published definitions that are code of their own, not a library's",
    "cutmix": "the peers mix batches of tensors in training, not photos",
    "mixup": "the peers mix batches of tensors in training, not photos",
    "mosaic": "the only peer's (Albumentations) needs boxes or a list of photos prepared for it",
    "mask_dropout": "Albumentations' MaskDropout needs masks, which labels of a classification come without",
    "pixelate": "no peer has it",
    "solarize_add": "only timm has it, which is none of the peers",
    "three_augment": "only timm has it, which is none of the peers",
}
TITLES = {"alb": "Albumentations 2.0.8", "tv": "torchvision 0.26", "pil": "Pillow", "cv": "OpenCV"}
PASS_SECONDS = 0.8  # whoever takes longer for all photos is given the first of them, as many as take so long


class Worker:
    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **request):
        print(json.dumps(request), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench-peers")
    parser.add_argument("folder", nargs="?", default="../shared/data/trash512")
    parser.add_argument("--only", default="", help="names, joined by commas")
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--out", default="docs/bench-transforms.md")
    for hidden in ("ours", "albumentations", "torchvision"):
        parser.add_argument(f"--{hidden}", required=True, help=argparse.SUPPRESS)
    args = parser.parse_args()
    found = sorted(path for path in pathlib.Path(args.folder).rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if len(found) < args.photos:
        sys.exit(f"bench-peers: {args.folder} holds {len(found)} photos, {args.photos} are needed")
    photos = [str(found[i * len(found) // args.photos]) for i in range(args.photos)]

    worker = str(pathlib.Path(__file__).with_name("bench_peers_worker.py"))
    ours = Worker(args.ours, *photos)
    catalogue = ours.ask(catalogue=True)
    missing = [name for name in catalogue if name not in ROWS and name not in NO_PEER]
    if missing:
        sys.exit(f"bench-peers: no row and no reason in scripts/bench_peers.py for {', '.join(missing)}")
    names = [name for name in ROWS if name in catalogue and (not args.only or name in args.only.split(","))]
    python = Worker(args.albumentations, worker, *photos)
    torch = Worker(args.torchvision, worker, *photos)

    def one(side, call, count):
        if side == "ours":
            answer = ours.ask(steps=call, photos=count)
        else:
            answer = (torch if side == "tv" else python).ask(library=side, call=call, photos=count)
        if "error" in answer:
            sys.exit(f"bench-peers: {side} {call}: {answer['error']}")
        return answer

    def measure(row):
        sides = {"floor": ("ours", "[]"), **{side: (side, call) for side, call in row.items()}}
        counts = {}
        for key, (side, call) in sides.items():
            seconds_each = one(side, call, 2)["wall"] / 2
            # Seconds a photo would make hours of a row.
            least = 20 if seconds_each < 0.2 else 2
            counts[key] = min(len(photos), max(least, int(PASS_SECONDS / seconds_each)))
        seconds = {key: {"wall": [], "cpu": []} for key in sides}
        for _ in range(args.passes):
            for key, (side, call) in sides.items():
                answer = one(side, call, counts[key])
                for clock in ("wall", "cpu"):
                    seconds[key][clock].append(answer[clock] / answer["n"] * 1e6)
        medians = {key: {clock: statistics.median(all) for clock, all in clocks.items()} for key, clocks in seconds.items()}
        return counts, medians

    lines, ratios = [], {}
    for name in names:
        counts, us = measure(ROWS[name])
        best = min((us[side]["cpu"], side) for side in TITLES if side in us)
        ratios[name] = best[0] / us["ours"]["cpu"]
        cells = [f"{us[side]['cpu']:.0f}" if side in us else "" for side in TITLES]
        wall = min(us[side]["wall"] for side in TITLES if side in us) / us["ours"]["wall"]
        lines.append(f"| {name} | {us['ours']['cpu']:.0f} | {' | '.join(cells)} | **{ratios[name]:.2f}** | {wall:.2f} | "
                     f"{us['floor']['cpu']:.0f} | {us['ours']['cpu'] / us['floor']['cpu']:.1f} | {min(counts['ours'], counts[best[1]])} |")
        print(lines[-1], flush=True)
    mean = math.exp(statistics.mean(map(math.log, ratios.values())))
    worst = min(ratios, key=ratios.get)
    below = sorted((name for name in ratios if ratios[name] < 1), key=ratios.get)
    summary = (f"Geometric mean of {len(ratios)} transforms: **{mean:.1f} times** the best peer; worst row: {worst} "
               f"({ratios[worst]:.2f}); below 1.0: {', '.join(below) or 'none'}.")
    print(summary)
    if args.only:
        return
    reasons = "\n".join(f"- {name}: {why}" for name, why in NO_PEER.items() if name in catalogue)
    pathlib.Path(args.out).write_text(f"""# Every transform against its peers

Written by `scripts/bench-peers`; do not edit. {summary}

{cpu_name()}, one thread each. Microseconds of CPU time a picture, medians of {args.passes} passes over real photos (512 x 384,
decoded before; `n` is how many ours and the best peer both did in a pass), ours and theirs in turn in one run; results
contiguous u8. Ours includes copying the photo and drawing the parameters. Ratio: best peer over ours, by CPU time and by wall
time. Floor: copying the picture, which every result needs at least; the next column is how many times that ours takes.
Parameters: the table in scripts/bench_peers.py. Where a picture shrinks, Albumentations is asked for `INTER_AREA`, its one way
that looks at all pixels, as ours, torchvision's and Pillow's do; its default skips pixels and is quicker than all of these.

| transform | ours | {' | '.join(TITLES.values())} | ratio | wall | floor | x floor | n |
| --- | ---: | {'---: | ' * len(TITLES)}---: | ---: | ---: | ---: | ---: |
""" + "\n".join(lines) + f"\n\nWithout a row:\n{reasons or '- none'}\n")


main()
