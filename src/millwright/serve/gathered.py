"""The metrics of several workers as those of one server: counts and histograms are added up, gauges show the largest."""

from collections.abc import Iterable, Sequence

from prometheus_client.core import Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector, CollectorRegistry

from millwright.serve.crew import Told

Labels = tuple[tuple[str, str], ...]


def gathered(mine: str, others: Sequence[Told]) -> bytes:
    """One exposition of all. Of a worker that died only what it counted remains."""
    families: dict[str, Metric] = {}
    values: dict[str, dict[tuple[str, Labels], float]] = {}
    for text, alive in [(mine, True), *((told.metrics, told.alive) for told in others)]:
        for family in text_string_to_metric_families(text):
            if alive or family.type != "gauge":
                families.setdefault(family.name, family)
                _add(values.setdefault(family.name, {}), family)
    together: bytes = generate_latest(_registry([_told(families[name], found) for name, found in values.items()]))
    return together


def _add(found: dict[tuple[str, Labels], float], family: Metric) -> None:
    for sample in family.samples:
        place = sample.name, tuple(sample.labels.items())
        known = found.get(place)
        if known is None:
            found[place] = sample.value
        else:
            found[place] = max(known, sample.value) if family.type == "gauge" else known + sample.value


def _told(family: Metric, found: dict[tuple[str, Labels], float]) -> Metric:
    told = Metric(family.name, family.documentation, family.type)
    for (name, labels), value in found.items():
        told.add_sample(name, dict(labels), value)
    return told


class _Given(Collector):  # type: ignore[misc]  # the Prometheus client has no types
    """Families that are there already."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _registry(families: Iterable[Metric]) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Given(families))
    return registry
