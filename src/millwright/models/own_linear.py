"""Estimators that are coefficients and an intercept, kept as our own linear model: scalers and medians become part of it."""

from typing import Any

import numpy as np

from millwright.models.family import Fitted
from millwright.models.linear import spread
from millwright.models.linear_evaluator import FILE, LinearModel, LinearTerm
from millwright.models.own_columns import OwnColumns
from millwright.models.own_model import Array, NotKept, OwnModel
from millwright.records.codec import to_json

_LARGEST = float(np.finfo(np.float64).max)


def as_linear(model: OwnModel) -> Fitted:
    """Raises NotKept: no coefficients, or features that go through steps of another kind before."""
    weights, intercepts = _coefficients(model)
    columns = OwnColumns(model)
    if np.isnan(columns.of_missing).any():
        raise NotKept("a missing number reaches it as such")
    centre, scale = columns.scaled()
    shown = columns.changed(model.problem.X)
    parts = zip(weights, columns.of_missing, centre, scale, shown.mean(axis=0), strict=True)
    terms = tuple(_term(*part) for part in parts)
    kept = LinearModel(intercepts=tuple(intercepts.tolist()), terms=terms)
    return Fitted({FILE: to_json(kept)}, "linear", iterations=None, importance=_importance(model, weights, shown))


def _coefficients(model: OwnModel) -> tuple[Array, Array]:
    """Weights (f, width) and intercepts (width,)."""
    final, features = model.final, model.problem.X.shape[1]
    if not hasattr(final, "coef_") or not hasattr(final, "intercept_"):
        raise NotKept
    coef, intercept = _dense(final.coef_), np.ravel(np.asarray(final.intercept_, np.float64))
    rows = model.width if model.width == 1 or len(model.present) > 2 else 1
    known = len(model.present) if rows > 1 else 1
    if coef.size != known * features or intercept.size not in (1, known):
        raise NotKept(f"its coefficients have shape {np.shape(final.coef_)}")
    coef, intercept = coef.reshape(known, features), np.broadcast_to(intercept, (known,)).astype(np.float64)
    if model.width == 1:
        return coef.T, intercept
    return spread(coef, intercept, np.array(model.present), model.width)


def _dense(coef: Any) -> Array:
    return np.asarray(coef.toarray() if hasattr(coef, "toarray") else coef, np.float64)


def _term(weights: Array, of_missing: float, centre: float, scale: float, shown: float) -> LinearTerm:
    """shown: what the estimator got of this feature on average."""
    return LinearTerm(
        missing=tuple((weights * of_missing).tolist()),
        weights=tuple(weights.tolist()),
        low=-_LARGEST,
        high=_LARGEST,
        centre=float(centre),
        scale=float(scale),
        mean=tuple((weights * shown).tolist()),
    )


def _importance(model: OwnModel, weights: Array, shown: Array) -> tuple[tuple[str, float], ...]:
    """The share of each feature in the spread of the score."""
    spreads = np.abs(weights).mean(axis=1) * shown.std(axis=0)
    total = float(spreads.sum()) or 1.0
    return tuple((name, float(one) / total) for name, one in zip(model.problem.features, spreads, strict=True))
