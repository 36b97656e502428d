"""Small records for the tests of the catalogue."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from millwright.package.verify import Verified
from millwright.records.alerting import Alert, Severity
from millwright.records.deciding import Action, Decision, Finding, Mode
from millwright.records.modelling import Trial, TrialConfig
from millwright.records.release import Manifest, Pause, Release, ReleaseAsked, Version
from millwright.records.running import Run, Step
from millwright.records.scoring import Proved, Scored
from millwright.records.traffic import LabelCounts, Window
from millwright.records.watching import Watched
from millwright.registry import challengers, decisions, releases, runs, versions

DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_run(name: str = "r1", project: str = "trips", at: datetime = DAY, spec: str = "s" * 64) -> Run:
    return Run(
        id=name, project=project, spec=spec, state="running", as_of=at, started_at=at, finished_at=None, reason="",
        version=None, actor="ada",
    )  # fmt: skip


def a_step(run: str = "r1", name: str = "snapshot", inputs: str = "i1", output: str = "o1") -> Step:
    return Step(run=run, name=name, inputs=inputs, output=output, started_at=DAY, finished_at=DAY + HOUR)


def a_trial(number: int = 0, score: float | None = 0.25) -> Trial:
    config = TrialConfig(name="linear", family="linear", params={"l2": 0.1, "folds": 3, "scale": True})
    return Trial(number=number, config=config, state="finished", score=score, fold_scores=(0.25, 1 / 3), seconds=1.5)


def a_package(number: int = 1, project: str = "trips") -> Verified:
    manifest = Manifest(project=project, created_at=DAY, payload_digest=f"{number:064x}", files=())
    return Verified(digest=f"{number + 4096:064x}", manifest=manifest, files={})


def a_version(tx: Connection, number: int = 1, project: str = "trips", verdict: versions.Outcome = "passed") -> Version:
    run = f"run of {project}"
    if runs.find(tx, run) is None:
        runs.start(tx, a_run(run, project))
    return versions.add(
        tx, a_package(number, project), run=run, verdict=verdict, summary="AUC 0.71", actor="ada", created_at=DAY
    )


def asked(expected: int, hours: int = 0, *, reason: str = "it is better", forced: bool = False) -> ReleaseAsked:
    return ReleaseAsked(expected=expected, actor="ada", reason=reason, at=DAY + hours * HOUR, forced=forced)


def release(tx: Connection, version: int, *, expected: int, action: releases.Action = "promote", hours: int = 0) -> Release:
    return releases.promote(tx, "trips", version, asked(expected, hours), action=action)


def shadow(tx: Connection, challenger: int, *, expected: int, hours: int = 0, forced: bool = False) -> Release:
    return challengers.try_out(tx, "trips", challenger, 0.0, asked(expected, hours, reason="it passed", forced=forced))


def canary(tx: Connection, challenger: int, *, expected: int, hours: int = 0, share: float = 0.1) -> Release:
    return challengers.try_out(tx, "trips", challenger, share, asked(expected, hours, reason="no harm seen"))


def abort(tx: Connection, *, expected: int, hours: int = 0) -> Release:
    return challengers.abort(tx, "trips", asked(expected, hours, reason="it does worse"))


def pause(tx: Connection, *, expected: int, hours: int = 0, how: Pause = "pause") -> Release:
    return challengers.pause(tx, "trips", how, asked(expected, hours, reason="wait for May"))


def resume(tx: Connection, *, expected: int, hours: int = 0) -> Release:
    return challengers.resume(tx, "trips", asked(expected, hours, reason="go on"))


def decide(
    tx: Connection, action: Action = "hold", *, project: str = "trips", hours: int = 0, mode: Mode | None = None,
    of: int | None = None, version: int | None = None,
) -> Decision:  # fmt: skip
    at = DAY + hours * HOUR
    return decisions.add(
        tx, project=project, action=action, version=version, actor="millwright", rule="cooldown", reason="too soon",
        evidence={"hours": 1}, event_at=at - HOUR, known_at=at, mode=mode, of=of,
    )  # fmt: skip


def a_finding(name: str, hours: int = 0) -> Finding:
    return Finding(
        id=name, project="trips", kind="covariate", columns=("distance", "dest"), effect=0.3, sentence="trips are longer",
        since=DAY, event_at=DAY + hours * HOUR, known_at=DAY + (hours + 1) * HOUR,
    )  # fmt: skip


def a_look(hours: int = 0, version: int = 1, project: str = "trips", findings: tuple[str, ...] = ()) -> Watched:
    end = DAY + hours * HOUR
    window = Window(
        project=project, start=end - 24 * HOUR, end=end, event_at=None, known_at=end + HOUR, predictions=0, labelled=0,
        labels=LabelCounts(), complete_until=None,
    )  # fmt: skip
    return Watched(
        project=project, version=version, payload_digest=f"{version:064x}", window=window, profile=None, quality=None,
        against_before=None, serving=None, trying=None, findings=findings, cannot=("no traffic",),
    )  # fmt: skip


def a_score(number: int, proved: Proved = "right") -> Scored:
    return Scored(
        project="trips", decision=number, chosen=2, instead=1, start=DAY, end=DAY + 4 * HOUR, known_at=DAY + 5 * HOUR,
        comparison=None, proved=proved, sentence="better",
    )  # fmt: skip


def an_alert(project: str = "trips", cause: str = "finding:f1", severity: Severity = "alarm", *, hours: int = 0) -> Alert:
    return Alert(
        id=f"{project}/{cause}/{hours}", project=project, cause=cause, about="finding", severity=severity, title="longer trips",
        sentence="trips are longer than before", at=DAY + hours * HOUR,
    )  # fmt: skip
