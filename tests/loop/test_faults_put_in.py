"""Faults that are put into a history: how they are written, and what they do to a stream."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millwright.errors import SpecError
from millwright.loop.playing import Ends, Happening, Player
from millwright.loop.rehearsal.fault import FORMS, parse_fault
from millwright.loop.rehearsal.faults import with_faults
from millwright.loop.workshop import Workshop
from millwright.records.release import Release

BEGIN = datetime(2013, 8, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
INSIDE = "2013-08-03..2013-08-04"
SAMPLE = {
    "unit": "unit:temp:x1000",
    "missing": "missing:temp:0.5",
    "feed:dropped": "feed:dropped",
    "labels:flip": "labels:flip:0.5",
    "labels:delay": "labels:delay:30d",
    "labels:none": "labels:none",
    "schema:dropped": "schema:temp:dropped",
    "schema:renamed": "schema:temp:renamed",
    "schema:text": "schema:temp:text",
    "bots": "bots:0.5",
    "duplicate:day": "duplicate:day",
}


def stream(hours: int = 7 * 24) -> list[Happening]:
    return [
        Happening(
            at=BEGIN + i * HOUR,
            row={"temp": i + 0.5, "wind": i, "square": f"s{i % 3}"},
            value=i % 2,
            told_at=BEGIN + i * HOUR + DAY,
            name=str(i),
        )
        for i in range(hours)
    ]


def broken(text: str, hours: int = 7 * 24) -> list[Happening]:
    return list(with_faults(stream(hours), [parse_fault(text)], outcomes=(0, 1)))


def test_every_kind_can_be_written() -> None:
    assert set(SAMPLE) == set(FORMS)
    for kind, text in SAMPLE.items():
        fault = parse_fault(f"{text}@{INSIDE}")
        assert fault.kind == kind
        assert (fault.start, fault.end) == (BEGIN + 2 * DAY, BEGIN + 4 * DAY)


@pytest.mark.parametrize("kind", SAMPLE)
def test_a_fault_changes_nothing_outside_of_its_time_and_something_within(kind: str) -> None:
    fault = parse_fault(f"{SAMPLE[kind]}@{INSIDE}")
    found = broken(fault.text)
    late = DAY if kind == "duplicate:day" else timedelta(0)
    outside = [one for one in stream() if not fault.start <= one.at < fault.end + late]
    assert [one for one in found if not fault.start <= one.at < fault.end + late] == outside
    assert found != stream()
    assert all(a.at <= b.at for a, b in pairwise(found)), "in order of time"
    assert found == broken(fault.text), "the same each time"
    names = [one.name for one in found]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("kind", SAMPLE)
def test_the_rows_of_a_fault_are_marked_and_no_others(kind: str) -> None:
    fault, real = parse_fault(f"{SAMPLE[kind]}@{INSIDE}"), {one.name: one for one in stream()}
    found = broken(fault.text)
    assert {one.faults for one in found} <= {(), (fault.text,)}
    assert all((one.faults == ()) == (one == real.get(one.name)) for one in found)
    assert any(one.faults for one in found) or kind == "feed:dropped", "of a feed that is dropped there is no row"


class Plane:
    """Answers rows that have a temperature of no text."""

    def predict(self, body: dict[str, Any]) -> dict[str, Any] | None:
        if not all(isinstance(row.get("temp"), float) for row in body["rows"]):
            return None
        return {"predictions": [{"id": name} for name in body["ids"]]}

    def label(self, labels: list[dict[str, Any]]) -> dict[str, Any]:
        return {"accepted": len(labels)}

    def finish(self, before: datetime) -> bool:
        return False

    def settle(self, release: Release) -> None: ...


@pytest.mark.parametrize("kind", SAMPLE)
def test_of_a_fault_is_learnt_from_the_first_outcome_of_an_answered_row_on(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The player notes it; of rows that had no answer, or no outcome ever, nothing is."""
    monkeypatch.setattr(Player, "_settle", lambda _: None)
    monkeypatch.setattr(Player, "_ends", lambda _, start: Ends(start, 1000 * DAY))
    fault = parse_fault(f"{SAMPLE[kind]}@{INSIDE}")
    played = Player(cast(Workshop, None), Plane()).play(broken(fault.text), BEGIN, BEGIN + 60 * DAY)
    never = {"missing", "feed:dropped", "labels:none", "schema:dropped", "schema:renamed", "schema:text", "bots"}
    late = 30 * DAY if kind == "labels:delay" else timedelta(0)
    assert (fault.text in played.learnable) == (kind not in never)
    if kind not in never:
        assert BEGIN + 3 * DAY + late <= played.learnable[fault.text] < BEGIN + 5 * DAY + late


def inside(found: list[Happening]) -> list[Happening]:
    return [one for one in found if BEGIN + 2 * DAY <= one.at < BEGIN + 4 * DAY]


