"""Keras's side of the training bench: fit on TensorFlow, default Adam, 2 threads. Enters: "cnn 40", or "digits FOLDER SEED"; leaves: milliseconds a step,
or the test accuracy after 5 epochs."""
import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"
import numpy as np
import tensorflow as tf

tf.config.threading.set_intra_op_parallelism_threads(2)
tf.config.threading.set_inter_op_parallelism_threads(2)
import keras
from keras import layers

BATCHES = 40
BATCH = {"mlp": 128, "cnn": 128, "lstm": 64, "transformer": 16}
random = np.random.default_rng(1)


def mlp():
    model = keras.Sequential([keras.Input((32,)), layers.Dense(64, "relu"), layers.Dense(64, "relu"), layers.Dense(1)])
    model.compile("adam", "mse")
    return model


def cnn(hidden=True):
    model = keras.Sequential(
        [keras.Input((28, 28, 1)), layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(2),
         layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(2), layers.Flatten()]
        + ([layers.Dense(64, "relu")] if hidden else [])
        + [layers.Dense(10)]
    )
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


def lstm():
    model = keras.Sequential([keras.Input((32, 16)), layers.LSTM(64), layers.Dense(1)])
    model.compile("adam", "mse")
    return model


def transformer():
    """One pre-LN block (T 64, d 128, 4 heads), then the mean over time."""
    x = keras.Input((64, 128))
    h = layers.LayerNormalization(epsilon=1e-5)(x)
    middle = layers.Add()([x, layers.MultiHeadAttention(4, 32)(h, h)])
    wide = layers.Dense(512, "gelu")(layers.LayerNormalization(epsilon=1e-5)(middle))
    end = layers.Add()([middle, layers.Dense(128)(wide)])
    model = keras.Model(x, layers.Dense(10)(layers.GlobalAveragePooling1D()(end)))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


models = {"mlp": mlp, "cnn": cnn, "lstm": lstm, "transformer": transformer}
shapes = {"mlp": (32,), "cnn": (28, 28, 1), "lstm": (32, 16), "transformer": (64, 128)}


def prepare(name):
    model, batch = models[name](), BATCH[name]
    rows = batch * BATCHES
    x = random.normal(size=(rows, *shapes[name])).astype("f4")
    classes = name in ("cnn", "transformer")
    y = random.integers(0, 10, rows).astype("i4") if classes else random.normal(size=(rows, 1)).astype("f4")
    model.fit(x, y, batch_size=batch, epochs=1, verbose=0)  # traces the step

    def run(steps):
        epochs = max(1, steps // BATCHES)
        started = time.perf_counter()
        model.fit(x, y, batch_size=batch, epochs=epochs, verbose=0)
        return (time.perf_counter() - started) / (epochs * BATCHES) * 1000

    return run


def digits(folder, seed):
    """The model of 02-digits.ipynb: the same rows, epochs and batch, best epoch by validation loss kept as ours does."""
    keras.utils.set_random_seed(seed)
    part = lambda name: (
        np.fromfile(f"{folder}/{name}-x.bin", "<f4").reshape(-1, 28, 28, 1), np.fromfile(f"{folder}/{name}-y.bin", "<i4"))
    model = cnn(hidden=False)
    best = keras.callbacks.EarlyStopping("val_loss", patience=5, restore_best_weights=True)
    model.fit(*part("train"), batch_size=128, epochs=5, validation_data=part("validation"), callbacks=[best], verbose=0)
    return model.evaluate(*part("test"), verbose=0)[1]


ready = {}
for line in sys.stdin:
    words = line.split()
    if words[0] == "digits":
        print(digits(words[1], int(words[2])), flush=True)
        continue
    if words[0] not in ready:
        ready[words[0]] = prepare(words[0])
    print(ready[words[0]](int(words[1])), flush=True)
