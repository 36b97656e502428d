"""Profiles of the log are those of its rows as a window has them, however these lie in files."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from millwright.data.profile import merge, profile_columns
from millwright.predictions import profiled, small
from millwright.predictions.layout import DAY, day_start
from millwright.predictions.logged import logged_columns
from millwright.predictions.profiled import Reading, profile_files, profile_tail
from millwright.predictions.seal import seal
from millwright.predictions.window import Logs, Wanted, counted_window, window
from millwright.records.data import Contract, ContractColumn, Profile
from millwright.records.traffic import KeptPart, Prediction

from .conftest import T0, write

CONTRACT = Contract(
    columns=(
        ContractColumn(name="distance", kind="number"),
        ContractColumn(name="dest", kind="category"),
        ContractColumn(name="note", kind="text"),
        ContractColumn(name="seen", kind="date"),
        ContractColumn(name="late", kind="boolean"),
        ContractColumn(name="sold", kind="number", role="target"),
    )
)
START, LATER = day_start("2013-06-01"), day_start("2013-06-04")
Make = Callable[..., Prediction]


@pytest.fixture
def day(prediction: Make) -> list[Prediction]:
    """Odd requests, two payloads, shadows, a row that was asked twice, flags; some before noon and some after."""
    requests = [
        {"distance": 100.5, "dest": "ATL", "note": "on time", "seen": "2013-06-01T10:00:00", "late": True},
        {"distance": "12", "dest": "BOS", "late": 0},
        {"distance": None, "dest": None, "note": "", "seen": "2013-07-01T10:00:00"},
        {"distance": True, "dest": "ATL", "extra": [1, 2]},
        {"dest": "ÅÄÖ", "distance": 1e308},
    ]
    rows = [
        prediction(
            60 * hour - 300, request=request, payload_digest="ab"[hour % 2] * 64, flags=("range:distance",) * (hour == 3)
        )
        for hour, request in enumerate(requests * 3)
    ]
    again = [prediction(minute, request=requests[0], client_id="asked again") for minute in (5, 6)]
    apart = [prediction(7, role=role, request=requests[0]) for role in ("shadow", "asked")]
    return [*rows, *again, *apart]


def reading(logs: Logs, part: timedelta = DAY) -> Reading:
    return Reading(logs=logs, project="flights", contract=CONTRACT, part=part, as_of=LATER)


def of_rows(logs: Logs) -> Profile:
    """The profile of the window's rows, read whole."""
    _, rows = window(logs, "flights", START, START + 2 * DAY, as_of=LATER)
    asked = tuple(column for column in CONTRACT.columns if column.role == "feature")
    return profile_columns(logged_columns(rows["request"], replace(CONTRACT, columns=asked)), CONTRACT, of="x")


def of_parts(parts: list[KeptPart]) -> Profile:
    return merge(*(part.profile for part in parts), of="x")


def plain(profile: Profile) -> list[object]:
    return [replace(column, mean=None, m2=None, times=None, violations=()) for column in profile.columns]


def sealed(logs: Logs) -> list[Path]:
    return sorted(logs.predictions.rglob("day=*/*.parquet"))


@pytest.mark.parametrize("part", [DAY, timedelta(hours=6), timedelta(hours=1)])
def test_open_and_sealed_rows_have_the_profile_of_the_window(logs: Logs, day: list[Prediction], part: timedelta) -> None:
    write(logs, day, [])
    whole = of_rows(logs)
    assert whole.rows == 16, "neither shadows nor what was asked again"
    opened = profile_tail(reading(logs, part), START, START + 2 * DAY, frozenset())
    seal(logs.predictions, "flights", LATER)
    (file,) = sealed(logs)
    shut = profile_files(reading(logs, part), START, START + DAY, [file])
    assert opened == shut
    assert plain(of_parts(shut)) == plain(whole)
    assert all(each.start >= START and each.end - each.start == part for each in shut)
    assert {each.payload_digest[0] for each in shut} == {"a", "b"}


