"""From a name in a person's file to an estimator: the file is run, and what the name stands for is called as it asks."""

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from traceback import walk_tb
from types import ModuleType
from typing import Any

from millwright.errors import DataRefused
from millwright.models.own_code import OwnCode
from millwright.models.own_model import spoken

ARGUMENTS = ("X", "y", "seed", "task", "classes", "features", "categorical", "weight")
"""What a function may ask for, by these names."""
_MODULE = "millwright_own_code"
_MOST_SAID = 200
_MANY = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)


class NoGaps(Exception):
    """The estimator takes no missing numbers."""


def run_file(code: OwnCode) -> Any:
    """What the name stands for once the file was run. Raises DataRefused."""
    module = ModuleType(_MODULE)
    module.__file__ = code.file
    sys.modules[_MODULE] = module  # so that its classes are found by libraries that look for them
    with told(code):
        exec(compile(code.source, code.file, "exec"), module.__dict__)  # noqa: S102  (the person named it, to be run)
    if not hasattr(module, code.name):
        raise DataRefused(f"{code.file} was run and has no {code.name}")
    return getattr(module, code.name)


def made(code: OwnCode, named: Any, given: Mapping[str, Any]) -> Any:
    """The estimator: what the name stands for, or what it gives when it is called with those of `given` that it names."""
    if not isinstance(named, type) and hasattr(named, "fit"):
        from sklearn.base import clone

        return clone(named, safe=False)
    if not callable(named):
        raise DataRefused(f"{code.name} is {an(named)}: it must be an estimator, or a function that gives one")
    found = named() if isinstance(named, type) else _called(code, named, given)
    if not hasattr(found, "predict"):
        raise DataRefused(f"{code.name} gives {an(found)}, which has no predict: return an estimator as scikit-learn's are")
    return found


def _called(code: OwnCode, function: Callable[..., Any], given: Mapping[str, Any]) -> Any:
    wanted = [one for one in inspect.signature(function).parameters.values() if one.kind not in _MANY]
    odd = [
        one.name for one in wanted if one.kind is one.POSITIONAL_ONLY or (one.name not in given and one.default is one.empty)
    ]
    if odd:
        fix = f"what has no default must be one of {', '.join(ARGUMENTS)}"
        raise DataRefused(f"{code.name} asks for {', '.join(odd)}", fix=fix)
    names = {one.name for one in wanted}
    return function(**{name: value for name, value in given.items() if name in names})


def asked_for(function: Any) -> frozenset[str]:
    """The names that a function asks for; none of what is no function, or does not say."""
    try:
        return frozenset(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return frozenset()


@contextmanager
def told(code: OwnCode, *, gaps: bool = False) -> Iterator[None]:
    """Whatever a person's file raises, in one line with its place. gaps: whether missing numbers may be the cause.

    Raises DataRefused, and NoGaps where they are.
    """
    try:
        yield
    except (DataRefused, MemoryError):
        raise
    except Exception as error:
        said = " ".join(str(error).split())[:_MOST_SAID]
        if gaps and isinstance(error, ValueError) and "nan" in said.lower():
            raise NoGaps from error
        raise DataRefused(f"{_place(code, error)}: {type(error).__name__}: {said}") from error


def _place(code: OwnCode, error: BaseException) -> str:
    """The last line of the file that was at work; the name in it, where a library was."""
    lines = [line for frame, line in walk_tb(error.__traceback__) if frame.f_code.co_filename == code.file]
    return f"{code.file}:{lines[-1]}" if lines else f"{code.file}, {code.name}"


def an(thing: Any) -> str:
    """The kind of a thing, with its article."""
    if thing is None:
        return "nothing"
    name = spoken(thing)
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
