"""The demo, start to end: the verbs that anybody would use, in the order anybody would use them."""

import shutil
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from millwright.app import SPEC_FILE, STATE_FOLDER, Settings
from millwright.demo.client import Client
from millwright.demo.flights import (
    HISTORY_UNTIL,
    KEY,
    TARGET,
    TIME,
    TRAFFIC_UNTIL,
    ZONE,
    Flight,
    april,
    label_time,
    write_history,
)
from millwright.demo.summary import Played, Summary
from millwright.errors import Conflict
from millwright.loop.outcomes import TrainOutcome
from millwright.loop.progress import Listener
from millwright.loop.propose import Choices
from millwright.loop.quality import live_quality
from millwright.loop.sealing import note_quality
from millwright.project import Project
from millwright.records.judging import LiveQuality
from millwright.stores.durable import make_folder, write_atomic

MARK = ".millwright-demo"
LABEL_DELAY = timedelta(days=1)
LABELS_EVERY = timedelta(hours=6)

Say = Callable[[str], None]


def run_demo(folder: Path, settings: Settings, say: Say, listen: Listener, *, every: int = 1) -> Summary:
    """Run the demo in `folder`, anew; `every` plays one flight in so many. Raises Conflict where the folder is not a demo's."""
    began = time.monotonic()
    _clear(folder)
    say("1. The data: flights that left New York from January to March 2013. The question: will this flight arrive late?")
    rows = write_history(folder / "flights.parquet")
    project = _init(folder, settings)
    proposal = project.proposal
    assert proposal is not None
    say(f"   {rows:,} flights, {proposal.columns} columns. {proposal.sentence}")
    for line in proposal.lines:
        say(f"   - {line}")
    say("\n2. Train: prove the data, search, judge on flights it never saw, sign, release.")
    outcome = project.train(listen=listen)
    for line in outcome.lines[:-1]:
        say(f"   {line}" if line.strip() else "")
    say("\n3. April 2013, played as live traffic over HTTP; whether a flight was late is told a day after it left.")
    played, quality = _serve_april(project, say, every)
    return _summary(folder, project, outcome, played, quality, time.monotonic() - began)


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
    """`mw init`, and the two lines of the spec that the demo changes: release at once, labels after a day."""
    from millwright.loop.propose import propose
    from millwright.spec.write import write_spec

    choices = Choices(project="flights", time=TIME, zone=ZONE, key=KEY)
    spec, notes, proposal = propose("flights.parquet", TARGET, base=folder, choices=choices)
    spec = replace(
        spec,
        data=replace(spec.data, label_delay=f"{LABEL_DELAY.days}d"),
        release=replace(spec.release, mode="auto"),
        serve=replace(spec.serve, port=0),
    )
    write_atomic(folder / SPEC_FILE, write_spec(spec, notes).encode(), mode=0o644)
    project = Project(folder, settings=settings)
    project.proposal = proposal
    return project


def _serve_april(project: Project, say: Say, every: int) -> tuple[Played, LiveQuality | None]:
    server = project.up(replay=True)
    try:
        say(f"   Serving at {server.url}")
        with Client(server.url) as client:
            played = _play(client, _request_columns(project), say, every)
    finally:
        say("   Sealing the log into Parquet, joining the labels ...")
        project.down()
    zone = ZoneInfo(ZONE)
    start, end = HISTORY_UNTIL.replace(tzinfo=zone).astimezone(UTC), TRAFFIC_UNTIL.replace(tzinfo=zone).astimezone(UTC)
    quality = live_quality(project.workshop, start, end, as_of=end)
    if quality is not None:
        note_quality(project.workshop, quality)
    return played, quality


def _request_columns(project: Project) -> tuple[str, ...]:
    """What a client can know when a flight is scheduled: features, key and time, as the contract says."""
    from millwright.data.contract_file import parse_contract

    contract = parse_contract((project.path.parent / project.spec.contract).read_text(), project.spec.contract)
    known = {column.name for column in contract.columns if column.role in ("feature", "key", "time", "group")}
    return tuple(column.name for column in contract.columns if column.name in known | {TIME, *KEY})


def _play(client: Client, columns: Sequence[str], say: Say, every: int) -> Played:
    """Each flight asked about when it was scheduled, each label told a day after it left: the clock is that of April."""
    began, told_until, predictions, labels = time.monotonic(), None, 0, 0
    waiting: deque[tuple[datetime, str, Flight]] = deque()
    for flight in april(tuple(columns), every):
        answer = client.predict({"rows": [flight.row], "at": flight.at.isoformat()})
        if answer is not None:
            predictions += 1
            if flight.late is not None:
                waiting.append((label_time(flight, LABEL_DELAY), answer["predictions"][0]["id"], flight))
        if told_until is None or flight.at - told_until > LABELS_EVERY:
            labels += _tell(client, waiting, flight.at)
            told_until = flight.at
    labels += _tell(client, waiting, TRAFFIC_UNTIL.replace(tzinfo=ZoneInfo(ZONE)))
    seconds = time.monotonic() - began
    never = predictions - labels - len(waiting)
    say(f"   {predictions:,} flights answered in {seconds:.0f} s, one request each.")
    say(f"   {labels:,} labels told, {len(waiting):,} still to come; {never:,} were cancelled or diverted and never get one.")
    return Played(
        predictions=predictions,
        labels=labels,
        pending=len(waiting),
        failed=client.failed,
        seconds=seconds,
        p50_ms=client.latency_ms(0.5),
        p99_ms=client.latency_ms(0.99),
    )


def _tell(client: Client, waiting: "deque[tuple[datetime, str, Flight]]", now: datetime) -> int:
    """Send the labels that are known by now; returns how many."""
    due: list[dict[str, Any]] = []
    while waiting and waiting[0][0] <= now:
        at, prediction, flight = waiting.popleft()
        due.append({"id": prediction, "value": flight.late, "at": at.isoformat()})
    for begin in range(0, len(due), 1000):
        client.label(due[begin : begin + 1000])
    return len(due)


def _summary(
    folder: Path, project: Project, outcome: TrainOutcome, played: Played, quality: LiveQuality | None, seconds: float
) -> Summary:
    project.report(outcome.version.name, output=folder / "report.html")
    return Summary(
        seconds=seconds,
        folder=str(folder),
        version=outcome.version,
        verdict=outcome.verdict,
        played=played,
        quality=quality,
        report=str(folder / "report.html"),
        state=str(folder / STATE_FOLDER),
    )
