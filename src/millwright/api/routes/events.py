"""Server-sent events: runs, rollouts, decisions, findings, and the traffic, as they happen."""

from fastapi import Header, Request
from starlette.responses import Response, StreamingResponse

from millwright.api.caller import Caller
from millwright.api.desk import Desk, Routes, caller_of, desk_of, project_of
from millwright.api.events import Changes, follow
from millwright.loop.training import training
from millwright.records.codec import to_plain
from millwright.registry import people, sessions
from millwright.registry.news import Mark

routes = Routes("events")
STREAM: dict[int | str, dict[str, object]] = {
    200: {"description": "Events, as they happen.", "content": {"text/event-stream": {"schema": {"type": "string"}}}}
}
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@routes.get("/projects/{project}/events", "viewer", responses=STREAM)
def stream_events(request: Request, last_event_id: str = Header(default="", max_length=80), since: str = "") -> Response:
    """What happens in a project, as text/event-stream: run, version, rollout, decision, finding, look, spec, and traffic and
    progress of the moment. Last-Event-ID (or `since`) goes on after an event that was seen; without it, from now."""
    here, desk, caller = project_of(request), desk_of(request), caller_of(request)
    changes: Changes = desk.extras["changes"]
    changes.refuse_many(caller.name)
    project, home = here.spec.project, here.workshop.home

    def progress() -> dict[str, object]:
        now = training(home, project)
        return {"running": now.running, "actor": now.actor, "last": now.progress[-1] if now.progress else None}

    stream = follow(
        changes,
        here,
        caller.name,
        Mark.read(last_event_id or since),
        traffic=lambda: to_plain(desk.extras["traffic"].lately(project)),
        progress=progress,
        allowed=lambda: _may_still(desk, caller, project),
    )
    return StreamingResponse(stream, media_type="text/event-stream", headers=_HEADERS)


def _may_still(desk: Desk, caller: Caller, project: str) -> bool:
    """Whether somebody is still who they were, and may see the project: a stream outlives what is decided meanwhile."""
    with desk.keeping.catalogue.read() as view:
        person = people.find(view, caller.person.name)
        gone = caller.session is not None and not sessions.lasts(view, caller.session.id, at=desk.clock.now())
    if person is None or person.ended_at is not None or gone:
        return False
    return Caller(person, caller.session, caller.key).role_in(project) is not None
