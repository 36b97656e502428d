"""A column of numbers that came as text since a cell of it is none: that cell is named."""

import numpy as np
import pytest

from millwright.data.enforce import ContractBroken
from millwright.data.read import _checked
from millwright.records.data import ContractColumn


def read(*cells: str | None, pii: bool = False) -> None:
    values = np.ma.array([cell or "" for cell in cells], mask=[cell is None for cell in cells], dtype=object)
    column = ContractColumn(name="my col", role="feature", kind="number", nullable=True, pii=pii)
    _checked(values, "VARCHAR", column, "UTC", 1000)


def test_the_first_cell_that_is_no_number_is_named() -> None:
    with pytest.raises(ContractBroken, match='the column holds "abc"') as broken:
        read(None, "1.5", " 2", "abc", "def")
    assert (broken.value.row, broken.value.column) == (1004, "my col")


def test_what_is_personal_is_not_shown() -> None:
    with pytest.raises(ContractBroken, match="the column holds text") as broken:
        read("1.5", "Ada", pii=True)
    assert broken.value.row == 1002


def test_numbers_that_were_kept_as_text_are_told_as_that() -> None:
    with pytest.raises(ContractBroken, match="the column holds text") as broken:
        read(None, "007", "008")
    assert broken.value.row == 1002
