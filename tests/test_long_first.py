"""The order that the tests of this folder run in."""

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pytest

from long_first import long_first


@dataclass(frozen=True)
class Item:
    """A test, as far as its place depends on it."""

    path: Path
    number: int
    slow: bool = False

    def get_closest_marker(self, _name: str) -> bool:
        return self.slow


ITEMS = [Item(Path(f"test_{file}.py"), at, slow=file in "cfh" and at == 2) for file in "abcdefgh" for at in range(5)]


@pytest.mark.parametrize("processes", [1, 2, 3, 40])
def test_none_is_lost_and_files_stay_together(processes: int) -> None:
    ordered = long_first(ITEMS, processes)  # type: ignore[arg-type]
    assert sorted(ordered, key=ITEMS.index) == ITEMS
    long = [path.stem[-1] for path, _ in groupby(item.path for item in ordered) if path.stem[-1] in "cfh"]
    assert sorted(long) == ["c", "f", "h"]


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_each_process_begins_with_long_ones(processes: int) -> None:
    ordered = long_first(ITEMS, processes)  # type: ignore[arg-type]
    begins = [ordered[len(ITEMS) * part // processes].path.stem[-1] for part in range(processes)]
    assert begins == list("cfh")[:processes]
