"""The models that retraining at each window would have made, each made once and kept, and what they answer."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.loop.ways import retrained_scorer
from millwright.loop.workshop import Workshop
from millwright.models.scorer import Scorer
from millwright.predictions.layout import to_microseconds
from millwright.predictions.logged import logged_columns
from millwright.records.codec import digest_of
from millwright.registry.catalogue import Catalogue

Array = NDArray[Any]
FIRST = -1
"""Stands for the first version where a model of a window is meant by its number."""
_AT_ONCE = 2


def window_models(shop: Workshop, moments: Sequence[datetime], kept: Path, told: Callable[[str], None]) -> list[Scorer | None]:
    """A model as of each moment, on what was known then, no gate asked; None where nothing could be learnt. Those whose rows
    and settings were met before are not trained again. kept: the catalogue that knows them."""
    with _keeping(shop, kept) as aside, ThreadPoolExecutor(_AT_ONCE) as pool:
        made: list[Scorer | None] = []
        shared = replace(aside, threads=max(1, shop.threads // _AT_ONCE))
        try:
            for scorer in pool.map(lambda moment: retrained_scorer(shop, shared, moment), moments):
                made.append(scorer)
                told(f"as of {moments[len(made) - 1]:%Y-%m-%d}: model {len(made)} of {len(moments)}")
        finally:
            pool.shutdown(cancel_futures=True)
    return made


@contextmanager
def _keeping(shop: Workshop, kept: Path) -> Iterator[Workshop]:
    """The workshop on the catalogue of what is kept."""
    with Catalogue.open(kept) as catalogue:
        yield replace(shop, catalogue=catalogue, actor="comparison")


@dataclass(slots=True)
class Answers:
    """What the first version and each window's model answer to the rows from each window on.

    Rows are in order of time. bounds: where the rows after each moment begin, shape (windows + 2,), so that segment w lies
    between bounds[w] and bounds[w + 1]; segment 0 comes before the first moment.
    """

    requests: Array
    bounds: Array
    first: Scorer
    models: Sequence[Scorer | None]
    _columns: dict[str, dict[str, Array]] = field(default_factory=dict)
    _known: dict[tuple[int, int], Array] = field(default_factory=dict)

    @classmethod
    def of(
        cls, requests: Array, event: Array, moments: Sequence[datetime], first: Scorer, models: Sequence[Scorer | None]
    ) -> "Answers":
        """From requests with their times, shape (n,), microseconds UTC."""
        inner = np.searchsorted(event, [to_microseconds(moment) for moment in moments], side="left")
        return cls(requests, np.concatenate([[0], inner, [len(event)]]).astype(int), first, models)

    @property
    def windows(self) -> int:
        """How many windows have a model."""
        return len(self.models)

    def rows(self, segment: int) -> slice:
        """The rows of a segment."""
        return slice(int(self.bounds[segment]), int(self.bounds[segment + 1]))

    def of_segment(self, model: int, segment: int) -> Array:
        """What a model (FIRST or a window's number) answers to the rows of a segment."""
        if model != FIRST and self.models[model] is None:
            return self.of_segment(model - 1, segment)  # nothing could be learnt then: the model before goes on
        key = (model, segment)
        if key not in self._known:
            self._known[key] = self._batch(self.first if model == FIRST else self.models[model], self.rows(segment))
        return self._known[key]

    def of_sampled(self, model: int, segment: int, chosen: Array) -> Array:
        """The same for chosen rows of a segment alone, by their places in it."""
        rows = self.rows(segment)
        if len(chosen) == rows.stop - rows.start or (model, segment) in self._known:
            return self.of_segment(model, segment)[chosen]
        if model != FIRST and self.models[model] is None:
            return self.of_sampled(model - 1, segment, chosen)
        return self._batch(self.first if model == FIRST else self.models[model], rows.start + chosen)

    def under(self, schedule: Sequence[int]) -> Array:
        """What a schedule answers to all rows: the numbers of the windows after which it retrains, in order."""
        chosen, parts, current = set(schedule), [], FIRST
        for segment in range(self.windows + 1):
            current = segment - 1 if segment - 1 in chosen else current
            parts.append(self.of_segment(current, segment))
        return np.concatenate(parts)

    def _batch(self, scorer: Scorer | None, rows: "slice | Array") -> Array:
        assert scorer is not None
        digest = digest_of(scorer.contract)
        if digest not in self._columns:
            self._columns[digest] = logged_columns(self.requests, scorer.contract)
        return scorer.batch({name: values[rows] for name, values in self._columns[digest].items()})
