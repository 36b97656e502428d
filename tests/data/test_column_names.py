import pytest

from millwright.data.column_names import (
    actual_of,
    event_word,
    lookalikes,
    outcome_words,
    plans_among,
    shared_affix,
    visible,
    words,
)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("schedDepTime", ("sched", "dep", "time")),
        ("CRSDepTime", ("crs", "dep", "time")),
        ("arr_late15", ("arr", "late")),
        ("Machine failure", ("machine", "failure")),
        ("цена_2013$", ("цена",)),
        ("123", ()),
        ("", ()),
    ],
)
def test_words(name: str, wanted: tuple[str, ...]) -> None:
    assert words(name) == wanted


def test_an_actual_column_finds_its_plan() -> None:
    plans = plans_among(["sched_dep_time", "planned", "dep_time", "ExpectedArrival"])
    assert actual_of("dep_time", plans) == "sched_dep_time"
    assert actual_of("actual_dep_time", plans) == "sched_dep_time"
    assert actual_of("arrival", plans) == "ExpectedArrival"
    assert actual_of("sched_dep_time", plans) is None
    assert actual_of("carrier", plans) is None
    assert actual_of("actual", plans) is None


def test_outcomes_are_not_plans_nor_earlier_events() -> None:
    assert outcome_words("arr_delay") == {"delay"}
    assert outcome_words("scheduled_delay") == outcome_words("previous_outcome") == outcome_words("carrier") == frozenset()


def test_the_event_of_a_name() -> None:
    assert [event_word(n) for n in ("arr_late15", "time_of_day", "age", "sched_dep_time")] == ["arr", None, None, None]


@pytest.mark.parametrize(
    ("names", "wanted"), [(["TWF", "HDF"], "F"), (["is_a", "is_b"], "is_"), (["a", "b"], ""), (["x"], "x")]
)
def test_shared_affix(names: list[str], wanted: str) -> None:
    assert shared_affix(names) == wanted


def test_names_that_look_alike_are_grouped_and_spelled_out() -> None:
    assert lookalikes(["age", "аge", "age\u200b", "Age ", "sex"]) == [("age", "аge", "age\u200b", "Age ")]
    assert visible("аge\u200b") == "\\u0430ge\\u200b"
    assert lookalikes(["arr_time", "air_time"]) == []
