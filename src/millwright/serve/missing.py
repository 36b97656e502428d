"""Cells without a value, by column: counted in rows that were answered, a few requests at a time.

The path of a request only leaves its rows here. Counted one request after another they take half as long as each by itself,
between a tree and a write.
"""

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from threading import Lock
from typing import Any

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

TOGETHER = 32
"""Rows that are counted in one go: their counting is nothing that the request which brings the last of them would notice."""

Noted = tuple[str, Collection[str], Sequence[Mapping[str, Any]]]


class Missing(Collector):  # type: ignore[misc]  # the Prometheus client has no types
    """The count by project and column. Safe to share between threads."""

    def __init__(self) -> None:
        self._noted: deque[Noted] = deque()
        self._rows, self._lock = 0, Lock()
        self._found: dict[tuple[str, str], int] = {}

    def note(self, project: str, columns: Collection[str], rows: Sequence[Mapping[str, Any]]) -> None:
        """Take rows that were answered. columns: those that are counted, whatever else a row may hold."""
        self._noted.append((project, columns, rows))
        self._rows += len(rows)
        if self._rows >= TOGETHER:
            self._count()

    def collect(self) -> Iterable[Metric]:
        """The counts as Prometheus reads them."""
        self._count()
        family = CounterMetricFamily(
            "millwright_feature_missing", "Cells without a value in answered rows.", labels=("project", "feature")
        )
        with self._lock:
            for of, count in sorted(self._found.items()):
                family.add_metric(of, count)
        return [family]

    def _count(self) -> None:
        with self._lock:
            self._rows = 0
            while self._noted:
                project, columns, rows = self._noted.popleft()
                for name in [name for row in rows for name, value in row.items() if value is None]:
                    if name in columns:
                        self._found[project, name] = self._found.get((project, name), 0) + 1
