"""Writes scaler.json beside this file: what scikit-learn's SimpleImputer and StandardScaler make of the numbers in credit.csv.

    python3 -m venv /tmp/golden && /tmp/golden/bin/pip install scikit-learn==1.7.2 pandas==2.3.3
    /tmp/golden/bin/python test/golden/make_scaler.py

Fitted on all rows, median for missing values; "first" holds the first eight rows after scaling.
"""

import json
from pathlib import Path

import pandas as pd
import sklearn
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

here = Path(__file__).parent
frame = pd.read_csv(here.parent / "fixtures" / "credit.csv")
columns = ["Seniority", "Time", "Age", "Expenses", "Income", "Assets", "Debt", "Amount", "Price"]
pipeline = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
scaled = pipeline.fit_transform(frame[columns])
imputer, scaler = pipeline[0], pipeline[1]
golden = {
    "scikitLearn": sklearn.__version__,
    "columns": {
        name: {
            "median": imputer.statistics_[i],
            "mean": scaler.mean_[i],
            "deviation": scaler.scale_[i],
            "first": scaled[:8, i].tolist(),
        }
        for i, name in enumerate(columns)
    },
}
(here / "scaler.json").write_text(json.dumps(golden, indent=2) + "\n")
