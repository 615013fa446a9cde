"""What timm's EfficientNets say, for ours to be compared with (src/train/parity.rs).
usage: timm_answers.py store            writes tests/data/timm.safetensors: answers at three depths, trained gradients
       timm_answers.py load FOLDER      loads every FOLDER/MODEL.safetensors that we saved into timm, strictly, and
                                        compares its logits with FOLDER/MODEL.logits
with a Python that has torch 2.11, timm and safetensors: scripts/timm-parity makes one. Weights and pictures are whole
numbers mixed by SplitMix64, the same on both sides, so that none has to be stored."""
import sys, zlib, pathlib, numpy as np, torch, timm
from safetensors.torch import load_file, save_file

ROOT, CLASSES = pathlib.Path(__file__).resolve().parent.parent, 7
MODELS = ["test_efficientnet", "efficientnet_b0", "tf_efficientnet_b0", "tf_efficientnetv2_b0", "efficientnetv2_rw_t"]


def even(name, shape, low, high):
    n = int(np.prod(shape, dtype=np.int64))
    with np.errstate(over="ignore"):
        x = np.uint64(zlib.crc32(name.encode())) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
    share = (x >> np.uint64(40)).astype(np.float64) / 2**24
    return torch.from_numpy((low + (high - low) * share).astype(np.float32)).reshape(tuple(shape))


def weights(net):
    state = {}
    for name, tensor in net.state_dict().items():
        if name.endswith("num_batches_tracked"):
            state[name] = tensor
        elif tensor.ndim == 4:
            bound = (3 / tensor[0].numel()) ** 0.5
            state[name] = even(name, tensor.shape, -bound, bound)
        elif name.endswith("running_var"):
            state[name] = even(name, tensor.shape, 0.5, 1.5)
        elif name.endswith("weight") and tensor.ndim == 1:
            state[name] = even(name, tensor.shape, 0.8, 1.2)
        else:
            state[name] = even(name, tensor.shape, -0.1, 0.1)
    return state


def pictures(side):
    return even(f"pictures {side}", (4, 3, side, side), -2, 2)


def answers(model):
    net, said = timm.create_model(model, num_classes=CLASSES), {}
    net.load_state_dict(weights(net), strict=True)
    net.eval()
    for side in (64, 75):
        with torch.inference_mode():
            stem = net.bn1(net.conv_stem(pictures(side)))
            features = net.forward_features(pictures(side))
            said[f"stem_{side}"] = stem.mean((2, 3))
            said[f"features_{side}"] = features.mean((2, 3))
            said[f"logits_{side}"] = net.forward_head(features)
    net.train()
    logits = net(pictures(64))
    loss = torch.nn.functional.cross_entropy(logits, torch.arange(4) % CLASSES, label_smoothing=0.1)
    loss.backward()
    said["train"] = logits.detach()
    said["gradients"] = torch.stack([torch.stack([p.grad.norm(), (p.grad * even(n, p.shape, -1, 1)).sum()])
                                     for n, p in net.named_parameters()])
    return {f"{model}.{name}": tensor.contiguous() for name, tensor in said.items()}


def store():
    said = {}
    for model in MODELS:
        said |= answers(model)
    save_file(said, ROOT / "tests/data/timm.safetensors", {"made_by": f"scripts/timm_answers.py, timm {timm.__version__}"})


def load(folder):
    files = sorted(pathlib.Path(folder).glob("*.safetensors"))
    for file in files:
        net = timm.create_model(file.stem, num_classes=CLASSES)
        net.load_state_dict(load_file(file), strict=True)
        ours = torch.tensor([float(v) for v in file.with_suffix(".logits").read_text().split()]).reshape(4, CLASSES)
        with torch.inference_mode():
            theirs = net.eval()(pictures(64))
        apart = ((ours - theirs).abs().max() / theirs.abs().max()).item()
        print(f"{file.stem}: our trained net, loaded strictly by timm {timm.__version__}, predicts {apart:.1e} apart")
        if not apart < 1e-4:
            sys.exit(f"{file.stem}: {apart} apart")
    if not files:
        sys.exit(f"no net in {folder}")


{"store": store, "load": load}[sys.argv[1]](*sys.argv[2:])
