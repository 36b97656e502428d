"""Checks that concern the model as a whole: outcomes, promises, traffic, labels, serving."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from worlds import MONDAY, World, observed, reference_of, window_profile

from millwright.data.column_profile import profile_column
from millwright.monitor.inputs import Judged, LabelsDue, Newest, Reference
from millwright.monitor.look import look
from millwright.records.deciding import Finding
from millwright.records.judging import Comparison, Interval, LiveQuality, MetricValue
from millwright.records.spec import WatchSpec
from millwright.records.traffic import LabelCounts, Window
from millwright.records.watching import Harm, Refused, Serving

WATCH = WatchSpec(error_rate=0.01, latency_ms=50.0)
START = MONDAY + timedelta(days=84)
WORLD = World(per_day=100, numbers=3, categories=1, luck=0.1, missing={})


def rows(days: int, seed: int, late: float = 0.25) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    columns = WORLD.days(days, random)
    luck = np.clip(late + 0.02 * random.normal(size=days), 0, 1)[columns["day"]]
    return columns | {"y": (random.random(len(luck)) < luck).astype(np.float64)}


@pytest.fixture(scope="module")
def reference() -> Reference:
    return replace(
        reference_of(rows(91, 1)), promised=(metric("log_loss", 0.5, 0.02), metric("roc_auc", 0.75, 0.02)), metric="log_loss"
    )


def metric(name: str, value: float, half: float, n: int = 2000) -> MetricValue:
    goal: Any = "max" if name == "roc_auc" else "min"
    return MetricValue(name=name, goal=goal, interval=Interval(value=value, low=value - half, high=value + half, n=n))


def judged(
    *metrics: MetricValue,
    late: float = 0.25,
    block: str | None = "hour",
    against: Comparison | None = None,
    harm: Harm | None = None,
) -> Judged:
    end = START + timedelta(days=7)
    window = Window(
        project="p", start=START, end=end, event_at=end, known_at=end, predictions=700, labelled=700,
        labels=LabelCounts(), complete_until=end,
    )  # fmt: skip
    quality = LiveQuality(project="p", payload_digest="d", version=3, window=window, block=block, metrics=metrics, promised=())
    target = profile_column("y", "number", rows(7, 2, late)["y"])
    return Judged(quality=quality, target=target, against_before=against, harm=harm)


def a_harm(*, shown: bool) -> Harm:
    return Harm(
        what="log loss worse by", rows=700, draws=700, worse=0.05, tolerated=0.0, evidence=30.0, largest=50.0, needed=40.0,
        shown_at=START if shown else None, shown_after=400 if shown else None,
    )  # fmt: skip


def at(reference: Reference, judged: Judged | None = None, **more: Any) -> tuple[Finding, ...]:
    return look(reference, observed(window_profile(reference, features(2))), judged, watch=WATCH, **more)


def features(seed: int) -> dict[str, Any]:
    return {name: values for name, values in rows(7, seed).items() if name != "y"}


def test_a_kept_promise_is_no_news(reference: Reference) -> None:
    assert at(reference, judged(metric("log_loss", 0.51, 0.03))) == ()
    assert at(reference, judged(metric("log_loss", 0.3, 0.03))) == ()


def test_a_broken_promise_is_decay_of_concept(reference: Reference) -> None:
    (found,) = at(reference, judged(metric("log_loss", 0.7, 0.04)))
    assert (found.kind, found.check, found.effect) == ("concept", "decay", pytest.approx(0.2))
    assert (found.start, found.rows) == (START, 700)
    assert "log_loss is 0.7 (0.66 to 0.74)" in found.sentence
    assert "worse than promised: 0.5 (0.48 to 0.52)" in found.sentence


def test_what_labels_of_one_side_say_is_held_against_no_promise_for_all(reference: Reference) -> None:
    """Labels of accepted cases alone have other outcomes, and another error, where nothing changed."""
    worse = judged(metric("log_loss", 0.9, 0.04), late=1.5)
    assert {f.check for f in at(reference, worse)} & {"decay", "label_shift"}
    assert at(reference, replace(worse, one_sided="acted")) == ()


def test_a_bad_day_or_two_after_a_release_are_no_decay(reference: Reference) -> None:
    """Hours of one day say nothing of what a day swings by; the days of the promise do."""
    by_days = replace(reference, promised_days=28)

    def found(days: int, reference: Reference = by_days, block: str = "hour") -> tuple[Any, ...]:
        seen = judged(metric("log_loss", 0.6, 0.04), block=block)
        return at(reference, replace(seen, quality=replace(seen.quality, days=days)))

    assert found(1) == found(2) == ()
    assert [f.check for f in found(9)] == ["decay"]
    assert [f.check for f in found(1, reference)] == [f.check for f in found(1, block="day")] == ["decay"]


def test_for_a_metric_to_be_large_decay_is_less(reference: Reference) -> None:
    by_auc = replace(reference, metric="roc_auc")
    (found,) = at(by_auc, judged(metric("roc_auc", 0.68, 0.02)))
    assert (found.check, found.effect) == ("decay", pytest.approx(-0.07))
    assert at(by_auc, judged(metric("roc_auc", 0.80, 0.02))) == ()


@pytest.mark.parametrize(
    "live",
    [
        metric("log_loss", 0.7, 0.04, n=20),
        metric("log_loss", 0.56, 0.06),
        metric("log_loss", 0.51, 0.0001),
        MetricValue(name="log_loss", goal="min", interval=Interval(value=0.7, low=None, high=None, n=700)),
        metric("mae", 0.9, 0.01),
    ],
)
def test_few_labels_wide_intervals_small_changes_and_open_ends_are_no_decay(reference: Reference, live: MetricValue) -> None:
    precise = replace(reference, promised=(metric("log_loss", 0.5, 0.0001),)) if live.interval.value == 0.51 else reference
    assert at(precise, judged(live)) == ()


def test_seven_days_are_few_to_be_sure_from(reference: Reference) -> None:
    """It takes more standard errors where these were read from seven days than where they were from a week's hours."""
    (hours,), (days,) = (at(reference, judged(metric("log_loss", 0.7, 0.05), block=block)) for block in ("hour", "day"))
    assert (hours.changes[0].limit or 0) < 3.3 < 3.8 < (days.changes[0].limit or 0)


