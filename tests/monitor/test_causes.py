"""One cause, one matter: what is grouped, what is not, what it is called, and how long it stays the same."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from millwright.monitor.causes import Known, causes_of
from millwright.monitor.grouping import groups_of
from millwright.records.causing import Cause
from millwright.records.deciding import Change, Finding, FindingCheck, FindingKind, Loss, Onset
from millwright.records.spec import FeedSpec, WatchSpec

END = datetime(2013, 8, 15, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FEEDS = WatchSpec(feeds=(FeedSpec(name="weather", columns=("temp", "wind*")), FeedSpec(name="shop", columns=("price",))))


def between(low: float, high: float) -> Onset:
    """In days before the end."""
    return Onset(start=END - low * DAY, earliest=END - low * DAY, latest=END - high * DAY)


def a_change(column: str, check: FindingCheck, onset: Onset | None) -> Change:
    unit, now = {"missing": ("% missing", 100.0), "unit": ("typical size", 9.0)}.get(check, ("mean", 2.0))
    return Change(column=column, check=check, was=1.0, now=now, unit=unit, effect=1.0, onset=onset)


def found(kind: FindingKind, check: FindingCheck, onsets: dict[str, Onset | None], **fields: Any) -> Finding:
    columns = tuple(column for column in onsets if column and check != "label_shift")
    given: dict[str, Any] = {
        "id": f"{kind} {check} {','.join(columns)}", "project": "p", "kind": kind, "check": check, "columns": columns,
        "effect": 1.0, "sentence": f"{', '.join(columns) or check} did something: a lot (since 8 August 2013)",
        "since": END - 7 * DAY, "start": END - 7 * DAY, "event_at": END, "known_at": END, "version": 3, "rows": 900,
        "changes": tuple(a_change(column, check, onset) for column, onset in onsets.items()),
    }  # fmt: skip
    return Finding(**given | fields)


LOSS = Loss(share=0.2, metric="roc_auc", points=0.04, page=True)
TEMP = found("data_fault", "unit", {"temp": between(5, 4.75)})
WIND = found("data_fault", "missing", {"wind": between(5, 4)})
PRICE = found("data_fault", "constant", {"price": between(2, 1)})


def told(findings: Sequence[Finding], **known: Any) -> list[set[str]]:
    """The columns of each cause."""
    return [set(cause.columns) for cause in causes_of(findings, Known(**known))]


def test_columns_that_broke_at_one_time_broke_of_one_cause() -> None:
    assert sorted(map(sorted, told([TEMP, WIND, PRICE]))) == [["price"], ["temp", "wind"]]


def test_a_cause_in_a_slice_says_where() -> None:
    """Also where the name of a key looks like a sentence."""
    where = 'the key "a: b" asked'
    one = replace(TEMP, slice=where, sentence=f"where {where}: {TEMP.sentence}")
    (alone,) = causes_of([one], Known())
    assert alone.title == f"where {where}: temp did something"
    assert alone.sentence.startswith(f"where {where}: temp did something on 10 August 2013, between 00:00 and 06:00: a lot")
    (both,) = causes_of([one, replace(WIND, slice=where)], Known())
    assert f"; where {where}" in both.sentence
    (whole,) = causes_of([one, WIND], Known())
    assert "where" not in whole.sentence


def test_one_finding_may_have_two_causes() -> None:
    """At most one finding is made a check: columns that broke at other times stand in it together."""
    both = found("data_fault", "missing", {"wind": between(5, 4), "price": between(2, 1)})
    causes = causes_of([both], Known())
    assert sorted(cause.columns for cause in causes) == [("price",), ("wind",)]
    assert {cause.findings for cause in causes} == {(both.id,)}


def test_feeds_part_what_broke_at_one_time() -> None:
    at_once = replace(PRICE, changes=(a_change("price", "constant", between(5, 4)),))
    assert len(told([TEMP, WIND, at_once])) == 1
    weather, shop = sorted(causes_of([TEMP, WIND, at_once], Known(watch=FEEDS)), key=lambda cause: cause.feed != "weather")
    assert (weather.feed, set(weather.columns)) == ("weather", {"temp", "wind"})
    assert (shop.feed, shop.columns) == ("shop", ("price",))


def test_other_values_of_a_broken_column_are_of_the_fault_and_of_another_are_not() -> None:
    moved = found("covariate", "drift", {"temp": between(7, 0), "price": between(7, 0)})
    fault, drift = causes_of([TEMP, moved], Known())
    assert (fault.kind, fault.columns, len(fault.findings)) == ("data_fault", ("temp",), 2)
    assert (drift.kind, drift.columns) == ("covariate", ("price",))


def test_new_levels_that_came_with_a_fault_are_of_it_and_earlier_ones_are_not() -> None:
    with_it = found("covariate", "unseen", {"shop": between(5, 4.5)})
    (cause,) = causes_of([TEMP, with_it], Known())
    assert set(cause.columns) == {"temp", "shop"}
    assert len(causes_of([TEMP, found("covariate", "unseen", {"shop": between(7, 6)})], Known())) == 2
    assert len(causes_of([TEMP, found("covariate", "unseen", {"shop": None})], Known())) == 2


def test_worse_answers_go_with_what_explains_them() -> None:
    worse = found("data_fault", "decay", {"": None})
    (cause,) = causes_of([TEMP, worse], Known())
    assert cause.findings == (TEMP.id, worse.id)
    outcomes = found("label", "label_shift", {"late": None})
    (shifted,) = causes_of([outcomes, found("label", "decay", {"": None})], Known())
    assert (shifted.kind, shifted.columns, len(shifted.findings)) == ("label", (), 2)
    by_itself = found("concept", "decay", {"": None})
    assert [cause.kind for cause in causes_of([TEMP, by_itself], Known())] == ["data_fault", "concept"]


def test_the_labels_of_a_broken_time_belong_to_what_broke_then() -> None:
    (then,) = causes_of([TEMP], Known())
    later = END + 30 * DAY
    worse = found("data_fault", "decay", {"": None}, start=END - 10 * DAY, event_at=later, since=END - 10 * DAY)
    (now,) = causes_of([worse], Known(over=(then,)))
    assert (now.id, now.title, now.columns, now.weight) == (then.id, then.title, then.columns, then.weight)
    assert now.sentence.startswith("temp did something; of the rows of that time decay did something")
    after = replace(worse, start=END + DAY, since=END + DAY)
    assert [cause.id for cause in causes_of([after], Known(over=(then,)))] != [then.id]


def next_look(finding: Finding, days: int = 1, **fields: Any) -> Finding:
    given: dict[str, Any] = {"id": f"{finding.id} later", "event_at": END + days * DAY, "start": END + (days - 7) * DAY}
    return replace(finding, **given | fields)


def test_a_cause_keeps_its_id_its_onset_and_counts_its_looks_while_it_lasts() -> None:
    (first,) = causes_of([TEMP], Known())
    (second,) = causes_of([next_look(TEMP), next_look(WIND)], Known(last=(first,)))
    assert (second.id, second.onset, second.looks) == (first.id, first.onset, 2)
    assert second.findings != first.findings
    (again,) = causes_of([next_look(TEMP, 9)], Known(last=()))
    assert again.id != first.id


def test_a_feed_is_broken_whatever_is_live_and_a_drift_is_of_one_version() -> None:
    (fault,) = causes_of([TEMP], Known())
    assert [c.id for c in causes_of([next_look(TEMP, version=4)], Known(last=(fault,)))] == [fault.id]
    drift = found("covariate", "drift", {"temp": between(5, 4)})
    (moved,) = causes_of([drift], Known())
    assert [c.id for c in causes_of([next_look(drift)], Known(last=(moved,)))] == [moved.id]
    assert [c.id for c in causes_of([next_look(drift, version=4)], Known(last=(moved,)))] != [moved.id]
    (mends,) = causes_of([next_look(drift)], Known(last=(fault,)))
    assert (mends.id, mends.title, mends.kind) == (fault.id, fault.title, "data_fault")
    assert mends.sentence.startswith("temp did something; it mends, and in rows of that time temp")
    assert [c.id for c in causes_of([next_look(drift, 6)], Known(last=(mends,)))] == [fault.id]
    assert [c.id for c in causes_of([next_look(drift, 7)], Known(last=(mends,)))] != [fault.id], "no row is of that time"
    assert causes_of([next_look(TEMP)], Known(last=(moved,)))[0].id != moved.id, "a fault is no drift that goes on"


def test_a_drift_goes_on_unseen_while_its_columns_are_broken() -> None:
    drift = found("covariate", "drift", {"temp": between(5, 4), "price": between(5, 4)})
    (moved,) = causes_of([drift], Known())
    fault, hidden = causes_of([next_look(TEMP)], Known(last=(moved,)))
    assert (fault.kind, hidden) == ("data_fault", replace(moved, sentence=hidden.sentence))
    assert hidden.sentence == f"{moved.sentence}; it could not be seen while such columns were broken"
    _, longer = causes_of([next_look(TEMP, 14)], Known(last=(fault, hidden)))
    assert longer == hidden
    (again,) = causes_of([next_look(drift, 21)], Known(last=(fault, hidden)))
    assert (again.id, again.onset, again.looks) == (moved.id, moved.onset, 2)
    assert "could not be seen" not in again.sentence
    assert causes_of([], Known(last=(fault, hidden))) == (), "it is over where nothing hides it"
    assert len(causes_of([next_look(TEMP)], Known(last=(replace(moved, columns=("wind",)),)))) == 1


def test_two_causes_are_not_inherited_by_one_nor_one_by_two() -> None:
    before = causes_of([TEMP, PRICE], Known())
    after = causes_of([next_look(TEMP), next_look(PRICE)], Known(last=before))
    assert {cause.id for cause in after} == {cause.id for cause in before}
    (one,) = causes_of([TEMP, WIND], Known())
    parted = causes_of(
        [next_look(TEMP, changes=(a_change("temp", "unit", between(7, 6)),)), next_look(WIND)], Known(last=(one,))
    )
    assert sorted(cause.id == one.id for cause in parted) == [False, True]


def said(*findings: Finding, **known: Any) -> str:
    (cause,) = causes_of(findings, Known(**known))
    return cause.sentence


def test_a_cause_is_a_sentence() -> None:
    importance = {"temp": 0.3, "wind": 0.11}
    assert said(TEMP, WIND, watch=FEEDS, importance=importance) == (
        "the weather feed broke on 10 August 2013, between 00:00 and 06:00: temp in another unit or scale; wind missing; "
        "they hold 41 % of what the model looks at"
    )
    assert said(TEMP, WIND).startswith("2 columns broke together on 10 August 2013, between 00:00 and 06:00: ")
    assert said(TEMP) == "temp did something on 10 August 2013, between 00:00 and 06:00: a lot"
    assert said(replace(TEMP, changes=(a_change("temp", "unit", None),))) == TEMP.sentence
    assert said(found("serving", "errors", {"": None})) == "errors did something: a lot (since 8 August 2013)"


def test_many_columns_are_named_up_to_a_few() -> None:
    many = found("data_fault", "missing", {f"c{i}": between(5, 4) for i in range(9)})
    assert "c0, c1, c2, c3 and 6 more columns missing" in said(many, WIND)


def test_no_data_of_two_things_are_two_matters() -> None:
    changes = [Change(column="", check="no_data", was=None, now=3, unit=what, effect=3) for what in ("labels", "requests")]
    absent = [found("serving", "no_data", {}, changes=(change,), id=change.unit) for change in changes]
    assert len(causes_of(absent, Known())) == 2


INTERVALS = st.tuples(st.integers(0, 20), st.integers(0, 10)).map(lambda pair: between(pair[0] + pair[1], pair[0]))
PARTS = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["missing", "unit", "constant"]), INTERVALS), max_size=8)


@settings(max_examples=60)
@given(PARTS)
def test_every_finding_is_in_a_cause_and_no_order_changes_that(drawn: list[tuple[str, FindingCheck, Onset]]) -> None:
    findings = [found("data_fault", check, {column: onset}, id=str(i)) for i, (column, check, onset) in enumerate(drawn)]
    causes = causes_of(findings, Known())
    assert {id_ for cause in causes for id_ in cause.findings} == {finding.id for finding in findings}
    assert len({cause.id for cause in causes}) == len(causes)
    columns = [column for cause in causes for column in cause.columns]
    assert len(columns) == len(set(columns)), "a broken column has one cause"
    shape = sorted(sorted(cause.findings) for cause in causes)
    for order in (findings[::-1], findings[1:] + findings[:1]):
        assert sorted(sorted(cause.findings) for cause in causes_of(order, Known())) == shape


@given(st.lists(INTERVALS, min_size=1, max_size=8))
def test_columns_of_one_cause_can_have_broken_at_one_moment(onsets: list[Onset]) -> None:
    fault = found("data_fault", "missing", {f"c{i}": onset for i, onset in enumerate(onsets)})
    for group in groups_of([fault]):
        assert max(part.onset.earliest for part in group) <= min(part.onset.latest for part in group)


def test_it_is_kept_as_json() -> None:
    from millwright.records.codec import from_json, to_json

    (cause,) = causes_of([TEMP], Known())
    assert from_json(Cause, to_json(cause)) == cause


def test_a_cause_of_one_of_several_columns_names_it_alone_and_has_its_share_of_the_loss() -> None:
    both = found("data_fault", "missing", {"wind": between(5, 4), "price": between(2, 1)}, loss=LOSS)
    causes = causes_of([both], Known(importance={"wind": 0.3, "price": 0.1}))
    said = {cause.columns: (cause.title, cause.sentence) for cause in causes}
    assert said["price",][0] == "price broke"
    assert "may cost" not in said["price",][1], "it is no page"
    losses = {cause.columns: cause.loss for cause in causes}
    assert losses["price",] == Loss(share=0.05, metric="roc_auc", points=0.01)
    assert said["wind",][1].endswith("may cost 15 % of what the model is worth (0.03 roc_auc)")
    pages = {cause.columns: cause.loss is not None and cause.loss.page for cause in causes}
    assert pages == {("price",): False, ("wind",): True}


def test_nothing_began_before_there_was_traffic() -> None:
    (cause,) = causes_of([WIND], Known(begun=END - 4.5 * DAY))
    assert cause.onset == Onset(start=END - 4.5 * DAY, earliest=END - 4.5 * DAY, latest=END - 4 * DAY)
    (later,) = causes_of([WIND], Known(begun=END - 20 * DAY))
    assert later.onset == between(5, 4)
