"""The projects of a catalogue."""

from datetime import datetime

from sqlalchemy import Connection, select

from millwright.registry.tables import projects


def ensure(tx: Connection, name: str, at: datetime) -> None:
    """Enter a project where it is not there yet."""
    if not exists(tx, name):
        tx.execute(projects.insert().values(name=name, created_at=at))


def exists(tx: Connection, name: str) -> bool:
    """Whether the catalogue knows the project."""
    return tx.scalar(select(projects.c.name).where(projects.c.name == name)) is not None


def names(tx: Connection) -> tuple[str, ...]:
    """All projects, the oldest first."""
    return tuple(tx.scalars(select(projects.c.name).order_by(projects.c.created_at, projects.c.name)))


def default(tx: Connection) -> str | None:
    """The project that answers where a client names none: the oldest."""
    return next(iter(names(tx)), None)
