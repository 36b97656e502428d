"""Times that a client states: ISO 8601 with an offset."""

from datetime import UTC, datetime

from millwright.errors import ContractBroken


def read_moment(text: object, where: str) -> datetime:
    """A client's time in UTC. Raises ContractBroken where it is no ISO 8601 time with an offset between years 1 and 9999."""
    fix = "write it like 2013-06-01T12:00:00Z"
    if not isinstance(text, str):
        raise ContractBroken("a time is a text", column=where, fix=fix, code="time.type")
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ContractBroken("the time has no offset", column=where, fix=fix, code="time.offset")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ContractBroken(f"'{text[:40]}' is no time", column=where, fix=fix, code="time.format") from error
