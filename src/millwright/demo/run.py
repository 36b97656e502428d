"""The demo, start to end: the verbs that anybody would use, in the order anybody would use them."""

import shutil
import time
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from textwrap import shorten

from millwright.app import SPEC_FILE, STATE_FOLDER, Settings
from millwright.demo.beside import Beside
from millwright.demo.client import Client
from millwright.demo.flights import (
    BROKEN,
    HISTORY_UNTIL,
    KEY,
    TARGET,
    TIME,
    TRAFFIC_UNTIL,
    ZONE,
    instant,
    traffic,
    write_history,
)
from millwright.demo.rehearsed import REHEARSAL, keep_as_rehearsal
from millwright.demo.steps import Say, Steps
from millwright.demo.summary import Stages, Summary
from millwright.errors import Conflict
from millwright.evaluate.report.story import render_story
from millwright.loop.outcomes import TrainOutcome
from millwright.loop.playing import Played, Player
from millwright.loop.progress import Listener
from millwright.loop.propose import Choices
from millwright.loop.releasing import promote
from millwright.loop.telling import tell
from millwright.loop.tick import said
from millwright.loop.train import train
from millwright.loop.ways import outcomes_of
from millwright.project import Project
from millwright.records.replaying import Story
from millwright.records.spec import Spec
from millwright.stores.clock import FixedClock
from millwright.stores.durable import make_folder, write_atomic

MARK = ".millwright-demo"
LABEL_DELAY = timedelta(days=30)
WINDOW = timedelta(days=14)
FITS, BUDGET = 15, "10m"
"""So many fits are searched by, rather than for so many seconds: the same model on any machine, also where it is slow."""

SHOWN = ("roc_auc", "brier")
_SPAN = f"from={HISTORY_UNTIL:%Y-%m-%d}&to={TRAFFIC_UNTIL - timedelta(days=1):%Y-%m-%d}"
"""The days of the play, for a page that would go on until today while a server runs."""
LINE = 160


def run_demo(
    folder: Path,
    settings: Settings,
    say: Say,
    listen: Listener,
    *,
    speed: int = 1,
    offset: int = 0,
    beside: Beside | None = None,
) -> Summary:
    """Run the demo in `folder`, anew, on one flight in `speed`. Raises Conflict where the folder is not a demo's.

    beside: a console that is opened as soon as there is something to show, and stays open.
    """
    began, steps = time.monotonic(), Steps(beside, say)
    _clear(folder)
    say("1. The data: flights that left New York from January to March 2013. The question: will this flight arrive late?")
    rows = write_history(folder / "flights.parquet", speed, offset % speed)
    project = _init(folder, settings)
    _say_proposal(project, rows, say)
    steps.begin(project)
    steps.point("spec", "what is asked for, every guess with its reason")
    say("\n2. Train, as on the first of April: prove the data, search, judge on flights it never saw, sign, release.")
    steps.point("runs", "each step of it, and every trial")
    start, end = instant(HISTORY_UNTIL), instant(TRAFFIC_UNTIL)
    outcome = train(replace(project.workshop, clock=FixedClock(start)), listen)
    for line in outcome.lines[:-1]:
        say(f"   {line}" if line.strip() else "")
    _release_anyway(project, outcome, start, say)
    steps.point(f"versions/{outcome.version.name}", "its gates with their evidence, calibration, groups, card")
    trained = time.monotonic()
    say("\n3. April to December 2013, played as live traffic over HTTP on a fast clock. Whether a flight was late is told")
    broken = f"   30 days later. From {BROKEN[0]:%-d} to {BROKEN[1]:%-d %B} the weather feed is broken on purpose."
    say(f"{broken} The loop looks every {WINDOW.days} days.")
    steps.point(f"monitoring?{_SPAN}", "what was found and how good it is, as it goes on")
    steps.point("log?tab=decisions", "each decision with its arithmetic")
    client, played = _play(project, say, start, end, speed, offset)
    lived = time.monotonic()
    say("\n4. The same flights, as simpler ways would have answered them: never retraining, and retraining at every window.")
    story = _story(project, played, client, say, (start, end), began)
    stages = Stages.between(began, trained, lived, time.monotonic())
    keep_as_rehearsal(folder / REHEARSAL, project.spec, story, rows, stages, LABEL_DELAY)
    steps.point(f"rehearsals/{REHEARSAL}", "the ways beside each other, month by month")
    return _summary(folder, outcome, story, client, stages)


def _say_proposal(project: Project, rows: int, say: Say) -> None:
    proposal = project.proposal
    assert proposal is not None
    say(f"   {rows:,} flights, {proposal.columns} columns. {proposal.sentence}")
    for line in proposal.lines:
        say(f"   - {line}")


