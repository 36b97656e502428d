"""The spec: read, checked as it is typed, planned and changed."""

from typing import Any

from fastapi import Header, Request
from starlette.responses import Response

from millwright.api.answering import answer
from millwright.api.cloning import SpecDraft, draft_of_run, draft_of_version
from millwright.api.desk import Routes, caller_of, desk_of, project_of
from millwright.api.specifying import Mark, SpecChange, change_spec, changes, checked, read_spec
from millwright.api.trying import named_version
from millwright.errors import Conflict
from millwright.loop.outcomes import PlanReport
from millwright.records.record import record
from millwright.records.spec import Spec

routes = Routes("spec")


@record
class SpecText:
    """A text that may become the spec."""

    text: str
    reason: str = ""


@record
class SpecPage:
    """The spec as it lies there. digest: of its text, for If-Match with a change; parsed: None where it has mistakes, and for
    others than admins, since it holds what the environment filled in; marks: its mistakes."""

    name: str
    text: str
    digest: str
    parsed: Spec | None
    marks: tuple[Mark, ...]
    in_force: bool


@record
class SpecCheck:
    """What is wrong with a text, and what would change."""

    ok: bool
    marks: tuple[Mark, ...]
    changes: tuple[SpecChange, ...]


@record
class SpecPlan:
    """What a run would do with a text as its spec, and what of the spec it changes."""

    plan: PlanReport
    changes: tuple[SpecChange, ...]


@routes.get("/projects/{project}/spec", "viewer", SpecPage)
def show_spec(request: Request) -> Response:
    """The spec: its text, its digest, its mistakes."""
    here = project_of(request)
    place = desk_of(request).keeping.place(here.spec.project)
    text, digest = read_spec(here.path)
    parsed, marks = checked(here, text)
    role = caller_of(request).role_in(here.spec.project)
    page = SpecPage(
        name=here.path.name,
        text=text,
        digest=digest,
        parsed=parsed if role == "admin" else None,
        marks=marks,
        in_force=place.fault is None,
    )
    return answer(page, ETag=f'"{digest}"')


@routes.get("/projects/{project}/spec/schema", "viewer", dict[str, Any])
def show_schema(request: Request) -> Response:
    """The JSON Schema of a spec, with what each setting means."""
    from millwright.spec.schema import json_schema

    project_of(request)
    return answer(json_schema())


@routes.post("/projects/{project}/spec/check", "admin", SpecCheck)
def check_spec(request: Request, given: SpecText) -> Response:
    """Every mistake of a text with its line and column, and what would change."""
    here = project_of(request)
    parsed, marks = checked(here, given.text)
    return answer(SpecCheck(ok=parsed is not None, marks=marks, changes=changes(here.spec, parsed) if parsed else ()))


@routes.get("/projects/{project}/versions/{version}/spec", "admin", SpecDraft)
def draft_like_version(request: Request, version: str) -> Response:
    """A draft: the spec of now with the settings by which a version was made. Changes nothing."""
    here = project_of(request)
    return answer(draft_of_version(here, named_version(here.workshop, version)))


@routes.get("/projects/{project}/runs/{run}/spec", "admin", SpecDraft)
def draft_like_run(request: Request, run: str) -> Response:
    """A draft: the spec of now with the settings of a run. Changes nothing."""
    here = project_of(request)
    return answer(draft_of_run(here, here.run(run).run.spec))


@routes.get("/projects/{project}/plan", "viewer", PlanReport)
def show_plan(request: Request) -> Response:
    """What a run would do now, why, and how long it would take."""
    return answer(project_of(request).plan())


@routes.post("/projects/{project}/plan", "admin", SpecPlan)
def plan_text(request: Request, given: SpecText) -> Response:
    """What a run would do with this text as its spec. Changes nothing."""
    here = project_of(request)
    parsed = checked(here, given.text, refuse=True)[0]
    assert parsed is not None
    return answer(SpecPlan(plan=here.with_spec(parsed).plan(), changes=changes(here.spec, parsed)))


@routes.add("PUT", "/projects/{project}/spec", "admin", SpecPage)
def put_spec(request: Request, given: SpecText, if_match: str = Header(default="", max_length=200)) -> Response:
    """Change the spec. If-Match: the digest of the text that was changed; refused where somebody else was faster, or where it
    has a mistake."""
    here = project_of(request)
    if not if_match:
        raise Conflict(
            "say which text you changed", where="If-Match", fix="send the digest of GET .../spec", code="spec.unseen"
        )
    parsed = checked(here, given.text, refuse=True)[0]
    assert parsed is not None
    digest = change_spec(here, given.text, parsed, if_match.strip().strip('"').removeprefix("W/").strip('"'), given.reason)
    page = SpecPage(name=here.path.name, text=given.text, digest=digest, parsed=parsed, marks=(), in_force=True)
    return answer(page, ETag=f'"{digest}"')
