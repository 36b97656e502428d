"""What makes a class a record: frozen, slotted, keyword-only, serialisable."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")
Draw = Callable[[Any], str]
_DRAWN: dict[str, Draw] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True)
def record(cls: type[T]) -> type[T]:
    """Make `cls` a frozen, slotted, keyword-only dataclass: the only kind of object that travels between stages."""
    return dataclass(frozen=True, slots=True, kw_only=True)(cls)


class Pictured:
    """A record that notebooks show as a picture, once somebody has said how it is drawn (`drawn_by`)."""

    __slots__ = ()

    def _repr_html_(self) -> str | None:
        """HTML for a notebook; None where nobody draws it, and it is shown as text."""
        draw = _DRAWN.get(type(self).__name__)
        return draw(self) if draw else None


def drawn_by(draws: Mapping[str, Draw]) -> None:
    """Say how records are drawn, by the names of their classes: a record itself knows nothing of pictures."""
    _DRAWN.update(draws)
