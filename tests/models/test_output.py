import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from millwright.errors import PackageRefused
from millwright.models.output import outputs, row_output
from millwright.records.modelling import Calibrator
from millwright.tasks.registry import task

SCORES = st.floats(allow_nan=False) | st.sampled_from([0.0, -0.0, 709.0, -745.2, 1e308, 5e-324]) | st.floats(-8, 8)
FINITE = st.floats(-1e3, 1e3)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Calibrator, int, list[list[float]]]:
    kind = draw(st.sampled_from(["identity", "sigmoid", "softmax", "isotonic"]))
    width = 1 if kind in ("sigmoid", "isotonic") else draw(st.integers(2, 5))
    raw = draw(st.lists(st.lists(SCORES, min_size=width, max_size=width), max_size=40))
    return _calibrator(draw, kind, width), width, raw


def _calibrator(draw: st.DrawFn, kind: str, width: int) -> Calibrator:
    if kind == "isotonic":
        x = sorted(draw(st.sets(st.floats(-1e3, 1e3), min_size=2, max_size=9)))
        y = sorted(draw(st.lists(st.floats(0, 1), min_size=len(x), max_size=len(x))))
        return Calibrator(kind="isotonic", x=tuple(x), y=tuple(y))
    numbers = st.just(()) | st.tuples(*[FINITE] * width)
    return Calibrator(kind=kind, a=draw(numbers), b=draw(numbers))  # type: ignore[arg-type]


@settings(max_examples=400, deadline=None)
@given(cases())
@example((Calibrator(kind="softmax", a=(0.0, 0.0, 0.0)), 3, [[0.0, 0.0, 0.0]] * 4 + [[math.inf, 0.0, 0.0]]))
def test_a_row_and_a_batch_get_the_same_bits(case: tuple[Calibrator, int, list[list[float]]]) -> None:
    calibrator, width, rows = case
    raw = np.array(rows, np.float64).reshape(len(rows), width)
    row = row_output(calibrator, width)
    many = outputs(calibrator, raw)
    assert many.shape == ((len(rows),) if width == 1 else (len(rows), width))
    assert bits(many) == bits(np.array([row(scores) for scores in raw.tolist()], np.float64))


def bits(answers: NDArray[np.float64]) -> bytes:
    """Of answers, to the last; what is no number, as of infinity times nothing, has no sign that says anything."""
    return np.where(np.isnan(answers), np.nan, answers).tobytes()


def test_sigmoid_and_softmax_are_the_links_of_the_tasks_by_default() -> None:
    raw = np.random.default_rng(0).normal(size=(200, 3)) * 9
    assert outputs(Calibrator(kind="softmax"), raw).tobytes() == task("multiclass").link(raw).tobytes()
    assert outputs(Calibrator(kind="sigmoid"), raw[:, :1]).tobytes() == task("binary").link(raw[:, :1]).tobytes()


def test_the_figures_are_right() -> None:
    assert row_output(Calibrator(kind="sigmoid", a=(2.0,), b=(1.0,)), 1)([0.5]) == [1 / (1 + math.exp(-2.0))]
    halves = row_output(Calibrator(kind="softmax", a=(0.5, 0.5), b=(0.0, math.log(3.0))), 2)([4.0, 4.0])
    assert halves == pytest.approx([0.25, 0.75])
    steps = row_output(Calibrator(kind="isotonic", x=(0.0, 1.0, 3.0), y=(0.1, 0.2, 0.8)), 1)
    assert [steps([s])[0] for s in (-9.0, 0.0, 0.5, 1.0, 2.0, 3.0, 9.0)] == pytest.approx([0.1, 0.1, 0.15, 0.2, 0.5, 0.8, 0.8])


@pytest.mark.parametrize(
    ("calibrator", "width"),
    [
        (Calibrator(kind="sigmoid"), 2),
        (Calibrator(kind="softmax", a=(1.0,)), 2),
        (Calibrator(kind="isotonic", x=(0.0,), y=(1.0,)), 1),
        (Calibrator(kind="isotonic", x=(0.0, 0.0), y=(1.0, 1.0)), 1),
        (Calibrator(kind="isotonic", x=(0.0, 1.0), y=(1.0,)), 1),
    ],
)
def test_a_calibrator_that_does_not_fit_is_refused(calibrator: Calibrator, width: int) -> None:
    with pytest.raises(PackageRefused):
        row_output(calibrator, width)
    with pytest.raises(PackageRefused):
        outputs(calibrator, np.zeros((3, width)))
