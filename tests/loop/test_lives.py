"""Whole lives of a model, on real data that drifts: what must hold however they turn out."""

import json
import shutil
import urllib.request
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from bikes import BROKEN, END, START, bike_project, first_release, hours, lived

from millwright.demo import flights
from millwright.demo.client import Client
from millwright.demo.run import demo_spec
from millwright.loop.playing import DirectPlane, Player
from millwright.loop.propose import Choices, propose
from millwright.loop.telling import lives_of
from millwright.package.keys import Trust
from millwright.package.layout import entries_of, payload_digest
from millwright.package.verify import verify_package
from millwright.predictions.layout import to_microseconds
from millwright.predictions.window import Logs, window
from millwright.project import Project
from millwright.records.codec import from_json
from millwright.records.deciding import Decision
from millwright.records.judging import Evaluation
from millwright.records.rebuilding import PROVENANCE, Provenance
from millwright.registry import challengers, decisions, findings, releases, versions
from millwright.registry.watched import page as looks
from millwright.serve.inprocess import InProcess
from millwright.spec.write import write_spec

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Life:
    """A project that was played, and what its client knows of it."""

    project: Project
    player: Player
    start: datetime
    end: datetime
    broken: tuple[datetime, datetime]
    broken_columns: frozenset[str]

    def decisions(self) -> list[Decision]:
        with self.project.workshop.catalogue.read() as view:
            return list(reversed(decisions.page(view, self.project.spec.project, limit=500)))


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bikes, trained and released as on New Year's Day; not to be written to."""
    folder = tmp_path_factory.mktemp("bikes")
    first_release(bike_project(folder))
    return folder


def copy_of(folder: Path, to: Path) -> Project:
    shutil.copytree(folder, to)
    return Project(to)


@pytest.fixture(scope="module")
def airports(tmp_path_factory: pytest.TempPathFactory) -> Life:
    """Flights of another sample and another seed than the demo's, until September, without HTTP."""
    folder = tmp_path_factory.mktemp("flights")
    flights.write_history(folder / "flights.parquet", speed=5, offset=3)
    choices = Choices(project="flights", time=flights.TIME, zone=flights.ZONE, key=flights.KEY)
    spec, notes, _ = propose("flights.parquet", flights.TARGET, base=folder, choices=choices)
    spec = demo_spec(spec)
    spec = replace(
        spec,
        split=replace(spec.split, seed=11),
        evaluate=replace(spec.evaluate, resamples=200),
        policy=replace(spec.policy, schedule="42d", retrain_on=("decay",)),
    )
    (folder / "millwright.yaml").write_text(write_spec(spec, notes))
    project = Project(folder)
    start, end = flights.instant(flights.HISTORY_UNTIL), datetime(2013, 9, 1, tzinfo=UTC)
    first_release(project, start)
    inside = InProcess(project.workshop.home.root, project.workshop.trust)
    try:
        inside.look()
        player = Player(project.workshop, DirectPlane(inside, "flights"))
        sent = tuple(c for c in _columns(project) if c is not None)
        happenings = (h for h in flights.traffic(sent, 30 * DAY, speed=25, offset=7) if h.at < end)
        player.play(happenings, start, end)
    finally:
        inside.close()
    columns = frozenset(c for c in sent if c.startswith(flights.BROKEN_FEED))
    return Life(project, player, start, end, flights.BROKEN, columns)


def _columns(project: Project) -> tuple[str, ...]:
    from millwright.demo.run import _request_columns

    return _request_columns(project)


pytestmark = pytest.mark.timeout(900)


def nothing_is_lost(life: Life) -> None:
    shop, played = life.project.workshop, life.player.played
    seen, rows = window(Logs.of(shop.home.root), shop.project, life.start, life.end, as_of=life.end + 400 * DAY)
    assert seen.predictions == played.predictions > 0
    assert seen.labelled == seen.labels.received == played.labels > 0
    assert len(set(rows["id"])) == len(rows["id"])


def one_version_is_live_at_each_moment_and_answers_are_its_own_or_the_challengers(life: Life) -> None:
    shop = life.project.workshop
    with shop.catalogue.read() as view:
        released = list(reversed(releases.page(view, shop.project, limit=500)))
        digests = {v.number: v.payload_digest for v in versions.page(view, shop.project, limit=500)}
    assert [r.number for r in released] == list(range(1, len(released) + 1))
    lives = list(lives_of(released))
    assert all(now.until == after.start for now, after in pairwise(lives))
    _, rows = window(Logs.of(shop.home.root), shop.project, life.start, life.end, as_of=life.end + 400 * DAY)
    moments = [(to_microseconds(r.event_at), r) for r in released]
    for event, role, digest in zip(rows["event_at"], rows["role"], rows["payload_digest"], strict=True):
        current = [r for began, r in moments if began <= event][-1]
        expected = current.challenger if role == "canary" else current.version
        assert digests[expected] == digest


