"""The door through which model families come in: entry points, our own as well as a stranger's."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec

from millwright.errors import NotFound, nearest
from millwright.models.family import Family

GROUP = "millwright.families"
EXTRAS = ("xgboost", "catboost")
"""Our families whose library, a module of the family's name, comes with the extra of that name. It fits; it serves nothing."""
BOOSTED = ("lightgbm", *EXTRAS)
"""Our families of boosted trees."""


def family(name: str) -> Family:
    """The model family `name`. Raises NotFound."""
    found = families().get(name)
    if found is None:
        near = nearest(name, families()) or f"there are: {', '.join(sorted(families()))}"
        raise NotFound(f'no model family is called "{name}"', fix=near)
    made: Family = found.load()()
    return made


def check_installed(names: Iterable[str]) -> None:
    """Raise NotFound where a family's library is not installed."""
    for name in names:
        if name in EXTRAS and find_spec(name) is None:
            raise NotFound(
                f'the library that fits models of the family "{name}" is not installed',
                where="search.families",
                fix=f'pip install "millwright[{name}]"',
                code="family.missing",
            )


def installed_extras() -> tuple[str, ...]:
    """The families whose library comes as an extra and is there: whoever installed it wants it tried."""
    return tuple(name for name in EXTRAS if find_spec(name) is not None)


def distribution_of(name: str) -> str:
    """The distribution whose version a family's fits depend on: that of its library, or the one that brings the family."""
    found = None if name in EXTRAS else families().get(name)
    return found.dist.name if found is not None and found.dist is not None else name


@cache
def families() -> Mapping[str, EntryPoint]:
    """Every installed family by name; nothing is imported until one is asked for."""
    return {point.name: point for point in entry_points(group=GROUP)}
