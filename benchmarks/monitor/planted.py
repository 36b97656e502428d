"""Causes of a change in a metric, planted in real rows: what was planted, where, and the rows that come of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from millwright.attribute.rows import Answer, LabelledRows
from millwright.data.columns import take
from millwright.metrics.probability import log_loss, log_losses

Array = NDArray[Any]
Columns = dict[str, Array]

MOVES = 0.05
NOTICED = 4.0
"""The share of the log loss that a planted cause must move it by, and the standard errors of the difference of two such
windows: nobody asks why of a change that nobody can see."""
TRIES = 40
IMPORTANT, CATEGORIES = 8, 3
FACTORS = (0.01, 0.1, 0.3048, 0.4536, 2.205, 3.281, 10.0, 60.0, 1000.0)


@dataclass(frozen=True, slots=True)
class Planted:
    """kind: the cause; columns: any of them is the right one, none where the cause has none."""

    name: str
    kind: str
    columns: tuple[str, ...]
    rows: LabelledRows


@dataclass(frozen=True, slots=True)
class World:
    """Real rows in three parts: a model learnt on the first, rows of before, and rows of now, in which causes are planted.

    truth: what a model of all these rows says, which stands for how the world works. ranked: all columns, by their weight
    in the model.
    """

    answer: Answer
    truth: Answer
    before: LabelledRows
    now: LabelledRows
    ranked: tuple[str, ...]

    @classmethod
    def of(cls, columns: Mapping[str, Array], y: Array, random: np.random.Generator, sizes: tuple[int, int, int]) -> "World":
        """From real rows: so many to learn from, of before, and of now."""
        order = random.permutation(len(y))[: sum(sizes)]
        learn, before, now = np.split(order, np.cumsum(sizes)[:2])
        code = _Codes(columns)
        model = learnt(code, take(columns, learn), y[learn], 150)
        truth = learnt(code, take(columns, order), y[order], 150)
        gain = dict(zip(columns, model.feature_importance("gain").tolist(), strict=True))
        return cls(
            answer=lambda rows: model.predict(code(rows)),
            truth=lambda rows: truth.predict(code(rows)),
            before=LabelledRows(y[before], model.predict(code(take(columns, before))), take(columns, before)),
            now=LabelledRows(y[now], model.predict(code(take(columns, now))), take(columns, now)),
            ranked=tuple(sorted(gain, key=lambda name: -gain[name])),
        )

    @property
    def important(self) -> tuple[str, ...]:
        """The columns that weigh most."""
        return self.ranked[:IMPORTANT]

    def numbers(self) -> list[str]:
        """Important columns that are numbers of many values."""
        return [n for n in self.important if self.now.columns[n].dtype.kind == "f" and len(np.unique(self.now.columns[n])) > 10]

    def levels(self) -> list[str]:
        """The categories that weigh most."""
        return [n for n in self.ranked if self.now.columns[n].dtype == object][:CATEGORIES]


class _Codes:
    """Columns as a matrix: levels by the place they had among all rows."""

    def __init__(self, columns: Mapping[str, Array]) -> None:
        self._places = {
            name: {level: at for at, level in enumerate(sorted({cell for cell in cells if cell is not None}))}
            for name, cells in columns.items()
            if cells.dtype == object
        }

    def __call__(self, columns: Mapping[str, Array]) -> Array:
        return np.column_stack([self._cells(name, cells) for name, cells in columns.items()])

    def _cells(self, name: str, cells: Array) -> Array:
        places = self._places.get(name)
        return cells if places is None else np.array([places.get(cell, np.nan) for cell in cells.tolist()], dtype=float)


def learnt(code: _Codes, columns: Mapping[str, Array], y: Array, rounds: int) -> Any:
    """Trees for a log loss."""
    parameters = {"objective": "binary", "num_leaves": 31, "learning_rate": 0.05, "verbosity": -1, "num_threads": 1, "seed": 1}
    return lightgbm.train(parameters, lightgbm.Dataset(code(columns), y), rounds)


Plant = Callable[[World, np.random.Generator], Planted]


def plant(name: str, world: World, random: np.random.Generator) -> Planted:
    """A cause that moves the log loss by 5 % or more and beyond noise, in a column drawn at random."""
    plain = log_loss.value(world.now.y, world.now.said)
    for _ in range(TRIES):
        planted = PLANTS[name](world, random)
        moved = abs(log_loss.value(planted.rows.y, planted.rows.said) - plain)
        if moved >= max(MOVES * plain, NOTICED * _noise(world.before, planted.rows)):
            return planted
    raise RuntimeError(f"no {name} moves the log loss of these rows")


def _noise(before: LabelledRows, now: LabelledRows) -> float:
    """The standard error of the difference of two log losses."""
    return float(np.sqrt(sum(log_losses(rows.y, rows.said).var() / len(rows) for rows in (before, now))))


def _fed(world: World, columns: Columns) -> LabelledRows:
    """Rows of now as a broken feed gives them, and answered so."""
    return LabelledRows(world.now.y, world.answer(columns), columns)


def _unit(world: World, random: np.random.Generator) -> Planted:
    name, factor = str(random.choice(world.numbers())), float(random.choice(FACTORS))
    rows = _fed(world, {**world.now.columns, name: world.now.columns[name] * factor})
    return Planted("unit", "data_fault", (name,), rows)


def _missing(world: World, random: np.random.Generator) -> Planted:
    name, share = str(random.choice(world.important)), random.uniform(0.3, 1.0)
    cells = world.now.columns[name].copy()
    cells[random.random(len(cells)) < share] = None if cells.dtype == object else np.nan
    return Planted("missing", "data_fault", (name,), _fed(world, {**world.now.columns, name: cells}))


def _mixed_up(world: World, random: np.random.Generator) -> Planted:
    """The values of a column belong to other rows, or are all the same one: a pipeline that joins wrongly, or is stuck."""
    name = str(random.choice(world.important))
    cells = world.now.columns[name]
    other = random.permutation(cells) if random.random() < 0.5 else np.full(len(cells), random.choice(cells), dtype=cells.dtype)
    return Planted("mixed_up", "data_fault", (name,), _fed(world, {**world.now.columns, name: other}))


def _swapped(world: World, random: np.random.Generator) -> Planted:
    one, other = random.choice(world.numbers(), 2, replace=False).tolist()
    columns = {**world.now.columns, one: world.now.columns[other], other: world.now.columns[one]}
    return Planted("swapped", "data_fault", (one, other), _fed(world, columns))


def _chosen(world: World, chances: Array, random: np.random.Generator) -> LabelledRows:
    """Rows of now drawn without replacement with these chances, half of them."""
    keys = np.log(random.random(len(chances))) / np.maximum(chances, 1e-12)
    return at(world.now, np.sort(np.argsort(-keys)[: len(chances) // 2]))


def at(rows: LabelledRows, places: Array) -> LabelledRows:
    """Some of the rows."""
    return LabelledRows(rows.y[places], rows.said[places], take(rows.columns, places))


def _covariate(world: World, random: np.random.Generator) -> Planted:
    name, slope = str(random.choice(world.numbers())), float(random.choice([-1, 1]) * random.uniform(1.0, 2.0))
    ranks = _ranks(world.now.columns[name])
    return Planted("covariate", "covariate", (name,), _chosen(world, np.exp(slope * 3.4 * (ranks - 0.5)), random))


def _ranks(cells: Array) -> Array:
    """Where each number stands among all, 0 to 1; the middle where it is missing."""
    known = ~np.isnan(cells)
    order = np.sort(cells[known])
    places = (np.searchsorted(order, cells, "left") + np.searchsorted(order, cells, "right")) / (2 * len(order))
    return np.where(known, places, 0.5)


def _covariate_level(world: World, random: np.random.Generator) -> Planted:
    """More rows of the levels that the model says most of, or least."""
    name = str(random.choice(world.levels()))
    codes = np.unique(world.now.columns[name].astype(str), return_inverse=True)[1]
    means = np.bincount(codes, world.now.said) / np.bincount(codes)
    middle = np.median(means[codes])
    more = means[codes] > middle if random.random() < 0.5 else means[codes] < middle
    return Planted("covariate_level", "covariate", (name,), _chosen(world, np.where(more, random.uniform(5, 20), 1.0), random))


def random_level(cells: Array, random: np.random.Generator, share: float) -> Any:
    """A level that at least so large a share of the rows has."""
    levels, counts = np.unique(cells.astype(str), return_counts=True)
    usual = levels[counts >= share * len(cells)]
    return random.choice(usual if len(usual) else levels)


def _label(world: World, random: np.random.Generator) -> Planted:
    times = float(random.choice([random.uniform(0.2, 0.5), random.uniform(2, 4)]))
    return Planted("label", "label", (), _chosen(world, np.where(world.now.y == 1, times, 1.0), random))


def _concept_slice(world: World, random: np.random.Generator) -> Planted:
    """In one group the outcomes are turned round, or are a coin's."""
    name = str(random.choice(world.important))
    cells = world.now.columns[name]
    if cells.dtype == object:
        inside = cells == random_level(cells, random, 0.05)
    else:
        start = random.uniform(0, 0.75)
        ranks = _ranks(cells)
        inside = (ranks >= start) & (ranks < start + 0.25) & ~np.isnan(cells)
    turned = 1 - world.now.y if random.random() < 0.5 else (random.random(len(cells)) < 0.5).astype(float)
    y = np.where(inside, turned, world.now.y)
    return Planted("concept_slice", "concept", (name,), LabelledRows(y, world.now.said, world.now.columns))


