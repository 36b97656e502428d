"""Each check of a column, on a small world: what it finds, what it leaves alone, and what it says."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from worlds import World, observed, reference_of, window_profile

from millwright.monitor.inputs import Reference
from millwright.monitor.look import look
from millwright.monitor.variation import Varied, beyond, even, excess_kurtosis
from millwright.records.codec import from_json, to_json
from millwright.records.deciding import Finding
from millwright.records.spec import WatchSpec

WATCH = WatchSpec()
WORLD = World(per_day=100, numbers=5, categories=4, luck=0.1, missing={"n1": 0.05})
IMPORTANCE = {"n0": 0.4, "n1": 0.2, "c0": 0.1, "c3": 0.3}


def days(count: int, seed: int) -> dict[str, Any]:
    return WORLD.days(count, np.random.default_rng(seed))


@pytest.fixture(scope="module")
def weekly() -> Reference:
    return reference_of(days(91, 1), importance=IMPORTANCE)


def at(reference: Reference, columns: dict[str, Any], **more: Any) -> tuple[Finding, ...]:
    return look(reference, observed(window_profile(reference, columns)), watch=WATCH, **more)


def only(found: tuple[Finding, ...], check: str) -> Finding:
    assert [f.check for f in found] == [check]
    return found[0]


def test_an_unchanged_week_has_nothing_to_tell(weekly: Reference) -> None:
    assert at(weekly, days(7, 2)) == ()


def test_emptied_columns_are_one_fault_in_order_of_weight(weekly: Reference) -> None:
    columns = days(7, 2)
    columns["n1"][:], columns["n0"][:], columns["c3"][:] = np.nan, np.nan, None
    found = only(at(weekly, columns), "missing")
    assert (found.kind, found.columns, found.weight) == ("data_fault", ("n0", "c3", "n1"), pytest.approx(0.9))
    assert next((c.column, c.was, c.now) for c in found.changes) == ("n0", 0.0, 100.0)
    assert found.sentence.startswith("n0, c3 and n1 were filled and are empty: n0 100 % missing, 0 % before; ")
    assert found.sentence.endswith("(since 1 April 2024); they hold 90 % of what the model looks at")


def test_a_column_that_was_never_missing_is_a_fault_from_five_points_on(weekly: Reference) -> None:
    columns = days(7, 2)
    columns["n0"][::16] = np.nan
    assert only(at(weekly, columns), "missing").kind == "data_fault"
    columns["n0"] = days(7, 2)["n0"]
    columns["n1"][::8] = np.nan
    found = only(at(weekly, columns), "missing")
    assert (found.kind, found.columns) == ("covariate", ("n1",))
    assert "is missing more often than before: " in found.sentence


def test_a_column_that_is_filled_at_last_is_no_fault() -> None:
    world = replace(WORLD, missing={"n1": 0.3})
    reference = reference_of(world.days(91, np.random.default_rng(1)))
    found = [f for f in at(reference, days(7, 2) | {"n1": days(7, 2)["n2"]}) if f.check == "missing"]
    assert [(f.kind, f.columns) for f in found] == [("covariate", ("n1",))]
    assert "less often" in found[0].sentence


def test_a_few_missing_values_more_are_too_small_to_tell(weekly: Reference) -> None:
    columns = days(7, 2)
    columns["n0"][:2] = np.nan
    assert at(weekly, columns) == ()


def test_a_new_level_is_told_and_a_new_coding_is_a_fault(weekly: Reference) -> None:
    columns = days(7, 2)
    columns["c1"][::10] = "a new one"
    found = next(f for f in at(weekly, columns) if f.check == "unseen")
    assert (found.kind, found.columns, found.changes[0].now) == ("covariate", ("c1",), 10.0)
    assert 'such as "a new one"' in found.sentence
    columns["c1"][:] = [f"code {level}" for level in columns["c1"]]
    assert only(at(weekly, columns), "unseen").kind == "data_fault"


def test_rare_levels_that_go_on_coming_are_expected() -> None:
    """A column of names that are mostly new says nothing by being new once more."""
    random = np.random.default_rng(3)
    past, now = days(91, 1), days(7, 2)
    for columns in (past, now):
        tail = np.array([f"rare {i}" for i in random.integers(0, 10**9, len(columns["c0"]))], dtype=object)
        columns["c0"] = np.where(random.random(len(tail)) < 0.02, tail, columns["c0"])
    assert at(reference_of(past), now) == ()


def test_a_range_that_is_left_by_few_rows_is_no_news_and_by_all_is(weekly: Reference) -> None:
    columns = days(7, 2)
    columns["n3"] += 200.0
    found = next(f for f in at(weekly, columns) if f.check == "range")
    assert (found.kind, found.columns) == ("covariate", ("n3",))
    assert found.sentence.startswith("n3 leaves the range that the model learned from: 100 % of the values are above ")
    columns["n3"] -= 400.0
    assert "are below" in next(f for f in at(weekly, columns) if f.check == "range").sentence
    columns = days(7, 2)
    columns["n3"][:3] = 1.05 * np.nanmax(days(91, 1)["n3"])
    assert at(weekly, columns) == ()


@pytest.mark.parametrize("factor", [1000, 0.01, 60])
def test_another_unit_is_a_fault_and_named(weekly: Reference, factor: float) -> None:
    columns = days(7, 2)
    columns["n4"] *= factor
    found = at(weekly, columns)
    assert {f.kind for f in found} == {"data_fault"}
    told = next(f for f in found if f.check == "unit")
    assert told.columns == ("n4",)
    assert ("x1000" if factor == 1000 else "/100" if factor == 0.01 else "x60") in told.sentence
    assert not any(f.check == "drift" for f in found)


@pytest.mark.parametrize("factor", [10.0, 0.1])
def test_another_unit_of_what_follows_the_seasons_is_a_fault(factor: float) -> None:
    """Ten times a winter day lies within a factor of eight of a summer day, and far beyond all that there ever was."""
    past, now = days(91, 1), days(7, 2)
    for columns, seed, first in ((past, 3, 0), (now, 4, 91)):
        warmth = 0.45 + 0.25 * np.sin((columns["day"] + first) / 58.0)
        columns["n4"] = np.clip(warmth + np.random.default_rng(seed).normal(0, 0.05, len(warmth)), 0.08, 0.94)
    reference = reference_of(past)
    assert not any(f.kind == "data_fault" for f in at(reference, now))
    now["n4"] = now["n4"] * factor
    told = next(f for f in at(reference, now) if f.check == "unit")
    assert (told.kind, told.columns) == ("data_fault", ("n4",))


def test_a_few_rows_in_another_unit_are_a_fault(weekly: Reference) -> None:
    columns = days(7, 2)
    columns["n4"][::70] *= 1000
    told = next(f for f in at(weekly, columns) if f.check == "unit")
    assert (told.kind, told.columns) == ("data_fault", ("n4",))
    assert "about x1000 in 1.4 % of the rows" in told.sentence or "about x1000 in 1." in told.sentence


def test_a_few_rows_in_a_smaller_unit_are_a_fault() -> None:
    """A humidity of 16 to 100 that comes as a share for two days of seven."""
    past, now = days(91, 1), days(7, 2)
    for columns, seed in ((past, 3), (now, 4)):
        columns["n4"] = np.random.default_rng(seed).uniform(16.0, 100.0, len(columns["n4"]))
    assert at(reference_of(past), now) == ()
    now["n4"][now["n4"] > 98.0] = 0.0
    assert not any(f.check == "unit" for f in at(reference_of(past), now)), "zeros are told as zeros, if at all"
    now["n4"][: len(now["n4"]) * 2 // 7] /= 100
    told = next(f for f in at(reference_of(past), now) if f.check == "unit")
    assert (told.kind, told.columns) == ("data_fault", ("n4",))
    assert "about /100 in 2" in told.sentence


def test_a_level_that_never_came_is_told_however_many_rows_the_weeks_had() -> None:
    """The variance of no share at all differs by the rows alone: a shorter week is no sign of heavy tails."""
    rows = np.full(26, 168)
    rows[20] = 150
    for counts in (np.full(26, 168), rows):
        scaled, noises = even(np.zeros(26), counts)
        (share,), (noise,) = even(np.array([0.14]), np.array([168]))
        found = beyond(Varied(scaled, noises, excess_kurtosis(scaled)), (float(share), float(noise)), 1.0, 1e-4)
        assert found.limit < 5.0
        assert found.real


def test_one_wild_row_is_no_change_of_unit(weekly: Reference) -> None:
    columns = days(7, 2)
    columns["n4"][0] = 1e9
    assert at(weekly, columns) == ()


def test_a_stuck_feed_is_a_fault(weekly: Reference) -> None:
    columns = days(7, 2)
    columns["n2"][:], columns["c2"][:] = 0.25, "l01"
    found = only(at(weekly, columns), "constant")
    assert (found.kind, set(found.columns)) == ("data_fault", {"n2", "c2"})
    assert 'always "l01"' in found.sentence
    assert "always 0.25" in found.sentence


def test_a_column_that_seldom_varies_may_stand_still() -> None:
    past, now = days(91, 1), days(7, 2)
    past["n0"] = np.where(np.arange(len(past["n0"])) % 300 == 0, 1.0, 0.0)
    now["n0"][:] = 0.0
    assert at(reference_of(past), now) == ()


def test_the_first_day_of_a_server_is_no_stuck_calendar() -> None:
    """A window of a week of which one day can have traffic: what changes by the day has one value."""
    past, now = WORLD.days(91, np.random.default_rng(1)), WORLD.days(1, np.random.default_rng(2))
    past["n0"], now["n0"] = past["day"] % 7.0, np.full(len(now["day"]), 4.0)
    reference = reference_of(past)
    window = observed(window_profile(reference, now))
    assert "constant" in [f.check for f in look(reference, window, watch=WATCH)]
    assert look(reference, replace(window, begun=window.end - timedelta(days=1)), watch=WATCH) == ()


def test_working_days_alone_are_no_stuck_calendar() -> None:
    """A window of five days since the release, and one of a whole week whose weekend's rows did not come."""
    past, now = WORLD.days(91, np.random.default_rng(1)), WORLD.days(5, np.random.default_rng(2))
    past["n0"], now["n0"] = (past["day"] % 7 < 5).astype(float), np.ones(len(now["day"]))
    reference = reference_of(past)
    window = observed(window_profile(reference, now))
    assert "constant" in [f.check for f in look(reference, window, watch=WATCH)]
    begun = replace(window, begun=window.end - timedelta(days=5))
    assert not any(f.check == "constant" for f in look(reference, begun, watch=WATCH))
    away = replace(window, usual_per_day=len(now["day"]) / 5)
    assert not any(f.check == "constant" for f in look(reference, away, watch=WATCH))


