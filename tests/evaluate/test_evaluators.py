"""Which evaluator answers, by a clock that the test holds."""

from array import array
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from millwright.evaluate.evaluators import SAMPLE, TIE, Contestant, choose
from millwright.records.measuring import MeasuredEvaluator, say_chosen, say_evaluators

pytestmark = pytest.mark.usefixtures("chosen_as_ever")

Array = NDArray[Any]
REAL = np.random.default_rng(1).normal(size=(300, 4))
HARD = np.random.default_rng(2).normal(size=(200, 4))


class Clock:
    """Seconds that pass where an evaluator says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Paced:
    """The first feature, after so many microseconds a row; one bit more for the row `wrong`."""

    clock: Clock
    micros: float
    wrong: Array | None = None
    width: int = 1
    asked: int = 0

    def row(self, vector: "array[float]") -> list[float]:
        return self.batch(np.array(vector)[None, :])[0].tolist()  # type: ignore[no-any-return]

    def batch(self, X: Array) -> Array:
        self.clock.now += self.micros * 1e-6 * len(X)
        self.asked += len(X)
        scores = X[:, :1].copy()
        if self.wrong is not None:
            here = np.equal(X, self.wrong).all(axis=1)
            scores[here] = np.nextafter(scores[here], np.inf)
        return scores


def chosen(own: float, twin: float, real: Array = REAL, hard: Array = HARD, wrong: Array | None = None) -> tuple[Any, ...]:
    clock = Clock()
    twins = [Contestant("onnx", Paced(clock, twin, wrong))]
    return choose(Contestant("lightgbm", Paced(clock, own)), twins, real, hard, tick=clock)


def test_the_quickest_with_one_row_answers() -> None:
    own, twin = chosen(20.0, 10.0)
    assert (own.chosen, own.equal, own.why_not) == (False, True, "slower than onnx")
    assert (twin.chosen, twin.equal, twin.why_not) == (True, True, "")
    assert (own.row_microseconds, twin.row_microseconds) == pytest.approx((20.0, 10.0))
    assert [(rate.rows, rate.per_second) for rate in twin.batches] == [
        (8, pytest.approx(1e5)), (64, pytest.approx(1e5)), (10_000, pytest.approx(1e5)),
    ]  # fmt: skip


def test_what_is_slower_does_not() -> None:
    own, twin = chosen(10.0, 11.0)
    assert (own.chosen, twin.chosen, twin.equal, twin.why_not) == (True, False, True, "slower than lightgbm")


def test_within_the_tie_the_familys_own_stays() -> None:
    own, twin = chosen(10.0, 10.0 * (1 - TIE) + 0.01)
    assert (own.chosen, twin.chosen) == (True, False)
    assert twin.why_not == "no more than 5% quicker than lightgbm, which needs no library more"
    assert chosen(10.0, 10.0 * (1 - TIE) - 0.01)[1].chosen


@pytest.mark.parametrize("wrong", [REAL[0], REAL[-1], HARD[0], HARD[-1]])
def test_one_bit_more_and_it_is_never_chosen(wrong: Array) -> None:
    own, twin = chosen(20.0, 1.0, wrong=wrong)
    assert (own.chosen, twin.chosen, twin.equal, twin.row_microseconds) == (True, False, False, None)
    assert twin.why_not.startswith("its bits differ")


@pytest.mark.parametrize("kind", ["real", "hard"])
def test_a_winner_is_asked_with_every_row(kind: str) -> None:
    """A row that the first sample leaves out; it is found before the choice, and named."""
    many = np.random.default_rng(3).normal(size=(2 * SAMPLE, 4))
    spaced = set(np.unique(np.linspace(0, len(many) - 1, SAMPLE).astype(int)).tolist())
    left_out = next(at for at in range(SAMPLE, len(many)) if at not in spaced)
    own, twin = chosen(20.0, 10.0, **{kind: many}, wrong=many[left_out])
    assert (own.chosen, twin.chosen, twin.equal) == (True, False, False)
    assert twin.why_not == (
        f"its bits differ: of {len(many):,} {'real' if kind == 'real' else 'made'} rows the first is row {left_out + 1:,}"
    )
    assert twin.row_microseconds == pytest.approx(10.0), "it was measured before that was found"
    loser = chosen(10.0, 20.0, **{kind: many}, wrong=many[left_out])[1]
    assert loser.why_not == "slower than lightgbm"


def test_the_own_one_is_asked_once_for_the_proof_of_all() -> None:
    """It may be the slowest by far, and there may be many rows."""
    many = np.random.default_rng(4).normal(size=(8 * SAMPLE, 4))
    asked = []
    for count in (1, 4):
        clock = Clock()
        own = Paced(clock, 20.0)
        twins = [Contestant(f"twin {place}", Paced(clock, 10.0 + place)) for place in range(count)]
        choose(Contestant("lightgbm", own), twins, many, many, tick=clock)
        asked.append(own.asked)
    assert asked[0] >= 2 * len(many)
    assert abs(asked[1] - asked[0]) < 2 * SAMPLE, "what is measured differs by a few blocks; no proof is done again"


def test_of_several_the_quickest_that_is_equal_answers() -> None:
    clock = Clock()
    twins = [
        Contestant("slow", Paced(clock, 9.0)),
        Contestant("wrong", Paced(clock, 1.0, wrong=REAL[7])),
        Contestant("quick", Paced(clock, 5.0)),
    ]
    measured = choose(Contestant("lightgbm", Paced(clock, 20.0)), twins, REAL, HARD, tick=clock)
    assert [one.name for one in measured] == ["lightgbm", "slow", "wrong", "quick"]
    assert [one.chosen for one in measured] == [False, False, False, True]
    assert measured[1].why_not == "slower than quick"


def test_alone_it_answers_and_is_measured() -> None:
    clock = Clock()
    (own,) = choose(Contestant("linear", Paced(clock, 3.0)), [], REAL[:1], REAL[:0], tick=clock)
    assert (own.chosen, own.row_microseconds) == (True, pytest.approx(3.0))
    assert [rate.rows for rate in own.batches] == [8, 64, 10_000]


def test_a_slow_model_is_not_measured_for_long() -> None:
    """A millisecond a row: the largest batch has the rows that a quarter of a second is enough for, and says how many."""
    clock = Clock()
    own, twin = Paced(clock, 1000.0), Paced(clock, 900.0)
    measured = choose(Contestant("lightgbm", own), [Contestant("onnx", twin)], REAL, HARD[:0], tick=clock)
    assert [rate.rows for rate in measured[0].batches] == [8, 64, pytest.approx(250, abs=1)]
    assert own.asked * 1000e-6 < 1.5
    assert measured[1].chosen


@settings(max_examples=60, deadline=None)
@given(st.floats(0.5, 500.0), st.lists(st.tuples(st.floats(0.5, 500.0), st.booleans()), max_size=3), st.integers(1, 300))
def test_exactly_one_is_chosen_and_it_is_equal(own: float, twins: list[tuple[float, bool]], rows: int) -> None:
    assume(all(abs(micros - own * (1 - TIE)) > 1e-6 * own for micros, _ in twins))
    clock = Clock()
    others = [
        Contestant(f"twin {at}", Paced(clock, micros, wrong=REAL[0] if wrong else None))
        for at, (micros, wrong) in enumerate(twins)
    ]
    measured = choose(Contestant("own", Paced(clock, own)), others, REAL[:rows], HARD, tick=clock)
    (winner,) = [one for one in measured if one.chosen]
    assert winner.equal
    assert not winner.why_not
    assert all(one.why_not for one in measured if one is not winner)
    right = [micros for micros, wrong in twins if not wrong]
    quickest = min([own, *(micros for micros in right if micros < own * (1 - TIE))])
    assert winner.row_microseconds == pytest.approx(quickest, rel=1e-6)


def test_what_is_said_of_it() -> None:
    assert say_evaluators(chosen(21.4, 34.0)) == "answers with lightgbm: 21 µs a row (ONNX Runtime 34 µs, same bits)"
    assert say_evaluators(chosen(196.0, 172.0)) == "answers with ONNX Runtime: 172 µs a row (lightgbm 196 µs, same bits)"
    assert say_evaluators(chosen(4.12, 0.5, wrong=REAL[3])) == "answers with lightgbm: 4.1 µs a row"
    assert say_chosen(chosen(4.12, 10.0)) == "lightgbm, 4.1 µs a row"
    absent = MeasuredEvaluator(name="onnx", equal=False, chosen=False, why_not="not installed")
    assert say_evaluators([chosen(21.4, 34.0)[0], absent]) == "answers with lightgbm: 21 µs a row"
    differs = MeasuredEvaluator(name="onnx", equal=False, chosen=False, row_microseconds=9.0, why_not="its bits differ")
    assert say_evaluators([chosen(21.4, 34.0)[0], differs]).endswith("(ONNX Runtime 9 µs, other bits)")
    assert say_evaluators(()) == say_chosen(()) == ""
