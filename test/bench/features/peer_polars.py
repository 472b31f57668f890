"""One measurement of polars: Parquet -> three splits of float32 features in memory. Prints JSON. Imports are not counted."""

import json
import resource
import sys
import time

import numpy as np
import polars as pl

cpu = lambda: sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
before, started = cpu(), time.perf_counter()

words = ["region", "plan", "channel", "device", "product", "city"]
when = pl.col("created").dt
frame = pl.read_parquet(sys.argv[1]).with_columns(
    year=when.year().cast(pl.Float32),
    month=when.month().cast(pl.Float32),
    weekday=when.weekday().cast(pl.Float32),
    dayofyear=when.ordinal_day().cast(pl.Float32),
    hour=when.hour().cast(pl.Float32),
    *[pl.col(name).cast(pl.Categorical) for name in words],
).drop("created")

# Stratified: each class in a random order, its first 70 % train.
order = np.random.default_rng(42).random(frame.height)
frame = frame.with_columns(order=pl.Series(order))
share = pl.col("order").rank("ordinal").over("left_us") / pl.len().over("left_us")
frame = frame.with_columns(share=share)
train = frame.filter(pl.col("share") <= 0.7)
validation = frame.filter((pl.col("share") > 0.7) & (pl.col("share") <= 0.85))
test = frame.filter(pl.col("share") > 0.85)

numbers = [name for name in frame.columns if name not in (*words, "left_us", "order", "share")]
fitted = train.select(
    *[pl.col(name).quantile(q).alias(f"{name}:{q}") for name in numbers for q in (0.01, 0.5, 0.99)],
    *[pl.col(name).null_count().alias(f"{name}:missing") for name in (*numbers, *words)],
).row(0, named=True)
expressions, cleaned = [], {}
for name in numbers:
    low, middle, high = (fitted[f"{name}:{q}"] for q in (0.01, 0.5, 0.99))
    reach = max(high - middle, middle - low)
    cleaned[name] = pl.col(name).clip(middle - 10 * reach, middle + 10 * reach).fill_null(middle)
moments = train.select(
    *[value.mean().alias(f"{name}:mean") for name, value in cleaned.items()],
    *[value.std(ddof=0).alias(f"{name}:std") for name, value in cleaned.items()],
).row(0, named=True)
for name, value in cleaned.items():
    expressions.append(((value - moments[f"{name}:mean"]) / moments[f"{name}:std"]).cast(pl.Float32).alias(name))
for name in words:
    values = train[name].drop_nulls().value_counts(sort=True)[name].to_list()
    filled = pl.col(name).fill_null(values[0])
    expressions += [(filled == value).cast(pl.Float32).alias(f"{name}={value}") for value in values]
for name in (*numbers, *words):
    if fitted[f"{name}:missing"] > 0:
        expressions.append(pl.col(name).is_null().cast(pl.Float32).alias(f"{name}_missing"))
arrays = [part.select(expressions).to_numpy(order="c") for part in (train, validation, test)]
targets = [(part["left_us"] == "yes").cast(pl.Float32).to_numpy() for part in (train, validation, test)]

wall, used = time.perf_counter() - started, cpu() - before
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"wallMs": wall * 1000, "cpuMs": used * 1000, "memoryMB": memory, "rows": arrays[0].shape[0], "width": arrays[0].shape[1], "means": sorted(arrays[0].mean(axis=0, dtype="float64").tolist())}))
