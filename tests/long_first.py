"""The order of tests: files with long tests first, so that no process is left with one when the others are done."""

from collections.abc import Sequence
from itertools import groupby

import pytest


def long_first(items: Sequence[pytest.Item], processes: int) -> list[pytest.Item]:
    """All items, each file's together. `processes` begin at equal parts of the list, and each part begins with long tests."""
    files = [list(group) for _, group in groupby(items, key=lambda item: item.path)]
    long = [file for file in files if any(item.get_closest_marker("slow") for item in file)]
    short = [item for file in files if file not in long for item in file]
    ordered: list[pytest.Item] = []
    for part in range(processes):
        ordered += [item for file in long[part::processes] for item in file]
        room = max(len(items) * (part + 1) // processes - len(ordered), 0)
        ordered, short = ordered + short[:room], short[room:]
    return ordered + short
