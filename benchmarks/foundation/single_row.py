"""One row: from canonical cells to features, and from a JSON object to an answer; beside LightGBM's own call."""

from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice
from time import perf_counter_ns
from typing import Any

import numpy as np
from figure import Figure, compared
from intervals import median_interval, quantile, ratio_interval, take_turns
from lab import Lab

PAIRS = 21
ROWS = 300
ROWS_OF_A_FRAME = 30
WARM_UP = 200

ENCODE_BAR = 0.4
PREDICT_BAR = 1.25
FRAME_BAR = 0.1

Call = Callable[[Any], Any]


class Timed:
    """A function that is called on rows in turn; each call of this object times some calls and gives their median in µs."""

    def __init__(self, function: Call, rows: Sequence[Any], calls: int = ROWS) -> None:
        self._function, self._rows, self._calls = function, cycle(rows), calls
        self.taken: list[float] = []
        for row in islice(self._rows, min(WARM_UP, calls)):
            function(row)

    def __call__(self) -> float:
        taken = [_time(self._function, row) for row in islice(self._rows, self._calls)]
        self.taken += taken
        return quantile(taken, 0.5)


def _time(function: Call, row: Any) -> float:
    began = perf_counter_ns()
    function(row)
    return (perf_counter_ns() - began) / 1e3


def figures(lab: Lab) -> Iterator[Figure]:
    """Medians in microseconds, and ratios of medians taken in turns with LightGBM's calls on the same model and rows."""
    lab.say("one row at a time")
    scorer, booster = lab.payload.scorer, booster_of(lab)
    cells = [scorer.check(row, 1)[0] for row in lab.requests]
    vectors = [encode_row(lab)(row) for row in cells]
    encode = Timed(encode_row(lab), cells)
    answer = Timed(lambda row: scorer.answer(scorer.check(row, 1)[0]), lab.requests)
    ready = Timed(lambda X: booster.predict(X, num_threads=1), [np.array([vector]) for vector in vectors])
    frame = Timed(_frame_call(booster), [vector.tolist() for vector in vectors], ROWS_OF_A_FRAME)
    trees = f"{booster.num_trees()} trees"
    by_pair = {
        "row.encode_ratio": (encode, ready, f"Booster.predict, NumPy row, {trees}", ENCODE_BAR),
        "row.predict_ratio": (answer, ready, f"Booster.predict, NumPy row, {trees}", PREDICT_BAR),
        "row.predict_frame_ratio": (answer, frame, f"Booster.predict, pandas frame, {trees}", FRAME_BAR),
    }
    ratios = [
        compared(name, ratio_interval(take_turns(ours, theirs, PAIRS)), "ratio", against, bar)
        for name, (ours, theirs, against, bar) in by_pair.items()
    ]
    yield _median("row.encode_p50", encode)
    yield _median("row.predict_p50", answer)
    yield _median("row.booster_p50", ready)
    yield _median("row.booster_frame_p50", frame)
    yield from ratios


def _median(name: str, timed: Timed) -> Figure:
    found = median_interval(timed.taken)
    return Figure(name, found.median, "us", n=found.n, low=found.low, high=found.high)


def encode_row(lab: Lab) -> Call:
    """The row encoder of the demo's payload."""
    from millwright.features.row import RowEncoder

    return RowEncoder(lab.payload.scorer.plan).encode


def booster_of(lab: Lab) -> Any:
    """The model of the demo's payload as LightGBM's own object. Raises RuntimeError where another family won."""
    import lightgbm

    if lab.payload.info.evaluator != "lightgbm":
        raise RuntimeError(f"the demo's model is {lab.payload.info.evaluator}: there is nothing to compare with")
    return lightgbm.Booster(model_file=str(lab.model_file))


def _frame_call(booster: Any) -> Call:
    """A frame of one row of ready features, then the prediction: what a handler with pandas does after its own encoding."""
    import pandas

    names = booster.feature_name()
    return lambda vector: booster.predict(pandas.DataFrame([dict(zip(names, vector, strict=True))]), num_threads=1)