def _concept_column(world: World, random: np.random.Generator) -> Planted:
    """What a column says of the outcome is reversed: outcomes are those of rows whose value stands at the other end."""
    name = str(random.choice(world.numbers()))
    cells = world.now.columns[name]
    known = ~np.isnan(cells)
    mirrored = cells.copy()
    mirrored[known] = np.quantile(cells[known], 1 - _ranks(cells)[known])
    was, turned = world.truth(world.now.columns), world.truth({**world.now.columns, name: mirrored})
    drawn, y = random.random(len(was)), world.now.y
    falls = (y == 1) & (drawn > turned / was)
    rises = (y == 0) & (drawn < (turned - was) / (1 - was))
    rows = LabelledRows(np.where(falls, 0.0, np.where(rises, 1.0, y)), world.now.said, world.now.columns)
    return Planted("concept_column", "concept", (name,), rows)


def _serving(world: World, random: np.random.Generator) -> Planted:
    """A part of the rows is answered by something else than the model."""
    others = random.random(len(world.now)) < random.uniform(0.2, 1.0)
    said = np.where(others, random.permutation(world.now.said), world.now.said)
    return Planted("serving", "serving", (), world.now.answered(said))


PLANTS: Mapping[str, Plant] = {
    "unit": _unit,
    "missing": _missing,
    "mixed_up": _mixed_up,
    "covariate": _covariate,
    "covariate_level": _covariate_level,
    "label": _label,
    "concept_slice": _concept_slice,
    "concept_column": _concept_column,
    "swapped": _swapped,
    "serving": _serving,
}
