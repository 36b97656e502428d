"""One acts at a time: ten ticks at once, a tick given twice, and a steward that comes back from the dead."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from kiosk import at, changed, tick_at, weeks
from kiosk_stages import DUE, Stages
from tick_lab import state_of

from millwright.errors import Conflict
from millwright.loop import stewardship
from millwright.loop.acting import change_release, enter
from millwright.loop.looking import look
from millwright.loop.stewardship import Hand, acting
from millwright.loop.windows import bounds_by_time
from millwright.policy.situation import Intent
from millwright.project import Project
from millwright.registry import leases
from millwright.stores.clock import FixedClock

HERE = Path(__file__).parent
CROWD = """
import json, os, sys
from datetime import datetime
sys.path[:0] = sys.argv[3:]
import tick_lab
from kiosk import tick_at
from millwright.errors import Conflict
from millwright.project import Project

def ticked(path, moment):
    try:
        outcome = tick_at(Project(path), datetime.fromisoformat(moment))
    except Conflict as error:
        return {"code": error.code, "said": str(error)}
    return {"code": "", "decided": [decision.action for decision in outcome.decisions]}

assert Project(sys.argv[1]).spec
waiting, word = os.pipe()
for _ in range(10):
    if os.fork() == 0:
        os.close(word)
        os.read(waiting, 1)
        sys.stdout.write(json.dumps(ticked(sys.argv[1], sys.argv[2])) + "\\n")
        sys.stdout.flush()
        os._exit(0)
os.close(word)
codes = [os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(10)]
sys.exit(max(codes))
"""
"""Ten ticks that begin at the same word, in processes of their own: forked from one that has loaded the libraries."""


def ticked_at_once(project: Project, name: str) -> list[dict[str, Any]]:
    """What ten ticks at once say."""
    command = [sys.executable, "-c", CROWD, project.path, DUE[name].isoformat(), HERE, HERE.parent]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
def test_of_ten_ticks_at_once_one_acts(stages: Stages, tmp_path: Path) -> None:
    alone, crowded = stages.copy("retrain", tmp_path / "alone"), stages.copy("retrain", tmp_path / "crowded")
    tick_at(alone, DUE["retrain"])
    answers = ticked_at_once(crowded, "retrain")
    assert len(answers) == 10
    acted = [answer for answer in answers if answer.get("decided")]
    assert [answer["decided"] for answer in acted] == [["retrain", "shadow"]]
    others = [answer for answer in answers if answer not in acted]
    assert {answer["code"] for answer in others} <= {"steward.busy", ""}  # "": it began after the one had ended
    assert any(answer["code"] == "steward.busy" and "nothing was done" in answer["said"] for answer in others)
    assert state_of(crowded.path.parent) == state_of(alone.path.parent)


@pytest.mark.parametrize("name", ["hold", "abort", "rollback"])
def test_a_tick_given_twice_is_one_tick(stages: Stages, tmp_path: Path, name: str) -> None:
    project = stages.copy(name, tmp_path / "kiosk")
    assert [decision.action for decision in tick_at(project, DUE[name]).decisions] == [name]
    once = state_of(project.path.parent)
    for later in (timedelta(0), timedelta(seconds=30), timedelta(days=1)):
        again = tick_at(project, DUE[name] + later)
        assert again.watched == again.decisions == ()
    assert state_of(project.path.parent) == once


def test_where_another_acts_the_command_says_so_and_ends_well(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("hold", tmp_path / "kiosk")
    command = [sys.executable, "-m", "millwright", "-f", str(project.path), "tick"]
    with acting(project.workshop):
        plain = subprocess.run(command, capture_output=True, text=True, check=False)
        spoken = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    assert (plain.returncode, spoken.returncode) == (0, 0)
    assert f"process {os.getpid()}" in plain.stdout
    body = json.loads(spoken.stdout)
    assert "another steward is at work" in body["note"]
    assert body["watched"] == body["decisions"] == []
    assert len(project.decisions()) == 1


SLEEPER = """
import sys
from datetime import datetime, timedelta
sys.path[:0] = sys.argv[2:]
from kiosk import at, weeks
from millwright.errors import Conflict
from millwright.loop import stewardship
from millwright.loop.acting import enter
from millwright.policy.situation import Intent
from millwright.project import Project
stewardship.TTL = timedelta(seconds=1.5)
shop = at(Project(sys.argv[1]), weeks(1))
with stewardship.acting(shop) as hand:
    print(hand.token, flush=True)
    sys.stdin.readline()
    try:
        enter(shop, hand, Intent(action="hold", version=1, rule="r", reason="late", case="late", terms=()), "auto", {})
    except Conflict as error:
        print(error.code, flush=True)
