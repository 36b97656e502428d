"""Looking after all that people were told of one cause."""

from millwright.errors import NotFound
from millwright.loop.answering import acknowledge
from millwright.loop.workshop import Workshop
from millwright.records.alerting import AlertEntry
from millwright.registry import alerts


def acknowledge_all(shop: Workshop, cause: str, reason: str) -> tuple[AlertEntry, ...]:
    """Look after every open alert that speaks of a cause, by its id or how that begins. Raises NotFound where none does;
    Conflict."""
    with shop.catalogue.read() as view:
        entries = alerts.not_ended(view, shop.project)
    mine = [one for one in entries if one.acknowledged_at is None and _speaks_of(one, cause)]
    if not mine:
        raise NotFound(f"no open alert speaks of cause {cause[:64]}", fix="see `mw alerts --open`", code="alert.missing")
    return tuple(acknowledge(shop, one.number, reason=reason) for one in mine)


def _speaks_of(entry: AlertEntry, cause: str) -> bool:
    return bool(cause) and (entry.alert.cause.partition(":")[2] or entry.alert.cause).startswith(cause.lower())
