"""Training runs: the list, one with its search, beginning one and stopping it."""

from typing import Annotated

from annotated_types import MaxLen
from fastapi import Query, Request
from starlette.responses import Response

from millwright.api.again import IdempotencyKey, once
from millwright.api.answering import answer
from millwright.api.desk import Routes, project_of
from millwright.api.figures import Figures, figures_of_blob
from millwright.api.listing import Moment, Search, Wanted
from millwright.api.told import tell
from millwright.errors import Conflict
from millwright.loop.at_work import run_at_work, run_lock
from millwright.loop.training import Begin, Training, begin, stop, training
from millwright.project import Project, refuse_budget
from millwright.records.record import record
from millwright.records.running import Run, RunState, Step
from millwright.records.searched import RunStory
from millwright.registry import run_list, steps
from millwright.registry.pages import Page
from millwright.stores.process_lock import holder

routes = Routes("runs")


@record
class RunRow:
    """A run in a list. seconds: how long it took, or has been going on. interrupted: it never ended, and nothing works on it.
    figures: how it did; None where it was not judged."""

    run: Run
    seconds: float
    interrupted: bool
    verdict: str | None
    summary: str | None
    figures: Figures | None


@record
class RunPage:
    """A run with all that is known of it. steps: those that are done, in order. interrupted: it never ended, and nothing works
    on it: the next run of the same spec goes on with it."""

    story: RunStory
    steps: tuple[Step, ...]
    seconds: float
    going_on: bool
    interrupted: bool


@record
class RunCounts:
    """How many runs there are in each state."""

    states: dict[str, int]


@record
class NewRun:
    """A run to start. budget: the search's deadline, such as 10m; empty: the spec's."""

    budget: Annotated[str, MaxLen(40)] = ""


@routes.get("/projects/{project}/runs", "viewer", Page[RunRow])
def list_runs(
    request: Request,
    asked: Wanted,
    q: Search = "",
    state: Annotated[list[RunState] | None, Query()] = None,
    actor: Search = "",
    since: Annotated[Moment, Query(alias="from")] = None,
    until: Annotated[Moment, Query(alias="to")] = None,
) -> Response:
    """Runs, the newest first, each with its outcome and how it did. sort: started_at, finished_at, state, version, actor,
    id."""
    here = project_of(request)
    sought = run_list.RunSought(states=tuple(state or ()), actor=actor, text=q, since=since, until=until)

    def listed() -> Page[RunRow]:
        with here.workshop.catalogue.read() as view:
            page = run_list.page(view, here.spec.project, asked, sought)
            at_work = run_at_work(here.workshop, view)
        return Page(items=tuple(_row(here, one, at_work) for one in page.items), total=page.total, next=page.next)

    return tell(request, listed, also=holder(run_lock(here.workshop)))


@routes.get("/projects/{project}/runs/counts", "viewer", RunCounts)
def count_runs(request: Request) -> Response:
    """How many runs there are in each state."""
    here = project_of(request)

    def counted() -> RunCounts:
        with here.workshop.catalogue.read() as view:
            return RunCounts(states=run_list.counts(view, here.spec.project))

    return tell(request, counted)


@routes.get("/projects/{project}/training", "viewer", Training)
def show_training(request: Request) -> Response:
    """The run that was started from here last: whether it goes on, and its progress."""
    here = project_of(request)
    return answer(training(here.workshop.home, here.spec.project))


@routes.post("/projects/{project}/runs", "operator", Training, status_code=202)
def begin_run(request: Request, given: NewRun, idempotency_key: IdempotencyKey = "") -> Response:
    """Start a training run, as `mw train` does; one that was stopped is gone on with."""
    return once(request, idempotency_key, given, lambda: _begun(request, given))


def _begun(request: Request, given: NewRun) -> Response:
    here = project_of(request)
    if given.budget:
        refuse_budget(here.spec, given.budget)
    asked = Begin(
        project=here.spec.project,
        spec_file=here.path,
        actor=here.settings.actor,
        at=here.workshop.clock.now(),
        budget=given.budget,
    )
    return answer(begin(here.workshop.home, asked, here.settings.environment), 202)


@routes.post("/projects/{project}/runs/{run}/stop", "operator", Training, status_code=202)
def stop_run(request: Request, run: str) -> Response:
    """Ask a run that was started from here to end. What it has done is kept; the next run goes on there."""
    here = project_of(request)
    story = here.run(run)
    if story.run.state != "running":
        raise Conflict(f"run {story.run.id} has ended already: {story.run.state}", code="run.ended")
    stop(here.workshop.home, here.spec.project)
    return answer(training(here.workshop.home, here.spec.project), 202)


@routes.get("/projects/{project}/runs/{run}", "viewer", RunPage)
def show_run(request: Request, run: str) -> Response:
    """A run (its id, or how that begins): leaderboard, best score over time, front, out of fold, steps."""
    here = project_of(request)
    story = here.run(run)
    with here.workshop.catalogue.read() as view:
        done = tuple(step for step in steps.of_run(view, story.run.id) if step.name in story.stages)
        stopped = _is_interrupted(story.run, run_at_work(here.workshop, view))
    going_on = story.run.state == "running" and not stopped
    took = _seconds(here, story.run)
    return answer(RunPage(story=story, steps=done, seconds=took, going_on=going_on, interrupted=stopped))


def _is_interrupted(run: Run, at_work: str | None) -> bool:
    return run.state == "running" and run.id != at_work


def _row(here: Project, listed: run_list.ListedRun, at_work: str | None) -> RunRow:
    figures = figures_of_blob(here.workshop.home.blobs, listed.judged) if listed.judged else None
    return RunRow(
        run=listed.run,
        seconds=_seconds(here, listed.run),
        interrupted=_is_interrupted(listed.run, at_work),
        verdict=listed.verdict,
        summary=listed.summary,
        figures=figures,
    )


def _seconds(here: Project, run: Run) -> float:
    ended = run.finished_at or here.workshop.clock.now()
    return max(0.0, (ended - run.started_at).total_seconds())
