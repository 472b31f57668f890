"""Writes the expected values in optimizers.json anew: what PyTorch makes, in float64, of the start, gradients, rates, logits and weights that stand
there (drawn once).

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install torch==2.15.0
    /tmp/golden/bin/python test/golden/make_optimizers.py

A weighted loss is the sum over rows of weight times loss, divided by the sum of the weights, as in cross_entropy with weights of classes.
"""

import json
from pathlib import Path

import torch
from torch.nn import functional

file = Path(__file__).with_name("optimizers.json")
golden = json.loads(file.read_text())


def optimizer_of(spec, parameters):
    if spec["kind"] == "sgd":
        return torch.optim.SGD(parameters, lr=1, momentum=spec["momentum"], nesterov=spec["nesterov"])
    given = {"lr": 1, "betas": (spec["beta1"], spec["beta2"]), "eps": spec["epsilon"]}
    if spec["kind"] == "adam":
        return torch.optim.Adam(parameters, **given)
    return torch.optim.AdamW(parameters, weight_decay=spec["weightDecay"], **given)


def steps(spec):
    p = torch.tensor(golden["start"], dtype=torch.float64, requires_grad=True)
    optimizer = optimizer_of(spec, [p])
    after = []
    for rate, gradient in zip(golden["rates"], golden["gradients"], strict=True):
        optimizer.param_groups[0]["lr"] = rate
        p.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        after.append(p.tolist())
    return after


def row_losses(kind, case):
    logits = torch.tensor(case["outputs"], dtype=torch.float64).reshape(-1, case["width"])
    if kind == "ce":
        return functional.cross_entropy(logits, torch.tensor(case["targets"]), reduction="none")
    targets = torch.tensor(case["targets"], dtype=torch.float64)
    return functional.binary_cross_entropy_with_logits(logits[:, 0], targets, reduction="none")


golden["torch"] = torch.__version__
for case in golden["cases"].values():
    case["after"] = steps(case["spec"])
weights = torch.tensor(golden["losses"]["weights"], dtype=torch.float64)
for kind in ("bce", "ce"):
    case = golden["losses"][kind]
    rows = row_losses(kind, case)
    case["mean"] = rows.mean().item()
    case["weighted"] = ((weights * rows).sum() / weights.sum()).item()
file.write_text(json.dumps(golden) + "\n")