def test_where_nobody_asked_twice_what_was_answered_before_is_not_read(
    logs: Logs, day: list[Prediction], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(logs, [one for one in day if one.client_id is None], [])
    opened = profile_tail(reading(logs), START, START + 2 * DAY, frozenset())
    seal(logs.predictions, "flights", LATER)
    (file,) = sealed(logs)
    asked: list[object] = []
    load = profiled.load
    monkeypatch.setattr(profiled, "load", lambda *given: asked.append(given) or load(*given))
    assert profile_files(reading(logs), START, START + DAY, [file]) == opened
    assert asked == []
    monkeypatch.setattr(small, "MOST", -1)
    assert profile_files(reading(logs), START, START + DAY, [file]) == opened
    assert len(asked) == 1


def test_what_a_client_asked_more_than_a_day_before_is_another_question(logs: Logs, prediction: Make) -> None:
    asked = [prediction(-720 + 60 * hour, request={"distance": hour}, client_id="nightly") for hour in (1, 30, 47)]
    write(logs, asked, [])
    seal(logs.predictions, "flights", LATER)
    (late,) = [path for path in sealed(logs) if path.parent.name == "day=2013-06-02"]
    made = of_parts(profile_files(reading(logs), START + DAY, START + 2 * DAY, [late]))
    distance = next(column for column in made.columns if column.name == "distance")
    assert (made.rows, distance.minimum) == (1, 30.0), "the third was asked within a day of the second"


def test_what_the_contract_flagged_is_counted_by_rule(logs: Logs, day: list[Prediction]) -> None:
    write(logs, day, [])
    merged = of_parts(profile_tail(reading(logs), START, START + DAY, frozenset()))
    assert {c.name: c.violations for c in merged.columns if c.violations} == {"distance": (("range", 1),)}


def test_the_tail_is_what_is_in_no_file_that_is_left_out(logs: Logs, day: list[Prediction], prediction: Make) -> None:
    write(logs, day, [])
    seal(logs.predictions, "flights", LATER)
    late = [prediction(30, request={"distance": 7.0}), prediction(40, request={"distance": 8.0}, client_id="asked again")]
    write(logs, late, [], start=2)
    rest = of_parts(profile_tail(reading(logs), START, START + DAY, frozenset(path.name for path in sealed(logs))))
    distance = next(column for column in rest.columns if column.name == "distance")
    assert (rest.rows, distance.minimum, distance.maximum) == (1, 7.0, 7.0), "the other was answered in the sealed file"


def test_what_was_asked_after_the_end_is_not_read(
    logs: Logs, day: list[Prediction], prediction: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(logs, [*day, prediction(12 * 60)], [])
    seal(logs.predictions, "flights", LATER)
    names = frozenset(path.name for path in sealed(logs) if path.parent.name == "day=2013-06-01")
    monkeypatch.setattr(profiled, "load", lambda *_: pytest.fail("the day after was opened"))
    assert profile_tail(reading(logs), START, START + DAY, names) == []


def test_dates_after_the_part_are_in_the_future(logs: Logs, day: list[Prediction]) -> None:
    write(logs, day, [])
    merged = of_parts(profile_tail(reading(logs), START, START + DAY, frozenset()))
    (times,) = [column.times for column in merged.columns if column.times]
    assert times.future == 3


def test_a_sample_is_counted_as_the_whole(logs: Logs, day: list[Prediction]) -> None:
    write(logs, day, [])
    every, _, rows = counted_window(logs, "flights", START, LATER, as_of=LATER)
    wanted = Wanted(columns=("id", "request"), sample=5, newest=T0)
    seen, newest, some = counted_window(logs, "flights", START, LATER, as_of=LATER, wanted=wanted)
    assert seen == every
    assert newest == sum(each >= T0.timestamp() * 1e6 for each in rows["event_at"])
    ids = rows["id"].tolist()
    assert some["id"].tolist() == [ids[at * (len(ids) - 1) // 4] for at in range(5)]
    assert set(some) == {"id", "request"}
