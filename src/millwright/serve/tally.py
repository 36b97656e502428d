"""Counts that the path of every request adds to: as cheap as adding gets, and shown to Prometheus when it asks.

A counter of the Prometheus client looks its labels up and takes a lock at each step, which would cost more than encoding a
row. Here whoever adds several holds one lock for all of them (`LOCK`), and may keep hold of the series of its labels: between
a model's trees and a write, each look-up takes twice what it takes by itself.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from threading import Lock

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

LOCK = Lock()
"""Held while something is added or read."""

CounterSeries = Sequence[tuple[tuple[str, ...], float]]
"""Counts by the values of their labels."""


class Count:
    """One number that grows. Whoever adds to it holds LOCK."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0


class Series:
    """How often values lay at most at each bound, and beyond the last; and their sum. Whoever adds to it holds LOCK."""

    __slots__ = ("_bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(self._bounds, value)] += 1
        self.total += value

    def cumulative(self) -> list[tuple[str, float]]:
        """How many lay at most at each bound, as Prometheus writes them."""
        total, buckets = 0, []
        for bound, count in zip((*map(float, self._bounds), float("inf")), self.counts, strict=True):
            total += count
            buckets.append(("+Inf" if bound == float("inf") else str(bound), float(total)))
        return buckets


class Counts(Collector):  # type: ignore[misc]  # the Prometheus client has no types
    """A counter with labels."""

    def __init__(self, name: str, help_text: str, labels: Sequence[str]) -> None:
        self._name, self._help, self._labels = name, help_text, tuple(labels)
        self._found: dict[tuple[str, ...], Count] = {}

    def of(self, *of: str) -> Count:
        """The count with these values of the labels. The caller holds LOCK."""
        return self._found.get(of) or self._found.setdefault(of, Count())

    def collect(self) -> Iterable[Metric]:
        """The counts as Prometheus reads them."""
        with LOCK:
            series = [(of, count.value) for of, count in sorted(self._found.items(), key=_labels)]
        return [_counter(self._name, self._help, self._labels, series)]


class Distribution(Collector):  # type: ignore[misc]  # the Prometheus client has no types
    """A histogram with labels. A series with labels is shown from its first value on."""

    def __init__(self, name: str, help_text: str, bounds: Sequence[float], labels: Sequence[str] = ()) -> None:
        self._name, self._help, self._bounds, self.labels = name, help_text, tuple(bounds), tuple(labels)
        self._found: dict[tuple[str, ...], Series] = {}

    def of(self, *of: str) -> Series:
        """The series with these values of the labels. The caller holds LOCK."""
        return self._found.get(of) or self._found.setdefault(of, Series(self._bounds))

    def collect(self) -> Iterable[Metric]:
        """The histogram as Prometheus reads it."""
        family = HistogramMetricFamily(self._name, self._help, labels=self.labels)
        with LOCK:
            for of, series in sorted(self._found.items(), key=_labels):
                if any(series.counts) or not self.labels:
                    family.add_metric(of, series.cumulative(), sum_value=series.total)
        return [family]

    def totals(self) -> Sequence[tuple[tuple[str, ...], int]]:
        """How many values were counted, by the values of the labels."""
        with LOCK:
            return [(of, sum(series.counts)) for of, series in sorted(self._found.items(), key=_labels)]


class CountsOf(Collector):  # type: ignore[misc]  # the Prometheus client has no types
    """How many values histograms of the same labels have counted together: what is counted once is not counted twice."""

    def __init__(self, of: Sequence[Distribution], name: str, help_text: str) -> None:
        self._of, self._name, self._help = of, name, help_text

    def collect(self) -> Iterable[Metric]:
        """The counts as Prometheus reads them."""
        together: Counter[tuple[str, ...]] = Counter()
        for one in self._of:
            together.update(dict(one.totals()))
        return [_counter(self._name, self._help, self._of[0].labels, sorted(together.items()))]


def _counter(name: str, help_text: str, labels: Sequence[str], series: CounterSeries) -> Metric:
    family = CounterMetricFamily(name, help_text, labels=labels)
    for of, count in series:
        family.add_metric(of, count)
    return family


def _labels(item: tuple[tuple[str, ...], object]) -> tuple[str, ...]:
    return item[0]
