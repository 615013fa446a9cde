"""Makes tests/data/metrics.json: random and edge cases with the answers of scikit-learn and torchmetrics.
usage: metrics_answers.py  (needs scikit-learn 1.7 and torchmetrics; probabilities are whole numbers of 1/1024)"""
import json
import warnings
from pathlib import Path

import numpy as np
import sklearn.metrics as m
import torch
from torchmetrics.classification import MulticlassCalibrationError

warnings.filterwarnings("ignore")


def case(name, truth, share):
    """Rounds shares to 1/1024 that sum to 1."""
    share = np.asarray(share, float)
    whole = np.floor(share / share.sum(1, keepdims=True) * 1024).astype(int)
    whole[np.arange(len(whole)), share.argmax(1)] += 1024 - whole.sum(1)
    p, truth, classes = whole / 1024, np.asarray(truth), whole.shape[1]
    predicted = p.argmax(1)
    one_hot = np.eye(classes)[truth]
    present = [c for c in range(classes) if 0 < one_hot[:, c].sum() < len(truth)]
    auc = np.mean([m.roc_auc_score(one_hot[:, c], p[:, c]) for c in present]) if present else None
    f1 = {k: m.f1_score(truth, predicted, average=k, zero_division=0) for k in ("macro", "micro", "weighted")}
    kappa = m.cohen_kappa_score(truth, predicted)
    calibration = MulticlassCalibrationError(num_classes=classes, n_bins=15, norm="l1")
    answers = {
        "macro_f1": f1["macro"],
        "accuracy": m.accuracy_score(truth, predicted),
        "balanced_accuracy": m.balanced_accuracy_score(truth, predicted),
        "weighted_f1": f1["weighted"],
        "micro_f1": f1["micro"],
        "cohen_kappa": 0.0 if np.isnan(kappa) else kappa,
        "matthews": m.matthews_corrcoef(truth, predicted),
        "macro_auc": auc,
        "log_loss": m.log_loss(truth, p, labels=range(classes)),
        "brier": float(((p - one_hot) ** 2).sum(1).mean()),
        "calibration_error": float(calibration(torch.tensor(p, dtype=torch.float64), torch.tensor(truth))),
    }
    return {"name": name, "truth": truth.tolist(), "probabilities": whole.tolist(), "answers": answers}


def main():
    rng = np.random.default_rng(0)
    cases = []
    for classes, n in [(2, 30), (3, 50), (5, 40), (18, 90), (4, 7)]:
        truth = rng.choice(classes, n, p=rng.dirichlet(np.ones(classes)))
        share = rng.dirichlet(np.ones(classes) * 0.5, n) + np.eye(classes)[truth] * rng.uniform(0, 1, (n, 1))
        cases.append(case(f"random, {classes} classes", truth, share))
    coarse = rng.integers(1, 4, (60, 3))
    cases.append(case("ties", rng.integers(0, 3, 60), coarse))
    cases.append(case("a class that is never true", rng.integers(0, 2, 20), rng.dirichlet(np.ones(3), 20)))
    cases.append(case("a class that is never predicted", [0, 1, 2, 2, 1, 0], [[5, 4, 1], [3, 6, 1], [6, 2, 2]] * 2))
    cases.append(case("one class alone", [1] * 6, rng.dirichlet(np.ones(3), 6)))
    cases.append(case("one class alone, all right", [1] * 4, [[1, 8, 1]] * 4))
    cases.append(case("all right and sure", [0, 1, 2], np.eye(3)))
    cases.append(case("all wrong and sure", [0, 1, 2], np.eye(3)[[1, 2, 0]]))
    cases.append(case("one sample", [0], [[3, 4]]))
    path = Path(__file__).parent.parent / "tests/data/metrics.json"
    path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
    print(path, len(cases))


if __name__ == "__main__":
    main()
