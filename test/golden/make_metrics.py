"""Writes the expected values in metrics.json anew: what scikit-learn makes of the outputs and targets that stand there (drawn once, as f32).

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install scikit-learn==1.9.1
    /tmp/golden/bin/python test/golden/make_metrics.py

A logit above 0 says class 1; precision, recall and F1 of many classes are means over the classes that were seen or guessed.
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn import metrics

file = Path(__file__).with_name("metrics.json")
golden = json.loads(file.read_text())


def by_class(truth, guessed, average):
    options = {"average": average, "zero_division": 0}
    return {
        "accuracy": metrics.accuracy_score(truth, guessed),
        "precision": metrics.precision_score(truth, guessed, **options),
        "recall": metrics.recall_score(truth, guessed, **options),
        "f1": metrics.f1_score(truth, guessed, **options),
    }


def regression(truth, outputs):
    return {
        "mse": metrics.mean_squared_error(truth, outputs),
        "mae": metrics.mean_absolute_error(truth, outputs),
        "r2": metrics.r2_score(truth, outputs),
    }


golden["scikit-learn"] = sklearn.__version__
for task, case in golden.items():
    if task == "scikit-learn":
        continue
    outputs = np.array(case["outputs"]).reshape(-1, case["width"])
    truth = np.array(case["targets"])
    if task == "regression":
        case["expected"] = regression(truth.reshape(outputs.shape), outputs)
        continue
    guessed = outputs.argmax(axis=1) if task == "multiclass" else (outputs[:, 0] > 0).astype(int)
    classes = range(max(2, case["width"]))
    case["confusion"] = metrics.confusion_matrix(truth, guessed, labels=classes).tolist()
    case["expected"] = by_class(truth, guessed, "macro" if task == "multiclass" else "binary")
    if task == "binary":
        case["expected"]["rocAuc"] = metrics.roc_auc_score(truth, outputs[:, 0])
file.write_text(json.dumps(golden) + "\n")
