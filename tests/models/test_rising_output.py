"""The last bit of a probability may fall where a raw score rises by a last bit; with a step it does not."""

import math
import random
from itertools import pairwise

import numpy as np
import pytest

from millwright.errors import PackageRefused
from millwright.evaluate.calibration import rising
from millwright.models.output import outputs, row_output
from millwright.records.modelling import Calibrator


@pytest.mark.parametrize("kind", ["sigmoid", "exp"])
def test_an_output_never_falls_where_the_raw_score_rises(kind: str) -> None:
    chance = random.Random(1)
    plain = Calibrator(kind=kind, a=(1.3,), b=(-0.2,))  # type: ignore[arg-type]
    stepped, falls = rising(plain), 0
    for _ in range(4_000):
        scores = [chance.uniform(-8.0, 4.0)]
        for _ in range(3):
            scores.append(math.nextafter(scores[-1], math.inf))
        scores.append(scores[-1] + 2.0**-31)
        row = row_output(stepped, 1)
        said = [row([score])[0] for score in scores]
        assert all(low <= high for low, high in pairwise(said))
        assert said == outputs(stepped, np.array(scores)[:, None]).tolist()
        falls += sum(low > high for low, high in pairwise(outputs(plain, np.array(scores)[:, None]).tolist()))
    assert kind == "exp" or falls > 0
    assert row_output(stepped, 1)([0.7])[0] == pytest.approx(row_output(plain, 1)([0.7])[0], abs=1e-8)


def test_what_is_no_number_goes_through_both_ways_alike() -> None:
    stepped = rising(Calibrator(kind="exp"))
    odd = [float("nan"), float("inf"), float("-inf"), 1e308, -1e308]
    many = outputs(stepped, np.array(odd)[:, None])
    assert np.array([row_output(stepped, 1)([score])[0] for score in odd]).tobytes() == many.tobytes()


def test_a_step_is_a_power_of_two() -> None:
    for step in (0.3, -0.5, float("nan"), float("inf")):
        with pytest.raises(PackageRefused, match="power of two"):
            row_output(Calibrator(kind="sigmoid", step=step), 1)
    assert rising(Calibrator(kind="isotonic")).step == 0.0
