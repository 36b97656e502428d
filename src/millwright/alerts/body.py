"""A message as JSON data: for webhooks, files and whoever reads them."""

from typing import Any

from millwright.alerts.text import lines_of
from millwright.records.alerting import Message, Told
from millwright.records.codec import to_plain

SCHEMA = "millwright.alerts/1"


def as_plain(message: Message) -> dict[str, Any]:
    """The message as JSON data; `alerts` has one entry or, in a digest, several."""
    return {
        "schema": SCHEMA,
        "id": message.id,
        "project": message.project,
        "at": message.at.isoformat(),
        "severity": message.severity,
        "subject": message.subject,
        "alerts": [_plain(told) for told in message.told],
    }


def _plain(told: Told) -> dict[str, Any]:
    alert: dict[str, Any] = to_plain(told.alert)
    buttons = to_plain(told.buttons)
    text = "\n".join(lines_of(told))
    return {"number": told.number, "occasion": told.occasion, "times": told.times, **alert, "buttons": buttons, "text": text}
