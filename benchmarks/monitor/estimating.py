"""Quality without labels, with few, and with late ones: figures as JSON, fresh seeds each run.

`python benchmarks/monitor/estimating.py --windows 40 [--nannyml PYTHON]`, where PYTHON is an interpreter that has nannyml
(with pandas<3 and statsmodels) installed; without it CBPE is the isotonic calibration that equals it to every printed digit.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from millwright.estimate.before_labels import Labelled, Unlabelled, estimate_binary
from millwright.estimate.expected import expected_losses, row_losses
from millwright.estimate.label_sample import read_sample
from millwright.estimate.late_labels import Lateness, Told, late_quality
from millwright.metrics.probability import log_loss
from millwright.metrics.ranking import roc_auc

Array = NDArray[Any]

REFERENCE, ASKED, FEATURES, LABELS = 20_000, 10_000, 8, 200
WORLDS = ("none", "covariate", "concept", "label")


def odds(X: Array) -> Array:
    """The log odds of a positive: linear, curved, and together, so that no model has it quite right."""
    curved = 0.9 * np.sin(2 * X[:, 3]) + 0.8 * X[:, 4] + 0.6 * (X[:, 5] > 0.5)
    return np.asarray(1.3 * X[:, 0] + 1.0 * X[:, 1] * X[:, 2] + curved - 0.5)


def draw(random: np.random.Generator, rows: int, world: str) -> tuple[Array, Array]:
    """Features and truth of one world."""
    X = random.normal(size=(rows * (3 if world == "label" else 1), FEATURES))
    if world == "covariate":
        X[:, :6] = X[:, :6] * [1, 1, 1, 1.4, 1, 1] + [0.5, 0.0, 0.3, 0.0, 0.0, -0.5]
    at = odds(X) * (0.2 if world == "concept" else 1.0)
    y = (random.random(len(X)) < 1 / (1 + np.exp(-at))).astype(float)
    if world == "label":
        kept = np.concatenate([np.flatnonzero(y == 1)[: rows // 4], np.flatnonzero(y == 0)[: rows - rows // 4]])
        X, y = X[kept], y[kept]
    return X, y


def learnt(random: np.random.Generator) -> lightgbm.Booster:
    """A model of 20,000 other rows."""
    X, y = draw(random, REFERENCE, "none")
    parameters = {"objective": "binary", "num_leaves": 31, "verbosity": -1, "num_threads": 1}
    return lightgbm.train(parameters, lightgbm.Dataset(X, y), 100)


def cbpe(y: Array, said: Array, asked: Array) -> float:
    """The AUC by calibrated confidence: isotonic calibration, then each row counts as so much of a positive."""
    from sklearn.isotonic import IsotonicRegression

    p = IsotonicRegression(out_of_bounds="clip").fit(said, y).predict(asked)
    order = np.argsort(asked)
    below = np.cumsum(1 - p[order]) - (1 - p[order]) / 2
    return float(np.sum(p[order] * below) / (p.sum() * (1 - p).sum()))


def of_nannyml(python: str, y: Array, said: Array, asked: Array) -> float:
    """The AUC by NannyML's CBPE in an interpreter of its own, its usage reporting switched off."""
    code = (
        "import sys, numpy as np, pandas as pd, nannyml as nml\n"
        "d = np.load(sys.argv[1])\n"
        "f = lambda s, **y: pd.DataFrame({'p': s, 'd': (s >= .5).astype(int), **y})\n"
        "e = nml.CBPE(metrics=['roc_auc'], y_true='y', y_pred='d', y_pred_proba='p', chunk_number=1,"
        " problem_type='classification_binary').fit(f(d['said'], y=d['y'].astype(int)))\n"
        "r = e.estimate(f(d['asked'])).filter(period='analysis').to_df()\n"
        "print(float(r[('roc_auc', 'value')].iloc[0]))\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npz"
        np.savez(path, y=y, said=said, asked=asked)
        env = {**os.environ, "NML_DISABLE_USAGE_LOGGING": "true"}
        done = subprocess.run([python, "-c", code, str(path)], capture_output=True, text=True, check=True, env=env)
    return float(done.stdout.split()[-1])


def before_labels(windows: int, seed: int, python: str | None) -> dict[str, Any]:
    """Error of the AUC by each estimator and by CBPE, how often intervals hold, seconds a window."""
    random = np.random.default_rng(seed)
    off: dict[str, list[float]] = defaultdict(list)
    held: dict[str, list[bool]] = defaultdict(list)
    seconds, true = [], defaultdict(list)
    for window in range(windows):
        if window % 10 == 0:
            model = learnt(random)
        X, y = draw(random, REFERENCE, "none")
        said = model.predict(X)
        for world in WORLDS:
            new, truth = draw(random, ASKED, world)
            asked = model.predict(new)
            value = roc_auc.value(truth, asked)
            true[world].append(value)
            began = time.perf_counter()
            estimate = estimate_binary(Labelled(y, said, X), Unlabelled(asked, new))
            seconds.append(time.perf_counter() - began)
            off[f"{world} cbpe"].append(cbpe(y, said, asked) - value)
            if python:
                off[f"{world} nannyml"].append(of_nannyml(python, y, said, asked) - value)
            for one in estimate.estimators:
                for metric in (m for m in one.metrics if m.name == "roc_auc"):
                    interval = metric.interval
                    off[f"{world} {one.name}"].append((interval.value or 0.0) - value)
                    held[f"{world} {one.name}"].append((interval.low or 0.0) <= value <= (interval.high or 0.0))
    return {
        "true AUC": {world: round(float(np.mean(values)), 4) for world, values in true.items()},
        "AUC error": {name: round(float(np.mean(np.abs(values))), 4) for name, values in off.items()},
        "AUC bias": {name: round(float(np.mean(values)), 4) for name, values in off.items()},
        "interval holds": {name: round(float(np.mean(values)), 3) for name, values in held.items()},
        "seconds a window": round(float(np.median(seconds)), 3),
    }


def by_request(samples: int, seed: int) -> dict[str, Any]:
    """How often 200 random labels raise an alarm, looked at after each one, and after how many."""
    random = np.random.default_rng(seed)
    model = learnt(random)
    X, y = draw(random, REFERENCE, "none")
    reference = Labelled(y, model.predict(X), X)
    found: dict[str, Any] = {}
    for world in ("none", "covariate", "concept"):
        new, truth = draw(random, ASKED, world)
        asked = model.predict(new)
        expected = expected_losses("binary", reference, Unlabelled(asked, new))
        losses = row_losses("binary", truth, asked, 1.0)
        margin = 0.1 * expected.reference.mean() + 2 * expected.reference.std() / np.sqrt(REFERENCE)
        after = []
        for _ in range(samples):
            drawn = random.permutation(ASKED)[:LABELS]
            alarm = read_sample(losses[drawn], expected.asked[drawn], level=0.9).low > margin
            after.append(int(alarm.argmax()) + 1 if alarm.any() else 0)
        found[world] = {"alarms": round(float(np.mean(np.array(after) > 0)), 4)}
        if any(after):
            found[world]["median labels until"] = int(np.median([n for n in after if n]))
    return found


def late(replays: int, seed: int) -> dict[str, Any]:
    """How often the interval of the log loss on a day holds the final value, where positives are told later."""
    held, naive, weighted = [], [], []
    for replay in range(replays):
        random = np.random.default_rng((seed, replay))
        X, y = draw(random, 4000, "none")
        said = 1 / (1 + np.exp(-0.8 * odds(X)))
        ages = random.uniform(0, 60, len(y))
        delays = np.where(y == 1, random.gamma(3, 4, len(y)), random.gamma(2, 1.5, len(y)))
        comes = random.random(len(y)) > 0.1
        seen = comes & (delays <= ages)
        told = Told(np.where(seen, delays, np.nan), ages, np.where(seen, y, -1))
        lateness = Lateness(told)
        for youngest in (8, 14, 28):
            part = (ages >= max(youngest, lateness.ripe_at)) & (ages < youngest + 7)
            some = Told(told.delays[part], ages[part], told.outcomes[part])
            figures = late_quality([(log_loss, said[part])], np.where(seen, y, np.nan)[part], some, lateness).metrics
            if not figures:
                continue
            final = log_loss.value(y[part & comes], said[part & comes])
            interval = figures[0].interval
            held.append((interval.low or 0.0) <= final <= (interval.high or 0.0))
            weighted.append((interval.value or 0.0) - final)
            naive.append(log_loss.value(y[part & seen], said[part & seen]) - final)
    return {
        "interval holds": round(float(np.mean(held)), 3),
        "bias": round(float(np.mean(weighted)), 4),
        "bias of the labels so far": round(float(np.mean(naive)), 4),
        "figures": len(held),
    }


def figures(windows: int = 40, *, seed: int | None = None, python: str | None = None) -> dict[str, Any]:
    """All figures. seed: None takes a fresh one, which is told."""
    seed = int.from_bytes(os.urandom(4), "little") if seed is None else seed
    return {
        "seed": seed,
        "before labels": before_labels(windows, seed, python),
        "labels by request": by_request(10 * windows, seed),
        "late labels": late(2 * windows, seed),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--windows", type=int, default=40)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--nannyml", metavar="PYTHON")
    asked = parser.parse_args()
    json.dump(figures(asked.windows, seed=asked.seed, python=asked.nannyml), sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
