"""Which evaluator answers: of those that give the same bits, the one that is quickest with one row."""

import time
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.models.evaluator import Evaluator
from millwright.models.same_bits import first_apart
from millwright.records.measuring import BatchRate, MeasuredEvaluator

Array = NDArray[Any]
Tick = Callable[[], float]

TIE = 0.05
"""Another evaluator must be quicker by more than this share: within it the family's own stays, which needs no library more."""
BATCHES = (8, 64, 10_000)
SAMPLE = 512
"""Rows of each kind on which bits are compared first; all, where it would then be chosen."""
_ROWS, _BLOCK, _LEAST_BLOCKS = 500, 10, 4
_ROW_SECONDS, _BATCH_SECONDS, _LARGE_SECONDS = 0.3, 0.05, 0.25
_MOST_REPEATS = 5


@dataclass(frozen=True, slots=True)
class Contestant:
    """An evaluator under its name."""

    name: str
    evaluator: Evaluator


def choose(
    own: Contestant, twins: Sequence[Contestant], real: Array, hard: Array, *, tick: Tick = time.perf_counter
) -> tuple[MeasuredEvaluator, ...]:
    """All of them measured, `own` first and exactly one of them chosen.

    real: encoded rows (n, f), at least one, to measure with; they and `hard` (m, f) are compared to the bit. An evaluator
    with another bit is out. tick: seconds of a clock. Takes about a second, and the proof of a twin that wins.
    """
    every = [_Proof(kind, X, own) for kind, X in (("real", real), ("made", hard)) if len(X)]
    some = [replace(proof, rows=spaced(proof.rows, SAMPLE)) for proof in every]
    differ = {twin.name: _differs(twin, some) for twin in twins}
    equal = [own, *(twin for twin in twins if differ[twin.name] is None)]
    took, rates = _rows(equal, real, tick), _batches(equal, real, tick)
    chosen = own
    for twin in sorted(equal[1:], key=lambda one: took[one.name]):
        if chosen is own and took[twin.name] < (1.0 - TIE) * took[own.name]:
            differ[twin.name] = _differs(twin, every)
            chosen = twin if differ[twin.name] is None else own
    return tuple(
        MeasuredEvaluator(
            name=one.name,
            equal=differ.get(one.name) is None,
            chosen=one is chosen,
            row_microseconds=took[one.name] * 1e6 if one.name in took else None,
            batches=rates.get(one.name, ()),
            why_not="" if one is chosen else differ.get(one.name) or _why_not(one, chosen, took),
        )
        for one in (own, *twins)
    )


def own_stays(measured: Sequence[MeasuredEvaluator], why: str) -> tuple[MeasuredEvaluator, ...]:
    """What `choose` gave, with the family's own chosen however quick another is; why: what is said of the others then."""
    own, *twins = measured
    if own.chosen:
        return tuple(measured)
    passed_over = (replace(twin, chosen=False, why_not=why) if twin.equal else twin for twin in twins)
    return (replace(own, chosen=True, why_not=""), *passed_over)


@dataclass(frozen=True)
class _Proof:
    """Rows on which twins are compared with the family's own, which is asked once for all of them."""

    kind: str
    rows: Array
    own: Contestant

    @cached_property
    def expected(self) -> Array:
        """What the family's own says of them."""
        return self.own.evaluator.batch(self.rows)

    def first_apart(self, twin: Contestant) -> int | None:
        """The first row of which the twin says something else; None where there is none."""
        return first_apart(self.own.evaluator, twin.evaluator, self.rows, self.expected)


def _differs(twin: Contestant, proofs: Sequence[_Proof]) -> str | None:
    for proof in proofs:
        apart = proof.first_apart(twin)
        if apart is not None:
            return f"its bits differ: of {len(proof.rows):,} {proof.kind} rows the first is row {apart + 1:,}"
    return None


def _why_not(one: Contestant, chosen: Contestant, took: Mapping[str, float]) -> str:
    if took[one.name] < took[chosen.name]:
        return f"no more than {TIE:.0%} quicker than {chosen.name}, which needs no library more"
    return f"slower than {chosen.name}"


def spaced(X: Array, most: int) -> Array:
    """At most so many of the rows, at equal steps."""
    rows: Array = np.ascontiguousarray(X[np.unique(np.linspace(0, len(X) - 1, min(len(X), most)).astype(int))])
    return rows


def _rows(asked: Sequence[Contestant], X: Array, tick: Tick) -> dict[str, float]:
    """The median seconds of one row, by name: in turns, so that what else runs slows all of them alike."""
    vectors = [array("d", row.tobytes()) for row in spaced(X, _ROWS)]
    taken: dict[str, list[float]] = {one.name: [] for one in asked}
    start = tick()
    for number, block in enumerate(_blocks(vectors)):
        for one in asked if number % 2 else reversed(asked):
            spent = _each(one.evaluator.row, block, tick)
            if number:  # the first warms up
                taken[one.name] += spent
        if number >= _LEAST_BLOCKS and tick() - start > _ROW_SECONDS:
            break
    return {name: median(spent) for name, spent in taken.items()}


def _blocks(vectors: "Sequence[array[float]]") -> "Iterator[Sequence[array[float]]]":
    """Blocks of rows, over again while fewer than the least were given."""
    starts = range(0, len(vectors), _BLOCK)
    for number in range(max(4 * len(starts), _LEAST_BLOCKS + 1)):
        start = starts[number % len(starts)]
        yield vectors[start : start + _BLOCK]


def _each(row: "Callable[[array[float]], object]", block: "Sequence[array[float]]", tick: Tick) -> list[float]:
    spent = []
    for vector in block:
        before = tick()
        row(vector)
        spent.append(tick() - before)
    return spent


def _batches(asked: Sequence[Contestant], X: Array, tick: Tick) -> dict[str, tuple[BatchRate, ...]]:
    """Rows a second by name. The largest batch has fewer rows where the slowest would take too long."""
    found: dict[str, tuple[BatchRate, ...]] = {one.name: () for one in asked}
    for size in BATCHES:
        slowest = min((rates[-1].per_second for rates in found.values() if rates), default=float("inf"))
        rows = max(int(min(size, slowest * _LARGE_SECONDS)), 1)
        for name, rate in _rates(asked, np.resize(X, (rows, X.shape[1])), tick).items():
            found[name] += (BatchRate(rows=rows, per_second=rate),)
    return found


def _rates(asked: Sequence[Contestant], X: Array, tick: Tick) -> dict[str, float]:
    """The best of a few batches, in turns: what else runs only ever takes away."""
    best = {one.name: 0.0 for one in asked}
    start = tick()
    for _ in range(_MOST_REPEATS):
        for one in asked:
            before = tick()
            one.evaluator.batch(X)
            best[one.name] = max(best[one.name], len(X) / max(tick() - before, 1e-9))
        if tick() - start > _BATCH_SECONDS:
            break
    return best
