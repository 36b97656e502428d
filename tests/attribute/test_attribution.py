"""The whole attribution: nothing where nothing changed, the planted cause where one was, parts that sum to the change."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from attribution_worlds import PLANTED, TERMS, answer, draw, fed, some

from millwright.attribute.attribution import attribute
from millwright.attribute.rows import MOST_ROWS, LabelledRows, Terms
from millwright.metrics.ranking import roc_auc
from millwright.metrics.registry import metric
from millwright.records.attributing import Attribution

ROWS, WORLDS = 4_000, 100
BOUND = 12
"""Of 100 at 5 %: the binomial 99 % bound."""


@cache
def found(name: str) -> Attribution:
    random = np.random.default_rng((11, len(name)))
    return attribute(draw(random, ROWS), PLANTED[name][0](draw(random, ROWS), random), answer, TERMS)


@pytest.mark.parametrize("days", [0, 25])
def test_where_nothing_changed_nothing_is_attributed(days: int) -> None:
    said = [
        attribute(*(draw(np.random.default_rng((days, side, world)), 1_000, days) for side in (0, 1)), answer, TERMS)
        for world in range(WORLDS)
    ]
    assert sum(one.changed for one in said) <= BOUND
    quiet = next(one for one in said if not one.changed)
    assert (quiet.kinds, quiet.columns, quiet.slices, quiet.leading) == ((), (), (), None)
    assert "within noise, nothing is attributed" in quiet.sentence


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_cause_is_named_with_its_column(name: str) -> None:
    one, (_, kind, column, fault) = found(name), PLANTED[name]
    assert one.leading == kind
    named = [part for part in one.columns if part.kind == kind]
    assert not column or column in {each for part in named[:1] for each in (part.column, part.with_column, *part.alike)}
    assert fault is None or named[0].fault == fault
    part = one.of(one.leading)
    assert part is not None
    assert part.low is not None
    assert part.high is not None
    assert part.low * part.high > 0


@pytest.mark.parametrize("name", PLANTED)
def test_parts_sum_to_the_change_and_columns_to_their_kind(name: str) -> None:
    one = found(name)
    assert sum(part.part.value or 0.0 for part in one.kinds) == pytest.approx(one.change.value, abs=1e-9)
    for kind in ("data_fault", "covariate"):
        columns = [part.part.value or 0.0 for part in one.columns if part.kind == kind]
        whole = one.of(kind)
        assert (sum(columns) == pytest.approx(whole.value, abs=1e-9)) if whole else not columns


def test_the_planted_part_is_all_of_it_and_little_is_left() -> None:
    for name in ("missing", "extremes", "fewer positives", "other answers", "mixed up"):
        one, kind = found(name), PLANTED[name][1]
        rest = [part.part for part in one.kinds if part.kind != kind]
        assert all(abs(part.value or 0.0) < 0.04 for part in rest), name


def test_the_group_in_which_outcomes_turned_is_found_with_its_rows() -> None:
    one = found("turned in the south")
    first = max(one.slices, key=lambda part: abs(part.part.value or 0.0))
    assert (first.column, first.group) == ("place", "south")
    assert first.rows == pytest.approx(ROWS / 4, rel=0.1)
    assert first.gap.low is not None
    assert first.gap.low > 0.2  # fewer than half of the south came true, so more do once turned
    assert first.part.value == pytest.approx(one.change.value, rel=0.08)
    assert "place = south" in one.sentence


def test_rows_that_none_of_before_resemble_leave_inputs_and_relation_undivided() -> None:
    random = np.random.default_rng(3)
    before, now = draw(random, ROWS), draw(random, 8 * ROWS)
    cold = before.columns["warmth"] < 18
    before = LabelledRows(before.y[cold], before.said[cold], {name: cells[cold] for name, cells in before.columns.items()})
    hot = now
    for _ in range(5):
        hot = some(hot, (hot.columns["warmth"] > 20) + 1e-6, random)
    one = attribute(before, hot, answer, TERMS)
    assert one.undivided is not None
    assert one.of("concept") is None
    assert one.leading is None
    assert any("cannot be told apart" in why for why in one.cannot)
    assert sum(part.part.value or 0.0 for part in one.kinds) + (one.undivided.value or 0.0) == pytest.approx(one.change.value)


def test_a_few_rows_beyond_those_of_before_are_a_part_of_their_own() -> None:
    random = np.random.default_rng(5)
    before, now = draw(random, ROWS), draw(random, 2 * ROWS)
    cold = before.columns["warmth"] < 18
    before = LabelledRows(before.y[cold], before.said[cold], {name: cells[cold] for name, cells in before.columns.items()})
    one = attribute(before, PLANTED["turned in the south"][0](now, random), answer, TERMS)
    beyond = [part for part in one.columns if "where there were none before" in part.sentence]
    assert [part.column for part in beyond] == ["warmth"]
    assert one.undivided is None


def test_too_few_rows_and_too_few_days_are_said() -> None:
    random = np.random.default_rng(1)
    few = attribute(draw(random, 150), fed(draw(random, 150), warmth=np.zeros(150)), answer, TERMS)
    assert not few.changed
    assert "150 labelled rows on one side are too few" in few.sentence
    days = attribute(draw(random, 900, 3), fed(draw(random, 900, 3), warmth=np.zeros(900)), answer, TERMS)
    assert not days.changed
    assert "3 blocks" in days.sentence


def test_a_model_that_cannot_be_asked_again_gets_the_change_alone() -> None:
    random = np.random.default_rng(2)
    now = PLANTED["missing"][0](draw(random, ROWS), random)
    one = attribute(draw(random, ROWS), now, None, TERMS)
    assert one.changed
    assert one.kinds == ()
    assert "could not be split" in one.sentence


def test_other_metrics_and_more_rows_than_are_looked_at() -> None:
    random = np.random.default_rng(4)
    before, now = draw(random, MOST_ROWS + 10), PLANTED["turned in the south"][0](draw(random, 3_000), random)
    one = attribute(before, now, answer, Terms(metric=roc_auc))
    assert (one.leading, one.sampled, one.reference_rows) == ("concept", MOST_ROWS, MOST_ROWS)
    assert one.sentence.startswith("roc_auc fell by ")
    assert "(worse)" in one.sentence
    decided = attribute(draw(random, 3_000), now, answer, Terms(metric=metric("accuracy"), threshold=0.5))
    assert decided.leading == "concept"


def test_values_and_several_classes_have_their_parts_too() -> None:
    random = np.random.default_rng(6)
    before, now = draw(random, 3_000), draw(random, 3_000)
    rmse = Terms(metric=metric("rmse"), classes=False)

    def say(rows):  # type: ignore[no-untyped-def]
        return 10 * answer(rows)

    was = LabelledRows(say(before.columns) + random.normal(size=3_000), say(before.columns), before.columns)
    south = np.where(now.columns["place"] == "south", 4.0, 0.0)
    turned = LabelledRows(say(now.columns) + random.normal(size=3_000) + south, say(now.columns), now.columns)
    one = attribute(was, turned, say, rmse)
    assert (one.leading, one.columns[0].column, one.slices[0].group) == ("concept", "place", "south")
    assert one.slices[0].gap.value == pytest.approx(4, abs=0.3)
    pale = np.where(random.random(3_000) < 0.6, np.nan, now.columns["warmth"])
    gone = LabelledRows(turned.y - south, say({**now.columns, "warmth": pale}), {**now.columns, "warmth": pale})
    assert [part.column for part in attribute(was, gone, say, rmse).columns] == ["warmth"]

    def both(rows):  # type: ignore[no-untyped-def]
        return np.column_stack([1 - answer(rows), answer(rows)])

    was, gone = (rows.answered(both(rows.columns)) for rows in (before, PLANTED["missing"][0](now, random)))
    assert attribute(was, gone, both, TERMS).leading == "data_fault"


def test_a_month_in_a_short_window_is_no_stuck_column() -> None:
    random = np.random.default_rng(4)
    before, now = draw(random, 6000, days=120), PLANTED["warmth turned"][0](draw(random, 1500, days=14), random)
    assert before.blocks is not None
    before = replace(before, columns={**before.columns, "month": before.blocks // 30 + 1.0})
    later = replace(now, columns={**now.columns, "month": np.full(1500, 4.0)})  # a month that there was before
    found = attribute(before, later, answer, TERMS)
    assert found.leading == "concept"
    assert not [one for one in found.columns if one.fault == "stuck"]
    new = replace(now, columns={**now.columns, "month": np.full(1500, 5.0)})
    found = attribute(before, new, answer, TERMS)
    assert not [one for one in found.columns if one.column == "month"]
    assert found.left_out == ("month",)
