"""The loop's commands as their users meet them: text, JSON, mistakes in one line, and projects that can hardly be watched."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from kiosk import START, at, changed, in_thousandths, kiosk, live, opened, tick_at, weeks
from kiosk_stages import Stages

from millwright.loop.tick import tick
from millwright.project import Project
from millwright.serve.inprocess import InProcess
from mw_command import Done
from mw_command import mw as run


@pytest.fixture(scope="module")
def lived(stages: Stages, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A kiosk that held, retrained and tries a challenger in shadow. Not to be written to."""
    project = stages.copy("tried", tmp_path_factory.mktemp("lived") / "kiosk")
    live(project, weeks(2), weeks(3), change=in_thousandths, labels=False)
    assert [decision.action for decision in tick_at(project, weeks(3)).decisions] == ["hold", "pause"]
    return project


def mw(project: Project, *arguments: object) -> Done:
    done = run("-f", project.path, *arguments)
    assert "Traceback" not in done.stderr
    return done


def said(project: Project, *arguments: object) -> str:
    done = mw(project, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def body(project: Project, *arguments: object) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(said(project, *arguments, "--json"))
    return answer


def test_decisions_lists_what_was_decided_by_whom_and_why(lived: Project) -> None:
    lines = said(lived, "decisions").splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["5", "4", "3", "2", "1"]
    assert "policy.schedule is 14d" in lines[4]
    assert len(said(lived, "decisions", "--limit", 1).splitlines()) == 2
    listed = body(lived, "decisions")["decisions"]
    assert [decision["action"] for decision in listed] == ["pause", "hold", "shadow", "retrain", "promote"]
    assert listed[2]["of"] == listed[3]["number"]


def test_explain_decision_gives_the_rule_its_conditions_and_what_followed(lived: Project) -> None:
    text = said(lived, "explain-decision", 2)
    assert "Because policy.schedule is 14d." in text
    assert "yes since the last training: 14 days (at least 14 days)" in text
    assert "Then: decision 3" in text
    assert "It followed from decision 2: retrain" in said(lived, "explain-decision", 3)
    assert "warmth changed its unit or scale" in said(lived, "explain-decision", 4)
    explained = body(lived, "explain-decision", 4)
    assert explained["decision"]["action"] == "hold"
    assert explained["findings"]
    assert (explained["live"]["version"], explained["live"]["challenger"]) == (1, 2)
    by_person = said(lived, "explain-decision", 1)
    assert "opening day" in by_person


def test_findings_lists_what_was_found(lived: Project) -> None:
    text = said(lived, "findings")
    assert "data_fault" in text
    assert "x1000" in text
    found = body(lived, "findings")["findings"]
    assert {finding["kind"] for finding in found} >= {"data_fault"}
    causes, findings = said(lived, "findings", "--limit", 1).split("\n\n")
    assert (len(causes.splitlines()), len(findings.splitlines())) == (2, 2)


def test_parity_answers_the_log_again(lived: Project) -> None:
    text = said(lived, "parity", "--since", "5000d")
    assert text.endswith("Every answer came out the same.\n")
    found = body(lived, "parity", "--since", "5000d", "--limit", 20)
    assert (found["rows"], found["unequal"], found["predictions"]) == (20, 0, 21 * 8)
    assert said(lived, "parity").startswith("0 predictions")
    refused = mw(lived, "parity", "--since", "banana")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)


def test_log_predictions_filters_by_sql(lived: Project) -> None:
    asked = ("log", "predictions", "--since", "5000d")
    lines = said(lived, *asked, "--where", "label is not null", "--limit", 2).splitlines()
    assert lines[0].startswith("at (UTC)")
    assert lines[-1] == "104 of 168 predictions, the newest 2 of them here."
    found = body(lived, *asked, "--where", "warmth > 1000", "--limit", 100)
    assert (found["matched"], len(found["rows"]) > 40) == (len(found["rows"]), True)
    assert said(lived, "log", "predictions") == "0 of 0 predictions.\n"
    refused = mw(lived, *asked, "--where", "warmht > 1")
    assert refused.returncode != 0
    assert "the condition is not understood" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_log_says_what_was_so_at_any_past_moment(lived: Project) -> None:
    before = (START - timedelta(seconds=1)).isoformat()
    assert "nothing was live" in said(lived, "log", "--at", before)
    opening = said(lived, "log", "--at", START.isoformat())
    assert "v1 was live, since" in opening
    assert "opening day" in opening
    tried = said(lived, "log", "--at", weeks(2).isoformat())
    assert "(beside it v2, in shadow)" in tried
    broken = body(lived, "log", "--at", weeks(3).isoformat())
    assert broken["release"]["challenger"] == 2
    assert broken["findings"]
    assert body(lived, "log", "--at", weeks(3).isoformat().replace("T00", "T01").replace("+00:00", "+02:00"))["findings"] == []
    assert "v1 was live" in said(lived, "log")


def test_status_says_what_is_tried_found_and_decided(lived: Project) -> None:
    text = said(lived, "status")
    assert "trying: v2, in shadow" in text
    assert "x1000" in text
    assert "decided: 5, pause v2" in text
    assert "steward: none is running" in text
    status = body(lived, "status")["projects"]["kiosk"]
    assert status["challenger"]["version"] == 2
    assert status["watched_until"].startswith(f"{weeks(3):%Y-%m-%d}")