def test_what_each_kind_does() -> None:
    real = inside(stream())
    assert [o.row["temp"] for o in inside(broken(f"unit:temp:x1000@{INSIDE}"))] == [o.row["temp"] * 1000 for o in real]
    assert [o.row["wind"] for o in inside(broken(f"unit:wind:x0.5@{INSIDE}"))] == [o.row["wind"] / 2 for o in real]
    assert {o.row["temp"] for o in inside(broken(f"missing:t*@{INSIDE}"))} == {None}
    assert inside(broken(f"feed:dropped@{INSIDE}")) == []
    assert [o.value for o in inside(broken(f"labels:flip@{INSIDE}"))] == [1 - o.value for o in real if isinstance(o.value, int)]
    assert {o.told_at for o in inside(broken(f"labels:none@{INSIDE}"))} == {None}
    assert all(o.told_at == o.at + 31 * DAY for o in inside(broken(f"labels:delay:30d@{INSIDE}")))
    assert {tuple(o.row) for o in inside(broken(f"schema:temp:dropped@{INSIDE}"))} == {("wind", "square")}
    assert {tuple(o.row) for o in inside(broken(f"schema:temp:renamed@{INSIDE}"))} == {("temp_new", "wind", "square")}
    assert inside(broken(f"schema:temp:text@{INSIDE}"))[0].row["temp"] == "48.5 units"


def test_bots_are_so_large_a_share_and_ask_one_row_that_never_comes_true() -> None:
    found = inside(broken(f"bots:0.75@{INSIDE}"))
    bots = [one for one in found if one.name is not None and "bot" in one.name]
    assert len(bots) / len(found) == pytest.approx(0.75, abs=0.01)
    assert len({str(one.row) for one in bots}) == 1
    assert {one.told_at for one in bots} == {None}


def test_a_duplicated_day_comes_a_day_later_once_more() -> None:
    found = broken("duplicate:day@2013-08-03")
    rows = Counter(one.at.date() for one in found)
    assert rows[datetime(2013, 8, 3).date()] == 24
    assert rows[datetime(2013, 8, 4).date()] == 48
    assert all(one.told_at is None or one.told_at >= one.at for one in found)


@given(share=st.floats(0.05, 0.95))
def test_a_share_is_about_so_many_rows(share: float) -> None:
    found = broken(f"missing:temp:{share:.3f}@2013-08", hours=720)
    assert sum(one.row["temp"] is None for one in found) / 720 == pytest.approx(share, abs=0.1)


def test_a_number_is_flipped_within_its_range_and_classes_to_another() -> None:
    fault = [parse_fault("labels:flip@2013-08")]
    (one,) = with_faults([Happening(at=BEGIN, row={}, value=12.0, told_at=BEGIN)], fault, outcomes=(10.0, 30.0))
    assert one.value == 28.0
    drawn = {
        o.value
        for o in with_faults(
            [Happening(at=BEGIN, row={}, value="a", told_at=BEGIN) for _ in range(50)], fault, outcomes=("a", "b", "c")
        )
    }
    assert drawn == {"b", "c"}


def test_a_fault_more_changes_nothing_of_what_another_draws() -> None:
    alone = parse_fault(f"missing:temp:0.5@{INSIDE}")
    both = list(with_faults(stream(), [parse_fault(f"unit:wind:x10@{INSIDE}"), alone]))
    assert [o.row["temp"] for o in both] == [o.row["temp"] for o in broken(alone.text)]


def test_dates_name_whole_days_of_the_zone() -> None:
    month = parse_fault("labels:none@2013-08", "America/New_York")
    place = ZoneInfo("America/New_York")
    assert month.start == datetime(2013, 8, 1, tzinfo=place)
    assert month.end == datetime(2013, 9, 1, tzinfo=place)
    assert parse_fault("labels:none@2013").end == datetime(2014, 1, 1, tzinfo=UTC)
    assert parse_fault("labels:none@2013-08-01T12").end == datetime(2013, 8, 1, 13, tzinfo=UTC)
    assert parse_fault("labels:none@2013-08..").end > datetime(9000, 1, 1, tzinfo=UTC)


def test_a_column_may_have_a_colon_in_its_name() -> None:
    assert parse_fault("unit:a:b:x10@2013").column == "a:b"
    assert parse_fault("missing:a:b:0.5@2013").column == "a:b"
    assert parse_fault("schema:a:b:renamed@2013").column == "a:b"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("unit:temp:x1000", "does not say when"),
        ("unt:temp:x10@2013", 'did you mean "unit"?'),
        ("unit:temp@2013", "does not say how much"),
        ("unit:temp:x1@2013", "a factor other than 1"),
        ("unit@2013", "names no column"),
        ("missing:temp:1.5@2013", "a share above 0"),
        ("bots:0.99@2013", "at most 0.95"),
        ("labels:delay:soon@2013", "a duration"),
        ("labels:late@2013", "there is no fault"),
        ("schema:temp:gone@2013", "dropped, renamed or text"),
        ("feed:dropped:3@2013", "is too much"),
        ("feed:dropped@2013-13", "is no date"),
        ("feed:dropped@august", "is no date"),
        ("feed:dropped@2013-08..2013-07", "ends before it begins"),
    ],
)
def test_a_mistake_is_told_with_what_to_write(text: str, says: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_fault(text)
    assert says in str(caught.value)
    assert f"--inject {text}" in str(caught.value)
