"""What changed in the rows themselves: broken columns, columns whose values are chosen otherwise, the share of outcomes.

Step by step the one that changed most is taken, and made as it is now in the rows of before. Where rows were chosen by one
column, no other column's distribution can have moved further: a ratio of densities that depends on one variable makes its
divergence that of all variables together (the data-processing inequality; Cover & Thomas 2006, section 2.8). So the largest
divergence comes first, and what follows from it is gone once it is made so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.attribute.bins import FEW_VALUES, Binned, binned, divergence, shares
from millwright.attribute.dependence import mixed_up
from millwright.attribute.faults import Broken, broken, is_slow, mixed_up_column, swapped
from millwright.attribute.gaps import Gaps, Moment, share_gaps
from millwright.attribute.rows import Answer, LabelledRows
from millwright.attribute.weighing import MOST_NEW, near, outside, raked

Array = NDArray[Any]

MOST_STEPS = 8
CHANCE = 0.01
"""Of taking a column that did not change, over all of them."""
SURE = 4.0
"""Standard errors from which on a change of shares is sure enough to be looked at for columns that changed places."""
LEAST = 0.002
"""Nats by which shares must have moved to count."""
ALIKE = 0.9
"""Of the largest divergence, from which on another column would explain the change as well."""
LABEL = ""
"""The outcome, among names of columns."""


@dataclass(slots=True)
class Sides:
    """Rows of before, broken so far as columns of now are found to be, and rows of now, both answered by the model."""

    columns: dict[str, Array]
    said: Array
    now: LabelledRows
    y: Array
    groups: Array
    groups_now: Array
    bins: dict[str, Binned] = field(default_factory=dict)
    faults: list[tuple[Broken, Array]] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)
    evidence: dict[str, float] = field(default_factory=dict)
    alike: dict[str, tuple[str, ...]] = field(default_factory=dict)
    alone: set[str] = field(default_factory=set)
    left_out: tuple[str, ...] = ()

    @property
    def broken(self) -> set[str]:
        """The columns that are found broken."""
        return {name for fault, _ in self.faults for name in (fault.column, fault.with_column) if name}

    @property
    def margins(self) -> list[Binned]:
        """What rows of before are weighted by."""
        return [self.bins[name] for name in self.chosen]

    def fault_of(self, name: str, evidence: float, *, alone: bool = False) -> Broken | None:
        """How a column is broken now; None where it is not."""
        before = self.columns[name]
        slow = is_slow(before, self.groups, int(self.groups_now.max(initial=-1)) + 1)
        return broken(name, before, self.now.columns[name], evidence, alone=alone, slow=slow)

    def weights(self) -> Array:
        """The weights of rows of before that make them look like those of now that lie among them, (n,)."""
        return raked(self.margins, np.ones(len(self.y)), self.among.astype(float))

    @property
    def among(self) -> Array:
        """Which rows of now lie where there are rows of before, by all that these are weighted by, (m,)."""
        shared = np.ones(len(self.now), dtype=bool)
        for margin in self.margins:
            shared &= near(margin)
        return shared


def search(before: LabelledRows, now: LabelledRows, said: Array, answer: Answer, *, classes: bool, seed: int) -> Sides:
    """What changed from `before` to `now`. said: what the model says of rows of before; answer: of any."""
    names = sorted(before.columns)
    sides = Sides(dict(before.columns), said, now, before.y, before.groups(seed), now.groups(seed + 1))
    sides.bins = {name: binned(before.columns[name], now.columns[name], main_answer(said)) for name in names}
    random = np.random.default_rng(seed)
    outcome = _outcome(before.y, now.y, classes)
    _break_rows(sides, outcome, answer, random)
    sides.left_out = tuple(name for name in names if _is_new(sides, name))
    free = [name for name in names if name not in sides.left_out and name not in sides.broken]
    sides.bins[LABEL] = outcome
    for _ in range(MOST_STEPS):
        name = _most_changed(sides, [*free, LABEL] if classes else free)
        if name is None:
            break
        if name == LABEL:
            classes = False
            sides.chosen += [LABEL] if _outcomes_moved_inputs(sides) else []
        else:
            free.remove(name)
            sides.chosen += [] if _break(sides, name, answer, random) else [name]
    return sides


def _outcome(before: Array, now: Array, classes: bool) -> Binned:
    return binned(before, now) if not classes else binned(before.astype(str).astype(object), now.astype(str).astype(object))


def _is_new(sides: Sides, name: str) -> bool:
    """Whether nearly all values of a column are new and no unit or single value explains it, as of a month."""
    if name in sides.broken or outside(sides.bins[name]) <= MOST_NEW:
        return False
    fault = sides.fault_of(name, 0.0, alone=True)
    return fault is None or (fault.fault == "range" and len(np.unique(sides.now.columns[name])) <= FEW_VALUES)


def _break_rows(sides: Sides, outcome: Binned, answer: Answer, random: np.random.Generator) -> None:
    """Break what is broken across columns: swapped, stuck, or in other rows. Of the rest each column tells by itself."""
    seen = {name: gaps.size.max(initial=0.0) for name, gaps in _gaps(sides, list(sides.bins)).items()}
    moved = {name: float(size) for name, size in seen.items() if size > SURE}
    for pair in swapped(sides.columns, sides.now.columns, moved):
        _do(sides, pair, answer, random)
    for name, size in moved.items():
        fault = None if name in sides.broken else sides.fault_of(name, size)
        if fault is not None and fault.fault == "stuck":  # it says nothing of others now, and is itself to blame
            _do(sides, fault, answer, random)
    rest = {name: bins for name, bins in sides.bins.items() if name not in sides.broken}
    for name, left in mixed_up(rest, outcome).items():
        evidence = 1 / (0.01 + left)
        fault = sides.fault_of(name, evidence)
        _do(sides, fault or mixed_up_column(name, evidence), answer, random)


def _break(sides: Sides, name: str, answer: Answer, random: np.random.Generator) -> bool:
    """Break a column of before as it is broken now; False where its values are sound."""
    alone = name in sides.alone or outside(sides.bins[name]) > MOST_NEW
    fault = sides.fault_of(name, sides.evidence[name], alone=alone)
    if fault is None:
        return False
    _do(sides, fault, answer, random)
    return True


def _do(sides: Sides, fault: Broken, answer: Answer, random: np.random.Generator) -> None:
    sides.columns = fault.break_so(sides.columns, random)
    sides.said = answer(sides.columns)
    sides.faults.append((fault, sides.said))
    for name in (fault.column, fault.with_column) if fault.with_column else (fault.column,):
        sides.bins[name] = binned(sides.columns[name], sides.now.columns[name], main_answer(sides.said))


def _gaps(sides: Sides, names: list[str]) -> Mapping[str, Gaps]:
    before = Moment(np.ones(len(sides.y)), sides.weights(), sides.groups)
    now = Moment(np.ones(len(sides.now)), np.ones(len(sides.now)), sides.groups_now)
    return {name: share_gaps(sides.bins[name], before, now) for name in names}


def _most_changed(sides: Sides, free: list[str]) -> str | None:
    """The column, or the outcome, whose shares moved most of those that surely moved."""
    from scipy.special import ndtri

    weights, ones = sides.weights(), np.ones(len(sides.now))
    names = [name for name in free if name not in sides.chosen]
    if not names:
        return None
    gaps = _gaps(sides, names)
    tests = max(1, sum(sides.bins[name].bins for name in names))
    limit = float(-ndtri(CHANCE / tests / 2))
    far: dict[str, float] = {}
    for name in names:
        bins, size = sides.bins[name], float(gaps[name].size.max(initial=0.0))
        moved = divergence(shares(bins.before, bins.bins, weights), shares(bins.now, bins.bins, ones))
        if size > limit and moved > LEAST:
            far[name], sides.evidence[name] = moved, size
    if not far:
        return None
    most = max(far, key=lambda name: far[name])
    if len(far) == 1:
        sides.alone.add(most)
    sides.alike[most] = tuple(name for name in far if name not in (most, LABEL) and far[name] >= ALIKE * far[most])
    return most


def _outcomes_moved_inputs(sides: Sides) -> bool:
    """Whether weighting rows of before to the outcomes of now also brings their inputs nearer to those of now.

    It does where rows of each outcome look as before and only their share changed (Saerens, Latinne & Decaestecker 2002;
    Lipton, Wang & Smola 2018). Where inputs stayed and the same inputs come out otherwise it takes them further away.
    """
    plain, ones = sides.weights(), np.ones(len(sides.now))
    weighted = raked([*sides.margins, sides.bins[LABEL]], np.ones(len(sides.y)), ones)
    score = binned(*(main_answer(said) for said in (sides.said, sides.now.said)))
    return _distance(score, weighted, ones) < _distance(score, plain, ones)


def main_answer(said: Array) -> Array:
    """One number that stands for an answer: with several classes what is said of the likeliest one on the whole."""
    return said if said.ndim == 1 else said[:, int(said.mean(axis=0).argmax())]


def _distance(score: Binned, weights: Array, ones: Array) -> float:
    return divergence(shares(score.before, score.bins, weights), shares(score.now, score.bins, ones))
