"""From news to alerts: one for each matter, with what was decided about it. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from millwright.alerts import causes
from millwright.alerts.rows import rows_to_look_at
from millwright.alerts.severity import severity_of
from millwright.records.alerting import About, Alert, Severity, rank
from millwright.records.codec import digest_of
from millwright.records.deciding import Decision, Finding
from millwright.records.watching import Watched

LONGEST_TITLE = 90
UNTOLD = frozenset({"approve", "decline", "pause", "resume"})
"""A person's word to the policy is no news to people."""

_TITLES = {
    "decay": "{figure} of v{version} is worse than promised",
    "worse_than_before": "v{version} does worse than the version before",
    "volume": "little or nothing is asked",
    "label_feed": "labels that are due do not come",
    "label_flip": "labels say the opposite of what was answered",
    "errors": "requests fail",
    "latency": "answers are slow",
    "parity": "logged answers come out otherwise when given again",
}

_DONE = {
    "promote": "promoted{version}",
    "rollback": "rolled back to{version}",
    "hold": "holds{version}",
    "retrain": "retrains{version}",
    "refuse": "refused{version}",
    "shadow": "tries{version} in shadow",
    "canary": "tries{version} as a canary",
    "abort": "ended the trial of{version}",
    "alert": "may not act on{version}",
}


def alerts_of(findings: Sequence[Finding], decided: Iterable[Decision], now: datetime) -> list[Alert]:
    """The alerts that findings and decisions make, in their order.

    A decision that stands on a finding of the same news is told with it, in one alert; a decision is told alone otherwise.
    """
    by_finding: dict[str, Decision] = {}
    alone: list[Decision] = []
    fresh = {finding.id for finding in findings}
    for decision in decided:
        if decision.action in UNTOLD:
            continue
        named = [id_ for id_ in decision.evidence.get("findings", ()) if id_ in fresh and id_ not in by_finding]
        if named:
            by_finding[named[0]] = decision
        else:
            alone.append(decision)
    said_already = [finding.sentence for finding in findings]
    told = [_of_finding(finding, by_finding.get(finding.id), said_already, now) for finding in findings]
    return told + [of_decision(decision, (), now) for decision in alone]


def _of_finding(finding: Finding, decision: Decision | None, said_already: Iterable[str], now: datetime) -> Alert:
    severities: list[Severity] = [severity_of(finding)] + ([severity_of(decision)] if decision else [])
    return Alert(
        id=digest_of([finding.project, "finding", finding.id])[:32],
        project=finding.project,
        cause=causes.of_finding(finding),
        about="finding",
        severity=max(severities, key=rank),
        title=_short(_title(finding)),
        sentence=finding.sentence,
        at=now,
        action=_said_beside(decision, said_already) if decision else "",
        findings=(finding,),
        decision=decision,
        rows=rows_to_look_at(finding, now),
    )


def of_decision(decision: Decision, found: Sequence[Finding], now: datetime) -> Alert:
    """The alert of a decision that is told alone; `found`: what it stands on."""
    return Alert(
        id=digest_of([decision.project, "decision", decision.number])[:32],
        project=decision.project,
        cause=causes.of_decision(decision),
        about="decision",
        severity=severity_of(decision),
        title=_short(_headline(decision)),
        sentence=said(decision),
        at=now,
        findings=tuple(found),
        decision=decision,
        rows=next((rows for finding in found if (rows := rows_to_look_at(finding, now))), ""),
    )


def late_looks(looks: Iterable[Watched], every: timedelta, now: datetime) -> Iterator[Alert]:
    """An alert where windows were looked at long after they had ended, or never: nobody was there to see a fault in them."""
    for look in looks:
        late = look.window.known_at - look.window.end
        if late > 2 * every:
            until = f"{look.window.end:%Y-%m-%d %H:%M} UTC"
            sentence = f"no steward looked at the window until {until} before {look.window.known_at:%Y-%m-%d %H:%M} UTC"
            yield of_matter("no_look", look.project, causes.NO_LOOK, f"{sentence}: nobody would have seen a fault", now)
            return


def brought_up_to_date(before: Alert, now: Alert) -> Alert:
    """An alert with what its cause looks like now; what was decided about it stays, and so does how severe it was."""
    decided = now if now.decision is not None else before
    severity = max((before.severity, now.severity), key=rank)
    return replace(now, id=before.id, severity=severity, decision=decided.decision, action=decided.action)


def of_matter(about: About, project: str, cause: str, sentence: str, now: datetime) -> Alert:
    """An alert that is about no finding and no decision."""
    return Alert(
        id=digest_of([project, cause, now.isoformat()])[:32],
        project=project,
        cause=cause,
        about=about,
        severity=severity_of(about),
        title=_short(sentence.partition(": ")[0]),
        sentence=sentence,
        at=now,
    )


def _said_beside(decision: Decision, said_already: Iterable[str]) -> str:
    """What was decided, without what is said of findings already."""
    reason = decision.reason
    for sentence in said_already:
        reason = reason.replace(sentence, "")
    reason = reason.strip(" :;")
    return f"{_headline(decision)}: {reason}" if reason else _headline(decision)


def _title(finding: Finding) -> str:
    """A finding in a few words: what its sentence says first, or, where that begins with figures, what they mean."""
    title = _TITLES.get(finding.check or "")
    if title is None:
        return finding.sentence.partition(": ")[0]
    return title.format(figure=finding.changes[0].unit if finding.changes else "the metric", version=finding.version)


def said(decision: Decision) -> str:
    """What was decided, in a sentence."""
    return f"{_headline(decision)}: {decision.reason}"


def _headline(decision: Decision) -> str:
    version = f" v{decision.version}" if decision.version is not None else ""
    if decision.mode == "approve":
        return f"{decision.action}{version} waits for your yes"
    if decision.mode == "advise":
        return f"{decision.action}{version} is advised"
    who = "the policy" if decision.actor == "policy" else decision.actor
    return f"{who} {_DONE.get(decision.action, decision.action).format(version=version)}"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TITLE else text[: LONGEST_TITLE - 1] + "…"
