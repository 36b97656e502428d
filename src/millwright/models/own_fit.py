"""A person's own estimator is fitted on the rows of a problem, and asked whether it says what the task needs."""

import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from millwright.errors import DataRefused
from millwright.models.family import Problem
from millwright.models.own_call import NoGaps, an, asked_for, made, run_file, told
from millwright.models.own_code import OwnCode
from millwright.models.own_model import Array, OwnModel


def fit_own(code: OwnCode, problem: Problem, seed: int) -> OwnModel:
    """Run the file and fit what it names. Raises DataRefused with the file and line that failed.

    Where the estimator takes no missing numbers, it is fitted on, and asked with, medians in their place.
    """
    named = run_file(code)
    try:
        estimator, medians = _fitted(code, named, problem, seed), None
    except NoGaps:
        medians = _medians(problem.X)
        full = np.where(np.isnan(problem.X), medians, problem.X)
        estimator = _fitted(code, named, replace(problem, X=full), seed)
    if medians is None and not _takes_gaps(estimator, problem):
        medians = _medians(problem.X)
    model = OwnModel(estimator, problem, medians)
    _check_kind(code, model)
    _check_shape(code, model)
    return model


def _fitted(code: OwnCode, named: Any, problem: Problem, seed: int) -> Any:
    given = {
        "X": problem.X,
        "y": problem.y if problem.task == "regression" else problem.y.astype(np.int64),
        "seed": seed,
        "task": problem.task,
        "classes": problem.classes,
        "features": problem.features,
        "categorical": problem.categorical,
        "weight": problem.weight,
    }
    with told(code, gaps=bool(np.isnan(problem.X).any())), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator = made(code, named, given)
        if _is_fitted(estimator):
            if problem.weight is not None and "weight" not in asked_for(named):
                raise DataRefused(f"{code.name} is fitted without the weights of the rows", fix="let it ask for `weight`")
            return estimator
        _seed(estimator, seed)
        estimator.fit(given["X"], given["y"], **_weights(code, estimator, problem))
        return estimator


def _weights(code: OwnCode, estimator: Any, problem: Problem) -> dict[str, Any]:
    """How much rows count, as scikit-learn's estimators are told. Raises DataRefused where it cannot be."""
    if problem.weight is None:
        return {}
    if "sample_weight" not in asked_for(estimator.fit):
        raise DataRefused(f"{code.name} gives {an(estimator)}, whose fit takes no sample_weight: rows count differently here")
    return {"sample_weight": problem.weight}


def _is_fitted(estimator: Any) -> bool:
    """Whether it was fitted already, where it was made; what has no fit was. Scikit-learn sees it by names that end in _."""
    if not hasattr(estimator, "fit"):
        return True
    if hasattr(estimator, "__sklearn_is_fitted__"):
        return bool(estimator.__sklearn_is_fitted__())
    return any(name.endswith("_") and not name.startswith("__") for name in getattr(estimator, "__dict__", {}))


def _seed(estimator: Any, seed: int) -> None:
    """Give the seed to every part that is random and was given none, so that a fit is the same each time."""
    params = estimator.get_params(deep=True) if hasattr(estimator, "get_params") else {}
    random = {name: seed for name, value in params.items() if name.rpartition("__")[2] == "random_state" and value is None}
    if random:
        estimator.set_params(**random)


def _takes_gaps(estimator: Any, problem: Problem) -> bool:
    """Whether it answers a row of missing values; one that was fitted on rows without any may not."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = np.asarray(estimator.predict(np.full((1, problem.X.shape[1]), np.nan)), np.float64)
    except Exception:  # noqa: BLE001  (whatever it raises, it gives no answer)
        return False
    return bool(np.isfinite(found).all())


def _check_kind(code: OwnCode, model: OwnModel) -> None:
    """Raise DataRefused where it does not say what the task needs."""
    estimator, task, classes = model.estimator, model.problem.task, model.problem.classes
    tells_apart = hasattr(estimator, "classes_")
    if task == "regression":
        if tells_apart:
            raise DataRefused(f"{code.name} gives {an(estimator)}, which tells classes apart: the task is regression")
        return
    if not tells_apart or not (hasattr(estimator, "predict_proba") or hasattr(estimator, "decision_function")):
        raise DataRefused(
            f"{code.name} gives {an(estimator)}, which gives no shares of classes, nor scores: the task is {task}"
        )
    with told(code):
        known = model.present
    if len(known) < 2 or not set(known) <= set(range(classes)):
        raise DataRefused(f"{code.name}: it tells the classes {known} apart, and y holds codes from 0 to {classes - 1}")


def _check_shape(code: OwnCode, model: OwnModel) -> None:
    """Raise DataRefused where its answers have another shape than the one that they are taken in."""
    estimator, few, rows = model.estimator, model.filled(model.problem.X[:3]), min(3, len(model.problem.X))
    if model.problem.task == "regression":
        ask, shapes = estimator.predict, {(rows,), (rows, 1)}
    elif model.gives_shares:
        ask, shapes = estimator.predict_proba, {(rows, len(model.present))}
    else:
        ask, shapes = estimator.decision_function, {(rows,), (rows, len(model.present))}
    with told(code):
        shape = np.shape(ask(few))
    if shape not in shapes:
        wanted = " or ".join(map(str, sorted(shapes)))
        raise DataRefused(f"{code.name}: its {ask.__name__} gives an array of shape {shape} for {rows} rows, and not {wanted}")


def _medians(X: Array) -> Array:
    """The median of each column, 0 where all of it is missing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found: Array = np.nan_to_num(np.nanmedian(X, axis=0), nan=0.0)
    return found
