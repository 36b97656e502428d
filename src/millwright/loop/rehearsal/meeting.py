"""How the loop met the faults that were put in."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from millwright.loop.quality import JUDGED_WINDOWS
from millwright.loop.rehearsal.fault import Fault
from millwright.loop.rehearsal.faults import DAY
from millwright.loop.retraining import BREAKS
from millwright.records.deciding import Decision, Finding, FindingCheck
from millwright.records.rehearsing import FaultMet
from millwright.records.spec import Spec
from millwright.spec.durations import parse_duration

_OF_LABELS = ("labels:flip", "labels:delay", "labels:none")
_TELLS: Mapping[str, frozenset[FindingCheck]] = {
    "feed:dropped": frozenset({"volume", "stale", "no_data"}),
    "bots": frozenset({"duplicates", "callers", "drift", "constant"}),
    "duplicate:day": frozenset({"duplicates"}),
    "labels:flip": frozenset({"label_flip", "label_shift", "label_sample", "decay", "worse_than_before"}),
    "labels:delay": frozenset({"label_feed", "no_data"}),
    "labels:none": frozenset({"label_feed", "no_data"}),
}
"""What can be found of a fault that is of no column. One of a column is told by findings on it, and by refused requests."""
_NO_DATA_OF: Mapping[str, str] = {"feed:dropped": "requests", "labels:delay": "labels", "labels:none": "labels"}


def met(
    fault: Fault, spec: Spec, findings: Sequence[Finding], decisions: Sequence[Decision], told_from: datetime | None
) -> FaultMet:
    """When a fault was found, whether the loop held, and how many retrains it began on it; records in order of time.

    told_from: when the first outcome of an answered row with the fault in was told (None: never); nothing learns from a row
    before that.
    """
    window = parse_duration(spec.watch.window)
    late = _late(fault, spec)
    until = fault.end + window + late
    looked_at = JUDGED_WINDOWS * window if fault.kind in _OF_LABELS else window
    speaking = [one for one in findings if _can_tell_of(one, fault) and _while_seen(one, fault, late, looked_at)]
    found, known = next(iter(speaking), None), {one.id for one in speaking}
    inside = [one for one in decisions if fault.start < one.event_at <= until and one.mode in (None, "auto")]
    return FaultMet(
        text=fault.text,
        start=fault.start,
        end=fault.end,
        found_at=found.event_at if found else None,
        sentence=found.sentence if found else "",
        held=any(one.action == "hold" and not known.isdisjoint(one.evidence.get("findings", ())) for one in inside),
        retrains=sum(one.action == "retrain" and _learns_from(one, fault, told_from) for one in inside),
    )


def _learns_from(retrain: Decision, fault: Fault, told_from: datetime | None) -> bool:
    """Whether a retrain may learn from rows of the fault: outcomes of theirs were known, and not all their time is left out."""
    if told_from is None or retrain.event_at < told_from:
        return False
    end = min(fault.end, retrain.event_at)
    left_out = [tuple(map(datetime.fromisoformat, span)) for span in retrain.evidence.get(BREAKS, [])]
    return not any(a <= fault.start and end <= b for a, b in left_out)


def _late(fault: Fault, spec: Spec) -> timedelta:
    """How much later than the fault's own time it can be seen: labels count once they are complete, copies come a day later."""
    if fault.kind in _OF_LABELS:
        return parse_duration(spec.watch.label_maturity or spec.data.label_delay)
    return DAY if fault.kind == "duplicate:day" else timedelta(0)


def _while_seen(finding: Finding, fault: Fault, late: timedelta, looked_at: timedelta) -> bool:
    """Whether rows of the fault were among those that were looked at, and it was not there before. looked_at: how much time
    they are of."""
    seen = fault.start + late < finding.event_at < fault.end + late + looked_at
    return seen and finding.since >= fault.start - looked_at


def _can_tell_of(finding: Finding, fault: Fault) -> bool:
    """Whether such a fault can lead to such a finding."""
    if fault.column:
        on_it = finding.check != "label_shift" and _shared(finding, fault)  # a pattern may name the target, which is not sent
        return on_it or (finding.check == "refused" and not finding.columns)
    if finding.check == "no_data":
        return finding.changes[0].unit == _NO_DATA_OF.get(fault.kind)
    return finding.check in _TELLS[fault.kind]


def _shared(finding: Finding, fault: Fault) -> bool:
    return any(name == fault.column or fnmatchcase(name, fault.column) for name in finding.columns)
