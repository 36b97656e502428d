"""What a request has to bring: the columns of the contract, in its order."""

from collections.abc import Sequence
from typing import Any

from millwright.serve.refusal import RequestRefused
from millwright.serve.slot import Slot

_GIVEN = ("feature", "time")


def asked_columns(slot: Slot) -> tuple[str, ...]:
    """The columns that a request brings, in the order of the contract."""
    return tuple(column.name for column in slot.scorer.contract.columns if column.role in _GIVEN)


def named(slot: Slot, values: Sequence[Any], number: int) -> dict[str, Any]:
    """A row given as a list, in the order of the contract. Raises RequestRefused where it is too short or too long."""
    names = asked_columns(slot)
    if len(values) != len(names):
        raise RequestRefused(
            422,
            f"the list has {len(values)} values, the contract {len(names)} columns",
            code="row.length",
            where=f"row {number}",
            fix="send objects with the columns by name, or a list in the order of the contract",
        )
    return dict(zip(names, values, strict=True))
