"""PyTorch's side of the training bench: eager, default Adam, 2 threads. Enters: "mlp 400"; leaves: milliseconds a step."""
import sys
import time

import torch
from torch import nn

torch.set_num_threads(2)
torch.manual_seed(1)
BATCH, BATCHES = 128, 40


def mlp():
    model = nn.Sequential(nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    return model, nn.MSELoss(), torch.randn(BATCH * BATCHES, 32), torch.randn(BATCH * BATCHES, 1)


def cnn():
    model = nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(1600, 64), nn.ReLU(), nn.Linear(64, 10),
    )
    return model, nn.CrossEntropyLoss(), torch.randn(BATCH * BATCHES, 1, 28, 28), torch.randint(10, (BATCH * BATCHES,))


def prepare(name):
    model, loss_of, x, y = mlp() if name == "mlp" else cnn()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def run(steps):
        started = time.perf_counter()
        done = 0
        while done < steps:
            order = torch.randperm(len(x))
            for i in range(0, len(x), BATCH):
                rows = order[i : i + BATCH]
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
    name, steps = line.split()
    if name not in ready:
        ready[name] = prepare(name)
    print(ready[name](int(steps)), flush=True)
