"""What the policy does short of a retrain, and what it asks a person first, carried out on a real project."""

from pathlib import Path

from kiosk import at, changed, live, tick_at, weeks
from kiosk_stages import Stages

from millwright.loop.acting import carry_out
from millwright.loop.approving import answer
from millwright.loop.history import History
from millwright.loop.label_requests import requests_of
from millwright.loop.retraining import made_by
from millwright.loop.stewardship import acting
from millwright.policy.situation import Intent
from millwright.project import Project
from millwright.records.deciding import Decision, Mode

ASK = Intent(action="ask_labels", version=1, rule="r", reason="warmth drifted", case="ask_labels:v1:then", terms=())
RETRAIN = Intent(action="retrain", version=None, rule="r", reason="it is worse", case="ask:retrain", terms=(), ask=True)


def done(project: Project, intent: Intent, weeks_in: float, mode: Mode = "auto") -> Decision:
    shop = at(project, weeks(weeks_in))
    with acting(shop) as hand:
        return carry_out(shop, hand, intent, mode, (), lambda _progress: None)


def test_labels_are_asked_for_of_predictions_without_one(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("retrain", tmp_path / "kiosk")
    live(project, weeks(2), weeks(4))
    decision = done(project, ASK, 4)
    assert decision.action == "ask_labels", decision.reason
    (request,) = requests_of(project.workshop)
    assert (decision.action, decision.evidence["request"], request.asked_by) == ("ask_labels", request.number, "policy")
    assert f"request {request.number}: {len(request.rows)} predictions drawn at random" in decision.reason
    asked = [row for row in request.rows if not row.labelled]
    assert asked, "those of the last day have no label yet"
    with project.workshop.catalogue.read() as view:
        history = History.read(view, "kiosk")
    assert history.asked_for_labels() == weeks(4)
    assert ASK.case in history.standing()


def test_where_none_can_be_drawn_that_is_said_once(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("retrain", tmp_path / "kiosk")
    decision = done(project, ASK, 60)
    assert (decision.action, decision.rule) == ("refuse", "ask_labels could not be done")
    assert "have no label" in decision.reason
    assert not requests_of(project.workshop)
    with project.workshop.catalogue.read() as view:
        assert ASK.case in History.read(view, "kiosk").standing(), "or each tick would say it again"


def test_a_retrain_that_a_person_approved_is_begun_by_the_next_tick(stages: Stages, tmp_path: Path) -> None:
    project = changed(stages.copy("retrain", tmp_path / "kiosk"), policy={"schedule": None})
    asked = done(project, RETRAIN, 2, mode="approve")
    assert asked.mode == "approve"
    assert [d.action for d in tick_at(project, weeks(2)).decisions] == [], "it waits"
    answer(at(project, weeks(2)), asked.number, yes=True, reason="go")
    begun, tried = tick_at(project, weeks(2)).decisions
    assert (begun.action, begun.mode, begun.of) == ("retrain", "auto", asked.number)
    made = made_by(at(project, weeks(2)), begun)
    assert made is not None
    assert (tried.action, tried.version, tried.of) == ("shadow", made.version, begun.number)
