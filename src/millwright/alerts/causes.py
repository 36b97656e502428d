"""What makes two alerts one matter, and when a matter is over."""

from collections.abc import Sequence

from millwright.records.alerting import AlertEntry
from millwright.records.causing import Cause
from millwright.records.deciding import Decision, Finding

STEWARD = "steward"
NO_LOOK = "no_look"
_FINDING, _CAUSE, _DECISION = "finding:", "cause:", "decision:"


def of_finding(finding: Finding) -> str:
    """The same kind of change of the same version, seen without a break since the same time, is one matter."""
    return f"{_FINDING}{finding.kind}:{finding.check}:v{finding.version}:{finding.since.isoformat()}"


def of_cause(cause: Cause) -> str:
    """What look after look finds of one cause is one matter."""
    return f"{_CAUSE}{cause.id}"


def of_decision(decision: Decision) -> str:
    """Each decision is a matter of its own: the policy says a case once."""
    return f"{_DECISION}{decision.number}"


def is_of_finding(cause: str) -> bool:
    """Whether it ends once a look finds it no longer."""
    return cause.startswith((_FINDING, _CAUSE))


def decision_of(cause: str) -> int | None:
    """The number of the decision that it is about, if it is about one."""
    return int(cause.removeprefix(_DECISION)) if cause.startswith(_DECISION) else None


def gone(entries: Sequence[AlertEntry], found: Sequence[Finding], behind: Sequence[Cause] = ()) -> list[AlertEntry]:
    """Of the open alerts those about findings and causes that the newest look does not show any more."""
    now = {*map(of_finding, found), *map(of_cause, behind)}
    return [entry for entry in entries if is_of_finding(entry.alert.cause) and entry.alert.cause not in now]
