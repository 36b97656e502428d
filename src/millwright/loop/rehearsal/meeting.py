"""How the loop met the faults that were put in."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from millwright.loop.rehearsal.fault import Fault
from millwright.loop.retraining import BREAKS
from millwright.records.deciding import Decision, Finding
from millwright.records.rehearsing import FaultMet
from millwright.records.spec import Spec
from millwright.spec.durations import parse_duration

_OF_LABELS = ("labels:flip", "labels:delay", "labels:none")


def met(
    fault: Fault, spec: Spec, findings: Sequence[Finding], decisions: Sequence[Decision], told_from: datetime | None
) -> FaultMet:
    """When a fault was found, whether the loop held, and how many retrains it began on it; records in order of time.

    told_from: when the first outcome of a row of the fault was known (None: never); nothing learns from a row before that.
    """
    window = parse_duration(spec.watch.window)
    late = parse_duration(spec.watch.label_maturity or spec.data.label_delay) if fault.kind in _OF_LABELS else timedelta(0)
    until = fault.end + window + late
    found = next((one for one in findings if _speaks_of(one, fault, until, window + late)), None)
    inside = [one for one in decisions if fault.start < one.event_at <= until and one.mode in (None, "auto")]
    return FaultMet(
        text=fault.text,
        start=fault.start,
        end=fault.end,
        found_at=found.event_at if found else None,
        sentence=found.sentence if found else "",
        held=any(one.action == "hold" and one.evidence.get("findings") for one in inside),
        retrains=sum(one.action == "retrain" and _learns_from(one, fault, told_from) for one in inside),
    )


def _learns_from(retrain: Decision, fault: Fault, told_from: datetime | None) -> bool:
    """Whether a retrain may learn from rows of the fault: outcomes of theirs were known, and not all their time is left out."""
    if told_from is None or retrain.event_at < told_from:
        return False
    end = min(fault.end, retrain.event_at)
    left_out = [tuple(map(datetime.fromisoformat, span)) for span in retrain.evidence.get(BREAKS, [])]
    return not any(a <= fault.start and end <= b for a, b in left_out)


def _speaks_of(finding: Finding, fault: Fault, until: datetime, before: timedelta) -> bool:
    """Whether a finding was first made while the fault could be seen, and is of its columns, or of broken data at all."""
    if not fault.start < finding.event_at <= until or finding.since < fault.start - before:
        return False
    if finding.kind == "data_fault":
        return not fault.column or not finding.columns or _shared(finding, fault)
    return _shared(finding, fault) if fault.column else fault.kind in (*_OF_LABELS, "bots", "duplicate:day")


def _shared(finding: Finding, fault: Fault) -> bool:
    return any(name == fault.column or fnmatchcase(name, fault.column) for name in finding.columns)
