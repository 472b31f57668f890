"""One measurement of scikit-learn + pandas: Parquet -> three splits of float32 features in memory. Prints JSON. Imports are not counted."""

import json
import resource
import sys
import time

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


class Clip(BaseEstimator, TransformerMixin):
    """Median plus and minus ten times the reach of the middle 98 %."""

    def fit(self, x, y=None):
        low, middle, high = np.nanpercentile(x, [1, 50, 99], axis=0)
        reach = np.maximum(high - middle, middle - low)
        self.low_, self.high_ = middle - 10 * reach, middle + 10 * reach
        return self

    def transform(self, x):
        return np.clip(x, self.low_, self.high_)


def date_parts(frame):
    when = frame["created"].dt
    return pd.DataFrame(
        {"year": when.year, "month": when.month, "weekday": when.weekday, "dayofyear": when.dayofyear, "hour": when.hour},
        dtype="float32",
    )


cpu = lambda: sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
before, started = cpu(), time.perf_counter()

frame = pd.read_parquet(sys.argv[1])
y = (frame.pop("left_us") == "yes").to_numpy("float32")
parts = date_parts(frame)
frame = pd.concat([frame.drop(columns="created"), parts], axis=1)
train, rest, y_train, y_rest = train_test_split(frame, y, test_size=0.3, stratify=y, random_state=42)
validation, test, y_validation, y_test = train_test_split(rest, y_rest, test_size=0.5, stratify=y_rest, random_state=42)
words = ["region", "plan", "channel", "device", "product", "city"]
numbers = [name for name in frame.columns if name not in words]
pipeline = ColumnTransformer(
    [
        ("numbers", make_pipeline(Clip(), SimpleImputer(strategy="median"), StandardScaler()), numbers),
        ("missing", MissingIndicator(features="missing-only"), numbers),
        ("words", make_pipeline(SimpleImputer(strategy="most_frequent", missing_values=None), OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype="float32")), words),
        ("missing words", MissingIndicator(features="missing-only", missing_values=None), words),
    ],
    sparse_threshold=0,
)
arrays = [pipeline.fit_transform(train).astype("float32"), *(pipeline.transform(part).astype("float32") for part in (validation, test))]

wall, used = time.perf_counter() - started, cpu() - before
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"wallMs": wall * 1000, "cpuMs": used * 1000, "memoryMB": memory, "rows": arrays[0].shape[0], "width": arrays[0].shape[1], "means": sorted(arrays[0].mean(axis=0, dtype="float64").tolist())}))
