"""Makes tests/data/albumentations with the real library, for tests/all/import.rs. Run once with each version:
  scripts/albumentations_files.py      with a Python that has albumentations 2.0.8, or 1.4.8 (with albucore 0.0.12, numpy 1)
all-VERSION.yaml and .json hold a step of every class that is translated, with ranges; fixed-VERSION.json holds pipelines
of one step that leave nothing to chance, and fixed-VERSION/NAME.png what the library makes of the photo's corner."""
import json, os, pathlib
os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
import albumentations as A, cv2, numpy as np
from PIL import Image

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "data" / "albumentations"
VERSION, NEW = A.__version__, A.__version__.startswith("2")
size = dict(size=(48, 64))

both = {
    "hflip": A.HorizontalFlip(p=1), "vflip": A.VerticalFlip(p=1), "invert": A.InvertImg(p=1), "sepia": A.ToSepia(p=1),
    "gray": A.ToGray(p=1), "equalize": A.Equalize(p=1), "posterize": A.Posterize(num_bits=(3, 3), p=1),
    "gamma": A.RandomGamma(gamma_limit=(140, 140), p=1), "resize": A.Resize(60, 100, p=1),
    "brightness": A.RandomBrightnessContrast(brightness_limit=(0.1, 0.1), contrast_limit=(-0.2, -0.2), p=1),
    "hsv": A.HueSaturationValue((10, 10), (-30, -30), (15, 15), p=1),
    "jitter": A.ColorJitter((1, 1), (1, 1), (1, 1), (0.1, 0.1), p=1), "rgb_shift": A.RGBShift((10, 10), (-20, -20), (30, 30), p=1),
    "jpeg": A.ImageCompression(quality_range=(30, 30), p=1), "blur_by_size": A.GaussianBlur((5, 5), (0, 0) if not NEW else (1.1, 1.1), p=1),
    "some_of_all": A.SomeOf([A.HorizontalFlip(p=1), A.InvertImg(p=1)], n=2, replace=False, p=1),
    "one_of_one": A.OneOf([A.VerticalFlip(p=1)], p=1),
    "block": A.Sequential([A.HorizontalFlip(p=1), A.VerticalFlip(p=1)], p=1),
}
reflect = dict(border_mode=cv2.BORDER_REFLECT_101)
both |= {
    "transpose": A.Transpose(p=1), "longest": A.LongestMaxSize(40, p=1), "smallest": A.SmallestMaxSize(60, p=1),
    "rotate": A.Rotate((20, 20), p=1, **reflect), "rotate_black": A.Rotate((-35, -35), border_mode=cv2.BORDER_CONSTANT, p=1),
    "shift_scale_rotate": A.ShiftScaleRotate((0, 0), (0.2, 0.2), (15, 15), p=1, **reflect),
    "shift": A.ShiftScaleRotate((0.25, 0.25), (0, 0), (0, 0), p=1, **reflect),
    "center_crop": A.CenterCrop(32, 40, p=1), "crop": A.Crop(5, 7, 45, 37, p=1),
    "blur": A.Blur((5, 5), p=1), "median": A.MedianBlur((5, 5), p=1),
    "defocus": A.Defocus((4, 4), (0.5, 0.5), p=1), "zoom": A.ZoomBlur((1.2, 1.2), (0.02, 0.02), p=1),
    "sharpen": A.Sharpen((0.4, 0.4), (0.8, 0.8), p=1), "emboss": A.Emboss((0.4, 0.4), (0.5, 0.5), p=1),
    "ringing": A.RingingOvershoot((9, 9), (1.0, 1.0), p=1), "multiply": A.MultiplicativeNoise((1.3, 1.3), p=1),
}
new = {
    "affine": A.Affine(scale=1.2, translate_percent={"x": (0.125, 0.125), "y": (-0.0625, -0.0625)}, rotate=10, shear=0, p=1, **reflect),
    "affine_shear": A.Affine(scale=1, shear={"x": (12, 12), "y": (0, 0)}, p=1, **reflect),
    "pad": A.PadIfNeeded(60, 80, p=1, **reflect), "pad_sides": A.Pad((3, 5, 7, 9), p=1, **reflect), "motion": A.MotionBlur((7, 7), allow_shifted=False, angle_range=(40, 40),
    direction_range=(0, 0), p=1),
    "aberration": A.ChromaticAberration((0.1, 0.1), (0.1, 0.1), p=1),
    "solarize": A.Solarize(threshold_range=(0.6, 0.6), p=1), "blur_by_sigma": A.GaussianBlur(0, (1.5, 1.5), p=1),
} if NEW else {"solarize": A.Solarize(threshold=(150, 150), p=1)}

