"""One row through the trees of XGBoost and CatBoost as Millwright keeps them; beside those libraries' own calls.

Both sides have the same trees: the library fits once more what the family fitted, and the raw scores are compared.
"""

from array import array
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np
from figure import Figure, compared
from intervals import median_interval, ratio_interval, take_turns
from lab import Lab
from single_row import PAIRS, Timed

LEARNT = 20_000
ASKED = 1_000
BARS = {"xgboost": 0.2, "catboost": 0.5}
"""CatBoost's own call asks all nodes of a level at once and is quick; XGBoost's makes a matrix of each row."""
XGBOOST_ROUNDS, CATBOOST_TREES = 300, 1_000
CLOSE = 1e-5

Predict = Callable[[Any], Any]
Peer = tuple[Mapping[str, Any], str, Predict]
"""Settings of the fit, what is called, and the call."""


def figures(lab: Lab) -> Iterator[Figure]:
    """Median µs of a row of ready features, and the ratio of medians taken in turns with the library's own call."""
    for name, peer in _PEERS.items():
        if find_spec(name) is None:
            lab.say(f"boosted: {name} is not installed, nothing is measured (pip install 'millwright[{name}]')")
        else:
            lab.say(f"one row through the trees of {name}")
            yield from _of_family(name, peer, _problem(lab))


def _problem(lab: Lab) -> Any:
    """Rows of the demo's table, numbers alone, which every library takes at its quickest; to be learnt: what its model says."""
    from batch_rows import columns_of

    from millwright.features.batch import BatchEncoder
    from millwright.models.family import Problem

    scorer = lab.payload.scorer
    X = BatchEncoder(scorer.plan).encode(columns_of(lab))[:LEARNT]
    scores = scorer.raw_batch(X)[:, 0]
    y = (scores > np.median(scores)).astype(np.float64)
    return Problem(X, y, "binary", 2, scorer.plan.features, ())


def _of_family(name: str, peer: Callable[[Any], Peer], problem: Any) -> Iterator[Figure]:
    from quickest import quickest

    from millwright.models.families import family

    settings, against, predict = peer(problem)
    fitted = family(name).fit(problem, settings, valid=None, seed=1, keep_going=lambda: True)
    answering, evaluator, _ = quickest(fitted.files, problem.X)
    rows = problem.X[:ASKED].astype(np.float32)
    scores = [float(np.ravel(predict(row[None, :]))[0]) for row in rows]
    if np.abs(evaluator.batch(rows)[:, 0] - scores).max() > CLOSE:
        raise RuntimeError(f"the trees of {name} do not score as the library's own")
    ours = Timed(evaluator.row, [array("d", row.tolist()) for row in rows])
    theirs = Timed(predict, [row[None, :] for row in rows])
    pairs = take_turns(ours, theirs, PAIRS)
    for side, timed, by in (("p50", ours, f"answered by {answering}"), ("library_p50", theirs, "")):
        found = median_interval(timed.taken)
        yield Figure(f"boosted.{name}_{side}", found.median, "us", by, n=found.n, low=found.low, high=found.high)
    yield compared(f"boosted.{name}_ratio", ratio_interval(pairs), "ratio", against, BARS[name])


def _xgboost(problem: Any) -> Peer:
    import xgboost

    settings = {"max_depth": 6, "learning_rate": 0.05}
    rows = xgboost.DMatrix(problem.X.astype(np.float32), problem.y)
    own = {**settings, "objective": "binary:logistic", "seed": 1, "nthread": 1}
    booster = xgboost.train(own, rows, XGBOOST_ROUNDS)

    def predict(row: Any) -> Any:
        return booster.inplace_predict(row, predict_type="margin")

    return {**settings, "num_iterations": XGBOOST_ROUNDS}, f"Booster.inplace_predict, {XGBOOST_ROUNDS} trees", predict


def _catboost(problem: Any) -> Peer:
    import catboost

    settings = {"depth": 6, "learning_rate": 0.05}
    own = {**settings, "loss_function": "Logloss", "iterations": CATBOOST_TREES, "random_seed": 1, "thread_count": 1}
    model = catboost.CatBoost({**own, "logging_level": "Silent", "allow_writing_files": False})
    model.fit(catboost.Pool(problem.X.astype(np.float32), problem.y))

    def predict(row: Any) -> Any:
        return model.predict(row, "RawFormulaVal", thread_count=1)

    return {**settings, "num_iterations": CATBOOST_TREES}, f"CatBoost.predict, {CATBOOST_TREES:,} trees", predict


_PEERS: Mapping[str, Callable[[Any], Peer]] = {"xgboost": _xgboost, "catboost": _catboost}
