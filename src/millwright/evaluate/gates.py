"""From figures to a verdict: each gate passes, fails, or cannot tell, by the interval and not by the figure alone."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from millwright.evaluate.bootstrap import FEWEST_BLOCKS
from millwright.metrics.registry import METRICS
from millwright.records.figures import figure
from millwright.records.judging import Comparison, Evaluation, GateResult, Interval, Timings, Verdict
from millwright.records.spec import GateSpec, ReleaseSpec, Spec, TaskName

State = Literal["passed", "failed", "inconclusive"]

NOTHING_BEATS_THE_BASELINE = "nothing beats the baseline beyond noise: do not ship"
NOT_BEATEN = "baseline.not_beaten"
"""The code of a gate that says so."""
LIKELY_BETTER = "champion.likely_better"
"""The code of a gate that cannot tell whether a version is better than what is live, where most of the interval says so."""

_BESIDE_LIVE = "surely better than what is live"
_ENOUGH = f"enough, since it is {_BESIDE_LIVE}"

BETTER = ReleaseSpec()
OR_BY: Mapping[TaskName, tuple[str, ...]] = {"binary": ("roc_auc",), "regression": ("mae",)}
"""By what else a version may show that it is better, where nobody says what is to be made better: on days that differ much in
level a loss tells two models apart far later than their order, or the size of usual errors, does."""


def default_gates(
    metric: str, champion: bool, release: ReleaseSpec = BETTER, or_by: Sequence[str] = ()
) -> tuple[GateSpec, ...]:
    """What is asked where the spec asks nothing: better than the baseline, and, if there is a live model, better than that
    one, or not worse where the release asks for no more. or_by: other metrics that may show it."""
    baseline = GateSpec(metric=metric, against="baseline")
    if not champion:
        return (baseline,)
    if release.promote_on == "superior":
        others = tuple(other for other in or_by if other != metric)
        return (baseline, GateSpec(metric=metric, against="champion", or_by=others))
    return (baseline, GateSpec(metric=metric, against="champion", rule="non_inferior", margin=release.margin))


def judged_by_others(spec: Spec) -> tuple[str, ...]:
    """By which metrics beside the main one a version may show that it is better: none where somebody says what is wanted."""
    return OR_BY.get(spec.data.task, ()) if spec.search.metric == "auto" and not spec.gates else ()


def ways_to_show(gates: Sequence[GateSpec]) -> int:
    """By how many metrics one gate may be passed against what is live, at most: the chance of error is divided by it."""
    return max((1 + len(gate.or_by) for gate in gates if gate.against == "champion"), default=1)


def tolerated(gates: Sequence[GateSpec], metric: str, release: ReleaseSpec = BETTER) -> float:
    """How much worse than the live model, in units of the metric, a version may be by these gates, or by the default ones."""
    asked = tuple(gates) or default_gates(metric, champion=True, release=release)
    by_metric = (g for g in asked if g.against == "champion" and g.metric == metric and g.rule == "non_inferior")
    return max((gate.margin for gate in by_metric), default=0.0)


def judge(
    gates: Sequence[GateSpec],
    evaluation: Evaluation,
    timings: Timings | None,
    *,
    champion: str | None = None,
    unseen: Comparison | None = None,
    since: Comparison | None = None,
    searched: bool = True,
    by_default: bool = False,
) -> Verdict:
    """Whether a payload may go live. Every gate must pass; one that failed outweighs one that could not tell.

    champion: the live version's name, for the record. Without gates, the default ones are asked; whatever is asked, what was
    searched for must be better than the baseline beyond noise, unless a gate of the spec says how much worse is enough. unseen:
    with the baseline, out of fold, where it was compared. since: with the live model, on all rows that it has not learnt from:
    where the sealed rows alone cannot tell, these may. by_default: whether the gates are those of a spec that asks for none.
    """
    asked = tuple(gates) or default_gates(evaluation.metric, champion is not None)
    told = [
        (gate, _told(gate, _by_another(gate, result, evaluation), since))
        for gate in asked
        for result in _results(gate, evaluation, timings)
    ]
    results = [result for _, result in told]
    results += _unbeaten(asked, evaluation, unseen) if searched else ()
    if by_default and any(_surely_better_than_live(gate, result) for gate, result in told):
        results = [_beside_live(result) for result in results]
    state = overall([result.state for result in results])
    beaten = _beats_the_baseline(evaluation) and (unseen is None or _is_better(unseen.difference))
    return Verdict(state=state, gates=tuple(results), summary=_summary(state, results, evaluation, beaten), champion=champion)


def _surely_better_than_live(gate: GateSpec, result: GateResult) -> bool:
    compared = result.interval is not None  # without a live model it passes too
    return (gate.against, gate.rule, result.state) == ("champion", "superior", "passed") and compared


def _beside_live(result: GateResult) -> GateResult:
    """What a gate says of a version that is surely better than what is live: it need not be surely better than the baseline
    too, since not to let it go live would leave what is worse. Surely worse than the baseline it must not be."""
    if result.code != NOT_BEATEN or result.state != "inconclusive":
        return result
    evidence = f"{result.evidence}; {_ENOUGH}"
    return GateResult(gate=result.gate, state="passed", evidence=evidence, interval=result.interval)


def _by_another(gate: GateSpec, result: GateResult, evaluation: Evaluation) -> GateResult:
    """What another metric says where the gate's own cannot tell, and is no worse. Each may pass it: the error that is allowed
    is divided among them (`ways_to_show`)."""
    own = result.interval
    if not gate.or_by or result.state != "inconclusive" or own is None or own.value is None or own.value < 0:
        return result
    others = [c for c in evaluation.comparisons if (c.against, c.column) == ("champion", None) and c.metric in gate.or_by]
    shown = next((c for c in others if _state_of_difference(gate, c.difference) == "passed"), None)
    if shown is None:
        return result
    evidence = f"by {shown.metric}: {_arithmetic(gate, 'passed', shown)}; {gate.metric} is no worse: {result.evidence}"
    return GateResult(gate=result.gate, state="passed", evidence=evidence, interval=shown.difference)


def _told(gate: GateSpec, result: GateResult, since: Comparison | None) -> GateResult:
    """What more rows say where the sealed ones could not tell. Either may pass it: the error that is allowed is divided between
    the two (`evaluation.champion_level`)."""
    same = since is not None and (gate.against, gate.metric, gate.slice) == ("champion", since.metric, None)
    if since is None or not same or result.state != "inconclusive" or result.interval is None or result.interval.low is None:
        return result
    if _state_of_difference(gate, since.difference) != "passed":
        return result
    evidence = f"{_arithmetic(gate, 'passed', since)}, on all rows since it learnt; on the sealed ones alone {result.evidence}"
    return GateResult(gate=result.gate, state="passed", evidence=evidence, interval=since.difference)


def _unbeaten(asked: Sequence[GateSpec], evaluation: Evaluation, unseen: Comparison | None) -> Iterator[GateResult]:
    """What stands in the way beside what was asked: that the baseline is not beaten, on the sealed rows or out of fold."""
    of_baseline = [gate for gate in asked if gate.against == "baseline" and gate.slice is None]
    if any(gate.rule == "non_inferior" for gate in of_baseline):
        return
    compared = any((c.against, c.column, c.metric) == ("baseline", None, evaluation.metric) for c in evaluation.comparisons)
    found = (
        [] if of_baseline or not compared else [_compared(GateSpec(metric=evaluation.metric, against="baseline"), evaluation)]
    )
    found += [] if unseen is None else [_out_of_fold(unseen)]
    yield from (gate for gate in found if gate.state != "passed")


def _out_of_fold(unseen: Comparison) -> GateResult:
    """The other half of the evidence: far more rows than are sealed, though it was chosen for how it did on them."""
    gate = GateSpec(metric=unseen.metric, against="baseline")
    state = _state_of_difference(gate, unseen.difference)
    evidence = _arithmetic(gate, state, unseen)
    name = f"{unseen.metric} better than the baseline out of fold"
    return GateResult(
        gate=name, state=state, evidence=evidence, interval=unseen.difference, code=_code(gate, state, unseen.difference)
    )


def _code(gate: GateSpec, state: State, difference: Interval) -> str:
    if gate.against == "baseline":
        return NOT_BEATEN if state != "passed" else ""
    return LIKELY_BETTER if state == "inconclusive" and _is_likely(difference) else ""


def _is_likely(difference: Interval) -> bool:
    """Whether the interval reaches no further below zero than the figure lies above it: of equals one in five would."""
    return (
        difference.value is not None and difference.low is not None and -difference.value <= difference.low < difference.value
    )


def is_likely_better(verdict: Verdict) -> bool:
    """Whether nothing stands in the way but that a version is only likely, and not surely, better than what is live."""
    open_ = [gate for gate in verdict.gates if gate.state != "passed"]
    return bool(open_) and all(gate.code == LIKELY_BETTER for gate in open_)


def overall(states: Sequence[State]) -> State:
    """failed if any failed, else inconclusive if any is, else passed; nothing asked is inconclusive."""
    if "failed" in states:
        return "failed"
    return "inconclusive" if "inconclusive" in states or not states else "passed"


def _results(gate: GateSpec, evaluation: Evaluation, timings: Timings | None) -> Iterator[GateResult]:
    """One result for each thing a gate asks: a least, a most, a comparison."""
    if gate.against is not None:
        yield _compared(gate, evaluation)
    if gate.min is not None:
        yield _bounded(gate, "at least", gate.min, evaluation, timings)
    if gate.max is not None:
        yield _bounded(gate, "at most", gate.max, evaluation, timings)
    if gate.against is None and gate.min is None and gate.max is None:
        yield GateResult(gate=gate.metric, state="inconclusive", evidence="the gate states no min, max or against")


def _bounded(
    gate: GateSpec, side: Literal["at least", "at most"], bound: float, evaluation: Evaluation, timings: Timings | None
) -> GateResult:
    name = f"{gate.metric} {side} {bound:g}" + _in_groups(gate)
    figures = _figures(gate, evaluation, timings)
    if not figures:
        return GateResult(gate=name, state="inconclusive", evidence="it was not measured")
    judged = [(_side_of(figure, side, bound), label, figure) for label, figure in figures]
    state, label, figure = min(judged, key=lambda one: (_ORDER[one[0]], _distance(one[2], side)))
    evidence = f"{label}{describe(figure)}: {_WORDS[state]} {side} {bound:g}"
    return GateResult(gate=name, state=state, evidence=evidence, interval=figure)


_ORDER: dict[State, int] = {"failed": 0, "inconclusive": 1, "passed": 2}
_WORDS: dict[State, str] = {"failed": "not", "inconclusive": "too uncertain to say", "passed": "surely"}


def _side_of(figure: Interval, side: str, bound: float) -> State:
    """Where an interval lies: wholly on the right side, wholly on the wrong one, or across the bound."""
    if figure.low is None or figure.high is None:
        return "inconclusive"
    low, high, bound = (figure.low, figure.high, bound) if side == "at least" else (-figure.high, -figure.low, -bound)
    return "passed" if low >= bound else "failed" if high < bound else "inconclusive"


def _distance(figure: Interval, side: str) -> float:
    """The smaller, the nearer to breaking the bound: for naming the worst group."""
    value = 0.0 if figure.value is None else figure.value
    return value if side == "at least" else -value


def _figures(gate: GateSpec, evaluation: Evaluation, timings: Timings | None) -> list[tuple[str, Interval]]:
    """The figures that a gate is about, each with the words that lead it: one, or one for each group."""
    if gate.slice is not None:
        groups = [s for s in evaluation.slices if s.column == gate.slice and s.metric == gate.metric]
        return [(f"worst group {s.group}: ", s.interval) for s in groups]
    measured = _measured(evaluation, timings)
    if gate.metric in measured:
        value = measured[gate.metric]
        return [] if value is None else [("", _certain(value, evaluation.rows))]
    return [("", one.interval) for one in evaluation.metrics if one.name == gate.metric]


MEASURED = ("latency_ms", "size_mb")
"""Figures of a payload, and not of what it says."""


def _measured(evaluation: Evaluation, timings: Timings | None) -> dict[str, float | None]:
    """Figures that have no interval: latency is the 99th percentile of single rows, size is in millions of bytes."""
    return {
        "latency_ms": None if timings is None else timings.row_p99_ms,
        "size_mb": evaluation.size_bytes / 1e6,
        "overfit_gap": evaluation.overfit_gap,
        "calibration_error": evaluation.calibration_error,
    }


def _certain(value: float, rows: int) -> Interval:
    return Interval(value=value, low=value, high=value, n=rows)


def _compared(gate: GateSpec, evaluation: Evaluation) -> GateResult:
    verb = "better than" if gate.rule == "superior" else "not worse than"
    name = f"{gate.metric} {verb} the {gate.against}" + _in_groups(gate)
    asked = [c for c in evaluation.comparisons if _asked_for(gate, c)]
    if not asked and gate.against == "champion" and not any(c.against == "champion" for c in evaluation.comparisons):
        return GateResult(gate=name, state="passed", evidence="there is no live model to compare with")
    if not asked:
        return GateResult(gate=name, state="inconclusive", evidence="it was not measured")
    judged = [(_state_of_difference(gate, c.difference), c) for c in asked]
    state, worst = min(judged, key=lambda one: (_ORDER[one[0]], _distance(one[1].difference, "at least")))
    evidence = _arithmetic(gate, state, worst)
    return GateResult(
        gate=name, state=state, evidence=evidence, interval=worst.difference, code=_code(gate, state, worst.difference)
    )


def _asked_for(gate: GateSpec, comparison: Comparison) -> bool:
    return (comparison.against, comparison.metric, comparison.column) == (gate.against, gate.metric, gate.slice)


def _state_of_difference(gate: GateSpec, difference: Interval) -> State:
    """superior: the whole interval above 0. non_inferior: the whole interval at or above minus the margin."""
    if difference.low is None or difference.high is None:
        return "inconclusive"
    if gate.rule == "superior":
        return "passed" if difference.low > 0 else "failed" if difference.high <= 0 else "inconclusive"
    return "passed" if difference.low >= -gate.margin else "failed" if difference.high < -gate.margin else "inconclusive"


def _arithmetic(gate: GateSpec, state: State, comparison: Comparison) -> str:
    """The comparison in words and figures, as a person would check it."""
    if comparison.theirs.value is None:
        return f"the {comparison.against} has no {gate.metric} on these rows, so there is nothing to compare with"
    group = f"worst group {comparison.group}: " if comparison.group is not None else ""
    needed = "above 0" if gate.rule == "superior" else f"at or above {-gate.margin:g}"
    outcome = {"passed": "all of it is", "failed": "none of it is", "inconclusive": "not all of it is"}[state]
    mine, theirs = figure(comparison.mine.value), figure(comparison.theirs.value)
    return f"{group}{mine} against {theirs}; gain {describe(comparison.difference)}: {outcome} {needed}"


def describe(interval: Interval) -> str:
    """0.412 (95 % interval 0.400 to 0.424, 30,000 rows), or why there is no such thing."""
    if interval.value is None:
        return f"undefined on {interval.n:,} rows"
    if interval.low is None or interval.high is None:
        return f"{figure(interval.value)} ({interval.n:,} rows in too few blocks to give an interval)"
    if interval.low == interval.high == interval.value:
        return figure(interval.value)
    level = f"{100 * interval.level:.3g} %"
    return f"{figure(interval.value)} ({level} interval {figure(interval.low)} to {figure(interval.high)}, {interval.n:,} rows)"


def _in_groups(gate: GateSpec) -> str:
    return f" in every group of {gate.slice}" if gate.slice is not None else ""


def _summary(state: State, results: Sequence[GateResult], evaluation: Evaluation, beaten: bool) -> str:
    unbeaten = not beaten and state != "passed"
    if unbeaten and any(result.state == state and result.code == NOT_BEATEN for result in results):
        return _no_interval(evaluation) or NOTHING_BEATS_THE_BASELINE
    if state == "passed":
        beside = any(result.evidence.endswith(_ENOUGH) for result in results)
        short = f"{_BESIDE_LIVE}, though not than the baseline: " if beside else ""
        return f"every gate passed: {short}{_lead(evaluation)}"
    worst = [result for result in results if result.state == state]
    word = "failed" if state == "failed" else "could not be decided"
    nor = "; nor is the baseline surely beaten" if unbeaten else ""
    return f"do not ship: {len(worst)} of {len(results)} gates {word}; {worst[0].gate}: {worst[0].evidence}{nor}"


def _no_interval(evaluation: Evaluation) -> str:
    """What to say where the baseline may well be beaten, and too few blocks are sealed to tell; else empty."""
    main = [c for c in evaluation.comparisons if (c.against, c.column, c.metric) == ("baseline", None, evaluation.metric)]
    if not any((c.difference.value or 0.0) > 0 and c.difference.low is None for c in main):
        return ""
    what = evaluation.block or "row"
    blocks = f"only 1 {what} is" if evaluation.blocks == 1 else f"only {evaluation.blocks:,} {what}s are"
    return (
        f"do not ship: whether the baseline is beaten cannot be told, as {blocks} sealed and it takes {FEWEST_BLOCKS}: "
        "raise split.holdout"
    )


def _beats_the_baseline(evaluation: Evaluation) -> bool:
    return any(
        _is_better(c.difference)
        for c in evaluation.comparisons
        if c.against == "baseline" and c.column is None and c.metric == evaluation.metric
    )


def _is_better(difference: Interval) -> bool:
    return difference.low is not None and difference.low > 0


def _lead(evaluation: Evaluation) -> str:
    """The main metric beside the baseline's, in one phrase."""
    for c in evaluation.comparisons:
        if c.against == "baseline" and c.column is None and c.metric == evaluation.metric:
            title = METRICS[c.metric].title if c.metric in METRICS else c.metric
            return f"{title} {figure(c.mine.value)}, the baseline's is {figure(c.theirs.value)}"
    return f"{evaluation.metric} on {evaluation.rows:,} rows"
