"""Counts that the path of every request adds to: as cheap as adding gets, and shown to Prometheus when it asks.

A counter of the Prometheus client looks its labels up and takes a lock at each step, which would cost more than encoding a
row. Here the labels are the key of a dictionary, and whoever adds several holds one lock for all of them (`LOCK`).
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from threading import Lock

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

LOCK = Lock()
"""Held while something is added or read."""

CounterSeries = Sequence[tuple[tuple[str, ...], float]]
"""Counts by the values of their labels."""


class Counts(Collector):  # type: ignore[misc]  # the Prometheus client has no types
    """A counter with labels."""

    def __init__(self, name: str, help_text: str, labels: Sequence[str]) -> None:
        self._name, self._help, self._labels = name, help_text, tuple(labels)
        self._found: dict[tuple[str, ...], float] = {}

    def add(self, count: float, *of: str) -> None:
        """Add to the count with these values of the labels; the caller holds LOCK."""
        self._found[of] = self._found.get(of, 0.0) + count

    def collect(self) -> Iterable[Metric]:
        """The counts as Prometheus reads them."""
        with LOCK:
            series = sorted(self._found.items())
        return [_counter(self._name, self._help, self._labels, series)]


class Distribution(Collector):  # type: ignore[misc]  # the Prometheus client has no types
    """A histogram with labels."""

    def __init__(self, name: str, help_text: str, bounds: Sequence[float], labels: Sequence[str] = ()) -> None:
        self._name, self._help, self._bounds, self._labels = name, help_text, tuple(bounds), tuple(labels)
        self._found: dict[tuple[str, ...], list[float]] = {}
        if not labels:
            self._of(())

    def observe(self, value: float, *of: str) -> None:
        """Count one value; `of` are the values of the labels. The caller holds LOCK."""
        found = self._found.get(of) or self._of(of)
        found[bisect_left(self._bounds, value)] += 1
        found[-1] += value

    def collect(self) -> Iterable[Metric]:
        """The histogram as Prometheus reads it."""
        family = HistogramMetricFamily(self._name, self._help, labels=self._labels)
        with LOCK:
            for of, found in sorted(self._found.items()):
                family.add_metric(of, self._cumulative(found), sum_value=found[-1])
        return [family]

    def counts(self, name: str, help_text: str) -> "CountsOf":
        """How many values were counted, as a counter with the same labels."""
        return CountsOf(self, name, help_text)

    def totals(self) -> CounterSeries:
        """How many values were counted, by the values of the labels."""
        with LOCK:
            return [(of, sum(found[:-1])) for of, found in sorted(self._found.items())]

    @property
    def labels(self) -> Sequence[str]:
        """The names of the labels."""
        return self._labels

    def _of(self, of: tuple[str, ...]) -> list[float]:
        """Counts by bound, beyond the last bound, and the sum of values."""
        return self._found.setdefault(of, [0.0] * (len(self._bounds) + 2))

    def _cumulative(self, found: Sequence[float]) -> list[tuple[str, float]]:
        total, buckets = 0.0, []
        for bound, count in zip((*map(float, self._bounds), float("inf")), found, strict=False):
            total += count
            buckets.append(("+Inf" if bound == float("inf") else str(bound), total))
        return buckets


class CountsOf(Collector):  # type: ignore[misc]  # the Prometheus client has no types
    """How many values a histogram has counted, told under a name of its own: what is counted once is not counted twice."""

    def __init__(self, of: Distribution, name: str, help_text: str) -> None:
        self._of, self._name, self._help = of, name, help_text

    def collect(self) -> Iterable[Metric]:
        """The counts as Prometheus reads them."""
        return [_counter(self._name, self._help, self._of.labels, self._of.totals())]


def _counter(name: str, help_text: str, labels: Sequence[str], series: CounterSeries) -> Metric:
    family = CounterMetricFamily(name, help_text, labels=labels)
    for of, count in series:
        family.add_metric(of, count)
    return family
