"""From news to alerts: one for each matter, with what was decided about it. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from millwright.alerts import causes
from millwright.alerts.rows import rows_of_cause, rows_to_look_at
from millwright.alerts.severity import severity_of
from millwright.records.alerting import About, Alert, Severity, rank
from millwright.records.causing import Cause
from millwright.records.codec import digest_of
from millwright.records.deciding import Decision, Finding
from millwright.records.watching import Watched

LONGEST_TITLE = 90
UNTOLD = frozenset({"approve", "decline", "pause", "resume", "archive", "restore"})
"""A person's word to the policy, and what one tidies away, is no news to people."""

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
    "recalibrate": "calibrates{version} anew",
    "ask_labels": "asks for labels",
    "refuse": "refused{version}",
    "shadow": "tries{version} in shadow",
    "canary": "tries{version} as a canary",
    "abort": "ended the trial of{version}",
    "alert": "may not act on{version}",
}


def alerts_of(
    findings: Sequence[Finding], decided: Iterable[Decision], now: datetime, behind: Sequence[Cause] = ()
) -> list[Alert]:
    """The alerts that findings and decisions make, in their order: one for each of the causes `behind` the findings, and for
    each finding that none is behind.

    A decision that stands on a finding of the same news is told with it, in one alert; a decision is told alone otherwise.
    """
    matters = list(_matters(findings, behind))
    decisions: dict[int, Decision] = {}
    alone: list[Decision] = []
    for decision in decided:
        if decision.action in UNTOLD:
            continue
        named = decision.evidence.get("findings", ())
        free = [i for i, one in enumerate(matters) if i not in decisions and one.place_in(named) is not None]
        place = min(free, key=lambda i: matters[i].place_in(named) or 0, default=None)
        if place is None:
            alone.append(decision)
        else:
            decisions[place] = decision
    said_already = [finding.sentence for finding in findings]
    told = [_of_matter(one, decisions.get(i), said_already, now) for i, one in enumerate(matters)]
    return told + [of_decision(decision, (), now) for decision in alone]


@dataclass(frozen=True, slots=True)
class _Matter:
    """Findings that are told together, and the cause behind them; without one, a finding by itself."""

    findings: tuple[Finding, ...]
    behind: Cause | None = None

    def place_in(self, named: Sequence[str]) -> int | None:
        """Where a decision names one of the findings first."""
        return min((named.index(finding.id) for finding in self.findings if finding.id in named), default=None)


def _matters(findings: Sequence[Finding], behind: Sequence[Cause]) -> Iterator[_Matter]:
    known = {finding.id: finding for finding in findings}
    explained = {id_ for cause in behind for id_ in cause.findings}
    for cause in behind:
        mine = tuple(_part_of(known[id_], cause) for id_ in cause.findings if id_ in known)
        if mine:
            yield _Matter(mine, cause)
    yield from (_Matter((finding,)) for finding in findings if finding.id not in explained)


def _says_it_all(finding: Finding, cause: Cause) -> bool:
    """Whether a cause is no more and no less than one finding."""
    return len(cause.findings) == 1 and not finding.columns and not cause.columns


def _part_of(finding: Finding, cause: Cause) -> Finding:
    """A finding as far as it is of this cause: other columns of it may be of another."""
    if not finding.columns or not cause.columns:
        return finding
    columns = tuple(column for column in finding.columns if column in cause.columns)
    return replace(finding, columns=columns, changes=tuple(c for c in finding.changes if c.column in columns))


def _of_matter(one: _Matter, decision: Decision | None, said_already: Iterable[str], now: datetime) -> Alert:
    first, behind = one.findings[0], one.behind
    weighed = one.findings if behind is None else [replace(finding, loss=behind.loss) for finding in one.findings]
    severities: list[Severity] = [*map(severity_of, weighed), *([severity_of(decision)] if decision else [])]
    key = ["finding", first.id] if behind is None else ["cause", behind.id, behind.event_at.isoformat()]
    return Alert(
        id=digest_of([first.project, *key])[:32],
        project=first.project,
        cause=causes.of_finding(first) if behind is None else causes.of_cause(behind),
        about="finding",
        severity=max(severities, key=rank),
        title=_short(_title(first) if behind is None or _says_it_all(first, behind) else behind.title),
        sentence=first.sentence if behind is None else behind.sentence,
        at=now,
        action=_said_beside(decision, said_already) if decision else "",
        findings=one.findings,
        decision=decision,
        rows=rows_to_look_at(first, now) if behind is None else rows_of_cause(behind, one.findings, now),
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
