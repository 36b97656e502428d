"""What the boosted families share: the settings that Millwright reads itself, when to stop, and a library that comes as an
extra."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from millwright.errors import DataRefused
from millwright.models.families import check_installed
from millwright.models.family import Problem
from millwright.records.spec import Scalar

ROUNDS = 500
PATIENCE = 50
OURS = ("num_iterations", "early_stopping_rounds", "num_threads")
"""Settings of every boosted family, by LightGBM's names; all others are the library's own."""


class Watch:
    """Told of each round: remembers the best one on `valid`, and says stop when it gets no better or time is up."""

    def __init__(self, params: Mapping[str, Scalar], keep_going: Callable[[], bool]) -> None:
        self.most = int(params.get("num_iterations", ROUNDS))
        self.best_round = 0
        self._best_loss = float("inf")
        self._patience, self._keep_going = int(params.get("early_stopping_rounds", PATIENCE)), keep_going

    def stops_after(self, round_number: int, loss: float | None) -> bool:
        """Whether this round (the first is 1) is the last; loss: on `valid`, None where there is none."""
        if loss is not None and (not self.best_round or loss < self._best_loss):
            self.best_round, self._best_loss = round_number, loss
        waited = round_number - self.best_round
        return not self._keep_going() or bool(self.best_round and waited >= self._patience)


def check_rows(problem: Problem) -> None:
    """Raise DataRefused where there is nothing to learn from."""
    if not problem.X.size:
        raise DataRefused("there are no rows, or no features, to learn from")


def check_settings(params: Mapping[str, Scalar], allowed: Mapping[str, tuple[Scalar, ...]], library: str) -> None:
    """Raise DataRefused where a setting has a value other than those `allowed` for it; none are: Millwright sets it."""
    for name, values in allowed.items():
        if name in params and params[name] not in values:
            fix = f"it may be {' or '.join(map(str, values))}" if values else f"leave it out, or use one of {', '.join(OURS)}"
            raise DataRefused(f"{library}: {name}={params[name]} cannot be used here", fix=fix)


def extra(name: str) -> Any:
    """The library of a family that comes with an extra, both of the same name. Raises NotFound where it is not installed."""
    check_installed((name,))
    return import_module(name)
