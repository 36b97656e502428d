"""Slices of what the log was asked: the rows of which a column has one level, or that one caller asked, by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from millwright.data.accounts import accounts
from millwright.data.gathering import PERIOD, Gathering
from millwright.data.groups import Groups, groups_of
from millwright.predictions.logged import Asked
from millwright.records.data import SliceKey, SliceOf, SliceProfile

if TYPE_CHECKING:
    from numpy.typing import NDArray

Places = Mapping[tuple[SliceOf, str], "NDArray[Any]"]
"""What slices are told by: the cells of columns by name, and who asked."""


class Slices:
    """The rows of each slice, gathered by the labels that the whole is, in less detail; of dates nothing is compared."""

    def __init__(self, keys: Iterable[SliceKey]) -> None:
        self._gathered = {key: Gathering(None, PERIOD) for key in sorted(keys)}

    def add(self, groups: Groups, places: Places, asked: Asked) -> None:
        """A chunk of rows."""
        labels = np.asarray(groups.labels)[groups.codes]
        for (of, name, level), gathering in self._gathered.items():
            mine = np.asarray(places[of, name] == level)
            if not mine.any():
                continue
            few = groups_of(labels[mine])
            gathering.add_rows(few)
            for column in asked.columns:
                if column.kind != "date":
                    cells = places["column", column.name][mine]
                    gathering.add(column, few.labels, accounts(column, cells, few, gathering.detail))

    def of_label(self, label: int) -> Iterator[SliceProfile]:
        """The slices that have rows of a label, in order of their keys."""
        for (of, name, level), gathering in self._gathered.items():
            if label in gathering.labels:
                profile = gathering.of_label(label, of=level)
                yield SliceProfile(of=of, column=name, level=level, rows=profile.rows, columns=profile.columns)
