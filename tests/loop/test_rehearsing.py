"""A rehearsal of the kiosk: weeks of it played through the loop, in a project of its own."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kiosk import START, WEEK, weeks
from sales_history import PLAYED, sales

from millwright.errors import Conflict, DataRefused, SpecError
from millwright.loop.beside import Beside
from millwright.loop.rehearsal import planes
from millwright.loop.rehearsal.place import note_progress
from millwright.loop.rehearsal.playing import AT_ONCE, Teller
from millwright.predictions.window import Logs, window
from millwright.project import Project
from millwright.records.codec import from_json
from millwright.records.rehearsing import Asked, Rehearsal
from millwright.registry import decisions
from millwright.search import worker
from millwright.spec.write import write_spec

UNIT, FLIP = "unit:warmth:x1000@2024-02-08..2024-02-14", "labels:flip@2024-01-18..2024-01-19"
PROCESSES: list[Any] = []
"""The training processes that were begun."""
ASKED = Asked(train_until=START.isoformat(), inject=(UNIT, FLIP))


def state_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory, signing_key: Path) -> tuple[Project, Rehearsal]:
    project = sales(tmp_path_factory.mktemp("sales"))
    before, begin = state_of(project.path.parent), worker.begun
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "begun", lambda folder, log: PROCESSES.append(begin(folder, log)) or PROCESSES[-1])
        rehearsal = project.rehearse(ASKED)
    assert state_of(project.path.parent) == before, "the project is not touched"
    assert not (project.path.parent / ".millwright").exists()
    assert not (project.path.parent / "trust").exists()
    return project, rehearsal


def story_of(folder: Path, name: str = "kiosk") -> list[tuple[Any, ...]]:
    with Project(folder).workshop.catalogue.read() as view:
        made = reversed(decisions.page(view, name, limit=500))
    return [(d.number, d.event_at, d.action, d.version, d.rule, d.reason, d.mode, d.of, d.evidence.get("terms")) for d in made]


def test_it_plays_decides_and_compares(rehearsed: tuple[Project, Rehearsal]) -> None:
    _, rehearsal = rehearsed
    story = rehearsal.story
    assert (story.start, story.end) == (START, weeks(PLAYED))
    assert story.predictions == story.labels == PLAYED * 7 * 8
    assert story.failed == 0
    assert rehearsal.history == 75 * 8
    assert {"retrain", "shadow", "canary", "promote", "hold"} <= {d.action for d in story.decisions}
    ways = {way.name: way for way in story.ways}
    assert list(ways) == ["policy", "never", "always", "scheduled", "oracle"]
    assert ways["never"].retrains == 0
    assert ways["always"].retrains == PLAYED
    assert ways["policy"].retrains == sum(d.action == "retrain" for d in story.decisions)
    assert {way.overall["rmse"].n for way in story.ways} == {story.labels}
    assert {gap.against for gap in story.gaps} == set(ways) - {"policy"}
    assert rehearsal.share is not None
    assert ways["oracle"].retrains <= rehearsal.share.cap == PLAYED // 2
    oracle, never = ways["oracle"].overall["rmse"].value, ways["never"].overall["rmse"].value
    assert oracle is not None
    assert never is not None
    assert oracle <= never * 1.01, "the best moments are not worse than none"


def test_training_processes_last_through_the_play_and_are_gone_after_it(rehearsed: tuple[Project, Rehearsal]) -> None:
    trained = 1 + rehearsed[1].story.ways[0].retrains
    assert trained > 2
    assert 0 < len(PROCESSES) < trained, "each run has several searches, and none begins one of its own"
    assert all(process.poll() is not None for process in PROCESSES)


def test_it_says_what_it_changed_and_leaves_a_record_and_a_page(rehearsed: tuple[Project, Rehearsal]) -> None:
    project, rehearsal = rehearsed
    assert [line.split(":")[0] for line in rehearsal.changed] == ["policy.mode"]
    folder = project.path.parent / "rehearsal"
    assert from_json(Rehearsal, (folder / "rehearsal.json").read_bytes()) == rehearsal
    page = Path(rehearsal.report).read_text()
    for words in (UNIT, "Every way to go about it", "Faults put in on purpose", "every 2 windows"):
        assert words in page


def test_a_broken_feed_is_found_held_and_nothing_is_learnt_on_it(rehearsed: tuple[Project, Rehearsal]) -> None:
    unit = rehearsed[1].faults[0]
    assert unit.text == UNIT
    assert unit.found_at == datetime.fromisoformat("2024-02-15T00:00Z")
    assert "warmth" in unit.sentence
    assert unit.held
    assert unit.retrains == 0


def test_ways_are_judged_on_what_came_true_and_not_on_labels_that_were_flipped(rehearsed: tuple[Project, Rehearsal]) -> None:
    project, rehearsal = rehearsed
    shop = Project(rehearsal.folder).workshop
    _, rows = window(Logs.of(shop.home.root), "kiosk", START, weeks(PLAYED), as_of=weeks(PLAYED) + 52 * WEEK)
    told = dict(zip(rows["client_id"], rows["label"], strict=True))
    source = [line.split(",") for line in (project.path.parent / "sales.csv").read_text().splitlines()[1:]]
    true = {str(i): float(cells[-1]) for i, cells in enumerate(source)}
    flipped = [name for name, value in told.items() if value != true[name]]
    assert len(flipped) == 16, "two days of eight sales"
    months = {month.month: month for month in rehearsal.story.ways[0].months}
    assert months["2024-01"].metrics["rmse"] is not None
    assert months["2024-01"].metrics["rmse"] < 8, "the model is as good as ever: the world did not change"


@pytest.mark.slow
def test_over_http_with_a_process_beside_it_decides_to_the_last_word_what_it_decides_in_one_process(
    rehearsed: tuple[Project, Rehearsal], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over HTTP each row is a request of its own, in process many are: a canary has to take the same ones."""
    told: list[str] = []
    monkeypatch.setattr(planes, "FEWEST_LOOKS", 1)
    monkeypatch.setattr(planes, "processors", lambda: 2)
    of_process = Beside._told
    monkeypatch.setattr(Beside, "_told", lambda self, number: _noted(told, of_process(self, number)))
    assert AT_ONCE > 1
    assert any(trial.stage == "canary" for trial in rehearsed[1].story.trials)
    project, rehearsal = rehearsed
    again = project.rehearse(replace(ASKED, http=True, ways=("policy", "never")), folder=tmp_path / "http")
    assert again.story.predictions == rehearsal.story.predictions
    assert story_of(tmp_path / "http") == story_of(Path(rehearsal.folder))
    assert again.faults == rehearsal.faults
    retrains = again.story.ways[0].retrains
    assert told.count("CameTrue") == PLAYED
    assert told.count("Profile") == retrains > 0
    assert told.count("Parity") == PLAYED
    assert len(told) == 2 * PLAYED + retrains, "none was told as nothing"


