"""Situations for the tests of this room."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from millwright.policy.situation import Candidate, Live, Situation
from millwright.records.deciding import Finding
from millwright.records.spec import DataSpec, PolicySpec, ReleaseSpec, Spec
from millwright.records.watching import Harm, Trying

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def a_spec(mode: str = "auto", release: ReleaseSpec | None = None, **policy: Any) -> Spec:
    """A spec whose retrains are begun for reasons, and not by age unless that is asked for."""
    data = DataSpec(source="a.csv", target="y", task="binary")
    return Spec(
        project="trips",
        data=data,
        policy=PolicySpec(mode=mode, **{"retrain_on": ("decay", "drift"), **policy}),
        release=release or ReleaseSpec(),  # type: ignore[arg-type]
    )


def a_finding(kind: str, check: str, **more: Any) -> Finding:
    given = {
        "id": f"{kind}-{check}",
        "project": "trips",
        "kind": kind,
        "check": check,
        "columns": ("temp",),
        "effect": 1.0,
        "sentence": f"{check} was found",
        "since": NOW - 7 * DAY,
        "start": NOW - 7 * DAY,
        "event_at": NOW,
        "known_at": NOW,
        "weight": 0.4,
    }
    return Finding(**{**given, **more})


DRIFT = a_finding("covariate", "drift")
DECAY = a_finding("concept", "decay", columns=())
BROKEN = a_finding("data_fault", "missing")
ERRORS = a_finding("serving", "errors", columns=())
WORSE = a_finding("concept", "worse_than_before", columns=())


def a_live(**more: Any) -> Live:
    given = {"version": 2, "since": NOW - 5 * DAY, "by_person": False, "before": 1, "trained_at": NOW - 40 * DAY}
    return Live(**{**given, **more})


def a_situation(*findings: Finding, live: Live | None = None, **more: Any) -> Situation:
    given = Situation(now=NOW, live=live or a_live(), findings=findings, new_labels=5_000)
    return replace(given, **more)


def a_trial(stage: str = "shadow", **more: Any) -> Trying:
    given = {"version": 3, "stage": stage, "since": NOW - 2 * DAY, "answered": 1000, "failed": 0}
    return Trying(**{**given, **more})


def a_harm(*, shown: bool = False, **more: Any) -> Harm:
    """What a test of harm says after 900 rows; shown: it says so since the 400th."""
    given = {"what": "log loss worse by", "rows": 900, "draws": 900, "worse": 0.02, "tolerated": 0.0, "needed": 40.0}
    strength = (
        {"evidence": 52.0, "largest": 60.0, "shown_at": NOW, "shown_after": 400} if shown else {"evidence": 2.0, "largest": 7.0}
    )
    return Harm(**{**given, **strength, **more})


def a_candidate(verdict: str = "passed", **more: Any) -> Candidate:
    given = {"version": 3, "verdict": verdict, "summary": "every gate passed", "against": 2, "of": 7}
    return Candidate(**{**given, **more})
