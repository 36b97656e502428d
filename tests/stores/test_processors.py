"""How many processors a process may use."""

import os
from pathlib import Path

import pytest

from millwright.stores.processors import processors

USABLE = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [("max 100000", USABLE), ("50000 100000", 1), ("100000 100000", 1), ("101000 100000", min(2, USABLE)), ("odd", USABLE)],
)
def test_a_containers_limit_counts(tmp_path: Path, text: str, expected: int) -> None:
    (tmp_path / "cpu.max").write_text(text)
    assert processors(tmp_path / "cpu.max") == expected


def test_without_a_limit_it_is_those_that_it_is_bound_to(tmp_path: Path) -> None:
    assert processors(tmp_path / "none") == USABLE


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity") or USABLE < 2, reason="there is one processor")
def test_a_process_that_is_bound_to_one_has_one(tmp_path: Path) -> None:
    bound = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(bound)})
    try:
        assert processors(tmp_path / "none") == 1
    finally:
        os.sched_setaffinity(0, bound)