"""
"""A steward with a short lease, which acts when it is told to."""


def test_a_steward_that_was_stopped_past_its_lease_changes_nothing(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("hold", tmp_path / "kiosk")
    shop = project.workshop
    command = [sys.executable, "-c", SLEEPER, project.path, HERE, HERE.parent]
    sleeper = subprocess.Popen([*map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert sleeper.stdout is not None
    token = int(sleeper.stdout.readline())
    os.kill(sleeper.pid, signal.SIGSTOP)
    try:
        other = _taken_elsewhere(shop, token)
    finally:
        os.kill(sleeper.pid, signal.SIGCONT)
    assert sleeper.communicate("act\n")[0] == "lease.lost\n"
    assert sleeper.returncode == 0
    assert [decision.reason for decision in project.decisions()] == ["opening day"]
    with shop.catalogue.read() as view:
        leases.check(view, other)


def _taken_elsewhere(shop: Any, token: int) -> leases.Lease:
    """What a steward of another machine does, which does not see the lock of this one: wait for the lease to end."""
    clock = stewardship.SystemClock()
    while True:
        with shop.catalogue.write() as tx:
            lease = leases.take(tx, "kiosk", "elsewhere:/srv:1", now=clock.now(), ttl=stewardship.TTL)
        if lease is not None:
            assert lease.token > token
            return lease
        time.sleep(0.05)


def test_each_act_of_one_who_was_replaced_is_refused(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("canary", tmp_path / "kiosk")
    shop, before = at(project, weeks(3)), state_of(project.path.parent)
    with acting(shop) as hand:
        _replaced(shop)
        for act in (_looks, _enters, _promotes, _aborts):
            with pytest.raises(Conflict) as refused:
                act(shop, hand)
            assert refused.value.code == "lease.lost"
    assert state_of(project.path.parent) == before


def _replaced(shop: Any) -> None:
    with shop.catalogue.write() as tx:
        later = stewardship.SystemClock().now() + 2 * stewardship.TTL
        assert leases.take(tx, "kiosk", "elsewhere:/srv:1", now=later, ttl=stewardship.TTL)


def _intent(action: Any) -> Intent:
    return Intent(action=action, version=2, rule="r", reason="too late", case=f"{action}:late", terms=())


def _looks(shop: Any, hand: Hand) -> None:
    look(shop, hand, bounds_by_time(shop, weeks(3)))


def _enters(shop: Any, hand: Hand) -> None:
    enter(shop, hand, _intent("hold"), "auto", {})


def _promotes(shop: Any, hand: Hand) -> None:
    change_release(shop, hand, _intent("promote"), {})


def _aborts(shop: Any, hand: Hand) -> None:
    change_release(shop, hand, _intent("abort"), {})


@pytest.mark.parametrize("hours", [-24, -1, 1, 24])
def test_a_wall_clock_that_jumps_locks_nobody_out_and_lets_nobody_in(stages: Stages, tmp_path: Path, hours: int) -> None:
    project = stages.copy("hold", tmp_path / "kiosk")
    shop, wall = at(project, weeks(1)), FixedClock(weeks(1))
    with acting(shop, wall) as first:
        wall.forward(timedelta(hours=hours))
        with pytest.raises(Conflict) as busy, acting(shop, wall):
            pass
        assert busy.value.code == "steward.busy"
        first.renew()
        with shop.catalogue.read() as view:
            first.check(view)
    with acting(shop, FixedClock(weeks(1))) as second:
        assert second.token > first.token


def test_the_lease_of_a_process_that_was_killed_here_is_not_waited_for(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("hold", tmp_path / "kiosk")
    command = [sys.executable, "-c", SLEEPER, project.path, HERE, HERE.parent]
    sleeper = subprocess.Popen([*map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert sleeper.stdout is not None
    token = int(sleeper.stdout.readline())
    with pytest.raises(Conflict, match=f"process {sleeper.pid}"), acting(project.workshop):
        pass
    sleeper.kill()
    sleeper.communicate()
    with acting(project.workshop) as hand:
        assert hand.token == token + 1


def test_a_lease_of_another_machine_is_waited_for(stages: Stages, tmp_path: Path) -> None:
    project = changed(stages.copy("hold", tmp_path / "kiosk"))
    shop = project.workshop
    with shop.catalogue.write() as tx:
        leases.take(tx, "kiosk", "elsewhere:/srv:1", now=stewardship.SystemClock().now(), ttl=stewardship.TTL)
    with pytest.raises(Conflict, match="another machine"):
        tick_at(project, weeks(1))
    assert len(project.decisions()) == 1
