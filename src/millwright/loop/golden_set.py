"""The golden set: labelled rows from a person's own file, never learnt from, on which every new version must stand too."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import Columns, rows_in
from millwright.data.duplicates import row_hashes
from millwright.data.enforce_columns import check_columns
from millwright.data.read import read_columns, read_file
from millwright.data.snapshot import take_snapshot
from millwright.errors import ContractBroken, DataRefused
from millwright.evaluate.bootstrap import Resamples, difference_of, interval_of
from millwright.evaluate.gates import describe, overall
from millwright.loop.opened import Model, open_version
from millwright.loop.quality import seen_by
from millwright.loop.steps import REFIT
from millwright.loop.workshop import Workshop
from millwright.metrics.registry import metric
from millwright.models.scorer import Scorer
from millwright.records.codec import digest_of, from_json, sha256
from millwright.records.data import Contract, Snapshot
from millwright.records.deciding import Change, Finding
from millwright.records.judging import Comparison, GateResult, GoldenJudged, MetricValue, Verdict
from millwright.records.release import Version
from millwright.records.running import Run
from millwright.records.spec import DataSpec, Spec
from millwright.registry import steps
from millwright.stores.durable import make_folder
from millwright.tasks.registry import task

Array = NDArray[Any]

_ANY_TIME = timedelta(days=100 * 366)
"""Nothing is learnt from these rows, so they may be of any time, also of one that a rehearsal has not come to yet."""


def golden_snapshot(shop: Workshop, run: Run, contract: Contract) -> Snapshot | None:
    """The rows of `golden`, copied and digested; None where the spec names none. Raises DataRefused for a file that cannot be
    read, and ContractBroken for a row that the model could not be asked or that says no outcome."""
    if shop.spec.golden is None:
        return None
    _refuse_broken(shop, shop.base / shop.spec.golden, contract)
    data = golden_data(shop.spec)
    staging = make_folder(shop.home.work / run.id / "golden")
    snapshot = take_snapshot(data, base=shop.base, blobs=shop.blobs, as_of=run.as_of + _ANY_TIME, staging=staging)
    if snapshot.set_aside:
        why = "; ".join(f"{aside.count:,} rows {aside.reason}" for aside in snapshot.set_aside)
        raise DataRefused(
            f"not every row can be used: {why}", where=shop.spec.golden, fix="correct the file", code="golden.rows"
        )
    target = read_columns(snapshot, shop.blobs, contract)[shop.spec.data.target]
    empty = np.isnan(target) if target.dtype.kind == "f" else np.array([cell is None for cell in target.tolist()])
    _refuse_unlabelled(shop, empty)
    return snapshot


def golden_data(spec: Spec) -> DataSpec:
    """How the golden set is read: as the source is, from its own file."""
    source = spec.golden or spec.data.source
    return replace(spec.data, source=source, until=None, delimiter=None, encoding=None)


def _refuse_broken(shop: Workshop, path: Path, contract: Contract) -> None:
    """Hold each row against the contract, as a request would be."""
    if not path.is_file():
        raise DataRefused("there is no such golden set", where=str(path), fix="check golden in the spec", code="golden.missing")
    done = 0
    for columns in read_file(path, contract, missing=shop.spec.data.missing):
        check_columns(columns, contract).refuse_broken(path, first_row=done + 1)
        done += rows_in(columns)


def _refuse_unlabelled(shop: Workshop, unknown: Array) -> None:
    for row in np.flatnonzero(unknown)[:1]:
        what = f"a row of the golden set has no outcome that the model knows (in {shop.spec.golden})"
        fix = "give it one, or take the row out"
        raise ContractBroken(what, column=shop.spec.data.target, row=int(row) + 1, fix=fix, code="golden.label")


def rows_of_golden(columns: Columns, golden: Columns, keys: Sequence[str], features: Sequence[str]) -> Array:
    """Which rows are in the golden set, (rows,): those with one of its keys; without a key those with the same features."""
    if keys:
        known = set(zip(*(_texts(golden[name]) for name in keys), strict=True))
        return np.array([one in known for one in zip(*(_texts(columns[name]) for name in keys), strict=True)], dtype=bool)
    found: Array = np.isin(row_hashes(columns, features), row_hashes(golden, features))
    return found


def _texts(cells: Array) -> list[str]:
    return [str(cell) for cell in cells.tolist()]


def judge_golden(
    shop: Workshop, snapshot: Snapshot, scorer: Scorer, payload_digest: str, main: str, champion: Version | None
) -> GoldenJudged:
    """The candidate on the golden set, beside the live version where there is one, paired."""
    mine, y = _answers(shop, snapshot, scorer)
    theirs, live = None, None
    if champion is not None:
        live = open_version(shop, champion)
        theirs, _ = _answers(shop, snapshot, live.scorer)
    by = metric(main)
    drawn = Resamples.draw(len(y), None, shop.spec.evaluate.resamples, shop.spec.split.seed)
    ours = drawn.scores(by, y, seen_by(by, mine, scorer.info.threshold))
    level = shop.spec.evaluate.confidence
    compared = None
    if theirs is not None and live is not None and champion is not None:
        others = drawn.scores(by, y, seen_by(by, theirs, live.info.threshold))
        compared = Comparison(
            against="champion",
            version=champion.name,
            metric=by.name,
            mine=interval_of(ours, level),
            theirs=interval_of(others, level),
            difference=difference_of(ours.better_by(others, by.goal), level),
        )
    return GoldenJudged(
        snapshot=snapshot,
        payload_digest=payload_digest,
        rows=len(y),
        metric=MetricValue(name=by.name, goal=by.goal, interval=interval_of(ours, level)),
        comparison=compared,
        answers=answers_digest(mine),
    )


def _answers(shop: Workshop, snapshot: Snapshot, scorer: Scorer) -> tuple[Array, Array]:
    """What a model answers to the golden set, and what is true of it."""
    columns = read_columns(snapshot, shop.blobs, scorer.contract)
    y = task(scorer.info.task).encode(columns[scorer.info.target], scorer.info.classes)
    _refuse_unlabelled(shop, np.isnan(y))
    return scorer.batch(columns), y


def answers_digest(values: Array) -> str:
    """The sha256 of answers, to the bit."""
    return sha256(np.ascontiguousarray(values, dtype="<f8").tobytes())


def still_equal(shop: Workshop, model: Model, looked_at: datetime) -> tuple[Finding, ...]:
    """A finding where the live version answers the golden set otherwise than when it was judged; none where there is no set."""
    with shop.catalogue.read() as view:
        done = {step.name: step for step in steps.of_run(view, model.version.run)}
    step = done.get(f"{REFIT} golden") or done.get("golden")
    if step is None:
        return ()
    judged = from_json(GoldenJudged, shop.blobs.get(step.output))
    if answers_digest(_answers(shop, judged.snapshot, model.payload.scorer)[0]) == judged.answers:
        return ()
    sentence = f"{model.version.name} answers the golden set otherwise than when it was judged: the same rows, the same package"
    change = Change(column="", check="parity", was=None, now=None, unit="answers to the golden set", effect=1.0)
    return (
        Finding(
            id=digest_of([shop.project, "golden", model.version.number, looked_at.isoformat()])[:32],
            project=shop.project,
            kind="serving",
            check="parity",
            columns=(),
            effect=None,
            sentence=sentence,
            since=looked_at,
            event_at=looked_at,
            known_at=shop.clock.now(),
            version=model.version.number,
            rows=judged.rows,
            changes=(change,),
        ),
    )


def with_golden(verdict: Verdict, judged: GoldenJudged | None) -> Verdict:
    """The verdict with the golden set's gate: nothing goes live that surely does worse on it than what is live."""
    if judged is None:
        return verdict
    gate = _gate(judged)
    state = overall([*(result.state for result in verdict.gates), gate.state])
    summary = verdict.summary if gate.state == "passed" else f"do not ship: {gate.gate}: {gate.evidence}"
    return replace(verdict, state=state, gates=(*verdict.gates, gate), summary=summary)


def _gate(judged: GoldenJudged) -> GateResult:
    name = f"{judged.metric.name} not surely worse than the live model on the golden set"
    compared = judged.comparison
    if compared is None:
        said = f"there is no live model to compare with; {describe(judged.metric.interval)}"
        return GateResult(gate=name, state="passed", evidence=said, interval=judged.metric.interval)
    d = compared.difference
    said = f"{describe(compared.mine)} against {describe(compared.theirs)}; gain {describe(d)}"
    if d.low is None or d.high is None:
        return GateResult(gate=name, state="inconclusive", evidence=f"{said}: too few rows to say", interval=d)
    return GateResult(gate=name, state="failed" if d.high < 0 else "passed", evidence=said, interval=d)
