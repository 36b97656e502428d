"""Checks of metrics and gates. This room is below the metrics, so their names stand here; a test keeps them true."""

from collections.abc import Iterator, Mapping
from itertools import combinations

from millwright.errors import nearest
from millwright.records.spec import VALUES, GateSpec, Spec, TaskName
from millwright.spec.document import Path
from millwright.spec.fault import Fault
from millwright.spec.words import dotted, listed, shown

METRIC_NAMES: Mapping[TaskName, tuple[str, ...]] = {
    "binary": ("log_loss", "roc_auc", "average_precision", "brier", "accuracy", "balanced_accuracy", "f1"),
    "multiclass": ("log_loss", "accuracy", "balanced_accuracy", "f1", "roc_auc", "brier"),
    "ordinal": ("ranked_probability_score", "log_loss", "accuracy", "rank_error", "balanced_accuracy", "brier"),
    "count": ("poisson_deviance", "rmse", "mae", "r2", "rmsle"),
    "regression": ("rmse", "mae", "r2", "rmsle", "poisson_deviance"),
}
"""The metrics of each task, the default first."""
PAYLOAD_MEASURES = ("latency_ms", "size_mb", "overfit_gap")
"""What a gate may ask of a model beside the metrics of its task."""
CLASS_MEASURES = ("calibration_error",)
"""What a gate may ask beside them where the model gives probabilities."""


def gate_measures(task: TaskName) -> tuple[str, ...]:
    """Everything that a gate may name for a task."""
    extra = PAYLOAD_MEASURES if task in VALUES else (*PAYLOAD_MEASURES, *CLASS_MEASURES)
    return (*METRIC_NAMES[task], *extra)


def metric_fault(path: Path, name: str, task: TaskName, known: tuple[str, ...] = ()) -> Iterator[Fault]:
    """A metric that does not exist, or that another task has."""
    known = known or METRIC_NAMES[task]
    where = dotted(path[:2])
    if name in known:
        return
    others = [other for other in METRIC_NAMES if name in gate_measures(other)]
    if others:
        message = f"{where}: {shown(name)} is a metric of {listed(others, 'and')} models, and the task is {task}"
        yield Fault(path, message, f"use {listed(known)}", also=(("data", "task"),))
    else:
        fix = nearest(name, known) or f"use {listed(known)}"
        yield Fault(path, f"{where}: there is no metric {shown(name)}", fix, also=(("data", "task"),))


def gate_faults(spec: Spec) -> Iterator[Fault]:
    """Everything that is wrong with the gates, one by one and together."""
    for i, gate in enumerate(spec.gates):
        path = ("gates", i, "metric")
        yield from metric_fault(path, gate.metric, spec.data.task, gate_measures(spec.data.task))
        yield from _condition(i, gate)
        yield from _comparison(i, gate)
        yield from _of_the_payload(i, gate)
        yield from _other_metrics(i, gate, spec.data.task)
        if gate.slice == spec.data.target:
            yield _fault(i, "slice", f"{shown(gate.slice)} is the target, which cannot divide the rows", "name another column")
    yield from _contradictions(spec.gates)
    yield from _promotion(spec)


def _condition(i: int, gate: GateSpec) -> Iterator[Fault]:
    if gate.min is None and gate.max is None and gate.against is None:
        yield _fault(i, "metric", "the gate asks for nothing", "give it min, max or against")
    if gate.min is not None and gate.max is not None and gate.min > gate.max:
        yield _fault(i, "min", f"min {gate.min:g} is above max {gate.max:g}, so no model can pass", "correct one of the two")


def _comparison(i: int, gate: GateSpec) -> Iterator[Fault]:
    if gate.against is None and gate.rule != "superior":
        yield _fault(i, "rule", "non_inferior compares with another model, and none is named", "add against: champion")
    if gate.margin and gate.rule != "non_inferior":
        yield _fault(i, "margin", "a margin counts only with rule: non_inferior", "add rule: non_inferior, or delete margin")


def _other_metrics(i: int, gate: GateSpec, task: TaskName) -> Iterator[Fault]:
    """Those by which a version may show as well that it is better than the live model."""
    if not gate.or_by:
        return
    for k, name in enumerate(gate.or_by):
        yield from metric_fault(("gates", i, "or_by", k), name, task)
    if (gate.against, gate.rule) != ("champion", "superior") or gate.slice is not None:
        message = "or_by counts where a version must be better than the live model on all rows"
        yield _fault(i, "or_by", message, "add against: champion, or delete or_by")
    if gate.metric in gate.or_by or len(set(gate.or_by)) < len(gate.or_by):
        yield _fault(i, "or_by", "each metric counts once", "name only others, each once")


def _of_the_payload(i: int, gate: GateSpec) -> Iterator[Fault]:
    if gate.metric not in PAYLOAD_MEASURES:
        return
    if gate.slice is not None:
        yield _fault(i, "slice", f"{gate.metric} is one figure for the whole model and has no slices", "delete slice")
    if gate.against is not None:
        yield _fault(i, "against", f"{gate.metric} is not compared on rows", "give it max instead of against")


def _promotion(spec: Spec) -> Iterator[Fault]:
    """What the default gate asks, where it has no effect or contradicts itself."""
    release = spec.release
    if release.promote_on == "superior" and release.margin:
        message = "release.margin: a margin counts only with promote_on: not_worse"
        yield Fault(("release", "margin"), message, "add promote_on: not_worse, or delete margin")
    if release.promote_on == "not_worse" and not release.margin:
        message = "release.promote_on: not_worse by a margin of 0 asks as much as superior"
        yield Fault(("release", "promote_on"), message, "say by release.margin how much worse still counts as not worse")
    if release.promote_on == "not_worse" and spec.gates:
        message = "release.promote_on: counts for the default gates only, and the spec has gates"
        yield Fault(("release", "promote_on"), message, "use rule: non_inferior and margin in the gate against the champion")


def _contradictions(gates: tuple[GateSpec, ...]) -> Iterator[Fault]:
    """Two gates on one figure that no model can pass together."""
    for (i, a), (j, b) in combinations(enumerate(gates), 2):
        if (a.metric, a.slice) != (b.metric, b.slice):
            continue
        if a == b:
            yield _fault(j, "metric", f"the same gate as gates[{i}]", "keep one")
        for low, high in ((a.min, b.max), (b.min, a.max)):
            if low is not None and high is not None and low > high:
                message = f"with gates[{i}] it asks for {a.metric} above {low:g} and below {high:g}, so no model can pass"
                yield _fault(j, "metric", message, "correct one of the two")


def _fault(i: int, name: str, message: str, fix: str) -> Fault:
    return Fault(("gates", i, name), f"gates[{i}]: {message}", fix)
