"""Harm in a trial, by the log: the same log says the same at every look, both arms count, and a key counts once."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from kiosk import DAY, at, changed, hours_of, live, tick_at, weeks
from kiosk_stages import Stages

from millwright.loop.playing import DirectPlane
from millwright.loop.releasing import try_out
from millwright.loop.situating import trying_of
from millwright.loop.tick import tick
from millwright.project import Project
from millwright.records.watching import Harm
from millwright.serve.inprocess import InProcess


def quality(project: Project, moment: datetime) -> Harm:
    """What the test on labelled rows says at a moment."""
    trying = trying_of(at(project, moment), project.releases(1)[0], moment)
    assert trying is not None
    assert trying.quality is not None
    return trying.quality


def test_a_challenger_that_does_worse_is_stopped_and_the_decision_shows_the_arithmetic(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("abort", tmp_path / "kiosk")
    shown = quality(project, weeks(3))
    assert shown.shown_at is not None
    before, after = quality(project, shown.shown_at - DAY / 86400), quality(project, shown.shown_at)
    assert before.shown_at is None
    assert (before.largest, after.largest) < (shown.needed, shown.largest)
    for later in (0, 1, 2):
        assert quality(project, shown.shown_at + later * DAY).shown_after == shown.shown_after, "the same at every look"
    outcome = tick(at(project, shown.shown_at + DAY / 24))
    assert [d.action for d in outcome.decisions] == ["abort"], "long before the stage is over"
    terms = {term["name"]: term for term in outcome.decisions[0].evidence["terms"]}
    assert f"strong enough after {shown.shown_after} rows" in terms["labelled comparison"]["value"]
    assert terms["labelled comparison"]["value"].startswith("squared error worse by ")
    assert "harm is shown: it takes evidence of 40" in terms["labelled comparison"]["limit"]
    assert terms["harm by failures"]["holds"]


def test_rows_of_both_arms_of_a_canary_count(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("tried", tmp_path / "kiosk")
    tick_at(project, weeks(2))
    try_out(at(project, weeks(2)), "v2", 0.5, reason="at once")
    live(project, weeks(2), weeks(3), turned_from=weeks(2))
    moment = weeks(3)
    trying = trying_of(at(project, moment), project.releases(1)[0], moment)
    assert trying is not None
    assert trying.quality is not None
    assert 5 < trying.answered < 51
    assert trying.quality.rows == 48, "all that have a label, whoever answered"
    assert trying.quality.shown


def test_labels_that_came_early_show_nothing_until_they_are_complete(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("tried", tmp_path / "kiosk")
    tick_at(project, weeks(2))
    try_out(at(project, weeks(2)), "v2", 0.5, reason="at once")
    live(project, weeks(2), weeks(3), turned_from=weeks(2))
    found = quality(changed(project, watch={"label_maturity": "60d"}), weeks(3))
    assert (found.rows, found.draws, found.worse, found.shown) == (0, 0, None, False)


def test_a_key_that_is_asked_again_and_again_counts_once(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("canary", tmp_path / "kiosk")
    once = quality(project, weeks(3))
    inside = InProcess(project.workshop.home.root, project.workshop.trust)
    try:
        inside.look()
        plane = DirectPlane(inside, "kiosk")
        row, sold = next(hours_of(weeks(2), weeks(3)))
        for hour in range(1, 20):
            asked = weeks(2) + DAY + hour * DAY / 24
            plane.predict({"rows": [row | {"warmth": -40.0}], "at": asked.isoformat()})
            plane.label([{"key": {"id": row["id"]}, "value": sold, "at": (asked + DAY).isoformat()}])
    finally:
        inside.close()
    again = quality(project, weeks(3))
    assert again.rows == once.rows
    assert again.evidence == pytest.approx(once.evidence)


def test_at_the_deadline_what_passed_goes_on_and_what_lacks_rows_stays_and_says_so_once(stages: Stages, tmp_path: Path) -> None:
    project = changed(stages.copy("canary", tmp_path / "kiosk"), release={"min_rows": 100, "deadline": "30d"})
    stayed = tick_at(project, weeks(3))
    assert [(d.action, d.rule) for d in stayed.decisions] == [("hold", "stay in shadow")]
    assert (
        "v2 stays in shadow, which did no harm and is over: rows answered 56, it takes at least 100"
        in stayed.decisions[0].reason
    )
    assert tick_at(project, weeks(3) + DAY).decisions == ()
    enough = changed(project, release={"deadline": "7d"})
    assert [d.action for d in tick_at(enough, weeks(3) + 2 * DAY).decisions] == ["canary"]


def test_what_was_not_judged_against_the_live_version_is_tested_by_days_alone(stages: Stages, tmp_path: Path) -> None:
    from millwright.loop.opened import open_model
    from millwright.loop.trial_harm import swing_between
    from millwright.registry import versions

    project = stages.copy("canary", tmp_path / "kiosk")
    with project.workshop.catalogue.read() as view:
        first, second = (open_model(project.workshop, versions.numbered(view, "kiosk", number)) for number in (1, 2))
    known = swing_between(second, first)
    assert known is not None
    assert known.blocks >= 5
    assert swing_between(first, second) is None
    assert swing_between(replace(first, evaluation=replace(first.evaluation, block=None)), second).spread == 0  # type: ignore[union-attr]
