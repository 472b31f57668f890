"""Writes curves.json beside this file: what scikit-learn makes of the outputs and targets in metrics.json.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install scikit-learn==1.9.1
    /tmp/golden/bin/python test/golden/make_curves.py
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, brier_score_loss, precision_recall_curve, roc_auc_score, roc_curve

here = Path(__file__).parent
given = json.loads((here / "metrics.json").read_text())


def curves(truth, scores):
    fpr, tpr, _ = roc_curve(truth, scores, drop_intermediate=False)
    precision, recall, _ = precision_recall_curve(truth, scores, drop_intermediate=False)
    observed, predicted = calibration_curve(truth, scores, n_bins=10, strategy="uniform")
    return {
        "rocAuc": roc_auc_score(truth, scores),
        "averagePrecision": average_precision_score(truth, scores),
        "brier": brier_score_loss(truth, scores),
        "falsePositiveRate": fpr.tolist(),
        "truePositiveRate": tpr.tolist(),
        "recall": recall[::-1].tolist(),
        "precision": precision[::-1].tolist(),
        "calibration": {"observed": observed.tolist(), "predicted": predicted.tolist()},
    }


binary = np.array(given["binary"]["outputs"])
many = np.array(given["multiclass"]["outputs"]).reshape(-1, given["multiclass"]["width"])
softmax = np.exp(many) / np.exp(many).sum(axis=1, keepdims=True)
truth = np.array(given["multiclass"]["targets"])
residuals = np.array(given["regression"]["outputs"]) - np.array(given["regression"]["targets"])
width = given["regression"]["width"]
counts, edges = np.histogram(residuals.reshape(-1, width)[:, 0], bins=40)
golden = {
    "scikitLearn": sklearn.__version__,
    "binary": curves(np.array(given["binary"]["targets"]), 1 / (1 + np.exp(-binary))),
    # None where no row has the class: scikit-learn has no curve for it.
    "multiclass": [curves((truth == k).astype(int), softmax[:, k]) if (truth == k).any() else None for k in range(many.shape[1])],
    "residuals": {"counts": counts.tolist(), "edges": edges.tolist()},
}
(here / "curves.json").write_text(json.dumps(golden) + "\n")
