"""A feed breaks: look after look it is one cause, told once, with the hours when it began and a command that shows its rows."""

import json
import shlex
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kiosk import DAY, changed, live, tick_at, weeks
from kiosk_stages import Stages
from told_world import LOG, told_to

from millwright.project import Project
from millwright.records.spec import FeedSpec
from mw_command import mw as run

BROKE = weeks(0) + timedelta(days=3, hours=6)
SHOP = FeedSpec(name="shop", columns=("w*", "square"))


def broken(row: dict[str, Any]) -> dict[str, Any]:
    """Both columns of the shop, from a certain hour on."""
    if datetime.fromisoformat(row["at"]) < BROKE:
        return row
    return row | {"warmth": row["warmth"] * 1000, "square": "nowhere"}


@pytest.fixture(scope="module")
def looked(stages: Stages, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A kiosk that is looked at each day, over three days of whole and four of broken data."""
    project = told_to(stages.copy("opened", tmp_path_factory.mktemp("looked") / "kiosk"), LOG)
    project = changed(project, watch={"every": "1d", "feeds": (SHOP,)})
    live(project, weeks(0), weeks(1), change=broken)
    for day in range(1, 8):
        tick_at(project, weeks(0) + day * DAY)
    return project


def mw(project: Project, *arguments: str) -> str:
    done = run("-C", project.path.parent, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_broken_feed_is_one_cause_one_alert_and_can_be_looked_at(looked: Project) -> None:
    (cause,) = looked.causes()
    assert (cause.kind, cause.feed, set(cause.columns)) == ("data_fault", "shop", {"warmth", "square"})
    assert cause.looks >= 3
    assert cause.onset.earliest <= BROKE <= cause.onset.latest
    assert cause.onset.latest - cause.onset.earliest <= timedelta(hours=12)
    assert cause.sentence.startswith("the shop feed broke on 7 January 2024, between ")

    about = [one.entry for one in looked.alerts() if one.entry.alert.about == "finding"]
    assert [(entry.alert.title, entry.times) for entry in about] == [("the shop feed broke", cause.looks)]
    assert {finding.id for finding in about[0].alert.findings} == set(cause.findings)

    shown = mw(looked, "findings", cause.id[:8])
    assert cause.sentence in shown
    assert f"Seen in {cause.looks} looks" in shown
    command = shown.splitlines()[-1].partition(": ")[2]
    assert command == about[0].alert.rows or command.partition("--where")[2] == about[0].alert.rows.partition("--where")[2]
    rows = json.loads(mw(looked, *shlex.split(command)[1:], "--limit", "1000", "--json"))
    moments = [datetime.fromisoformat(row["event_at"]) for row in rows["rows"]]
    assert min(moments) == cause.onset.earliest
    assert len([moment for moment in moments if moment >= BROKE]) == (weeks(1) - BROKE) // timedelta(hours=3)


def test_causes_come_first_where_findings_are_listed(looked: Project) -> None:
    (cause,) = looked.causes()
    listed = mw(looked, "findings")
    assert listed.index(cause.id[:8]) < listed.index("window until")
    plain = json.loads(mw(looked, "findings", "--json"))
    assert [one["id"] for one in plain["causes"]] == [cause.id]
    status = mw(looked, "status")
    assert [line.strip() for line in status.splitlines() if "found:" in line] == [f"found: {cause.sentence}"]


def test_the_hours_are_read_when_a_fault_is_new_and_never_again(
    looked: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object) -> None:
        raise AssertionError("read once more")

    monkeypatch.setattr("millwright.loop.dating.window_parts", read)
    shutil.copytree(looked.path.parent, tmp_path / "kiosk")
    project = Project(tmp_path / "kiosk")
    live(project, weeks(1), weeks(1) + DAY, change=broken)
    (watched,) = tick_at(project, weeks(1) + DAY).watched
    before = looked.causes()[0]
    assert [(cause.id, cause.looks, cause.onset) for cause in watched.causes] == [(before.id, before.looks + 1, before.onset)]


def test_labels_that_never_come_are_a_finding_after_the_deadline_until_they_do(stages: Stages, tmp_path: Path) -> None:
    project = changed(stages.copy("opened", tmp_path / "kiosk"), watch={"window": "3d", "every": "1d", "no_data": "2d"})
    live(project, weeks(0), weeks(0) + 5 * DAY, labels=False)
    absent = {}
    for day in (1, 2, 3, 4):
        absent[day] = [f for f in tick_at(project, weeks(0) + day * DAY).findings if f.check == "no_data"]
    assert [len(absent[day]) for day in (1, 2, 3, 4)] == [0, 0, 1, 1]
    assert absent[3][0].sentence.startswith("no labels: none of 16 predictions that should have one does")
    assert [(cause.kind, cause.looks) for cause in project.causes()] == [("serving", 2)]
    live(project, weeks(0) + 5 * DAY, weeks(0) + 7 * DAY)
    tick_at(project, weeks(0) + 7 * DAY)
    assert not [f for f in project.newest_findings() if f.check == "no_data"]
    assert {one.entry.state for one in project.alerts() if "labels" in one.entry.alert.title} == {"ended"}
