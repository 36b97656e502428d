"""The commands of alerts as their users meet them: text, JSON, exit codes, mistakes in one line."""

import json
from pathlib import Path
from typing import Any

import pytest
from told_world import DAY, LOG, NOON, World, a_decision, a_drift, a_fault, a_file, a_wait, receiving

from millwright.project import Project
from millwright.records.spec import ChannelSpec
from mw_command import Done
from mw_command import mw as run


def mw(project: Project, *arguments: object, **environment: str) -> Done:
    done = run("-f", project.path, *arguments, **environment)
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A broken feed that was told to a file, and could not be told to a folder that is not there."""
    dead = ChannelSpec(name="dead", kind="file", path="nowhere/log")
    world = World(tmp_path_factory.mktemp("kiosk"), LOG, dead, link="https://models.example.com")
    world.looked(NOON, None, a_fault(id="5f0c" * 8), a_drift())
    world.decided(a_wait())
    world.tell(NOON)
    return world


def test_alerts_lists_what_was_told_where_and_what_fails(world: World) -> None:
    text = mw(world.project, "alerts").stdout
    lines = text.splitlines()
    assert lines[0].split()[:3] == ["alert", "since", "(UTC)"]
    assert "open    " in text
    assert "dead (fails), log" in text
    assert "log: 3 sent" in text
    assert "dead: 0 sent, 2 waiting; fails since 2026-03-02 12:00 UTC: " in text
    listed = json.loads(mw(world.project, "alerts", "--json").stdout)
    assert [alert["state"] for alert in listed["alerts"]] == ["open"] * 3
    assert listed["channels"][1]["waiting"] == 2
    assert {one["state"] for one in listed["alerts"][0]["deliveries"]} == {"sent", "waiting"}


def test_status_says_what_nobody_looks_after(world: World) -> None:
    """Where nothing is live the rest of the loop has nothing to say; the data is there all the same."""
    status = json.loads(mw(world.project, "status", "--json").stdout)["projects"]["kiosk"]["alerts"]
    assert len(status["open"]) == 3
    assert status["unsent"][0]["channel"] == "dead"


def test_findings_shows_one_and_fails_where_it_is_asked_to(world: World) -> None:
    shown = mw(world.project, "findings", "5f0c")
    assert shown.returncode == 0
    assert shown.stdout.startswith("data_fault, alarm: warmth changed its unit or scale")
    assert "mw log predictions --since" in shown.stdout
    assert mw(world.project, "findings", "beef").returncode == 5
    codes = [mw(world.project, "findings", "--fail-on", severity).returncode for severity in ("note", "alarm", "page")]
    assert codes == [4, 4, 0]
    assert json.loads(mw(world.project, "findings", "--json", "--fail-on", "alarm").stdout)["findings"]


def test_ack_and_the_link_of_a_message(tmp_path: Path) -> None:
    world = World(tmp_path / "kiosk", LOG, link="https://models.example.com")
    world.looked(NOON, None, a_fault())
    world.decided(a_wait())
    world.tell(NOON)
    assert "looks after alert 1: warmth changed its unit or scale." in mw(world.project, "ack", 1, "--reason", "mine").stdout
    assert mw(world.project, "alerts", "--open").stdout.count("warmth") == 0
    again = mw(world.project, "ack", 1)
    assert (again.returncode, "looks after alert 1 already" in again.stderr) == (1, True)
    assert mw(world.project, "ack", 99).returncode == 5
    links = [button["link"] for alert in world.messages()[0]["alerts"] for button in alert["buttons"] if button["link"]]
    assert len(links) == 4  # the world's clock stands in the past: these links have expired by now
    late = mw(world.project, "approve", "--token", links[1].partition("token=")[2])
    assert late.returncode == 1
    assert mw(world.project, "approve").returncode == 2
    assert mw(world.project, "approve", 2, "--token", "x").returncode == 2
    assert "damaged" in mw(world.project, "approve", "--token", "x.y").stderr


def test_a_test_message_says_at_once_whether_it_went(tmp_path: Path) -> None:
    with receiving(200) as (receiver, url):
        hook = ChannelSpec(name="hook", kind="webhook", url="env:HOOK_URL", private=True)
        world = World(tmp_path / "kiosk", hook, LOG, ChannelSpec(name="dead", kind="file", path="nowhere/log"))
        done = mw(world.project, "alerts", "test", HOOK_URL=url)
        assert done.returncode == 1
        assert done.stdout.splitlines()[:2] == ["hook: sent.", "log: sent."]
        assert done.stdout.splitlines()[2].startswith("dead: could not be sent: ")
        assert mw(world.project, "alerts", "test", "hook", HOOK_URL=url).returncode == 0
        one = json.loads(mw(world.project, "alerts", "test", "hook", "--json").stdout)
        assert one["channels"] == [{"channel": "hook", "error": "the variable HOOK_URL is not set"}]
    said: dict[str, Any] = json.loads(receiver.got[0][2])
    assert said["subject"] == "[note] kiosk: a test of this channel"
    assert world.project.alerts() == ()
    unknown = mw(world.project, "alerts", "test", "hok")
    assert (unknown.returncode, 'did you mean "hook"?' in unknown.stderr) == (5, True)


def test_without_channels_alerts_are_listed_all_the_same(tmp_path: Path) -> None:
    world = World(tmp_path / "kiosk", a_file("only"))
    assert "There is no alert." in mw(world.project, "alerts").stdout
    world.settle(a_file("only"))
    world.decided(a_decision("retrain"))
    world.tell(NOON + DAY)
    (world.project.path.parent / "millwright.yaml").write_text(
        "project: kiosk\ndata: {source: a.csv, target: t, task: regression}\n"
    )
    text = mw(world.project, "alerts").stdout
    assert "the policy retrains" in text
    assert "No channel is set up" in text
