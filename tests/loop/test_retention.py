"""The logs are kept as long as the spec says and the loop needs them; what was deleted is in the audit and is said."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from kiosk import DAY, WEEK, at, changed, tick_at, weeks
from kiosk_stages import Stages

from millwright.errors import MillwrightError
from millwright.loop.explaining import explain
from millwright.loop.label_query import told_of_id, told_of_key, waiting
from millwright.loop.log_query import Asked, ask_log
from millwright.loop.material import Material
from millwright.loop.parity import parity
from millwright.loop.quality import live_quality, quality_lines
from millwright.loop.retention import KEEPER, keep_logs, needed_from, prune_logs
from millwright.loop.sealing import seal_logs
from millwright.predictions.pruned import pruned_before, read_mark
from millwright.predictions.window import Logs
from millwright.project import Project
from millwright.records.codec import digest_of
from millwright.registry import audit, runs

MUCH_LATER = weeks(40)


@pytest.fixture
def lived(stages: Stages, tmp_path: Path) -> Project:
    """A kiosk with four weeks of sales, looked at until the third; all of it is sealed."""
    project = changed(stages.copy("promote", tmp_path / "kiosk"), log={"keep": "7d"})
    seal_logs(project.workshop, MUCH_LATER)
    return project


def noted(project: Project) -> list[audit.AuditEntry]:
    with project.workshop.catalogue.read() as view:
        return list(audit.about(view, "log kiosk"))


def test_what_a_look_that_is_due_needs_stays(lived: Project) -> None:
    shop = at(lived, weeks(4))
    assert needed_from(shop, weeks(4)) == weeks(4) - DAY - 4 * WEEK - DAY
    assert keep_logs(shop, weeks(4)) is None


def test_what_is_older_is_deleted_once_and_is_in_the_audit(lived: Project) -> None:
    shop = at(lived, MUCH_LATER)
    found = keep_logs(shop, MUCH_LATER)
    assert found is not None
    assert (found.predictions, found.labels) == (208, 152)
    assert found.end == needed_from(shop, MUCH_LATER) == weeks(3) - DAY, "a canary of the third week goes on"
    assert keep_logs(shop, MUCH_LATER) is None
    (entry,) = noted(lived)
    assert (entry.actor, entry.action, entry.detail) == (KEEPER, "log.prune", digest_of(found))
    assert lived.verify_audit().ok


def test_a_round_that_died_before_its_entry_gets_it_from_the_next(lived: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = at(lived, MUCH_LATER)

    def dies(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(audit, "append", dies)
        with pytest.raises(KeyboardInterrupt):
            keep_logs(shop, MUCH_LATER)
    assert noted(lived) == []
    assert keep_logs(shop, MUCH_LATER) is None
    mark = read_mark(Logs.of(shop.home.root).predictions, "kiosk")
    assert mark is not None
    assert [entry.detail for entry in noted(lived)] == [digest_of(each) for each in mark.rounds]


def test_a_round_by_hand_that_died_is_ended_though_the_spec_keeps_all(lived: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = at(changed(lived, log={"keep": None}), MUCH_LATER)

    def dies(_paths: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("millwright.predictions.prune.drop", dies)
        with pytest.raises(KeyboardInterrupt):
            prune_logs(shop, "30d", dry=False)
    left = len(list(shop.home.root.glob("log/*/day=*/*.parquet")))
    assert keep_logs(shop, MUCH_LATER) is None
    assert len(list(shop.home.root.glob("log/*/day=*/*.parquet"))) < left
    assert len(noted(lived)) == 1


def test_by_hand_it_is_said_before_it_is_done(lived: Project) -> None:
    shop = at(changed(lived, log={"keep": None}), MUCH_LATER)
    with pytest.raises(MillwrightError, match="nothing says how long"):
        prune_logs(shop, None, dry=True)
    planned = prune_logs(shop, "30d", dry=True)
    assert planned.lines == [
        "would delete: 208 lines of the prediction log and 152 labels of 2024-01-04 to 2024-01-24 UTC (older than 30d)"
    ]
    assert noted(lived) == []
    done = prune_logs(shop, "30d", dry=False)
    assert done.lines[0].startswith("deleted: 208 lines")
    assert [entry.actor for entry in noted(lived)] == [shop.actor]
    assert prune_logs(shop, "30d", dry=False).lines[0].startswith("nothing to delete")


def test_the_tick_keeps_the_logs(lived: Project) -> None:
    tick_at(changed(lived, policy={"schedule": None}, watch={"every": "140d"}), MUCH_LATER)
    assert pruned_before(Logs.of(lived.workshop.home.root).predictions, "kiosk") is not None


def test_who_asks_about_a_time_that_was_deleted_is_told(lived: Project) -> None:
    shop = at(lived, MUCH_LATER)
    prune_logs(shop, "50d", dry=False)
    begins = pruned_before(Logs.of(shop.home.root).predictions, "kiosk")
    assert begins == weeks(3) - DAY
    said = f"the log begins at {begins:%Y-%m-%d} 00:00 UTC"
    page = ask_log(shop, Asked(start=weeks(0), end=weeks(4)))
    assert (page.predictions, page.begins) == ((weeks(4) - begins) // timedelta(hours=3), begins)
    assert ask_log(shop, Asked(start=begins, end=weeks(4))).begins is None
    assert any(said in why for why in parity(shop, weeks(0), weeks(4), 10).cannot)
    quality = live_quality(shop, weeks(0), weeks(4), weeks(5))
    assert quality is not None
    assert any(said in line for line in quality_lines(quality))
    (number, *_rest) = sorted(decision.number for decision in lived.decisions())
    assert any(said in line for line in explain(shop, number).lines)


def test_a_retrain_says_from_where_on_it_had_the_log(lived: Project) -> None:
    shop = at(lived, MUCH_LATER)
    prune_logs(shop, "50d", dry=False)
    begins = pruned_before(Logs.of(shop.home.root).predictions, "kiosk")
    with shop.catalogue.read() as view:
        run = replace(runs.page(view, "kiosk", limit=1)[0], as_of=weeks(5))
    snapshot = Material(Logs.of(shop.home.root)).take(shop, run)
    assert snapshot.sources[-1] == f"the prediction log from {begins:%Y-%m-%d} on"


def test_labels_are_asked_about_by_id_and_by_key(lived: Project) -> None:
    shop = at(lived, weeks(4))
    row = ask_log(shop, Asked(start=weeks(0), end=weeks(3), where="label is not null", limit=1)).rows[0]
    by_id, by_key = told_of_id(shop, row.id, 10), told_of_key(shop, row.key or "", timedelta(days=30), 10)
    assert by_id.rows == by_key.rows
    assert [(str(line.value), line.state, line.prediction) for line in by_id.rows] == [(row.label, "counts", row.id)]
    assert waiting(shop, timedelta(days=60), 10).found == 0
    with pytest.raises(MillwrightError, match="is no prediction id"):
        told_of_id(shop, "seven", 10)


def test_the_commands_say_it(lived: Project, capsys: pytest.CaptureFixture[str]) -> None:
    from millwright.cli.main import cli

    def mw(*words: str) -> str:
        assert cli.main(["-C", str(lived.path.parent), "log", *words], standalone_mode=False) in (None, 0)
        return capsys.readouterr().out

    shop = at(lived, weeks(4))
    row = ask_log(shop, Asked(start=weeks(0), end=weeks(3), where="label is not null", limit=1)).rows[0]
    assert "counts" in mw("labels", "--id", row.id)
    assert json.loads(mw("labels", "--id", row.id, "--json"))["rows"][0]["state"] == "counts"
    assert "0 labels; 0 parked, 0 given up after 30d." in mw("labels", "--parked", "--since", "2000d")
    assert "would delete" in mw("prune", "--dry-run")
    assert "deleted: 208 lines" in mw("prune", "--yes")
    assert "nothing to delete" in mw("prune", "--yes")
    assert "the log begins at" in mw("predictions", "--since", "2000d")
