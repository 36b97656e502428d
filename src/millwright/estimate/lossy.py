"""Losses by bins of how hard a row looks: the mean of any loss, for values and for more than two classes.

Rows that look alike hard have, on average, the losses that such rows had when their labels were known. For values how hard
a row looks is learnt from the losses themselves (direct loss estimation); for classes it is the doubt in the answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.estimate.scored import Figures, block_sums
from millwright.metrics.metric import Goal

Array = NDArray[Any]

BINS = 64
GOALS: Mapping[str, Goal] = {
    **dict.fromkeys(("mae", "rmse", "log_loss", "brier", "ranked_probability_score", "rank_error"), "min"),
    "accuracy": "max",
}
_FINISH: Mapping[str, Callable[[Array], Array]] = {"rmse": np.sqrt, "accuracy": lambda wrong: 1 - wrong}
_PARAMETERS = {
    "objective": "regression",
    "num_leaves": 15,
    "learning_rate": 0.1,
    "min_data_in_leaf": 50,
    "max_bin": 63,
    "verbosity": -1,
    "force_col_wise": True,
    "deterministic": True,
}
_ROUNDS = 60


@dataclass(frozen=True, slots=True)
class Lossy:
    """Losses of reference rows, and rows without labels, in common bins of how hard they look.

    stats: per block of reference rows, shape (g, k (1 + losses)): the rows of each bin, then the sums of each loss. counts:
    shape (k,), the rows without labels in each bin. names: of the losses' metrics.
    """

    stats: Array
    counts: Array
    names: tuple[str, ...]

    @property
    def bins(self) -> int:
        """How many bins there are."""
        return len(self.counts)

    def rows_of(self, stats: Array) -> Array:
        """The rows of each bin, shape (r, k)."""
        return stats[:, : self.bins]

    def truth(self, stats: Array) -> Figures:
        """The metrics of labelled rows, from sums of shape (r, k (1 + losses))."""
        rows, *sums = np.hsplit(stats, 1 + len(self.names))
        return self._finished([each.sum(axis=1) / rows.sum(axis=1) for each in sums])

    def expected(self, stats: Array, counts: Array) -> Figures:
        """The metrics of rows `counts`, shape (r, k), if rows that look alike hard have the losses of `stats`."""
        rows, *sums = np.hsplit(stats, 1 + len(self.names))
        overall = [each.sum(axis=1, keepdims=True) / rows.sum(axis=1, keepdims=True) for each in sums]
        usual = [(each + mean) / (rows + 1) for each, mean in zip(sums, overall, strict=True)]
        return self._finished([(counts * each).sum(axis=1) / counts.sum(axis=1) for each in usual])

    def _finished(self, means: list[Array]) -> Figures:
        return {name: _FINISH.get(name, np.asarray)(mean) for name, mean in zip(self.names, means, strict=True)}


def lossy(losses: Mapping[str, Array], hard: Array, asked: Array, groups: Array, *, weights: Array | None = None) -> Lossy:
    """Bins of how hard reference rows look, shape (n,), and rows without labels, shape (m,).

    losses: by the name of its metric the loss of each reference row, shape (n,): squared for rmse, 1 where wrong for accuracy.
    """
    both = np.concatenate([hard, asked])
    edges = np.unique(np.quantile(both, np.arange(1, BINS) / BINS, method="lower"))
    of_reference, of_asked = (np.searchsorted(edges, each, side="right") for each in (hard, asked))
    bins = len(edges) + 1
    return Lossy(
        stats=block_sums(of_reference, [np.ones(len(hard)), *losses.values()], groups, bins, weights),
        counts=np.bincount(of_asked, minlength=bins).astype(float),
        names=tuple(losses),
    )


def how_hard(X: Array, loss: Array, asked: Array, *, seed: int = 7, threads: int = 1) -> tuple[Array, Array]:
    """The loss that a model expects of each reference row, shape (n,), which it has not seen, and of each row asked about.

    X: features and answers of the reference rows, shape (n, f); loss: theirs, shape (n,); asked: shape (m, f).
    """
    import lightgbm

    half = np.random.default_rng(seed).permutation(len(X)) % 2
    expected, of_asked = np.empty(len(X)), np.zeros(len(asked))
    parameters = {**_PARAMETERS, "num_threads": threads, "seed": seed}
    for side in (0, 1):
        data = lightgbm.Dataset(X[half == side], loss[half == side], params=parameters)
        model = lightgbm.train(parameters, data, _ROUNDS)
        expected[half != side] = model.predict(X[half != side])
        of_asked += model.predict(asked) / 2
    return expected, of_asked