def test_weeks_of_one_kind_of_weather_are_no_stuck_feed() -> None:
    """Some weeks it is clear nearly always, some hardly: a week that is clear throughout is weather."""
    past, now = days(91, 1), days(7, 2)
    clear = np.random.default_rng(4).uniform(0.3, 0.98, 13)[past["day"] // 7]
    past["n0"] = np.where(np.random.default_rng(5).random(len(clear)) < clear, 10.0, past["n0"])
    now["n0"][:] = 10.0
    assert not any(f.check == "constant" for f in at(reference_of(past), now))


def test_a_day_has_one_value_of_what_changes_by_the_day(weekly: Reference) -> None:
    past, now = days(91, 1), days(1, 2)
    past["n0"], now["n0"] = (past["day"] % 7).astype(float), np.full(len(now["day"]), 3.0)
    reference = reference_of(past)
    assert look(reference, observed(window_profile(reference, now), days=1), watch=WATCH) == ()


def test_drift_says_which_statistic_moved_and_by_how_much(weekly: Reference) -> None:
    columns = days(7, 2)
    columns["n0"] = columns["n0"] + 1.0
    columns["c1"] = np.where(np.arange(700) % 3 == 0, "l00", columns["c1"]).astype(object)
    found = only(at(weekly, columns), "drift")
    assert (found.kind, found.columns, found.weight) == ("covariate", ("n0", "c1"), pytest.approx(0.4))
    by_column = {change.column: change for change in found.changes}
    assert by_column["n0"].unit == "mean"
    assert by_column["n0"].effect == pytest.approx(1.0, abs=0.15)
    assert by_column["c1"].unit == '% "l00"'
    assert by_column["c1"].effect > 15
    assert all(abs(c.evidence or 0) > (c.limit or 0) for c in found.changes)


def test_a_wider_spread_drifts_though_the_mean_stays(weekly: Reference) -> None:
    columns = days(7, 2)
    columns["n0"] *= 2.0
    found = next(f for f in at(weekly, columns) if f.check == "drift")
    assert (found.columns, found.changes[0].unit != "mean") == (("n0",), True)


def test_one_wet_week_is_no_drift_of_the_rain() -> None:
    """Thirteen weeks of which two were wet: the third wet one, wetter than they, is rain."""
    past, now, random = days(91, 1), days(7, 2), np.random.default_rng(6)
    wet = np.array([0.1, 0.0, 0.4, 0.05, 1.6, 0.02, 0.3, 0.0, 0.1, 1.2, 0.0, 0.2, 0.05])[past["day"] // 7]
    past["n0"], now["n0"] = wet * random.exponential(size=len(wet)), 3.0 * random.exponential(size=700)
    assert not any(f.check == "drift" for f in at(reference_of(past), now))


def test_without_a_time_column_only_larger_changes_count_and_it_is_said() -> None:
    reference = reference_of(days(91, 1), time=False)
    assert at(reference, days(7, 2)) == ()
    columns = days(7, 2)
    columns["n0"] += 0.08
    columns["n1"] += 0.6
    found = only(at(reference, columns), "drift")
    assert found.columns == ("n1",)
    assert "no history by period" in found.sentence


def test_a_finding_that_lasts_keeps_its_beginning_and_gets_a_new_id(weekly: Reference) -> None:
    columns = days(7, 2)
    columns["n0"] += 1.0
    first = at(weekly, columns)
    profile = window_profile(weekly, columns)
    again = look(weekly, observed(profile, after=98), watch=WATCH, previous=first)
    assert again[0].since == first[0].since == first[0].start
    assert again[0].start == first[0].start + timedelta(days=7)
    assert again[0].id != first[0].id
    assert at(weekly, columns)[0].id == first[0].id
    for other in ({"columns": ("c1",)}, {"version": 2}, {"check": "range"}):
        changed = tuple(replace(f, **other) for f in first)
        assert look(weekly, observed(profile, after=98), watch=WATCH, previous=changed)[0].since == again[0].start


def test_no_traffic_says_nothing_of_columns(weekly: Reference) -> None:
    empty = window_profile(weekly, {name: values[:0] for name, values in days(7, 2).items()})
    assert look(weekly, observed(None), watch=WATCH) == look(weekly, observed(empty), watch=WATCH) == ()


def test_findings_survive_being_written(weekly: Reference) -> None:
    columns = days(7, 2)
    columns["n0"][:], columns["n3"] = np.nan, columns["n3"] + 500.0
    for finding in at(weekly, columns):
        assert from_json(Finding, to_json(finding)) == finding


def test_personal_levels_are_not_named(weekly: Reference) -> None:
    contract = weekly.contract
    hidden = tuple(replace(c, pii=True, levels=("ab",)) if c.name == "c1" else c for c in contract.columns)
    found = at(replace(weekly, contract=replace(contract, columns=hidden)), days(7, 2) | {"c1": days(7, 3)["c3"]})
    assert found
    assert "l0" not in " ".join(f.sentence for f in found)


def test_what_is_sure_but_small_is_not_told() -> None:
    """With a hundred thousand rows nearly everything is sure; four in a thousand missing still are not worth a word."""
    world = World(per_day=1500, numbers=1, categories=0, luck=0.0, missing={})
    random = np.random.default_rng(8)
    reference = reference_of(world.days(91, random))
    columns = world.days(7, random)
    columns["n0"][::250] = np.nan
    assert at(reference, columns) == ()
    columns["n0"][::125] = np.nan
    assert only(at(reference, columns), "missing").changes[0].now == pytest.approx(0.8)
