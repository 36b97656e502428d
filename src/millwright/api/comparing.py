"""What differs between runs or versions, read from what they left."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import msgspec

from millwright.api.reading import Opened, open_package
from millwright.api.specifying import flat
from millwright.errors import NotFound, Unavailable
from millwright.loop.workshop import Workshop
from millwright.project import Project
from millwright.records.codec import from_json
from millwright.records.judging import (
    Comparison,
    CurvePoint,
    Evaluation,
    Interval,
    Judgement,
    MetricValue,
    SliceValue,
    Timings,
    Verdict,
)
from millwright.records.record import record
from millwright.records.release import Version
from millwright.records.running import Run
from millwright.registry import runs, steps, versions

_NOT_SETTINGS = ("version",)


@record
class Side:
    """One of those that are compared. evaluation's parts are empty where it was not judged."""

    name: str
    run: str
    version: str | None
    state: str
    verdict: Verdict | None
    rows: int | None
    snapshot: str | None
    metrics: tuple[MetricValue, ...]
    slices: tuple[SliceValue, ...]
    calibration: tuple[CurvePoint, ...]
    calibration_error: float | None
    importance: tuple[tuple[str, float], ...]
    timings: Timings | None
    size_bytes: int | None
    seconds: float | None


@record
class Differs:
    """A setting in which they differ, with its value for each, in their order; None where one has it not."""

    setting: str
    values: tuple[Any, ...]


@record
class MetricLine:
    """A metric of each, in their order; None where one was not judged by it."""

    name: str
    goal: Literal["max", "min"]
    values: tuple[Interval | None, ...]


@record
class Paired:
    """A difference on the same rows, as it was judged: a positive one is in favour of `of`."""

    of: str
    against: str
    comparison: Comparison


@record
class Compared:
    """Some runs or versions. same_rows: whether all were judged on the same sealed rows: else their metrics are not to be held
    against each other. equal: how many settings are the same for all."""

    sides: tuple[Side, ...]
    differs: tuple[Differs, ...]
    equal: int
    metrics: tuple[MetricLine, ...]
    paired: tuple[Paired, ...]
    same_rows: bool


def compared(here: Project, names: Sequence[str], *, are_runs: bool) -> Compared:
    """These runs or versions side by side. Raises NotFound, Conflict."""
    found = [_of_run(here.workshop, name) if are_runs else _of_version(here.workshop, name) for name in names]
    sides = tuple(side for side, _, _ in found)
    settings = [made for _, made, _ in found]
    known = list(dict.fromkeys(name for one in settings for name in one))
    cells = {name: tuple(one.get(name) for one in settings) for name in known}
    differs = tuple(Differs(setting=name, values=v) for name, v in cells.items() if any(one != v[0] for one in v))
    evaluations = [evaluation for _, _, evaluation in found if evaluation is not None]
    rows = {(one.snapshot, one.rows, one.holdout_from, one.holdout_until) for one in evaluations}
    return Compared(
        sides=sides,
        differs=differs,
        equal=len(cells) - len(differs),
        metrics=_metrics(sides),
        paired=tuple(_paired(sides, found)),
        same_rows=len(evaluations) == len(sides) and len(rows) == 1,
    )


_Found = tuple[Side, dict[str, Any], Evaluation | None]


def _of_version(shop: Workshop, name: str) -> _Found:
    with shop.catalogue.read() as view:
        version = versions.get(view, shop.project, name)
        run = runs.find(view, version.run)
    return _of_package(version, run, open_package(shop, version))


def _of_run(shop: Workshop, begins: str) -> _Found:
    with shop.catalogue.read() as view:
        run = runs.beginning(view, shop.project, begins)
        done = {step.name: step for step in steps.of_run(view, run.id)}
        version = versions.numbered(view, shop.project, run.version) if run.version else None
    if version is not None:
        side, settings, evaluation = _of_package(version, run, open_package(shop, version))
        return _named(side, run.id), settings, evaluation
    judged = _judgement(shop, done["evaluate"].output) if "evaluate" in done else None
    return (
        _side(run.id, run, None, judged.evaluation if judged else None, judged.timings if judged else None, None),
        {},
        (judged.evaluation if judged else None),
    )


def _of_package(version: Version, run: Run | None, opened: Opened) -> _Found:
    evaluation = opened.evaluation
    side = _side(version.name, run, version, evaluation, opened.timings, opened.verdict)
    return side, _settings(opened.provenance or {}), evaluation


def _settings(provenance: dict[str, Any]) -> dict[str, Any]:
    """How it was made: the spec as it was then, and the models that answer with what was set for them."""
    settings = flat(provenance.get("spec", {}), "spec")
    models = (provenance.get("recipe") or {}).get("models", ())
    for place, model in enumerate(models, 1):
        name = "model" if len(models) == 1 else f"model {place}"
        settings |= flat({"family": model["config"]["family"], **model["config"].get("params", {})}, name)
        settings |= {f"{name}.weight": model["weight"]} if len(models) > 1 else {}
    settings |= {"rows": provenance.get("snapshot", {}).get("rows"), "features": provenance.get("plan")}
    return {name: value for name, value in settings.items() if name not in _NOT_SETTINGS}


def _side(
    name: str,
    run: Run | None,
    version: Version | None,
    evaluation: Evaluation | None,
    timings: Timings | None,
    verdict: Verdict | None,
) -> Side:
    took = (run.finished_at - run.started_at).total_seconds() if run and run.finished_at else None
    return Side(
        name=name,
        run=run.id if run else version.run if version else "",
        version=version.name if version else None,
        state=run.state if run else "finished",
        verdict=verdict,
        rows=evaluation.rows if evaluation else None,
        snapshot=evaluation.snapshot if evaluation else None,
        metrics=evaluation.metrics if evaluation else (),
        slices=evaluation.slices if evaluation else (),
        calibration=evaluation.calibration if evaluation else (),
        calibration_error=evaluation.calibration_error if evaluation else None,
        importance=evaluation.importance if evaluation else (),
        timings=timings,
        size_bytes=evaluation.size_bytes if evaluation else None,
        seconds=took,
    )


def _named(side: Side, name: str) -> Side:
    return replace(side, name=name)


def _metrics(sides: Sequence[Side]) -> tuple[MetricLine, ...]:
    goals = {metric.name: metric.goal for side in sides for metric in side.metrics}
    tables = [{metric.name: metric.interval for metric in side.metrics} for side in sides]
    return tuple(
        MetricLine(name=name, goal=goal, values=tuple(one.get(name) for one in tables)) for name, goal in goals.items()
    )


def _paired(sides: Sequence[Side], found: Sequence[_Found]) -> list[Paired]:
    """What was judged on the same rows when one of them was packed, and the other was what was live."""
    by_version = {side.version: side.name for side in sides if side.version}
    return [
        Paired(of=side.name, against=by_version[one.version], comparison=one)
        for side, _, evaluation in found
        for one in (evaluation.comparisons if evaluation else ())
        if one.version in by_version and by_version[one.version] != side.name
    ]


def _judgement(shop: Workshop, digest: str) -> Judgement | None:
    try:
        return from_json(Judgement, shop.blobs.get(digest))
    except (NotFound, Unavailable, msgspec.DecodeError):
        return None