def _noted(told: list[str], what: Any) -> Any:
    told.append(type(what).__name__)
    return what


@pytest.mark.slow
def test_over_http_and_in_process_a_look_finds_the_same_requests_refused(tmp_path: Path) -> None:
    project = sales(tmp_path)
    asked = Asked(
        train_until=START.isoformat(), until=weeks(4).isoformat(), inject=("missing:warmth:0.5@2024-01-18..",), ways=("policy",)
    )
    inside = project.rehearse(asked, folder=tmp_path / "inside")
    over = project.rehearse(replace(asked, http=True), folder=tmp_path / "http")
    found = [finding.sentence for finding in inside.story.findings if finding.check == "refused"]
    assert found
    assert found[0].startswith("requests are refused more often than before: warmth empty in")
    assert [finding.sentence for finding in over.story.findings if finding.check == "refused"] == found
    assert story_of(tmp_path / "http") == story_of(tmp_path / "inside")
    assert over.faults == inside.faults


def test_played_again_nothing_is_trained_again_and_all_turns_out_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = sales(tmp_path)
    said: list[str] = []
    asked = Asked(train_until=START.isoformat(), until=weeks(2).isoformat(), ways=("policy", "never", "every"))
    _stop_play(monkeypatch, after=1)
    with pytest.raises(KeyboardInterrupt):
        project.rehearse(asked)
    monkeypatch.undo()
    first = project.rehearse(asked, say=said.append)
    assert any("stopped at 2024-01-11" in line for line in said)
    assert first.kept > 0, "what the killed one trained was at hand"
    decided = story_of(Path(first.folder))
    monkeypatch.setattr("millwright.loop.searching.search", _must_not_train)
    second = project.rehearse(asked)
    assert story_of(Path(second.folder)) == decided
    assert second.story.ways == first.story.ways


