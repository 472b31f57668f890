"""PyTorch's side of the training bench: eager, default Adam. Enters: "mlp 400 2" (model, steps, threads); leaves: milliseconds a step."""
import sys
import time

import torch
from torch import nn

torch.manual_seed(1)
BATCH = {"mlp": 128, "cnn": 128, "lstm": 64, "transformer": 16}
BATCHES = 40


class LastHidden(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.dense = nn.LSTM(16, 64, batch_first=True), nn.Linear(64, 1)

    def forward(self, x):
        return self.dense(self.lstm(x)[1][0][0])


class Block(nn.Module):
    """One pre-LN block (T 64, d 128, 4 heads), then the mean over time."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.LayerNorm(128), nn.LayerNorm(128)
        self.attention = nn.MultiheadAttention(128, 4, batch_first=True)
        self.wide, self.narrow, self.dense = nn.Linear(128, 512), nn.Linear(512, 128), nn.Linear(128, 10)

    def forward(self, x):
        h = self.first(x)
        x = x + self.attention(h, h, h, need_weights=False)[0]
        x = x + self.narrow(nn.functional.gelu(self.wide(self.second(x))))
        return self.dense(x.mean(1))


def mlp():
    return nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))


def cnn():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(1600, 64), nn.ReLU(), nn.Linear(64, 10),
    )


models = {"mlp": mlp, "cnn": cnn, "lstm": LastHidden, "transformer": Block}
shapes = {"mlp": (32,), "cnn": (1, 28, 28), "lstm": (32, 16), "transformer": (64, 128)}


def prepare(name):
    model, batch = models[name](), BATCH[name]
    rows = batch * BATCHES
    classes = name in ("cnn", "transformer")
    loss_of = nn.CrossEntropyLoss() if classes else nn.MSELoss()
    x, y = torch.randn(rows, *shapes[name]), torch.randint(10, (rows,)) if classes else torch.randn(rows, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def run(steps):
        started = time.perf_counter()
        done = 0
        while done < steps:
            order = torch.randperm(len(x))
            for i in range(0, len(x), batch):
                rows = order[i : i + batch]
                optimizer.zero_grad()
                loss = loss_of(model(x[rows]), y[rows])
                loss.backward()
                optimizer.step()
                loss.item()
                done += 1
        return (time.perf_counter() - started) / done * 1000

    return run


ready = {}
for line in sys.stdin:
    name, steps, threads = line.split()
    torch.set_num_threads(int(threads))
    if name not in ready:
        ready[name] = prepare(name)
    print(ready[name](int(steps)), flush=True)