MISTAKES = [
    (("explain-decision", 0), 2, "range"),
    (("explain-decision", "first"), 2, "not a valid integer"),
    (("explain-decision", 99), 5, "there is no decision 99"),
    (("explain-decision", 10**30), None, ""),
    (("approve", 99), 5, "there is no decision 99"),
    (("approve", 10**30), None, ""),
    (("decisions", "--limit", 0), 2, "range"),
    (("findings", "--limit", "all"), 2, "not a valid integer"),
    (("log", "--at", "yesterday"), 2, "'yesterday' is no time"),
    (("log", "--at", "2026-02-30"), 2, "is no time"),
    (("promote", "v2", "--canary", 2), 2, "less than 100%"),
    (("promote", "v2", "--to", "nan%"), 2, "is no step of a release"),
    (("promote", "v2", "--shadow", "--to", "10%"), 2, "give one"),
    (("promote", "v9", "--shadow"), 5, "v9"),
    (("promote", "v1", "--shadow"), None, ""),
    (("promote", "v1", "--shadow", "--force"), 2, "--reason"),
]


@pytest.mark.parametrize(("arguments", "code", "words"), MISTAKES)
def test_a_mistake_gets_one_line_and_its_exit_code(
    lived: Project, arguments: tuple[object, ...], code: int | None, words: str
) -> None:
    done = mw(lived, *arguments)
    assert done.returncode in ((1, 2, 3, 5) if code is None else (code,)), done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert words in done.stderr
    assert "internal error" not in done.stderr
    assert done.stdout == ""


def test_a_trial_by_hand(stages: Stages, tmp_path: Path) -> None:
    project = changed(stages.copy("waiting", tmp_path / "kiosk"), watch={"every": "3650d"})
    nothing = mw(project, "abort")
    assert (nothing.returncode, nothing.stderr.strip()) == (
        1,
        "mw: nothing is being tried (`mw promote VERSION --to shadow` begins a trial; `mw status` shows what is live)",
    )
    assert "v2" in said(project, "promote", "v2", "--shadow", "--reason", "let us see")
    assert project.releases()[0].stage == "shadow"
    assert body(project, "promote", "v2", "--canary", 0.25)["release"]["share"] == 0.25
    assert "The trial is over: v1" in said(project, "abort", "--reason", "enough")
    assert project.releases()[0].challenger is None
    assert [decision.action for decision in project.decisions(3)] == ["abort", "canary", "shadow"]
    assert mw(project, "abort").returncode == 1


def test_tick_before_anything_is_live(stages: Stages, tmp_path: Path) -> None:
    for name in ("millwright.yaml", "sales.csv"):
        (tmp_path / name).write_bytes((stages.at("opened") / name).read_bytes())
    project = Project(tmp_path)
    assert "nothing is live" in said(project, "tick")
    assert body(project, "tick")["note"]
    assert "Nothing was decided yet" in said(project, "decisions")
    assert "Nothing was found" in said(project, "findings")
    assert "nothing was live" in said(project, "log")
    assert mw(project, "explain-decision", 1).returncode == 5


def bare(folder: Path, **data: Any) -> Project:
    """A kiosk without one or another thing that the loop watches by."""
    return opened(changed(kiosk(folder), data=data))


def cannot(project: Project, moment: Any) -> str:
    outcome = tick(at(project, moment))
    assert outcome.watched
    return "\n".join(line for look in outcome.watched for line in look.cannot)


def test_a_project_without_a_time_column_says_what_cannot_be_watched(tmp_path: Path) -> None:
    project = bare(tmp_path, time=None)
    live(project, weeks(0), weeks(2))
    assert "variation between periods: there is no time column" in cannot(project, weeks(2))


def test_a_project_without_labels_says_so_and_never_retrains(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("opened", tmp_path / "kiosk")
    live(project, weeks(0), weeks(3), labels=False)
    assert "quality: no labels are complete yet" in cannot(project, weeks(3))
    assert "retrain" not in [decision.action for decision in project.decisions()]


def test_a_project_without_a_key_is_watched_all_the_same(tmp_path: Path) -> None:
    project = bare(tmp_path, key=(), ignore=("id",))
    inside = InProcess(project.workshop.home.root, project.workshop.trust)
    try:
        inside.look()
        for i in range(20):
            row = {"at": (START + i * timedelta(hours=3)).isoformat(), "warmth": 15.0, "square": "square 1", "id": f"x{i}"}
            inside.predict("kiosk", json.dumps({"rows": [row], "at": row["at"]}).encode())
    finally:
        inside.close()
    assert "no labels are complete yet" in cannot(project, weeks(1))


def test_a_project_without_traffic_is_looked_at_and_left_alone(stages: Stages, tmp_path: Path) -> None:
    project = stages.copy("opened", tmp_path / "kiosk")
    outcome = tick_at(project, weeks(3))
    assert [look.window.predictions for look in outcome.watched] == [0, 0, 0]
    assert outcome.decisions == ()
    assert "no labels are complete yet" in "\n".join(outcome.watched[-1].cannot)
    assert "0 predictions" in outcome.lines[0]
