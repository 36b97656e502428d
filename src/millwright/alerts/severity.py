"""How severe a thing is: whether it is good to know, somebody should look, or somebody must look now."""

from millwright.records.alerting import About, Severity
from millwright.records.deciding import Decision, Finding

POLICY = "policy"
_PAGES = frozenset({"rollback", "abort", "alert"})
"""What the policy does about harm, or says where it may not do it."""


def severity_of(subject: Finding | Decision | About) -> Severity:
    """The severity of a finding, of a decision, or of what else an alert is about.

    page: what is expected to cost more than the spec's limit, requests that fail, harm that was done and undone or that the
    policy may not undo, a steward that cannot work. alarm: broken data, a worse model, slow answers, any other act or advice of
    the policy, windows that nobody looked at. note: all else.
    """
    if isinstance(subject, Finding):
        return _of_finding(subject)
    if isinstance(subject, Decision):
        return _of_decision(subject)
    return {"steward": "page", "no_look": "alarm"}.get(subject, "note")  # type: ignore[return-value]


def _of_finding(finding: Finding) -> Severity:
    if finding.check == "errors" or (finding.loss is not None and finding.loss.page):
        return "page"
    return "alarm" if finding.kind in ("data_fault", "serving", "concept") else "note"


def _of_decision(decision: Decision) -> Severity:
    if decision.actor != POLICY or decision.action == "refuse":
        return "note"
    return "page" if decision.action in _PAGES else "alarm"
