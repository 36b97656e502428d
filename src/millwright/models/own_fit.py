"""From a name in a file to a fitted estimator: the file is run, what it names is called as it asks, and fitted on the rows."""

import inspect
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from traceback import walk_tb
from types import ModuleType
from typing import Any

import numpy as np

from millwright.errors import DataRefused
from millwright.models.family import Problem
from millwright.models.own_code import OwnCode
from millwright.models.own_model import Array, OwnModel, spoken

_MODULE = "millwright_own_code"
_GIVEN = "X, y, seed, task, classes, features, categorical"
_MOST_SAID = 200


def fit_own(code: OwnCode, problem: Problem, seed: int) -> OwnModel:
    """Run the file and fit what it names. Raises DataRefused with the file and line that failed.

    Where the estimator takes no missing numbers, it is fitted on, and asked with, medians in their place.
    """
    make = _named(code)
    try:
        estimator, medians = _fitted(code, make, problem, seed), None
    except _NoGaps:
        medians = _medians(problem.X)
        full = np.where(np.isnan(problem.X), medians, problem.X)
        estimator = _fitted(code, make, _with(problem, full), seed)
    if medians is None and not _takes_gaps(estimator, problem):
        medians = _medians(problem.X)
    model = OwnModel(estimator, problem, medians)
    _check_answers(code, model)
    return model


class _NoGaps(Exception):
    """The estimator takes no missing numbers."""


def _named(code: OwnCode) -> Any:
    """What the name stands for once the file was run."""
    module = ModuleType(_MODULE)
    module.__file__ = code.file
    sys.modules[_MODULE] = module  # so that its classes are found by libraries that look for them
    with _told(code):
        exec(compile(code.source, code.file, "exec"), module.__dict__)  # noqa: S102  (the person named it, to be run)
    if not hasattr(module, code.name):
        raise DataRefused(f"{code.file} was run and has no {code.name}")
    return getattr(module, code.name)


def _fitted(code: OwnCode, named: Any, problem: Problem, seed: int) -> Any:
    target = problem.y if problem.task == "regression" else problem.y.astype(np.int64)
    with _told(code, gaps=bool(np.isnan(problem.X).any())), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = _made(code, named, problem, target, seed)
        if not hasattr(made, "predict"):
            raise DataRefused(
                f"{code.name} gives {_article(made)}, which has no predict: return a scikit-learn-compatible estimator"
            )
        if not _is_fitted(made):
            _seed(made, seed)
            made = made.fit(problem.X, target) or made
    return made


def _made(code: OwnCode, named: Any, problem: Problem, target: Array, seed: int) -> Any:
    """The estimator: what the name stands for, or what it gives when it is called with the arguments that it names."""
    if not isinstance(named, type) and hasattr(named, "fit"):
        from sklearn.base import clone

        return clone(named, safe=False)
    if not callable(named):
        raise DataRefused(f"{code.name} is {_article(named)}: it must be an estimator, or a function that gives one")
    given = {
        "X": problem.X,
        "y": target,
        "seed": seed,
        "task": problem.task,
        "classes": problem.classes,
        "features": problem.features,
        "categorical": problem.categorical,
    }
    return _called(code, named, given)


def _called(code: OwnCode, named: Callable[..., Any], given: Mapping[str, Any]) -> Any:
    if isinstance(named, type):
        return named()
    wanted = inspect.signature(named).parameters.values()
    variable = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in wanted)
    positional = [one.name for one in wanted if one.kind is inspect.Parameter.POSITIONAL_ONLY]
    kinds = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    unknown = [one.name for one in wanted if one.kind not in kinds and one.name not in given and one.default is one.empty]
    if unknown or positional:
        odd = ", ".join([*unknown, *positional])
        raise DataRefused(
            f"{code.name} asks for {odd}: a function may have arguments by the names {_GIVEN}, all others need a default"
        )
    names = {one.name for one in wanted}
    return named(**{name: value for name, value in given.items() if variable or name in names})


def _is_fitted(estimator: Any) -> bool:
    """Whether it was fitted already; what has no fit was."""
    if not hasattr(estimator, "fit"):
        return True
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    try:
        check_is_fitted(estimator)
    except (NotFittedError, TypeError):
        return False
    return True


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


def _check_answers(code: OwnCode, model: OwnModel) -> None:
    """Raise DataRefused where it does not say what the task needs, in the shape that it takes."""
    estimator, few = model.estimator, model.filled(model.problem.X[:3])
    classifies, needs = hasattr(estimator, "classes_"), model.problem.task != "regression"
    if needs and not (classifies and any(hasattr(estimator, name) for name in ("predict_proba", "decision_function"))):
        raise DataRefused(
            f"{code.name} gives {_article(estimator)}, which gives no shares or scores of classes: the task is {model.problem.task}"
        )
    if classifies and not needs:
        raise DataRefused(f"{code.name} gives {_article(estimator)}, which tells classes apart: the task is regression")
    if needs and not set(model.present) <= set(range(model.problem.classes)):
        raise DataRefused(f"{code.name}: its classes_ are {model.present}: fit it on y as it is given")
    if needs and len(model.present) < 2:
        raise DataRefused(f"{code.name} needs rows of two classes or more")
    with _told(code):
        asked = estimator.predict_proba if model.gives_shares else estimator.decision_function if needs else estimator.predict
        shape = np.shape(asked(few))
    wanted = (len(few), len(model.present)) if model.gives_shares else (len(few),)
    if shape[: len(wanted)] != wanted:
        raise DataRefused(f"{code.name}: {asked.__name__} of {len(few)} rows gives an array of shape {shape}, not {wanted}")


@contextmanager
def _told(code: OwnCode, *, gaps: bool = False) -> Iterator[None]:
    """Whatever a person's file raises, in one line with its place. gaps: whether missing numbers may be the cause."""
    try:
        yield
    except (DataRefused, MemoryError):
        raise
    except Exception as error:
        said = " ".join(str(error).split())[:_MOST_SAID]
        if gaps and isinstance(error, ValueError) and "nan" in said.lower():
            raise _NoGaps from error
        raise DataRefused(f"{_place(code, error)}: {type(error).__name__}: {said}") from error


def _place(code: OwnCode, error: BaseException) -> str:
    """The last line of the file that was at work."""
    if isinstance(error, SyntaxError):
        return f"{code.file}:{error.lineno}"
    lines = [line for frame, line in walk_tb(error.__traceback__) if frame.f_code.co_filename == code.file]
    return f"{code.file}:{lines[-1]}" if lines else f"{Path(code.file).name}, {code.name}"


def _medians(X: Array) -> Array:
    """The median of each column, 0 where all of it is missing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.nan_to_num(np.nanmedian(X, axis=0), nan=0.0)


def _with(problem: Problem, X: Array) -> Problem:
    from dataclasses import replace

    return replace(problem, X=X)


def _article(thing: Any) -> str:
    name = "nothing" if thing is None else spoken(thing)
    return name if thing is None else f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
