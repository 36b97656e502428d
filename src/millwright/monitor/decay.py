"""Worse answers: below what the version promised, or below what the version before it would have given."""

import math
from collections.abc import Sequence

from millwright.monitor.found import Scene, of_the_model
from millwright.monitor.inputs import Judged, Reference
from millwright.monitor.variation import Evidence
from millwright.monitor.words import day, names, number
from millwright.records.deciding import Change, Finding, FindingKind
from millwright.records.judging import Comparison, Interval, LiveQuality, MetricValue

_HOW_MANY = ("volume", "no_data", "duplicates")
"""Faults that say how many rows came, and nothing of what was asked and answered in them."""
_FEWEST_LABELLED = 30
_LARGE_SHARE = 0.05
_LARGE_POINTS = 0.01
_SECONDS = {"hour": 3_600.0, "day": 86_400.0, "week": 604_800.0}


def decay(reference: Reference, judged: Judged, scene: Scene, level: float, explained_by: Sequence[Finding]) -> Finding | None:
    """The main metric worse than promised.

    explained_by: what else was found on these rows. Where inputs were broken or outcomes shifted, the relation between the
    two need not have changed, and the finding says so.
    """
    live = _named(judged.quality.metrics, reference.metric)
    promised = _named(reference.promised or judged.quality.promised, reference.metric)
    if live is None or promised is None or live.interval.n < _FEWEST_LABELLED:
        return None
    evidence = _evidence(live, promised.interval, judged.quality, level, reference.promised_days)
    now, was = live.interval.value, promised.interval.value
    if (
        evidence is None
        or now is None
        or was is None
        or evidence.size <= evidence.limit
        or _worse_by(live, was) < _least(live, was)
    ):
        return None
    kind, why = _explained(() if _known_before(scene) else explained_by)
    change = Change(
        column="",
        check="decay",
        was=was,
        now=now,
        unit=live.name,
        effect=now - was,
        evidence=evidence.size,
        limit=evidence.limit,
    )
    rows = f"{live.interval.n:,} labelled rows ({_days(judged, scene)})"
    text = f"{live.name} is {_figures(live.interval)} on {rows}, worse than promised: {_figures(promised.interval)}{why}"
    return of_the_model(kind, change, text, scene)


def worse_than_before(judged: Judged, scene: Scene) -> Finding | None:
    """The live version worse than the one before it on the same rows: looks come one after the other and rows of a day hang
    together, so it takes what it takes to end a trial (`evaluate.harm`). Not where it is the better one by another metric: then
    it is the level that is off, of which decay tells, and there is no better order to go back to."""
    compared, harm = judged.against_before, judged.harm
    difference = (compared.difference.value or 0.0) if compared else 0.0
    if compared is None or harm is None or not harm.shown or difference >= 0 or judged.better_by is not None:
        return None
    change = Change(
        column="",
        check="worse_than_before",
        was=compared.theirs.value,
        now=compared.mine.value,
        unit=compared.metric,
        effect=difference,
    )
    return of_the_model("concept", change, _compared(compared, judged, scene), scene)


def _compared(compared: Comparison, judged: Judged, scene: Scene) -> str:
    before = f"version {compared.version}" if compared.version else "the version before"
    return (
        f"version {scene.version} does worse than {before} on the same {compared.difference.n:,} labelled rows "
        f"({_days(judged, scene)}): {compared.metric} {_figures(compared.mine)}, where {before} has {_figures(compared.theirs)}"
    )


def _named(metrics: Sequence[MetricValue], name: str | None) -> MetricValue | None:
    return next((metric for metric in metrics if name is None or metric.name == name), None)


def _worse_by(live: MetricValue, promised: float) -> float:
    value = live.interval.value if live.interval.value is not None else promised
    return promised - value if live.goal == "max" else value - promised


def _least(live: MetricValue, promised: float) -> float:
    return _LARGE_POINTS if live.goal == "max" else _LARGE_SHARE * abs(promised)


def _evidence(
    live: MetricValue, promised: Interval, quality: LiveQuality, level: float, promised_days: int | None
) -> Evidence | None:
    """One-sided: the difference in standard errors, read from the halves of the intervals that face each other.

    The live interval was made for few blocks (Student's t, see evaluate.bootstrap), so the difference is compared with
    Student's t too, its degrees of freedom after Satterthwaite (Biometrics Bulletin 2, 1946); None where either is open.
    Where it was drawn from the hours of a few days, nothing in it says what a day swings by: the promise, judged by days, does.
    """
    from scipy.special import ndtri, stdtrit

    halves = _facing(live, promised)
    if halves is None or promised.value is None or not max(halves) > 0:
        return None
    blocks = _blocks(quality, live.interval.n)
    reach = float(stdtrit(blocks - 1, (1 + live.interval.level) / 2)) * math.sqrt(blocks / (blocks - 1))
    mine, theirs = (halves[0] / reach) ** 2, (halves[1] / float(ndtri((1 + promised.level) / 2))) ** 2
    if quality.block == "hour" and quality.days and promised_days:
        swing = theirs * promised_days / quality.days
        freedom = (mine + swing + theirs) ** 2 / (mine**2 / (blocks - 1) + (swing + theirs) ** 2 / max(promised_days - 1, 1))
        mine += swing
    else:
        freedom = (blocks - 1) * ((mine + theirs) / mine) ** 2 if mine > 0 else 1e6
    size = _worse_by(live, promised.value) / math.sqrt(mine + theirs)
    return Evidence(size, float(stdtrit(min(freedom, 1e6), 1 - level)), by_periods=False)


def _facing(live: MetricValue, promised: Interval) -> tuple[float, float] | None:
    mine = live.interval
    ends = (mine.low, mine.value, mine.high, promised.low, promised.value, promised.high)
    if any(end is None for end in ends):
        return None
    low, value, high, their_low, theirs, their_high = (float(end or 0.0) for end in ends)
    return (high - value, theirs - their_low) if live.goal == "max" else (value - low, their_high - theirs)


def _blocks(quality: LiveQuality, rows: int) -> int:
    """How many blocks the live interval can have been drawn from."""
    seconds = (quality.window.end - quality.window.start).total_seconds()
    length = _SECONDS.get(quality.block or "")
    return max(2, min(rows, math.ceil(seconds / length) if length else rows))


def _known_before(scene: Scene) -> bool:
    """Whether the look before found the same of this version with nothing else to explain it: what broke since does not."""
    return any((f.check, f.kind, f.version) == ("decay", "concept", scene.version) for f in scene.previous)


def _explained(found: Sequence[Finding]) -> tuple[FindingKind, str]:
    broken = [finding for finding in found if finding.kind == "data_fault" and finding.check not in _HOW_MANY]
    if broken:
        columns = tuple(dict.fromkeys(column for finding in broken for column in finding.columns))
        what = f"inputs of these rows were broken ({names(columns)})" if columns else "data of this time were broken"
        return "data_fault", f"; {what}, which may be all there is to it"
    if any(finding.check == "label_shift" for finding in found):
        return "label", "; the outcomes themselves shifted, which may be all there is to it"
    return "concept", ""


def _figures(interval: Interval) -> str:
    value = "unknown" if interval.value is None else number(interval.value)
    return (
        value
        if interval.low is None or interval.high is None
        else f"{value} ({number(interval.low)} to {number(interval.high)})"
    )


def _days(judged: Judged, scene: Scene) -> str:
    window = judged.quality.window
    return f"{day(window.start, scene.zone)} to {day(window.end, scene.zone)}"