def test_outcomes_that_shift_are_told_and_explain_the_decay(reference: Reference) -> None:
    shifted, decayed = sorted(
        at(reference, judged(metric("log_loss", 0.7, 0.04), late=0.5)), key=lambda f: f.check or "", reverse=True
    )
    assert (shifted.check, shifted.kind, shifted.columns) == ("label_shift", "label", ("y",))
    assert (decayed.check, decayed.kind) == ("decay", "label")
    assert "outcomes themselves shifted" in decayed.sentence
    assert 15 < (shifted.effect or 0) < 35


def test_targets_with_levels_are_told_by_the_positive_one() -> None:
    def worded(columns: dict[str, Any]) -> dict[str, Any]:
        return columns | {"y": np.where(columns["y"] == 1, "late", "on time").astype(object)}

    base = replace(reference_of(worded(rows(91, 1))), positive="late")
    target = profile_column("y", "category", worded(rows(7, 2, 0.5))["y"])
    (found,) = at(base, replace(judged(), target=target))
    assert (found.check, found.changes[0].unit) == ("label_shift", '% "late"')


def test_broken_inputs_explain_the_decay(reference: Reference) -> None:
    columns = features(2) | {"n0": np.full(700, np.nan)}
    seen = observed(window_profile(reference, columns), after=84)
    faults = look(reference, seen, watch=WATCH)
    assert [f.kind for f in faults] == ["data_fault"]
    decayed = judged(metric("log_loss", 0.7, 0.04))
    found = next(f for f in look(reference, seen, decayed, watch=WATCH) if f.check == "decay")
    assert (found.kind, "n0" in found.sentence) == ("data_fault", True)
    later = next(f for f in at(reference, decayed, previous=faults) if f.check == "decay")
    assert later.kind == "data_fault"
    long_ago = tuple(replace(f, since=MONDAY, event_at=MONDAY + timedelta(days=1)) for f in faults)
    assert next(f for f in at(reference, decayed, previous=long_ago) if f.check == "decay").kind == "concept"


def test_how_many_rows_came_explains_no_decay_and_what_breaks_later_does_not_explain_it_either(reference: Reference) -> None:
    columns = features(2) | {"n0": np.full(700, np.nan)}
    faults = look(reference, observed(window_profile(reference, columns), after=84), watch=WATCH)
    decayed = judged(metric("log_loss", 0.7, 0.04))
    for check in ("volume", "duplicates", "no_data"):
        counted = tuple(replace(f, check=check, columns=()) for f in faults)
        assert next(f for f in at(reference, decayed, previous=counted) if f.check == "decay").kind == "concept"
    alone = tuple(f for f in at(reference, decayed) if f.check == "decay")
    assert [f.kind for f in alone] == ["concept"]
    assert next(f for f in at(reference, decayed, previous=(*alone, *faults)) if f.check == "decay").kind == "concept"
    other = tuple(replace(f, version=99) for f in alone)
    assert next(f for f in at(reference, decayed, previous=(*other, *faults)) if f.check == "decay").kind == "data_fault"


