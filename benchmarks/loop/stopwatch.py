"""Seconds spent inside named functions, taken where a module calls them by name."""

import time
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any


class Stopwatch:
    """Adds up wall-clock seconds by stage. Functions that are watched must not call each other."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def watch(self, module: ModuleType, stages: dict[str, str]) -> None:
        """Time functions that `module` calls, by name, each under its stage. Raises AttributeError where one is not there."""
        for name, stage in stages.items():
            setattr(module, name, self._timed(getattr(module, name), stage))

    def _timed(self, function: Callable[..., Any], stage: str) -> Callable[..., Any]:
        @wraps(function)
        def timed(*arguments: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                self.seconds[stage] += time.perf_counter() - began

        return timed
