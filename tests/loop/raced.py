"""A race of evaluators whose winner the test names."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from numpy.typing import NDArray

from millwright.evaluate.evaluators import Contestant, choose
from millwright.models.evaluator import Evaluator
from millwright.records.measuring import MeasuredEvaluator

Array = NDArray[Any]


class Paced:
    """An evaluator as it is, for a clock on which it takes so many microseconds a row."""

    def __init__(self, evaluator: Evaluator, micros: float, clock: list[float]) -> None:
        self._evaluator, self._micros, self._clock = evaluator, micros, clock
        self.width = evaluator.width

    def row(self, vector: "array[float]") -> list[float]:
        self._clock[0] += self._micros * 1e-6
        return self._evaluator.row(vector)

    def batch(self, X: Array) -> Array:
        self._clock[0] += self._micros * 1e-6 * len(X)
        return self._evaluator.batch(X)


@dataclass
class Race:
    """What `choose` is told instead of the time: microseconds a row, by name. runs: how often it was asked."""

    micros: dict[str, float]
    runs: int = 0

    def __call__(self, own: Contestant, twins: Sequence[Contestant], real: Array, hard: Array) -> tuple[MeasuredEvaluator, ...]:
        self.runs += 1
        clock = [0.0]
        paced = [Contestant(one.name, Paced(one.evaluator, self.micros[one.name], clock)) for one in (own, *twins)]
        return choose(paced[0], paced[1:], real, hard, tick=lambda: clock[0])


def race(monkeypatch: pytest.MonkeyPatch, **micros: float) -> Race:
    """From now on evaluators take so long, others very long; what was measured before is measured anew."""
    run = Race({"bits": 900.0, **micros})
    monkeypatch.setattr("millwright.loop.evaluator.choose", run)
    monkeypatch.setattr("millwright.loop.evaluator._versions", lambda: {name: str(value) for name, value in micros.items()})
    return run
