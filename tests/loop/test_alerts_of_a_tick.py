"""A real tick tells people, whatever becomes of that; a play of history tells nobody."""

from pathlib import Path

import pytest
from kiosk import at, tick_at, weeks
from kiosk_stages import Stages
from told_world import HOUR, LOG, told_to

from millwright.errors import Unavailable
from millwright.loop.playing import DirectPlane, Player
from millwright.project import Project
from millwright.serve.inprocess import InProcess


@pytest.fixture
def broken(stages: Stages, tmp_path: Path) -> Project:
    """A kiosk whose feed is broken, before anybody has looked."""
    return told_to(stages.copy("hold", tmp_path / "kiosk"), LOG)


def sent(project: Project) -> int:
    file = project.path.parent / "alerts.ndjson"
    return len(file.read_text().splitlines()) if file.exists() else 0


def test_alerts_that_cannot_be_noted_fail_no_tick_and_come_with_the_next(
    broken: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unable(*_: object) -> None:
        raise Unavailable("the disk is full")

    monkeypatch.setattr("millwright.loop.tick.note_alerts", unable)
    assert [decision.action for decision in tick_at(broken, weeks(1)).decisions] == ["hold"]
    assert "mw: alerts: the disk is full" in capsys.readouterr().err
    monkeypatch.undo()
    assert sent(broken) == 0
    tick_at(broken, weeks(1) + HOUR)
    assert sent(broken) == 1
    first = broken.alerts()[-1].entry.alert
    assert first.title == "warmth changed its unit or scale"
    assert first.action == "the policy holds v1: no retrain and no release while data is broken"


def test_while_history_is_played_alerts_are_noted_and_sent_only_where_asked(broken: Project) -> None:
    shop = broken.workshop
    inside = InProcess(shop.home.root, shop.trust)
    try:
        Player(shop, DirectPlane(inside, "kiosk")).play([], weeks(0), weeks(1))
        assert len(broken.alerts()) == 1
        assert {one.deliveries for one in broken.alerts()} == {()}
        assert sent(broken) == 0
        Player(shop, DirectPlane(inside, "kiosk"), sends=True).play([], weeks(1), weeks(2))
    finally:
        inside.close()
    told = [one.entry.alert.title for one in broken.alerts() if one.deliveries]
    assert "little or nothing is asked" in told
    assert sent(broken) == 1
    assert at(broken, weeks(2)).secrets is not None
