"""How many workers are of use."""

import os
from pathlib import Path

import pytest

from millwright.serve.options import MOST_WORKERS, cores

USABLE = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [("max 100000", USABLE), ("50000 100000", 1), ("100000 100000", 1), ("101000 100000", min(2, USABLE)), ("odd", USABLE)],
)
def test_a_containers_limit_counts(tmp_path: Path, text: str, expected: int) -> None:
    (tmp_path / "cpu.max").write_text(text)
    assert cores(tmp_path / "cpu.max") == min(expected, MOST_WORKERS)


def test_without_a_limit_it_is_the_processors(tmp_path: Path) -> None:
    assert cores(tmp_path / "none") == min(USABLE, MOST_WORKERS)
