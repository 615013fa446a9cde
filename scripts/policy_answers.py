"""Makes tests/data/policies.json: magnitudes and tables of torchvision's and timm's policies, from their own code, which is
read from the wheels without torch. usage: policy_answers.py TORCHVISION_WHEEL TIMM_WHEEL > tests/data/policies.json
(pip download --no-deps torchvision==0.26.0 timm==1.0.22)"""
import ast
import json
import random
import sys
import types
import zipfile

import numpy as np


def source(wheel, path):
    return zipfile.ZipFile(wheel).read(path).decode()


class Numbers(np.ndarray):
    """Enough of a tensor."""

    def int(self):
        return self.astype(np.int64)


def tensor(values):
    return np.asarray(values, np.float64).view(Numbers)


torch = types.SimpleNamespace(
    linspace=lambda low, high, n: tensor(np.linspace(low, high, n)), arange=lambda n: tensor(np.arange(n)), tensor=tensor
)
answers = {"tables": {}, "timm": {}}
tree = ast.parse(source(sys.argv[1], "torchvision/transforms/autoaugment.py"))
for cls in [node for node in tree.body if isinstance(node, ast.ClassDef)]:
    for method in [node for node in cls.body if isinstance(node, ast.FunctionDef)]:
        method.args.args = [ast.arg(arg.arg) for arg in method.args.args]
        method.returns, method.decorator_list = None, []
        if method.name == "_augmentation_space":
            scope = {"torch": torch}
            exec(compile(ast.fix_missing_locations(ast.Module([method], [])), "torchvision", "exec"), scope)
            bins = 10 if cls.name in ("AutoAugment", "AugMix") else 31
            sized = "image_size" in [arg.arg for arg in method.args.args]
            space = scope[method.name](types.SimpleNamespace(all_ops=True), bins, *([(200, 331)] if sized else []))
            answers[cls.name] = {op: [np.asarray(by).tolist(), signed] for op, (by, signed) in space.items()}
        if method.name == "_get_policies":
            policies = types.SimpleNamespace(IMAGENET=0, CIFAR10=1, SVHN=2)
            scope = {"AutoAugmentPolicy": policies}
            exec(compile(ast.fix_missing_locations(ast.Module([method], [])), "torchvision", "exec"), scope)
            for name, policy in [("imagenet", 0), ("cifar10", 1), ("svhn", 2)]:
                answers["tables"][name] = [[[op, p, m or 0] for op, p, m in row] for row in scope[method.name](None, policy)]

tree = ast.parse(source(sys.argv[2], "timm/data/auto_augment.py"))
wanted = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.endswith("_level_to_arg")
          or isinstance(node, ast.Assign) and node.targets[0].id == "_LEVEL_DENOM"]
sign = [1]
scope = {"random": random, "_randomly_negate": lambda v: sign[0] * v}
exec(compile(ast.Module(wanted, []), "timm", "exec"), scope)
for op, function in {
    "Rotate": "rotate", "Posterize": "posterize", "PosterizeIncreasing": "posterize_increasing", "Solarize": "solarize",
    "SolarizeIncreasing": "solarize_increasing", "SolarizeAdd": "solarize_add", "Color": "enhance",
    "ColorIncreasing": "enhance_increasing", "Contrast": "enhance", "ContrastIncreasing": "enhance_increasing",
    "Brightness": "enhance", "BrightnessIncreasing": "enhance_increasing", "Sharpness": "enhance",
    "SharpnessIncreasing": "enhance_increasing", "ShearX": "shear", "TranslateYRel": "translate_rel",
}.items():
    rows = []
    for step in range(21):
        row = []
        for sign[0] in (1, -1):
            row.append(scope[f"_{function}_level_to_arg"](step / 2, {})[0])
        rows.append(row)
    answers["timm"][op] = rows
json.dump(answers, sys.stdout, separators=(",", ":"))
