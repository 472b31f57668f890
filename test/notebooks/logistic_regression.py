"""ROC-AUC on test of scikit-learn's LogisticRegression (its defaults) on the arrays of one Lepton data set: the same split, the same features.

    python logistic_regression.py .lepton/datasets/ID
"""
import json
import pathlib
import sys

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

folder = pathlib.Path(sys.argv[1])
manifest = json.loads((folder / "dataset.json").read_text())
types = {"f32": "<f4", "i32": "<i4"}


def read(split, part):
    array = manifest["arrays"][split][part]
    return np.fromfile(folder / array["file"], dtype=types[array["dtype"]]).reshape(array["shape"])


model = LogisticRegression(max_iter=1000).fit(read("train", "x"), read("train", "y").ravel())
print(roc_auc_score(read("test", "y").ravel(), model.predict_proba(read("test", "x"))[:, 1]))