def _must_not_train(*_: object, **__: object) -> None:
    raise AssertionError("this was trained before")


def _stop_play(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Stop in the middle of the play, as Ctrl-C does."""
    ticks = 0

    def interrupted(self: Teller, at: datetime, played: Any) -> None:
        nonlocal ticks
        ticks += 1
        note_progress(self.folder, self.asked, at)
        if ticks == after:
            raise KeyboardInterrupt

    monkeypatch.setattr(Teller, "__call__", interrupted)


@pytest.mark.parametrize(
    ("asked", "code", "says"),
    [
        (Asked(train_until="2024-02-20"), "rehearsal.short", "left to play"),
        (Asked(train_until="2023-10-25"), "rehearsal.short", "a first model needs"),
        (Asked(begin="2030-01-01"), "rehearsal.empty", "no row happened"),
        (Asked(train_until="soon"), "spec.invalid", "is no date"),
        (Asked(train_share=1.5), "spec.invalid", "is no share"),
        (Asked(ways=("policy", "nevr")), "spec.invalid", 'no way "nevr"'),
        (Asked(inject=("unit:warmt:x10@2024-01",)), "spec.invalid", 'did you mean "warmth"?'),
        (Asked(inject=("unit:warmth:x10@2023",), train_until="2024-01-04"), "spec.invalid", "outside of what is played"),
    ],
)
def test_a_mistake_is_told_before_anything_is_trained(
    rehearsed: tuple[Project, Rehearsal], tmp_path: Path, asked: Asked, code: str, says: str
) -> None:
    with pytest.raises((SpecError, DataRefused)) as caught:
        rehearsed[0].rehearse(asked, folder=tmp_path / "r")
    assert caught.value.code == code
    assert says in str(caught.value)
    assert not (tmp_path / "r" / ".millwright" / "catalogue.db").exists()


def test_a_table_without_time_or_target_is_refused(tmp_path: Path) -> None:
    project = sales(tmp_path)
    (tmp_path / "other.csv").write_text("id,at,warmth\nsale-1,2024-01-01T00:00:00Z,3\n")
    with pytest.raises(DataRefused, match="sold"):
        project.rehearse(Asked(source=str(tmp_path / "other.csv")), folder=tmp_path / "r")
    spec = replace(project.spec, data=replace(project.spec.data, time=None))
    project.path.write_text(write_spec(spec, {}))
    with pytest.raises(DataRefused, match="when each row happened"):
        Project(project.path).rehearse(folder=tmp_path / "r")


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    project = sales(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep me")
    with pytest.raises(Conflict) as caught:
        project.rehearse(folder=tmp_path / "mine")
    assert caught.value.code == "rehearsal.folder"
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_labels_are_told_when_the_column_says_so(tmp_path: Path) -> None:
    project = sales(tmp_path)
    lines = (tmp_path / "sales.csv").read_text().splitlines()
    dated = [f"{line},{_three_days_after(line.split(',')[1])}" for line in lines[1:]]
    (tmp_path / "sales.csv").write_text("\n".join([f"{lines[0]},counted", *dated]) + "\n")
    spec = replace(project.spec, data=replace(project.spec.data, label_known="counted", label_delay="0s"))
    project.path.write_text(write_spec(spec, {}))
    asked = Asked(train_until=START.isoformat(), until=weeks(1).isoformat(), ways=("policy",))
    rehearsal = Project(project.path).rehearse(asked)
    shop = Project(rehearsal.folder).workshop
    seen, _ = window(Logs.of(shop.home.root), "kiosk", START, weeks(1), as_of=START + timedelta(days=5))
    assert seen.labelled == 2 * 8 + 1


def _three_days_after(text: str) -> str:
    return (datetime.fromisoformat(text) + timedelta(days=3)).isoformat()


def test_the_record_is_plain_json(rehearsed: tuple[Project, Rehearsal]) -> None:
    plain = json.loads((Path(rehearsed[1].folder) / "rehearsal.json").read_text())
    assert plain["share"]["metric"] == "rmse"


def test_what_was_kept_is_no_project_of_its_own(rehearsed: tuple[Project, Rehearsal]) -> None:
    project, _ = rehearsed
    there = Project(project.path.parent / "rehearsal").status()["projects"]
    assert list(there) == [project.spec.project]
