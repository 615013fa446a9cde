"""Compares our EfficientNets with timm's, both ways: timm's weights in our net (predicted and training logits, the
losses of three AdamW steps), then the net that we trained and saved in timm (strict loading, predicted logits).
usage: scripts/timm_parity.py      with a Python that has torch 2.11, timm and safetensors"""
import os, subprocess, sys, tempfile, pathlib, torch, timm
from safetensors.torch import load_file, save_file

ROOT, CLASSES = pathlib.Path(__file__).resolve().parent.parent, 7
torch.manual_seed(0)


def grouped(net, decay):  # as timm.optim.param_groups_weight_decay
    plain = [p for p in net.parameters() if p.ndim <= 1]
    return [{"params": plain, "weight_decay": 0.0},
            {"params": [p for p in net.parameters() if p.ndim > 1], "weight_decay": decay}]


def give(model, at):
    net = timm.create_model(model, num_classes=CLASSES)
    for module in net.modules():  # running statistics and scales that a mistake would show in
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.running_mean, -0.1, 0.1)
            torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
            torch.nn.init.uniform_(module.weight, 0.8, 1.2)
            torch.nn.init.uniform_(module.bias, -0.2, 0.2)
    save_file(net.state_dict(), at("start"))
    given = {}
    for side in (64, 75):
        given[f"pictures_{side}"] = torch.randn(16, 3, side, side)
        with torch.inference_mode():
            given[f"eval_{side}"] = net.eval()(given[f"pictures_{side}"])
    net.train()
    classes, losses = torch.arange(16) % CLASSES, []
    optimiser = torch.optim.AdamW(grouped(net, 0.05), lr=1e-3)
    for step in range(3):
        logits = net(given["pictures_64"])
        if step == 0:
            given["train_64"] = logits.detach()
        loss = torch.nn.functional.cross_entropy(logits, classes, label_smoothing=0.1)
        losses.append(loss.item())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    given["losses"] = torch.tensor(losses)
    save_file({name: tensor.contiguous() for name, tensor in given.items()}, at("given"))
    return given["pictures_64"]


def main():
    with tempfile.TemporaryDirectory() as folder:
        at = lambda model: lambda name: f"{folder}/{model}.{name}.safetensors"
        models = ["test_efficientnet", "efficientnet_b0", "tf_efficientnetv2_b0"]
        pictures = {model: give(model, at(model)) for model in models}
        test = ["cargo", "test", "--lib", "parity", "--", "--ignored", "--nocapture"]
        subprocess.run(test, cwd=ROOT, check=True, env=os.environ | {"EVENFOLD_PARITY": folder})
        for model in models:
            ours = timm.create_model(model, num_classes=CLASSES)
            ours.load_state_dict(load_file(at(model)("ours")), strict=True)
            with torch.inference_mode():
                got, said = ours.eval()(pictures[model]), load_file(at(model)("said"))["logits"]
            apart = ((said - got).abs().max() / said.abs().max()).item()
            print(f"{model}: our trained net, loaded strictly by timm, predicts {apart:.1e} apart from what we predict")
            if not apart < 1e-4:
                sys.exit(f"{model}: {apart} apart")


main()
