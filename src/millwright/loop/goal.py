"""The spec's goal, before the search in numbers of these rows, and after it in the verdict."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from millwright.data.columns import Row, row_at, rows_in, take
from millwright.evaluate.calibration import decision_threshold
from millwright.evaluate.gates import overall
from millwright.evaluate.slices import groups_of
from millwright.features.row import RowEncoder
from millwright.features.words import forget
from millwright.loop.named import refuse_uncomparable
from millwright.loop.table import Table
from millwright.loop.workshop import Workshop
from millwright.metrics.group_gap import group_gap
from millwright.models.readable import readable
from millwright.records.codec import to_json
from millwright.records.data import Contract
from millwright.records.judging import GateResult, Judgement, Verdict
from millwright.records.modelling import Candidate, FeaturePlan, PayloadInfo
from millwright.records.readable import Readable
from millwright.records.spec import GoalSpec
from millwright.search.goal import ANY, Goal, estimated_around, goal_of, price_us, slowest
from millwright.spec.durations import parse_duration, parse_size

Array = NDArray[Any]

UNMET = "goal.unmet"
"""The code of a gate that says so."""
_ROWS, _REPEATS = 500, 3
_GOLDEN_ROWS = 64
_CELL = 24
"""Bytes of a value in the golden rows, about."""


def search_goal(shop: Workshop, table: Table, plan: FeaturePlan, training: Array) -> Goal:
    """The goal of a search on the training rows (a mask). Raises DataRefused for a column that is not there."""
    asked = shop.spec.search.goal
    if asked is None:
        return ANY
    rows = take(table.columns, training)
    columns = {encoder.column for encoder in plan.encoders}
    cells = [row_at(rows, at) for at in range(min(rows_in(rows), _ROWS))]
    measured = (asked.latency_p99 is not None or asked.cost is not None) and shop.spec.search.trials is None
    return goal_of(
        asked,
        groups=groups_asked(asked, rows),
        threshold=decision_threshold(shop.spec.costs) if len(table.classes) == 2 else None,
        around_us=quiet_p99_us(RowEncoder(plan).encode, cells) if measured else estimated_around(len(columns)),
        around_bytes=around_bytes(plan, table.contract),
    )


def around_bytes(plan: FeaturePlan, contract: Contract) -> int:
    """About how many bytes of a payload are not its model: the plan, the contract, and the golden rows."""
    return len(to_json(plan)) + len(to_json(contract)) + _CELL * _GOLDEN_ROWS * len(contract.columns)


def too_large(asked: GoalSpec | None, files: Iterable[bytes], around: int) -> bool:
    """Whether model files are beyond the size that was asked for."""
    return asked is not None and asked.size is not None and sum(map(len, files)) + around > parse_size(asked.size)


def groups_asked(asked: GoalSpec, rows: Mapping[str, Array]) -> dict[str, Array]:
    """The rows (positions) of each group that may not lie far apart; none where that is not asked. Raises DataRefused for a
    column that is not there."""
    gap = asked.fairness_gap
    if gap is None:
        return {}
    refuse_uncomparable(gap, rows)
    return groups_of(rows[gap.column])


def quiet_p99_us(call: Callable[[Row], object], cells: Sequence[Row]) -> float:
    """The 99th percentile over rows of the microseconds of one, the quickest of three; each time its texts are new ones."""
    took = np.empty((_REPEATS, len(cells)))
    for repeat in range(_REPEATS):
        forget()
        for place, row in enumerate(cells):
            began = time.perf_counter_ns()
            call(row)
            took[repeat, place] = (time.perf_counter_ns() - began) / 1_000
    return slowest(took)


def drawn(shop: Workshop, candidate: Candidate, plan: FeaturePlan, info: PayloadInfo) -> tuple[Readable, ...]:
    """The model as it is drawn, where the goal is one that a person can read."""
    goal = shop.spec.search.goal
    if goal is None or not goal.interpretable:
        return ()
    files = {name: shop.blobs.get(digest) for name, digest in candidate.files.items()}
    return readable(files, plan, info.calibrator, info.classes)


def gap_of(asked: GoalSpec | None, answers: Array, rows: Mapping[str, Array], threshold: float | None) -> float | None:
    """How far apart these answers to rows lie between the groups that are asked about; None where none are."""
    groups = {} if asked is None else groups_asked(asked, rows)
    return group_gap(answers, groups, threshold=threshold) if groups else None


def with_goal(verdict: Verdict, asked: GoalSpec | None, judgement: Judgement, candidate: Candidate) -> Verdict:
    """The verdict with the goal's gate: what was measured of the payload, against what was asked."""
    parts = [] if asked is None else list(_parts(asked, judgement, candidate))
    if not parts:
        return verdict
    over = [said for said, met in parts if not met]
    nearest_said = (
        "" if candidate.goal is None or candidate.goal.met else "; nothing within it could be found, this is the nearest"
    )
    evidence = ", ".join(said for said, _ in parts) + nearest_said
    gate = GateResult(
        gate="the goal of the search", state="failed" if over else "passed", evidence=evidence, code=UNMET if over else ""
    )
    state = overall([*(result.state for result in verdict.gates), gate.state])
    summary = f"do not ship: the goal is not met: {', '.join(over)}" if over and verdict.state == "passed" else verdict.summary
    return replace(verdict, state=state, gates=(*verdict.gates, gate), summary=summary)


def _parts(asked: GoalSpec, judgement: Judgement, candidate: Candidate) -> list[tuple[str, bool]]:
    """What there is of each thing that was asked, in words, and whether it is within its bound."""
    found: list[tuple[str, bool]] = []
    p99_ms, size = judgement.timings.quiet_p99_ms, judgement.evaluation.size_bytes
    if asked.latency_p99 is not None and p99_ms is not None:
        within = p99_ms * 1e3 <= parse_duration(asked.latency_p99).total_seconds() * 1e6
        found.append((f"99 of 100 rows within {p99_ms * 1e3:.0f} µs, {asked.latency_p99} asked", within))
    if asked.size is not None:
        found.append((f"{size / 1e6:.2f} MB, {asked.size} asked", size <= parse_size(asked.size)))
    if asked.fairness_gap is not None and judgement.gap is not None:
        unseen = next((point.gap for point in candidate.front if point.chosen), None)
        beside = "" if unseen is None else f", {unseen:.3g} out of fold"
        words = f"groups of {asked.fairness_gap.column} {judgement.gap:.3g} apart{beside}, {asked.fairness_gap.max:g} asked"
        found.append((words, judgement.gap <= asked.fairness_gap.max))
    if asked.cost is not None:
        cost = judgement.timings.row_p50_ms * 1e3 * price_us(asked.cost)
        found.append((f"a million answers for {cost:.3g}, {asked.cost.max:g} asked", cost <= asked.cost.max))
    return found
