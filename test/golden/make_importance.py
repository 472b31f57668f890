"""Makes importance.json: trials of a known function and what Optuna 5.0 says of their parameters. Needs optuna 5.0.0.

    python test/golden/make_importance.py
"""

import json
import math
import pathlib
import random

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

optuna.logging.set_verbosity(optuna.logging.ERROR)
choices = [[32], [64, 64], [128]]
texts = [json.dumps(choice) for choice in choices]
distributions = {
    "learningRate": FloatDistribution(1e-4, 1e-1, log=True),
    "dropout": FloatDistribution(0.0, 0.5),
    "batchSize": IntDistribution(16, 256, log=True),
    "epochs": IntDistribution(5, 12),
    "hidden": CategoricalDistribution(texts),
    "momentum": FloatDistribution(0.0, 0.99),
    "optimizer": CategoricalDistribution(["adam", "sgd"]),
}
space = {
    "learningRate": {"kind": "float", "low": 1e-4, "high": 1e-1, "log": True},
    "dropout": {"kind": "float", "low": 0.0, "high": 0.5, "log": False},
    "batchSize": {"kind": "integer", "low": 16, "high": 256, "log": True},
    "epochs": {"kind": "integer", "low": 5, "high": 12, "log": False},
    "hidden": {"kind": "choice", "choices": choices},
    "momentum": {"kind": "float", "low": 0.0, "high": 0.99, "log": False},
    "optimizer": {"kind": "choice", "choices": ["adam", "sgd"]},
}


def draw(rng):
    parameters = {
        "learningRate": 10 ** rng.uniform(-4, -1),
        "dropout": rng.uniform(0, 0.5),
        "batchSize": int(2 ** rng.uniform(4, 8)),
        "epochs": rng.randint(5, 12),
        "hidden": rng.choice(texts),
        "optimizer": rng.choice(["adam", "sgd"]),
    }
    if parameters["optimizer"] == "sgd":
        parameters["momentum"] = rng.uniform(0, 0.99)
    value = (math.log10(parameters["learningRate"]) + 2.5) ** 2
    value += 0.5 * (parameters["hidden"] != texts[1]) + 0.3 * parameters["dropout"] + 0.1 * rng.random()
    return parameters, value + (0.2 * (1 - parameters["momentum"]) if "momentum" in parameters else 0)


cases = []
for count, direction in ((12, "minimize"), (60, "minimize"), (150, "maximize")):
    rng = random.Random(count)
    study = optuna.create_study(direction=direction)
    trials = []
    for number in range(count):
        parameters, value = draw(rng)
        value = value if direction == "minimize" else -value
        failed = number % 10 == 9
        study.add_trial(
            create_trial(
                params=parameters,
                distributions={name: distributions[name] for name in parameters},
                value=None if failed else value,
                state=TrialState.FAIL if failed else TrialState.COMPLETE,
            )
        )
        given = {name: json.loads(one) if name == "hidden" else one for name, one in parameters.items()}
        trials.append({"state": "failed" if failed else "finished", "value": None if failed else value, "parameters": given})
    shares = optuna.importance.get_param_importances(study)
    cases.append({"direction": direction, "trials": trials, "importance": shares})

target = pathlib.Path(__file__).with_name("importance.json")
target.write_text(json.dumps({"optuna": optuna.__version__, "space": space, "cases": cases}, indent=None, separators=(",", ":")) + "\n")