def _clear(folder: Path) -> None:
    """An empty folder marked as the demo's own. What a person put there is never removed."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).is_file():
            raise Conflict(
                "the folder holds something else", where=str(folder), fix="name another with --folder", code="demo.folder"
            )
        if (folder / SPEC_FILE).is_file():
            Project(folder).down()
        shutil.rmtree(folder)
    make_folder(folder)
    write_atomic(folder / MARK, b"made by `mw demo`; it may be deleted and is made anew each time\n")


def _init(folder: Path, settings: Settings) -> Project:
    """`mw init`, and the lines of the spec that the demo changes; docs/loop.md says why."""
    from millwright.loop.propose import propose
    from millwright.spec.write import write_spec

    choices = Choices(project="flights", time=TIME, zone=ZONE, key=KEY)
    spec, notes, proposal = propose("flights.parquet", TARGET, base=folder, choices=choices)
    write_atomic(folder / SPEC_FILE, write_spec(demo_spec(spec), notes).encode(), mode=0o644)
    project = Project(folder, settings=settings)
    project.proposal = proposal
    return project


def demo_spec(spec: Spec) -> Spec:
    """A proposed spec with what the demo changes: it acts by itself, looks every two weeks, and labels come 30 days late."""
    return replace(
        spec,
        release=replace(spec.release, mode="auto"),
        serve=replace(spec.serve, port=0),
        watch=replace(spec.watch, window=f"{WINDOW.days}d", every=f"{WINDOW.days}d", label_maturity=f"{LABEL_DELAY.days}d"),
        policy=replace(spec.policy, mode="auto", schedule="28d"),
        retrain=replace(spec.retrain, holdout="28d"),
        search=replace(spec.search, families=("baseline", "lightgbm"), trials=FITS, budget=BUDGET),
    )


def _release_anyway(project: Project, outcome: TrainOutcome, start: datetime, say: Say) -> None:
    """Where no gate was passed, as on a machine with too little time to search, there is still a demo to play: said so."""
    if outcome.released:
        return
    reason = "the demo plays what there is, against its verdict"
    promote(replace(project.workshop, clock=FixedClock(start)), outcome.version.name, reason=reason, force=True)
    say(f"   {outcome.version.name} did not pass its gates and would stay where it is; {reason}.")


def _play(project: Project, say: Say, start: datetime, end: datetime, speed: int, offset: int) -> tuple[Client, Played]:
    """The traffic over HTTP, with the loop beside it."""
    try:
        server = project.up(replay=True)
        say(f"   Serving at {server.url}")
        with Client(server.url) as client:
            player = Player(project.workshop, client, on_tick=_Teller(say))
            flights = traffic(_request_columns(project), LABEL_DELAY, speed, offset)
            played = player.play(flights, start, end)
            say("   The year is over. The labels of December are told in January, so that it can be judged too.")
            player.tell_the_rest()
            return client, played
    finally:
        with suppress(Conflict):
            project.down()


class _Teller:
    """Says what each tick decided, and once a month how far the play is."""

    def __init__(self, say: Say) -> None:
        self._say, self._month = say, 0

    def __call__(self, at: datetime, played: Played) -> None:
        if at.month != self._month:
            self._month = at.month
            self._say(f"   {at:%d %B}: {played.predictions:,} flights answered, {played.labels:,} labels told")
        for decision in played.ticks[-1].decisions:
            self._say(f"   {at:%d %B}: {shorten(said(decision), LINE, placeholder=' ...')}")


def _request_columns(project: Project) -> tuple[str, ...]:
    """What a client can know when a flight is scheduled: features, key and time, as the contract says."""
    from millwright.data.contract_file import parse_contract

    contract = parse_contract((project.path.parent / project.spec.contract).read_text(), project.spec.contract)
    known = {column.name for column in contract.columns if column.role in ("feature", "key", "time", "group")}
    return tuple(column.name for column in contract.columns if column.name in known | {TIME, *KEY})


def _story(project: Project, played: Played, client: Client, say: Say, span: tuple[datetime, datetime], began: float) -> Story:
    start, end = span
    shop = replace(project.workshop, clock=FixedClock(end + 2 * LABEL_DELAY))
    retrain_at = [watched.window.end for tick in played.ticks for watched in tick.watched]
    retrains = sum(d.action == "retrain" for tick in played.ticks for d in tick.decisions)
    outcomes = outcomes_of(shop, start, end, retrain_at, retrains, lambda line: say(f"   {line}"))
    return tell(
        shop,
        outcomes,
        SHOWN,
        start=start,
        end=end,
        predictions=played.predictions,
        labels=played.labels,
        failed=client.failed,
        seconds=time.monotonic() - began,
        injected=[(*BROKEN, "the weather feed is broken (injected)")],
    )


def _summary(folder: Path, outcome: TrainOutcome, story: Story, client: Client, stages: Stages) -> Summary:
    page = folder / "report.html"
    write_atomic(page.absolute(), render_story(story).encode(), mode=0o644)
    return Summary(
        stages=stages,
        folder=str(folder),
        version=outcome.version.name,
        story=story,
        p50_ms=client.latency_ms(0.5),
        p99_ms=client.latency_ms(0.99),
        report=str(page),
        state=str(folder / STATE_FOLDER),
    )
