"""What was found, decided and told: findings, causes, decisions with their reasons, alerts."""

from typing import Annotated, Literal

from annotated_types import MaxLen
from fastapi import Query, Request
from starlette.responses import Response

from millwright.api.answering import answer
from millwright.api.desk import Routes, project_of
from millwright.api.listing import Moment, Search, Wanted
from millwright.api.told import tell
from millwright.loop.acknowledging import acknowledge_all
from millwright.loop.explaining import Explanation
from millwright.records.alerting import AlertEntry, ChannelHealth, Delivery, Severity
from millwright.records.causing import Cause
from millwright.records.deciding import Action, Decision, Finding, FindingKind
from millwright.records.record import record
from millwright.records.scoring import Scored
from millwright.registry import decisions, deliveries, lists, scores
from millwright.registry.pages import Page

routes = Routes("decisions")


@record
class DecisionRow:
    """A decision, and what later labels said of it, where they did. waits: whether it waits for a person's word."""

    decision: Decision
    scored: Scored | None
    waits: bool


@record
class Explained:
    """Why a decision was taken: with its findings, the conditions of its rule, what it followed and what followed; and in
    words."""

    explanation: Explanation
    lines: tuple[str, ...]


@record
class Causes:
    """What is behind the findings of late, the newest first."""

    items: tuple[Cause, ...]
    total: int
    next: None = None


@record
class AlertRow:
    """An alert, whether somebody looks after it, and where it was sent."""

    entry: AlertEntry
    state: Literal["open", "acknowledged", "ended"]
    deliveries: tuple[Delivery, ...]


@record
class Channels:
    """How each channel of the spec does."""

    items: tuple[ChannelHealth, ...]


@record
class Acknowledged:
    """The alerts that somebody looks after now."""

    alerts: tuple[AlertEntry, ...]


@record
class Word:
    """What a person says, and why."""

    reason: Annotated[str, MaxLen(2000)] = ""


@routes.get("/projects/{project}/decisions", "viewer", Page[DecisionRow])
def list_decisions(
    request: Request,
    asked: Wanted,
    q: Search = "",
    action: Annotated[list[Action] | None, Query()] = None,
    actor: Search = "",
    version: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    since: Annotated[Moment, Query(alias="from")] = None,
    until: Annotated[Moment, Query(alias="to")] = None,
) -> Response:
    """Decisions, the newest first, with what labels said of them later. sort: number, event_at, action."""
    here = project_of(request)
    sought = lists.Sought(text=q, kinds=tuple(action or ()), actor=actor, version=version, since=since, until=until)

    def listed() -> Page[DecisionRow]:
        with here.workshop.catalogue.read() as view:
            page = lists.decision_page(view, here.spec.project, asked, sought)
            proved = scores.of_all(view, (one.number for one in page.items))
            waiting = decisions.waiting(view, here.spec.project)
        rows = (DecisionRow(decision=d, scored=proved.get(d.number), waits=d.number in waiting) for d in page.items)
        return Page(items=tuple(rows), total=page.total, next=page.next)

    return tell(request, listed)


@routes.get("/projects/{project}/decisions/{number}", "viewer", Explained)
def explain_decision(request: Request, number: int) -> Response:
    """Why a decision was taken, with its evidence."""
    found = project_of(request).explain(number)
    return answer(Explained(explanation=found, lines=tuple(found.lines)))


@routes.get("/projects/{project}/findings", "viewer", Page[Finding])
def list_findings(
    request: Request,
    asked: Wanted,
    q: Search = "",
    kind: Annotated[list[FindingKind] | None, Query()] = None,
    since: Annotated[Moment, Query(alias="from")] = None,
    until: Annotated[Moment, Query(alias="to")] = None,
) -> Response:
    """Findings, the newest first. sort: number, event_at, kind."""
    here = project_of(request)
    sought = lists.Sought(text=q, kinds=tuple(kind or ()), since=since, until=until)

    def listed() -> Page[Finding]:
        with here.workshop.catalogue.read() as view:
            return lists.finding_page(view, here.spec.project, asked, sought)

    return tell(request, listed)


@routes.get("/projects/{project}/findings/{finding}", "viewer", Finding)
def show_finding(request: Request, finding: str) -> Response:
    """One finding, by its id or how that begins."""
    return answer(project_of(request).finding(finding))


@routes.get("/projects/{project}/causes", "viewer", Causes)
def list_causes(request: Request, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> Response:
    """What is behind the findings of late, each as the newest look that found it says."""
    here = project_of(request)

    def listed() -> Causes:
        found = here.causes(limit)
        return Causes(items=found, total=len(found))

    return tell(request, listed)


@routes.get("/projects/{project}/alerts", "viewer", Page[AlertRow])
def list_alerts(
    request: Request,
    asked: Wanted,
    q: Search = "",
    severity: Annotated[list[Severity] | None, Query()] = None,
    open_only: Annotated[bool, Query(alias="open")] = False,
    since: Annotated[Moment, Query(alias="from")] = None,
    until: Annotated[Moment, Query(alias="to")] = None,
) -> Response:
    """Alerts, the newest first, each with where it was sent. sort: number, raised_at, seen_at, severity."""
    here = project_of(request)
    sought = lists.Sought(text=q, kinds=tuple(severity or ()), since=since, until=until)
    with here.workshop.catalogue.read() as view:
        page = lists.alert_page(view, here.spec.project, asked, sought, open_only=open_only)
        rows = tuple(
            AlertRow(entry=one, state=one.state, deliveries=deliveries.of_alert(view, one.number)) for one in page.items
        )
    return answer(Page(items=rows, total=page.total, next=page.next))


@routes.get("/projects/{project}/channels", "viewer", Channels)
def list_channels(request: Request) -> Response:
    """How each channel of alerts does: what waits, was sent, was given up, and why the last try failed."""
    return answer(Channels(items=project_of(request).channels()))


@routes.post("/projects/{project}/decisions/{number}/approve", "approver", Decision)
def approve(request: Request, number: int, given: Word) -> Response:
    """Say yes to a decision that waits. The steward carries it out at its next tick; where two people have to agree, it is done
    with the second one's word."""
    return answer(project_of(request).approve(number, yes=True, reason=given.reason.strip()))


@routes.post("/projects/{project}/decisions/{number}/decline", "approver", Decision)
def decline(request: Request, number: int, given: Word) -> Response:
    """Say no to a decision that waits."""
    return answer(project_of(request).approve(number, yes=False, reason=given.reason.strip()))


@routes.post("/projects/{project}/alerts/{number}/ack", "operator", AlertEntry)
def acknowledge(request: Request, number: int, given: Word) -> Response:
    """Look after an alert: nobody is told of it again while its cause goes on."""
    return answer(project_of(request).acknowledge(number, reason=given.reason.strip()))


@routes.post("/projects/{project}/causes/{cause}/ack", "operator", Acknowledged)
def acknowledge_cause(request: Request, cause: str, given: Word) -> Response:
    """Look after every open alert of a cause."""
    return answer(Acknowledged(alerts=acknowledge_all(project_of(request).workshop, cause, given.reason.strip())))


@routes.post("/projects/{project}/channels/{channel}/test", "operator", dict[str, str])
def test_channel(request: Request, channel: str) -> Response:
    """Send a test message to a channel; empty where it went, else why it did not."""
    return answer(project_of(request).test_alerts(channel))
