"""Many rows: those of a file through `mw predict`, and canonical columns through the scorer; beside the bare model."""

from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter
from typing import Any

from figure import Figure, compared
from intervals import ratio_interval, take_turns
from lab import TABLE, Lab
from single_row import booster_of

PAIRS = 15
SCORER_BAR = 0.6
FILE_BAR = 0.15


def figures(lab: Lab) -> Iterator[Figure]:
    """Rows a second on the demo's table, and as a share of those of Booster.predict on the ready matrix, in one thread."""
    from millwright.features.batch import BatchEncoder

    lab.say("many rows at a time")
    scorer, booster = lab.payload.scorer, booster_of(lab)
    columns = columns_of(lab)
    X = BatchEncoder(scorer.plan).encode(columns)
    predict = _rows_per_second(len(X), lambda: booster.predict(X, num_threads=1))
    through = {
        "batch.scorer": (_rows_per_second(len(X), lambda: scorer.batch(columns)), SCORER_BAR),
        "batch.file": (_rows_per_second(len(X), lambda: _predict_file(lab)), FILE_BAR),
    }
    theirs: list[float] = []
    against = f"Booster.predict, ready matrix, {booster.num_trees()} trees"
    for name, (rate, bar) in through.items():
        pairs = take_turns(rate, predict, PAIRS)
        theirs += [pair[1] for pair in pairs]
        yield Figure(name, median(pair[0] for pair in pairs), "rows/s", f"{len(X):,} rows")
        yield compared(f"{name}_ratio", ratio_interval(pairs), "ratio", against, bar, "higher")
    yield Figure("batch.booster", median(theirs), "rows/s", f"{len(X):,} rows")


def _rows_per_second(rows: int, work: Callable[[], Any]) -> Callable[[], float]:
    def measure() -> float:
        began = perf_counter()
        work()
        return rows / (perf_counter() - began)

    measure()  # what is only done once is not counted
    return measure


def columns_of(lab: Lab) -> Any:
    """The demo's table as canonical columns."""
    import numpy as np

    from millwright.data.read import read_file

    batches = list(read_file(lab.trained.folder / TABLE, lab.payload.scorer.contract))
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


def _predict_file(lab: Lab) -> Any:
    return lab.project.predict(lab.trained.folder / TABLE, lab.folder / "answers.parquet", force=True)
