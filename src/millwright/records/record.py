"""What makes a class a record: frozen, slotted, keyword-only, serialisable."""

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def record(cls: type[T]) -> type[T]:
    """Make `cls` a frozen, slotted, keyword-only dataclass: the only kind of object that travels between stages."""
    return dataclass(frozen=True, slots=True, kw_only=True)(cls)
