"""How tools stand over many tables: ranks, normalised scores, win rates, with intervals by resampling tables.

Pure functions. A table is what is drawn again: seeds of one table are averaged first, since they are no tables of their own.
A tool that failed is last, has 0 of the normalised scale, and loses to each that did not.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

DRAWS = 10_000
SEED = 20_26
LEVEL = 0.95

Goodness = Mapping[str, float | None]
"""By tool, larger is better; None where it failed."""


@dataclass(frozen=True, slots=True)
class Contest:
    """All tools on one table with one seed.

    floor: the goodness of a constant answer. alike: the pairs that the test rows cannot tell apart.
    """

    table: str
    seed: int
    goodness: Goodness
    floor: float
    alike: frozenset[frozenset[str]] = frozenset()

    @property
    def saturated(self) -> bool:
        """Whether the better half of the tools, two at least, cannot be told from the best: the table ranks them by chance.

        The better half, as one poor tool would otherwise make wins of what is chance between good ones.
        """
        scored = {tool: value for tool, value in self.goodness.items() if value is not None}
        best, *others = sorted(scored, key=scored.__getitem__, reverse=True)[: max(2, -(-len(scored) // 2))] or [""]
        return bool(others) and all(frozenset((best, other)) in self.alike for other in others)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over n tables with its interval."""

    value: float
    low: float
    high: float
    n: int


def ranks(goodness: Goodness) -> dict[str, float]:
    """1 for the best; equal ones share the mean of their places."""
    values = {tool: float("-inf") if value is None else value for tool, value in goodness.items()}
    return {
        tool: 1.0 + sum(other > value for other in values.values()) + (sum(other == value for other in values.values()) - 1) / 2
        for tool, value in values.items()
    }


def normalised(goodness: Goodness, floor: float) -> dict[str, float]:
    """0 for the constant answer (and for whatever is worse, or failed), 1 for the best."""
    best = max((value for value in goodness.values() if value is not None), default=floor)
    span = best - floor
    return {tool: 0.0 if value is None or span <= 0 else max(0.0, (value - floor) / span) for tool, value in goodness.items()}


def points(contest: Contest, tool: str, peer: str) -> float:
    """1 for a win of `tool`, 0 for a loss, a half where both did equally well, both failed, or the table is saturated and
    cannot tell these two apart."""
    mine, theirs = contest.goodness[tool], contest.goodness[peer]
    if mine is None or theirs is None:
        return 0.5 if mine is theirs else float(theirs is None)
    if mine == theirs or (frozenset((tool, peer)) in contest.alike and contest.saturated):
        return 0.5
    return float(mine > theirs)


def win_rate(contests: Iterable[Contest], tool: str, peer: str) -> Estimate | None:
    """The share of tables that `tool` wins against `peer`; None where they never met."""
    met = [contest for contest in contests if tool in contest.goodness and peer in contest.goodness]
    return over_tables(met, lambda contest: points(contest, tool, peer))


def mean_rank(contests: Iterable[Contest], tool: str, field: Sequence[str]) -> Estimate | None:
    """The mean rank of `tool` among `field`, over contests in which all of them took part."""
    return over_tables(_complete(contests, field), lambda contest: ranks(_among(contest, field))[tool])


def mean_normalised(contests: Iterable[Contest], tool: str, field: Sequence[str]) -> Estimate | None:
    """The mean normalised score of `tool`, the best being that of `field`, over contests in which all of them took part."""
    complete = _complete(contests, field)
    return over_tables(complete, lambda contest: normalised(_among(contest, field), contest.floor)[tool])


def over_tables(contests: Sequence[Contest], value: Callable[[Contest], float]) -> Estimate | None:
    """The mean over tables of a value, seeds averaged within each; the interval by drawing tables again."""
    by_table: dict[str, list[float]] = {}
    for contest in contests:
        by_table.setdefault(contest.table, []).append(value(contest))
    return bootstrap([float(np.mean(values)) for values in by_table.values()])


def bootstrap(values: Sequence[float], draws: int = DRAWS, seed: int = SEED) -> Estimate | None:
    """The mean of values and the percentile interval of `draws` means of as many values drawn with replacement."""
    if not values:
        return None
    chance = np.random.default_rng(seed)
    means = np.asarray(values)[chance.integers(0, len(values), (draws, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(float(np.mean(values)), float(low), float(high), len(values))


def _complete(contests: Iterable[Contest], field: Sequence[str]) -> list[Contest]:
    return [contest for contest in contests if set(field) <= set(contest.goodness)]


def _among(contest: Contest, field: Sequence[str]) -> Goodness:
    return {tool: contest.goodness[tool] for tool in field}
