"""Figures of judged runs and versions, read from what their steps and packages hold and kept at hand: they never change."""

from functools import lru_cache
from pathlib import Path

import msgspec

from millwright.errors import NotFound, PackageRefused, Unavailable
from millwright.package.peek import peek_file
from millwright.records.codec import from_json
from millwright.records.judging import Comparison, Evaluation, Judgement, MetricValue, Timings, Verdict
from millwright.records.record import record
from millwright.stores.blobs import FileBlobs

_KEPT = 4096


@record
class Figures:
    """How a run or version did: by the metric that it was judged by, and beside the champion and the baseline, if it was."""

    metric: MetricValue | None
    champion: Comparison | None
    baseline: Comparison | None
    rows: int
    size_bytes: int


@lru_cache(maxsize=_KEPT)
def figures_of_blob(blobs: Path, digest: str) -> Figures | None:
    """Of a judgement's blob; None where that is gone."""
    try:
        return _figures(from_json(Judgement, FileBlobs(blobs).get(digest)).evaluation)
    except (NotFound, Unavailable, msgspec.DecodeError):
        return None


@lru_cache(maxsize=_KEPT)
def figures_of_package(packages: Path, package: str) -> Figures | None:
    """Of a package's evaluation; None where that is gone."""
    found = _peek(packages / package, "evaluation.json", Evaluation)
    return _figures(found) if isinstance(found, Evaluation) else None


@lru_cache(maxsize=_KEPT)
def verdict_of_package(packages: Path, package: str) -> Verdict | None:
    """The verdict of a package; None where that is gone."""
    found = _peek(packages / package, "verdict.json", Verdict)
    return found if isinstance(found, Verdict) else None


@lru_cache(maxsize=_KEPT)
def timings_of_package(packages: Path, package: str) -> Timings | None:
    """The timings of a package; None where they are gone."""
    found = _peek(packages / package, "timings.json", Timings)
    return found if isinstance(found, Timings) else None


def _peek(folder: Path, name: str, kind: type[Evaluation | Verdict | Timings]) -> object:
    try:
        return from_json(kind, peek_file(folder, name))
    except (PackageRefused, msgspec.DecodeError):
        return None


def _figures(evaluation: Evaluation) -> Figures:
    whole = [one for one in evaluation.comparisons if one.column is None]
    return Figures(
        metric=next((one for one in evaluation.metrics if one.name == evaluation.metric), None),
        champion=next((one for one in whole if one.against == "champion"), None),
        baseline=next((one for one in whole if one.against == "baseline"), None),
        rows=evaluation.rows,
        size_bytes=evaluation.size_bytes,
    )


@lru_cache(maxsize=64)
def sliced_by(packages: Path, package: str) -> tuple[str, ...]:
    """The columns by whose groups a package was judged."""
    found = _peek(packages / package, "evaluation.json", Evaluation)
    return tuple(dict.fromkeys(one.column for one in found.slices)) if isinstance(found, Evaluation) else ()


@lru_cache(maxsize=64)
def importance_of(packages: Path, package: str) -> dict[str, float]:
    """How important each column is to a package, by its share of all."""
    found = _peek(packages / package, "evaluation.json", Evaluation)
    weights = dict(found.importance) if isinstance(found, Evaluation) else {}
    whole = sum(weights.values()) or 1.0
    return {column: weight / whole for column, weight in weights.items()}
