"""Worlds whose causes are known: a model, rows of before, and rows of now in which one thing changed."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.attribute.rows import LabelledRows, Terms
from millwright.data.columns import Columns
from millwright.metrics.probability import log_loss

Array = NDArray[Any]
TERMS = Terms(metric=log_loss)
LEVELS = np.array(["north", "south", "east", "west", "centre"], dtype=object)
_EFFECT = {"north": 1.0, "south": -2.0, "east": 0.4, "west": -0.4, "centre": 0.0}


def columns(random: np.random.Generator, rows: int) -> dict[str, Array]:
    """Warmth and ice go together, so do place and height; noise says nothing."""
    warmth = random.normal(15, 5, rows)
    place = LEVELS[random.choice(5, rows, p=[0.3, 0.25, 0.2, 0.15, 0.1])]
    height = np.array([_EFFECT[one] for one in place]) * 100 + random.normal(300, 60, rows)
    return {
        "warmth": warmth,
        "ice": 100 - 3 * warmth + random.normal(0, 8, rows),
        "place": place,
        "height": height,
        "noise": random.normal(size=rows),
    }


def odds(rows: Columns) -> Array:
    effect = np.array([0.0 if one is None else _EFFECT.get(str(one), 0.0) for one in rows["place"]])
    warm = np.nan_to_num((rows["warmth"] - 15) / 5)
    ice = np.nan_to_num((rows["ice"] - 55) / 17)
    return np.asarray(1.2 * warm + 0.5 * ice + 1.3 * effect + 0.8 * warm * (effect > 0) - 0.6)


def answer(rows: Columns) -> Array:
    """The model: as the world is."""
    return np.asarray(1 / (1 + np.exp(-np.clip(odds(rows), -30, 30))))


def draw(random: np.random.Generator, rows: int, days: int = 0) -> LabelledRows:
    """Rows as before; with days, each with a mood of its own, in blocks."""
    cells = columns(random, rows)
    blocks = None
    chance = answer(cells)
    if days:
        blocks = np.sort(random.integers(0, days, rows))
        mood = random.normal(0, 0.3, days)[blocks]
        chance = 1 / (1 + np.exp(-(odds(cells) + mood)))
    y = (random.random(rows) < chance).astype(float)
    return LabelledRows(y, answer(cells), cells, blocks)


def some(rows: LabelledRows, chances: Array, random: np.random.Generator) -> LabelledRows:
    """A half of the rows, chosen with these chances."""
    keys = np.log(random.random(len(rows))) / chances
    at = np.sort(np.argsort(-keys)[: len(rows) // 2])
    return LabelledRows(rows.y[at], rows.said[at], {name: cells[at] for name, cells in rows.columns.items()})


def fed(rows: LabelledRows, **broken: Array) -> LabelledRows:
    """The same rows with other cells, answered so."""
    cells = {**rows.columns, **broken}
    return LabelledRows(rows.y, answer(cells), cells, rows.blocks)


Change = Callable[[LabelledRows, np.random.Generator], LabelledRows]


def _unit(rows: LabelledRows, random: np.random.Generator) -> LabelledRows:
    return fed(rows, warmth=rows.columns["warmth"] * 1.8 + 32)


def _missing(rows: LabelledRows, random: np.random.Generator) -> LabelledRows:
    return fed(rows, warmth=np.where(random.random(len(rows)) < 0.5, np.nan, rows.columns["warmth"]))


def _levels_missing(rows: LabelledRows, random: np.random.Generator) -> LabelledRows:
    cells = rows.columns["place"].copy()
    cells[random.random(len(rows)) < 0.6] = None
    return fed(rows, place=cells)


def _renamed(rows: LabelledRows, random: np.random.Generator) -> LabelledRows:
    return fed(rows, place=np.array([{"north": "N"}.get(one, one) for one in rows.columns["place"]], dtype=object))


def _thousandfold(rows: LabelledRows, random: np.random.Generator) -> LabelledRows:
    cells = rows.columns["warmth"]
    return fed(rows, warmth=np.where(random.random(len(rows)) < 0.2, cells * 1000, cells))


def _stuck(rows: LabelledRows, random: np.random.Generator) -> LabelledRows:
    return fed(rows, place=np.full(len(rows), "south", dtype=object))


def _mixed_up(rows: LabelledRows, random: np.random.Generator) -> LabelledRows:
    return fed(rows, warmth=random.permutation(rows.columns["warmth"]))


def _swapped(rows: LabelledRows, random: np.random.Generator) -> LabelledRows:
    return fed(rows, warmth=rows.columns["ice"], ice=rows.columns["warmth"])


def _extremes(rows: LabelledRows, random: np.random.Generator) -> LabelledRows:
    return some(rows, np.exp(np.abs(rows.columns["warmth"] - 15) / 2), random)


def _more_from_the_south(rows: LabelledRows, random: np.random.Generator) -> LabelledRows:
    return some(rows, np.where(rows.columns["place"] == "south", 8.0, 1.0), random)


def _fewer_positives(rows: LabelledRows, random: np.random.Generator) -> LabelledRows:
    return some(rows, np.where(rows.y == 1, 0.3, 1.0), random)


def _turned_in_the_south(rows: LabelledRows, random: np.random.Generator) -> LabelledRows:
    y = np.where(rows.columns["place"] == "south", 1 - rows.y, rows.y)
    return LabelledRows(y, rows.said, rows.columns, rows.blocks)


def _warmth_turned(rows: LabelledRows, random: np.random.Generator) -> LabelledRows:
    chance = answer({**rows.columns, "warmth": 30 - rows.columns["warmth"]})
    return LabelledRows((random.random(len(rows)) < chance).astype(float), rows.said, rows.columns, rows.blocks)


def _other_answers(rows: LabelledRows, random: np.random.Generator) -> LabelledRows:
    return rows.answered(random.permutation(rows.said))


PLANTED: dict[str, tuple[Change, str, str, str | None]] = {
    "unit": (_unit, "data_fault", "warmth", "unit"),
    "missing": (_missing, "data_fault", "warmth", "missing"),
    "levels missing": (_levels_missing, "data_fault", "place", "missing"),
    "renamed": (_renamed, "data_fault", "place", "unseen"),
    "thousandfold": (_thousandfold, "data_fault", "warmth", "range"),
    "stuck": (_stuck, "data_fault", "place", "stuck"),
    "mixed up": (_mixed_up, "data_fault", "warmth", "mixed_up"),
    "swapped": (_swapped, "data_fault", "ice", "swapped"),
    "extremes": (_extremes, "covariate", "warmth", None),
    "more from the south": (_more_from_the_south, "covariate", "place", None),
    "fewer positives": (_fewer_positives, "label", "", None),
    "turned in the south": (_turned_in_the_south, "concept", "place", None),
    "warmth turned": (_warmth_turned, "concept", "warmth", None),
    "other answers": (_other_answers, "serving", "", None),
}
"""By name: what is done to rows, and the kind, column and fault that are to be found."""
