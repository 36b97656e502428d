"""The door through which model families come in: entry points, our own as well as a stranger's."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from millwright.errors import NotFound, nearest
from millwright.models.family import Family

GROUP = "millwright.families"


def family(name: str) -> Family:
    """The model family `name`. Raises NotFound."""
    found = families().get(name)
    if found is None:
        near = nearest(name, families()) or f"there are: {', '.join(sorted(families()))}"
        raise NotFound(f'no model family is called "{name}"', fix=near)
    made: Family = found.load()()
    return made


@cache
def families() -> Mapping[str, EntryPoint]:
    """Every installed family by name; nothing is imported until one is asked for."""
    return {point.name: point for point in entry_points(group=GROUP)}
