"""How a catalogue of an older Millwright becomes one of this Millwright: a list of named steps.

Each step and the row that says it was taken share one transaction, so a killed upgrade is taken up where it stopped.
"""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from sqlalchemy import Connection, Engine, func, inspect, select, text

from millwright.errors import Unavailable
from millwright.registry.ddl import ALERTS, DIALECTS, DOOR, FIRST_SCHEMA, PAUSES, PEOPLE, SCORES, THE_LOOP
from millwright.registry.schema import SCHEMA
from millwright.registry.tables import schema_steps, stamp


def _first_schema(tx: Connection) -> None:
    _say(tx, FIRST_SCHEMA)


def _the_loop(tx: Connection) -> None:
    """Challengers beside the live version, decisions that follow from decisions, leases, and what was watched."""
    _say(tx, THE_LOOP)
    move = text("UPDATE findings SET event_at = :at WHERE number = :number")
    for number, raw in tx.execute(text("SELECT number, finding FROM findings")).all():
        at = datetime.fromisoformat(msgspec.json.decode(raw)["event_at"])
        tx.execute(move, {"at": stamp(at), "number": number})


def _pauses(tx: Connection) -> None:
    """Trials that a person told the policy to leave where they are."""
    _say(tx, PAUSES)


def _alerts(tx: Connection) -> None:
    """What people are told, where it was sent, and up to where was looked for something to tell."""
    _say(tx, ALERTS)


def _scores(tx: Connection) -> None:
    """What later labels said of decisions."""
    _say(tx, SCORES)


def _people(tx: Connection) -> None:
    """Who may use the control plane, by what they show who they are, and the order of long lists."""
    _say(tx, PEOPLE)


def _door(tx: Connection) -> None:
    """Accounts of sign-in providers, and what was answered to requests that may be sent again."""
    _say(tx, DOOR)


def _say(tx: Connection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        tx.exec_driver_sql(statement.format(**DIALECTS[tx.dialect.name]))


STEPS: tuple[tuple[str, Callable[[Connection], None]], ...] = (
    ("0001_first_schema", _first_schema),
    ("0002_the_loop", _the_loop),
    ("0003_pauses", _pauses),
    ("0004_alerts", _alerts),
    ("0005_scores", _scores),
    ("0006_people", _people),
    ("0007_door", _door),
)


def schema_number(tx: Connection) -> int:
    """The schema that a catalogue has; 0 for an empty database."""
    if not inspect(tx).has_table(schema_steps.name):
        return 0
    return tx.scalar(select(func.max(schema_steps.c.number))) or 0


def refuse_newer(number: int, where: str) -> None:
    """Raise Unavailable for a schema that this Millwright does not know: it would misread or damage it."""
    if number > SCHEMA:
        raise Unavailable(
            f"the catalogue has schema {number}, this Millwright knows up to {SCHEMA}",
            where=where,
            fix="upgrade Millwright; nothing was changed",
            code="catalogue.newer",
        )


def take_steps(tx: Connection, where: str) -> int:
    """Take the steps that a catalogue lacks, inside the caller's transaction; returns how many were taken."""
    have = schema_number(tx)
    refuse_newer(have, where)
    for number, (name, step) in enumerate(STEPS[have:], start=have + 1):
        step(tx)
        tx.execute(schema_steps.insert().values(number=number, name=name, applied_at=datetime.now(UTC)))
    return len(STEPS) - have


def is_current(engine: Engine, where: str) -> bool:
    """Whether no step is missing. Raises Unavailable for a newer schema."""
    with engine.connect() as connection:
        have = schema_number(connection)
    refuse_newer(have, where)
    return have == SCHEMA