def nothing_is_promoted_without_labelled_evidence(life: Life) -> None:
    shop = life.project.workshop
    for decision in life.decisions():
        if decision.actor != "policy" or decision.action not in ("shadow", "canary", "promote"):
            continue
        with shop.catalogue.read() as view:
            version = versions.numbered(view, shop.project, decision.version or 0)
        assert version.verdict == "passed"
        verified = verify_package(shop.home.packages / version.package, version.package, Trust(shop.trust))
        evaluation = from_json(Evaluation, verified.files["evaluation.json"])
        assert evaluation.rows > 0
        twin = {path: shop.blobs.get(of) for path, of in from_json(Provenance, verified.files[PROVENANCE]).judged.items()}
        judged = payload_digest(entries_of(twin, {})) if twin else version.payload_digest
        assert evaluation.payload_digest == judged, "what was judged is what ships, or its refit is"
        with shop.catalogue.read() as view:
            assert decision.action == "shadow" or challengers.was_in_shadow(view, shop.project, version.number)
        assert any(c.against == "champion" for c in evaluation.comparisons)


def nothing_is_learnt_from_the_broken_feed_and_nothing_goes_forward_on_it(life: Life) -> None:
    start, end = life.broken
    within = [d for d in life.decisions() if start < d.event_at <= end]
    assert {d.action for d in within} <= {"hold", "pause", "rollback", "alert", "abort"}
    (hold,) = [d for d in within if d.action == "hold"]
    shop = life.project.workshop
    with shop.catalogue.read() as view:
        named = [findings.get(view, number) for number in hold.evidence["findings"]]
    assert all(f.kind == "data_fault" for f in named)
    assert life.broken_columns & {c for f in named for c in f.columns}
    later = [d for d in life.decisions() if d.action == "retrain" and d.event_at > end]
    for retrain in later:
        spans = [(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in retrain.evidence["broken"]]
        assert any(a <= start and end <= b for a, b in spans)


def every_window_was_looked_at_once_and_every_decision_says_why(life: Life) -> None:
    shop = life.project.workshop
    with shop.catalogue.read() as view:
        seen = looks(view, shop.project, limit=500)
    ends = [w.window.end for w in seen]
    assert len(ends) == len(set(ends))
    for decision in life.decisions():
        assert decision.reason
        assert decision.rule
        if decision.actor == "policy":
            assert decision.evidence["terms"]
    cases = [d.evidence["case"] for d in life.decisions() if d.actor == "policy"]
    assert len(cases) == len(set(cases)), "nothing was decided twice"


def the_audit_is_whole(life: Life) -> None:
    state = life.project.verify_audit()
    assert state.ok, state.reason


PROMISES = (
    nothing_is_lost,
    one_version_is_live_at_each_moment_and_answers_are_its_own_or_the_challengers,
    nothing_is_promoted_without_labelled_evidence,
    nothing_is_learnt_from_the_broken_feed_and_nothing_goes_forward_on_it,
    every_window_was_looked_at_once_and_every_decision_says_why,
    the_audit_is_whole,
)


@pytest.mark.slow
def test_flights_keep_every_promise(airports: Life) -> None:
    for promise in PROMISES:
        promise(airports)
    assert any(d.action == "retrain" for d in airports.decisions())


def story(made: list[Decision]) -> list[tuple[Any, ...]]:
    return [(d.number, d.event_at, d.action, d.version, d.rule, d.reason, d.mode, d.of, d.evidence.get("terms")) for d in made]


@pytest.mark.slow
def test_bikes_keep_every_promise_and_a_replay_decides_what_was_decided_over_http(begun: Path, tmp_path: Path) -> None:
    """The same hours, once without a server and once over HTTP: equal to the last word of every reason. Hire grew a lot in
    2012: a loop that never got a challenger through would test nothing here."""
    direct = copy_of(begun, tmp_path / "direct")
    bikes = Life(direct, lived(direct), START, END, BROKEN, frozenset({"temp", "hum"}))
    for promise in PROMISES:
        promise(bikes)
    assert {"retrain", "shadow", "canary", "promote", "hold"} <= {d.action for d in bikes.decisions()}
    project = copy_of(begun, tmp_path / "over-http")
    over_http = Life(project, played_over_http(project), START, END, BROKEN, frozenset({"temp", "hum"}))
    assert over_http.player.played.predictions == bikes.player.played.predictions
    assert over_http.player.played.labels == bikes.player.played.labels
    assert story(over_http.decisions()) == story(bikes.decisions())


def played_over_http(project: Project) -> Player:
    server = project.up(replay=True, port=0)
    try:
        with Client(server.url) as client:
            player = Player(project.workshop, client)
            player.play(hours(), START, END)
            assert client.failed == 0
        with urllib.request.urlopen(f"{server.url}/ready") as answer:
            assert json.load(answer)["refused"] == {}
    finally:
        project.down()
    return player
