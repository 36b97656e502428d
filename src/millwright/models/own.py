"""A person's own estimator as a model family: fitted here, then kept as something that a package can hold, or refused.

What is kept is checked against what the estimator itself says, on rows that it was fitted on and on such with gaps: what
answers otherwise is not kept. No object of the estimator's goes any further: no pickle, and none of its code is served.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from millwright.errors import DataRefused, MillwrightError
from millwright.models.boosting import check_rows
from millwright.models.evaluator import load_evaluator
from millwright.models.family import Fitted, Problem
from millwright.models.own_code import OwnCode
from millwright.models.own_fit import fit_own
from millwright.models.own_linear import as_linear
from millwright.models.own_model import Array, NotKept, OwnModel, spoken
from millwright.models.own_onnx import as_onnx
from millwright.models.own_trees import as_trees
from millwright.records.spec import Scalar

TOLERANCE = 1e-5
"""How far a kept model's may be from the estimator's answers: of a probability, or of the largest value or score."""
CHECKED = 2_000
"""Rows of which that is seen."""
FILLED = "it takes no missing numbers: they count as the medians of the rows learnt from"
_GAPS = 0.1
_FLOORED = ("shares", "onnx")
"""Evaluators that keep shares away from 0 and 1."""

Way = Callable[[OwnModel], Fitted]
_WAYS: Mapping[str, Way] = {"coefficients": as_linear, "trees": as_trees, "ONNX": as_onnx}
"""What a model is kept as: the first that it is, and that answers as it does."""


class OwnFamily:
    """Fits what a name in a file of the project's folder stands for. Runs that file: for the training process alone."""

    honours = frozenset(("weight",))  # where its fit takes sample_weight: it is asked

    def __init__(self, code: OwnCode) -> None:
        self.name = code.family
        self._code = code

    def fit(
        self,
        problem: Problem,
        params: Mapping[str, Scalar],  # noqa: ARG002  (they say which file it was; its settings stand in it)
        *,
        valid: Problem | None,  # noqa: ARG002  (the estimator is told of the training rows alone)
        seed: int,
        keep_going: Callable[[], bool],  # noqa: ARG002  (it does not ask: what overruns is killed)
    ) -> Fitted:
        """Fit and convert. Raises DataRefused, in one line: what the file did wrong, or why its model cannot be kept."""
        check_rows(problem)
        model = fit_own(self._code, problem, seed)
        return replace(_kept(model), note="" if model.medians is None else FILLED)


def _kept(model: OwnModel) -> Fitted:
    """The first way of keeping a model in which it answers as it does."""
    X, reasons = _checked_rows(model), []
    said = model.said(X)
    for name, way in _WAYS.items():
        try:
            fitted = way(model)
            apart = _apart(model, fitted, X, said)
        except (NotKept, MillwrightError) as error:
            reasons += [f"as {name}: {error}"] if str(error) else []
            continue
        if apart <= TOLERANCE:
            return fitted
        reasons.append(f"as {name}: its answers would be up to {apart:.2g} apart")
    raise DataRefused(f"{spoken(model.final)} cannot be kept safely: {'; '.join(reasons)}")


def _apart(model: OwnModel, fitted: Fitted, X: Array, said: Array) -> float:
    """How far the answers are apart at most; infinity where one is none."""
    raw = load_evaluator(fitted.evaluator, fitted.files).batch(X).reshape(len(X), -1)
    if raw.shape != said.shape:
        return float("inf")
    theirs = model.floored(said) if fitted.evaluator in _FLOORED else said
    largest = 1.0 if model.gives_shares else max(float(np.abs(said).max(initial=0.0)), 1e-300)
    apart = np.abs(model.answers(raw) - theirs) / largest
    return float(np.nan_to_num(apart, nan=np.inf).max(initial=0.0))


def _checked_rows(model: OwnModel) -> Array:
    """Rows at equal steps, and the same ones with a tenth of their cells missing."""
    X = model.problem.X
    some = np.ascontiguousarray(X[:: max(1, len(X) // CHECKED)][:CHECKED])
    gaps = np.random.default_rng(0).random(some.shape) < _GAPS
    return np.vstack([some, np.where(gaps, np.nan, some)])