def test_a_version_that_does_worse_than_the_one_before(reference: Reference) -> None:
    def against(difference: float, *, shown: bool) -> dict[str, Any]:
        compared = Comparison(
            against="before",
            version="2",
            metric="log_loss",
            mine=Interval(value=0.55, low=0.5, high=0.6, n=700),
            theirs=Interval(value=0.5, low=0.45, high=0.55, n=700),
            difference=Interval(value=difference, low=-0.08, high=0.01, n=700),
        )
        return {"against": compared, "harm": a_harm(shown=shown)}

    (found,) = at(reference, judged(**against(-0.05, shown=True)))
    assert (found.kind, found.check, found.effect) == ("concept", "worse_than_before", -0.05)
    assert "version 3 does worse than version 2 on the same 700 labelled rows" in found.sentence
    assert at(reference, judged(**against(-0.05, shown=False))) == ()
    assert at(reference, judged(**against(0.01, shown=True))) == (), "it did worse once, and does not now"
    ordered = replace(judged(**against(-0.05, shown=True)), better_by=against(0.03, shown=True)["against"])
    assert at(reference, ordered) == (), "its order is the better one: the level is off"


def test_silence_is_a_fault_where_there_was_traffic(reference: Reference) -> None:
    (found,) = look(reference, observed(None, usual_per_day=100.0), watch=WATCH)
    assert (found.kind, found.check) == ("data_fault", "volume")
    assert found.sentence.startswith("nothing was asked since the last look, where about 100 rows a day are usual")
    assert look(reference, observed(None), watch=WATCH) == ()


def test_silence_is_seen_before_the_whole_window_is_silent(reference: Reference) -> None:
    """Windows of a week that are looked at each day: six days of traffic do not hide a seventh without any."""
    week = replace(observed(window_profile(reference, features(2)), usual_per_day=100.0), newest=Newest(rows=0, days=1.0))
    assert [f.check for f in look(reference, week, watch=WATCH)] == ["volume"]
    assert look(reference, replace(week, newest=Newest(rows=80, days=1.0)), watch=WATCH) == ()


def test_a_trickle_is_a_fault_and_a_quiet_week_is_not(reference: Reference) -> None:
    trickle = window_profile(reference, {name: values[:40] for name, values in features(2).items()})
    assert [f.check for f in look(reference, observed(trickle, usual_per_day=100.0), watch=WATCH)] == ["volume"]
    quiet = window_profile(reference, {name: values[:250] for name, values in features(2).items()})
    assert look(reference, observed(quiet, usual_per_day=100.0), watch=WATCH) == ()
    assert look(reference, observed(trickle, usual_per_day=30.0), watch=WATCH) == ()


def test_what_was_asked_and_refused_is_no_silence(reference: Reference) -> None:
    """Rows that are refused never reach the log; that they are is told by its own check."""
    trickle = window_profile(reference, {name: values[:40] for name, values in features(2).items()})
    few = observed(trickle, usual_per_day=100.0)
    none = serving(40)
    refused = replace(serving(700), refused=(Refused(code="contract.type", column="a", requests=660),) * 2)
    assert [f.check for f in look(reference, few, watch=WATCH, serving=none)] == ["volume"]
    assert look(reference, few, watch=WATCH, serving=refused) == ()


@pytest.mark.parametrize(
    ("due", "told"),
    [
        (LabelsDue(mature=700, labelled=0), True),
        (LabelsDue(mature=49, labelled=0), False),
        (LabelsDue(mature=700, labelled=200, before=0.95), True),
        (LabelsDue(mature=700, labelled=400, before=0.95), False),
        (LabelsDue(mature=10, labelled=4, before=0.95), False),
        (LabelsDue(mature=700, labelled=300), False),
        (LabelsDue(mature=0, labelled=0, before=0.9), False),
    ],
)
def test_labels_that_are_overdue(reference: Reference, due: LabelsDue, told: bool) -> None:
    assert [(f.kind, f.check) for f in at(reference, labels=due)] == ([("data_fault", "label_feed")] if told else [])


def serving(requests: int, failed: int = 0, p99: float | None = 10.0) -> Serving:
    return Serving(start=START, end=START + timedelta(days=7), requests=requests, failed=failed, p99_ms=p99)


@pytest.mark.parametrize(
    ("served", "told"),
    [
        (serving(1000, 40), ["errors"]),
        (serving(1000, 14), []),
        (serving(19, 19), []),
        (serving(20, 20), ["errors"]),
        (serving(1000, 0, 80.0), ["latency"]),
        (serving(99, 0, 80.0), []),
        (serving(1000, 0, None), []),
    ],
)
def test_serving(reference: Reference, served: Serving, told: list[str]) -> None:
    found = at(reference, serving=served)
    assert [f.check for f in found] == told
    assert all((f.kind, f.start) == ("serving", START) for f in found)


def test_latency_is_not_watched_unless_asked_for(reference: Reference) -> None:
    seen = observed(window_profile(reference, features(2)))
    assert look(reference, seen, watch=WatchSpec(), serving=serving(1000, 0, 9e9)) == ()


def test_findings_without_columns_last_too(reference: Reference) -> None:
    earlier = at(reference, serving=serving(1000, 40))
    moved = replace(serving(1000, 40), start=datetime(2024, 5, 1, tzinfo=UTC), end=datetime(2024, 5, 8, tzinfo=UTC))
    (found,) = at(reference, serving=moved, previous=earlier)
    assert found.since == START
    assert found.weight is None