image = np.asarray(Image.open(FOLDER.parent / "photo.png").convert("RGB"))[:48, :64]
(FOLDER / f"fixed-{VERSION}").mkdir(parents=True, exist_ok=True)
fixed = {}
for name, step in {**both, **new}.items():
    pipeline = A.Compose([step])
    fixed[name] = A.to_dict(pipeline)
    Image.fromarray(pipeline(image=np.ascontiguousarray(image))["image"]).save(FOLDER / f"fixed-{VERSION}" / f"{name}.png")
(FOLDER / f"fixed-{VERSION}.json").write_text(json.dumps(fixed, indent=1) + "\n")

noise = A.GaussNoise(std_range=(0.02, 0.06)) if NEW else A.GaussNoise(var_limit=(10.0, 50.0))
steps = [
    A.RandomRotate90(), A.RandomBrightnessContrast(), A.RandomGamma(), A.RandomToneCurve(), A.HueSaturationValue(), A.ColorJitter(),
    A.RGBShift(), A.ToGray(), A.ToSepia(), A.ChannelShuffle(), A.ChannelDropout(), A.InvertImg(), A.Solarize(), A.Posterize(),
    A.Equalize(), A.CLAHE(), A.FancyPCA(), A.GaussianBlur(), noise, A.ImageCompression(quality_range=(60, 90)), A.NoOp(),
    A.Sequential([A.Resize(224, 224), A.RandomResizedCrop(size=(224, 224))], p=0.25), A.Normalize(),
    A.OneOf([A.HorizontalFlip(p=0.7), A.VerticalFlip(p=0.3)], p=0.9),
    A.SomeOf([A.HorizontalFlip(p=0.7), A.InvertImg(p=1)], n=1, replace=False, p=0.8),
    A.CoarseDropout(num_holes_range=(1, 3), hole_height_range=(0.1, 0.2), hole_width_range=(0.1, 0.25)),
    A.OneOrOther(A.ToGray(p=1), A.ToSepia(p=1), p=0.3),
] + [
    A.Transpose(), A.RandomGridShuffle((2, 3)), A.Rotate(), A.SafeRotate(), A.ShiftScaleRotate(), A.Perspective(), A.ElasticTransform(**({} if NEW else dict(alpha_affine=0))),
    A.CenterCrop(60, 60), A.RandomCrop(40, 40), A.Crop(0, 0, 30, 30), A.LongestMaxSize(64), A.SmallestMaxSize(64),
    A.Blur(), A.MedianBlur(), A.MotionBlur(allow_shifted=True), A.Defocus(), A.ZoomBlur(), A.GlassBlur(), A.Sharpen(), A.Emboss(),
    A.RingingOvershoot(), A.ISONoise(), A.MultiplicativeNoise(), A.PixelDropout(), A.RandomSnow(), A.RandomFog(),
    A.RandomShadow(), A.GridDropout(random_offset=True), A.Affine(scale={"x": (0.8, 1.2), "y": (0.8, 1.2)}, keep_ratio=True, rotate=(-9, 9)),
    A.ChromaticAberration(), A.GridDistortion(normalized=True), A.Spatter(),
] + ([A.D4(), A.OpticalDistortion(), A.ThinPlateSpline(), A.RandomRain(), A.Pad(3), A.PadIfNeeded(64, 64), A.ShotNoise(), A.SaltAndPepper(), A.Erasing(), A.Downscale(),
    A.PlanckianJitter(temperature_limit=(4000, 9000)), A.RandomOrder([A.ToGray(p=0.1), A.ToSepia(p=0.2)], n=2)] if NEW else [A.Flip()])
pipeline = A.Compose(steps)
A.save(pipeline, FOLDER / f"all-{VERSION}.yaml", data_format="yaml")
A.save(pipeline, FOLDER / f"all-{VERSION}.json", data_format="json")
